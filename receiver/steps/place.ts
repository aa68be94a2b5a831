/**
 * Places in a reply's frame, as written: by the word, or as a percentage of all its bytes.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatPercent } from "../../lib/values.ts";
import type { FramePlace } from "./way.ts";

/** The places that have a name, in the order of the bytes; a part lies somewhere between the first and the second. */
export const PLACES: readonly Exclude<FramePlace, object>[] = Object.freeze(
  ["start", "rest", "end_block", "end_data"] as const,
);

/**
 * Whether a place lies behind another in any frame, as far as that is plain: a part is taken to lie behind the start and
 * before the end block.
 *
 * @example
 * ```ts
 * import { liesBehind } from "./place.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(liesBehind("rest", { part: 0.5 }), true);
 * assert.equal(liesBehind({ part: 0.5 }, { part: 0.5 }), false);
 * assert.equal(liesBehind("start", "end_block"), false);
 * ```
 */
export function liesBehind(place: FramePlace, before: FramePlace): boolean {
  if (typeof place === "object" && typeof before === "object") return place.part > before.part;
  return rank(place) > rank(before);
}

function rank(place: FramePlace): number {
  return typeof place === "object" ? 0.5 : PLACES.indexOf(place);
}

/**
 * A place as it is written.
 *
 * @example
 * ```ts
 * import { placeName } from "./place.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(placeName({ part: 0.5 }), "50%");
 * assert.equal(placeName("end_block"), "end_block");
 * ```
 */
export function placeName(place: FramePlace): string {
  return typeof place === "object" ? formatPercent(place.part) : place;
}

const TOLD: Readonly<Record<Exclude<FramePlace, object>, string>> = {
  start: "its start block",
  rest: "all that stands before its end block",
  end_block: "its end block",
  end_data: "its end",
};

/**
 * A place in words, to stand behind "behind" or "up to".
 *
 * @example
 * ```ts
 * import { tellPlace } from "./place.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellPlace("end_block"), "its end block");
 * ```
 */
export function tellPlace(place: FramePlace): string {
  return typeof place === "object" ? `${formatPercent(place.part)} of it` : TOLD[place];
}
