/**
 * `drip` and `split_at`: a frame that leaves in pieces. As an option of `reply` it is the whole frame, as a step of its own
 * what earlier `send`s have left of it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount, formatDuration, parsePercent } from "../../lib/values.ts";
import { type Form, map, scalar, shapedAs } from "../scenario/form.ts";
import { positive, wait } from "../scenario/units.ts";
import { tellPlace } from "./place.ts";
import type { FramePlace, Pace } from "./way.ts";

/** Between the two pieces of a frame (our decision: enough for the peer to read them one by one, and no delay to speak of). */
export const SPLIT_PAUSE_MS = 20;

const drip = map("a drip", {
  bytes: v.optional(positive),
  every: v.optional(wait),
  chunks: v.optional(positive),
  over: v.optional(wait),
});

const dripping: Form<Pace> = v.pipe(
  drip,
  v.rawTransform<v.InferOutput<typeof drip>, Pace>(({ dataset, addIssue, NEVER }) => {
    const { bytes, every, chunks, over } = dataset.value;
    const [byBytes, byChunks] = [bytes ?? every, chunks ?? over].map((part) => part !== undefined);
    if (bytes !== undefined && every !== undefined && !byChunks) return { kind: "bytes", bytes, everyMs: every };
    if (chunks === 1) {
      addIssue({ message: "found one chunk, which takes no time, wanted 2 or more" });
      return NEVER;
    }
    if (chunks !== undefined && over !== undefined && !byBytes) return { kind: "chunks", chunks, overMs: over };
    addIssue({ message: "wanted bytes and every, as in {bytes: 1, every: 20ms}, or chunks and over" });
    return NEVER;
  }),
);

/** The value behind `drip`: `{bytes: 1, every: 20ms}` or `{chunks: 5, over: 2s}`. */
export const dripForm: Form<Pace> = shapedAs<Pace>(
  v.union([map("a drip", { bytes: positive, every: wait }), map("a drip", { chunks: positive, over: wait })]),
  () => dripping,
);

const CUTS = ["start", "rest", "end_block"] as const;

/** The value behind `split_at`: the place where the second of two pieces begins. */
export const splitForm: Form<Pace> = scalar("a place: start, rest, end_block or a percentage such as 40%", (found) => {
  return { kind: "split", at: cutOf(found), pauseMs: SPLIT_PAUSE_MS };
}, { type: "string", pattern: `^(${CUTS.join("|")}|[0-9]+(\\.[0-9]+)?%)$` });

function cutOf(found: string): FramePlace {
  const cut = CUTS.find((each) => each === found);
  if (cut !== undefined) return cut;
  if (found === "end_data") {
    throw new RangeError("Cannot split at 'end_data': nothing is behind it, wanted start, rest, end_block or 40%");
  }
  if (!found.endsWith("%")) {
    throw new RangeError(`Cannot split at '${found}': wanted start, rest, end_block or a percentage such as 40%`);
  }
  const part = parsePercent(found);
  if (part > 0 && part < 1) return { part };
  throw new RangeError(`Cannot split at '${found}': one of the pieces would be empty`);
}

/**
 * A pace in words, to stand behind what is sent.
 *
 * @example
 * ```ts
 * import { tellPace } from "./pace.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellPace({ kind: "bytes", bytes: 1, everyMs: 20 }), "1 byte every 20ms");
 * assert.equal(tellPace({ kind: "split", at: "end_block", pauseMs: 20 }), "cut in two behind its end block");
 * ```
 */
export function tellPace(pace: Pace): string {
  switch (pace.kind) {
    case "bytes": {
      const bytes = pace.bytes === 1 ? "1 byte" : `${formatCount(pace.bytes)} bytes`;
      return `${bytes} every ${formatDuration(pace.everyMs)}`;
    }
    case "chunks":
      return `in ${formatCount(pace.chunks)} pieces over ${formatDuration(pace.overMs)}`;
    case "split":
      return `cut in two behind ${tellPlace(pace.at)}`;
  }
}
