/**
 * Where a reply's frame is cut: places in it as offsets, paces as sizes of pieces.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { VT } from "../lib/bytes.ts";
import type { Cut } from "./outlet.ts";
import type { FramePlace, Pace } from "./steps/way.ts";

/**
 * The offset of a place in a frame. In a framing without a start and an end block those places are the frame's own ends.
 *
 * @example
 * ```ts
 * import { offsetOf } from "./cut.ts";
 * import assert from "node:assert/strict";
 *
 * const frame = new Uint8Array([0x0b, 0x4d, 0x53, 0x48, 0x1c, 0x0d]);
 * assert.deepEqual((["start", "rest", "end_block", "end_data"] as const).map((place) => offsetOf(place, frame)), [1, 4, 5, 6]);
 * assert.equal(offsetOf({ part: 0.5 }, frame), 3);
 * ```
 */
export function offsetOf(place: FramePlace, frame: Uint8Array): number {
  const { length } = frame;
  if (typeof place === "object") return Math.floor(length * place.part);
  const framed = frame[0] === VT;
  if (place === "start") return framed ? 1 : 0;
  if (place === "end_data" || !framed) return length;
  return place === "rest" ? length - 2 : length - 1;
}

/**
 * How bytes are cut at a pace. A split is at a place of the whole frame, of which the bytes may be a part that begins at `from`.
 *
 * @example
 * ```ts
 * import { cutOf } from "./cut.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(10);
 * assert.deepEqual(cutOf({ kind: "chunks", chunks: 5, overMs: 2000 }, bytes), { first: 2, size: 2, everyMs: 500 });
 * ```
 */
export function cutOf(pace: Pace, bytes: Uint8Array, from = 0, frame: Uint8Array = bytes): Cut {
  const { length } = bytes;
  switch (pace.kind) {
    case "bytes":
      return { first: pace.bytes, size: pace.bytes, everyMs: pace.everyMs };
    case "chunks": {
      const chunks = Math.max(1, Math.min(pace.chunks, length));
      const size = Math.max(1, Math.ceil(length / chunks));
      // Fewer pieces than asked for where they do not divide: the time is kept.
      const pauses = Math.ceil(length / size) - 1;
      return { first: size, size, everyMs: pauses === 0 ? 0 : pace.overMs / pauses };
    }
    case "split": {
      const first = Math.min(length, Math.max(1, offsetOf(pace.at, frame) - from));
      return { first, size: Math.max(1, length - first), everyMs: pace.pauseMs };
    }
  }
}
