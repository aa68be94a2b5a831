/**
 * Which faults of the lower layer each framing has. A fault more is a step of its own and a word here.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Framing } from "../../lib/link/make.ts";
import type { Verb } from "./registry.ts";

/** By framing, the verbs that need something of it; all others can be done in any. */
export const LINK_FAULTS: Readonly<Record<Framing, readonly Verb[]>> = {
  mllp: [],
  mllp2: ["link_commit", "link_nak"],
  illp: [],
  none: [],
};

/**
 * The framings in which a step can be done; `null` where it can be in all.
 *
 * @example
 * ```ts
 * import { framingsOf } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(framingsOf("link_nak"), ["mllp2"]);
 * assert.equal(framingsOf("close"), null);
 * ```
 */
export function framingsOf(verb: Verb): readonly Framing[] | null {
  const all = Object.keys(LINK_FAULTS) as Framing[];
  const able = all.filter((framing) => LINK_FAULTS[framing].includes(verb));
  return able.length === 0 ? null : able;
}

const OF_LINK: ReadonlySet<Verb> = new Set(Object.values(LINK_FAULTS).flat());

/**
 * Whether a verb is about what the lower layer says.
 *
 * @example
 * ```ts
 * import { isOfLink } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isOfLink("link_nak"), true);
 * assert.equal(isOfLink("close"), false);
 * ```
 */
export function isOfLink(verb: Verb): boolean {
  return OF_LINK.has(verb);
}
