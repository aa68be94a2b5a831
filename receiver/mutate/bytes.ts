/**
 * What several mutations are told: a place at a fraction of the bytes.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { parsePercent } from "../../lib/values.ts";
import { type Form, scalar } from "../scenario/form.ts";

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
