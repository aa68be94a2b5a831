/**
 * The window that a fault keeps of the stream around the byte in question. It knows how much is
 * shown, not where the bytes lie: a framer has them in its chunk, in its buffer or in its head.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { HexWindow } from "../bytes.ts";

/** How many bytes before the one in question are shown (our decision: a line of sixteen). */
const BEFORE = 16;
/** How many bytes from the one in question on are shown. */
const FROM = 8;

/**
 * A copy of the bytes around `mark`, as far as they are at hand.
 *
 * @param mark offset in the stream of the byte in question
 * @param first offset of the first byte at hand
 * @param end offset after the last byte at hand
 * @param byteAt the byte at an offset from `first` to `end`
 *
 * @example
 * ```ts
 * import { hexWindow } from "./hex_window.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const stream = utf8("MSH|^~\\&|LAB|WARD|EHR|MAIN");
 * const window = hexWindow(20, 0, stream.length, (offset) => stream[offset]);
 * assert.equal(window.offset, 4);
 * assert.equal(window.bytes.length, 22);
 * ```
 */
export function hexWindow(mark: number, first: number, end: number, byteAt: (offset: number) => number): HexWindow {
  const from = Math.max(first, mark - BEFORE);
  const to = Math.max(from, Math.min(end, mark + FROM));
  const bytes = new Uint8Array(to - from);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteAt(from + i);
  return { offset: from, bytes, mark };
}
