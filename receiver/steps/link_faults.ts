/**
 * Which faults of the lower layer each framing has, and what it cannot have at all. A fault more is a step of its own and a word
 * here.
 *
 * This module performs no I/O.
 *
 * # When they are committed
 *
 * What the lower layer *says* to a message that came is said when it comes, before anything else is done with it; where a
 * journal is kept and it is taken, when its entry is written. What is wrong with a reply that is *sent* is done when that
 * leaves.
 *
 * @module
 */
import { type Framing, FRAMINGS } from "../../lib/link/make.ts";
import type { PlannedStep, StepSpec, Verb } from "./registry.ts";
import type { Pace } from "./way.ts";

/** By framing, the verbs that need something of it; all others can be done in any. */
export const LINK_FAULTS: Readonly<Record<Framing, readonly Verb[]>> = {
  mllp: [],
  mllp2: ["link_commit", "link_nak"],
  hllp: ["link_nak", "bad_bcc", "bad_count", "unchecked"],
  x328: ["link_nak", "eot", "wrong_ack", "rint", "bad_bcc", "bad_count", "enq_storm", "late_enq", "no_eot"],
  illp: [],
  none: [],
};

/**
 * Where a reply's bytes can be written past the link. In X3.28 they would stand on a line that nobody has bid for, or between an
 * acknowledgement and its block (our decision: a scenario that asks for that is wrong).
 */
const PAST: readonly Framing[] = FRAMINGS.filter((framing) => framing !== "x328");

/** Whose frame mutations know: HLLP's would be an MLLP frame. */
const MUTATED: readonly Framing[] = PAST.filter((framing) => framing !== "hllp");

/** The framing whose refusals have a code. */
const CODED = "hllp";

const OF_LAYER: ReadonlySet<Verb> = new Set(Object.values(LINK_FAULTS).flat());

/** The verbs about what the lower layer says to a message that came. */
const SAID: ReadonlySet<Verb> = new Set<Verb>(["link_commit", "link_nak", "eot", "wrong_ack", "rint"]);

/**
 * Whether a step is one of those that need something of their framing, and of this one.
 *
 * @example
 * ```ts
 * import { isFaultOf } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isFaultOf("mllp2", { verb: "link_nak", tries: 1 }), true);
 * assert.equal(isFaultOf("mllp", { verb: "link_nak", tries: 1 }), false);
 * ```
 */
export function isFaultOf(framing: Framing, step: StepSpec | PlannedStep): boolean {
  return framingsOf(step)?.includes(framing) ?? false;
}

/**
 * The framings in which a step can be done; `null` where it can be in all.
 *
 * @example
 * ```ts
 * import { framingsOf } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(framingsOf({ verb: "link_nak", tries: 1 }), ["mllp2", "hllp", "x328"]);
 * assert.deepEqual(framingsOf({ verb: "link_nak", tries: 1, code: "B" }), ["hllp"]);
 * assert.equal(framingsOf({ verb: "close" }), null);
 * ```
 */
export function framingsOf(step: StepSpec | PlannedStep): readonly Framing[] | null {
  if (step.verb === "link_nak" && step.code !== undefined) return [CODED];
  if (step.verb === "reply" && step.way?.mutate !== undefined) return MUTATED;
  if (writtenPast(step) !== null || (step.verb === "rate" && step.rates.out !== undefined)) return PAST;
  const able = FRAMINGS.filter((framing) => LINK_FAULTS[framing].includes(step.verb));
  return able.length === 0 ? null : able;
}

/**
 * Whether a verb is a fault of the lower layer.
 *
 * @example
 * ```ts
 * import { isLinkFault } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isLinkFault("bad_bcc"), true);
 * assert.equal(isLinkFault("drip" as never), false);
 * ```
 */
export function isLinkFault(verb: Verb): boolean {
  return OF_LAYER.has(verb);
}

/**
 * By what word an answer is made of bytes that its link does not know; `null` where the link sends the message itself.
 *
 * @example
 * ```ts
 * import { writtenPast } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(writtenPast({ verb: "send", to: "end_data", items: ["AA"] }), "send");
 * assert.equal(writtenPast({ verb: "reply", items: ["AA"] }), null);
 * ```
 */
export function writtenPast(step: StepSpec | PlannedStep): string | null {
  if (step.verb === "send") return step.pace === undefined ? "send" : paceWord(step.pace);
  if (step.verb !== "reply" || step.way === undefined) return null;
  const { mutate, stale, pace, gather, via } = step.way;
  if (mutate !== undefined) return "mutate";
  if (stale !== undefined) return "stale";
  if (pace !== undefined) return paceWord(pace);
  if (gather !== undefined) return gather.kind;
  return via === undefined ? null : "via";
}

function paceWord({ kind }: Pace): string {
  return kind === "split" ? "split_at" : "drip";
}

/**
 * Whether a verb is about what the lower layer says to a message that came.
 *
 * @example
 * ```ts
 * import { isOfLink } from "./link_faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isOfLink("link_nak"), true);
 * assert.equal(isOfLink("bad_bcc"), false);
 * ```
 */
export function isOfLink(verb: Verb): boolean {
  return SAID.has(verb);
}
