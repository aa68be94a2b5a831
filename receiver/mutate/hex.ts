/**
 * Bytes as a scenario writes them: in hexadecimal, two digits each.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { hexDigit } from "../../lib/hl7/charset.ts";
import { type Form, scalar } from "../scenario/form.ts";

/** Plans, and so journals, hold such bytes: so many are enough for noise around frames. */
export const MOST_BYTES = 1024;

/** The pattern of hexadecimal bytes, for the published schema. */
export const HEX_PATTERN = "([0-9A-Fa-f]{2})+";

/**
 * Bytes in hexadecimal, lower case; some may be written as words.
 *
 * @param words what each word stands for
 *
 * @example
 * ```ts
 * import { hexForm } from "./hex.ts";
 * import { parse } from "valibot";
 * import assert from "node:assert/strict";
 *
 * const form = hexForm({ lf: "0a" });
 * assert.equal(parse(form, "0D0A"), "0d0a");
 * assert.equal(parse(form, "lf"), "0a");
 * assert.throws(() => parse(form, "0d0"), /Cannot read '0d0' as bytes: wanted two hexadecimal digits each, such as 0d0a, or lf/);
 * ```
 */
export function hexForm(words: Readonly<Record<string, string>> = {}): Form<string> {
  const names = Object.keys(words);
  const wanted = ["two hexadecimal digits each, such as 0d0a", ...names].join(", or ");
  const look = { type: ["string", "integer"], pattern: `^(${[...names, HEX_PATTERN].join("|")})$` };
  return scalar(`bytes: ${wanted}`, (text) => {
    if (Object.hasOwn(words, text)) return words[text];
    if (!/^([0-9a-f]{2})+$/i.test(text)) throw new RangeError(`Cannot read '${text}' as bytes: wanted ${wanted}`);
    if (text.length > 2 * MOST_BYTES) {
      throw new RangeError(`Cannot use ${text.length / 2} bytes: wanted at most ${MOST_BYTES}`);
    }
    return text.toLowerCase();
  }, look);
}

/**
 * The bytes that such a text stands for.
 *
 * @example
 * ```ts
 * import { bytesOfHex } from "./hex.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(bytesOfHex("0d0a"), new Uint8Array([13, 10]));
 * ```
 */
export function bytesOfHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = hexDigit(text.charCodeAt(2 * i)) * 16 + hexDigit(text.charCodeAt(2 * i + 1));
  }
  return bytes;
}
