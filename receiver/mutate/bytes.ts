/**
 * What several mutations do with bytes: one string behind the other, and a place at a fraction.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { parsePercent } from "../../lib/values.ts";
import { type Form, scalar } from "../scenario/form.ts";

/**
 * Bytes one behind the other; where all but one are empty, that one itself.
 *
 * @example
 * ```ts
 * import { joined } from "./bytes.ts";
 * import { hex } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hex(joined(new Uint8Array([1]), new Uint8Array([2, 3]))), "010203");
 * ```
 */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const whole = pieces.find((piece) => piece.length === length);
  if (whole !== undefined) return whole;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** A fraction that is neither nothing nor all, written as a percentage. */
export const within: Form<number> = scalar("a percentage above 0% and below 100%, such as 40%", (text) => {
  const fraction = parsePercent(text);
  if (fraction > 0 && fraction < 1) return fraction;
  throw new RangeError(`Cannot use ${text} of the bytes: wanted more than 0% and less than 100%`);
}, { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?%$" });

/**
 * The place at a fraction of so many bytes, which has at least one byte on each side where there are two.
 *
 * @example
 * ```ts
 * import { placeAt } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(placeAt(0.4, 10), 4);
 * assert.equal(placeAt(0.01, 10), 1);
 * assert.equal(placeAt(0.99, 10), 9);
 * ```
 */
export function placeAt(fraction: number, length: number): number {
  return Math.max(0, Math.min(length - 1, Math.max(1, Math.floor(length * fraction))));
}
