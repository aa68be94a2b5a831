/**
 * A content's hash as one number, so that a million of them are eight megabytes.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * 53 bits that all of the text decides: the same text, the same number. That two contents of one message share it
 * is one chance in nine million billions (our decision: an audit has no adversary, and each comparison is of two).
 *
 * @example
 * ```ts
 * import { fingerprint } from "./fingerprint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(fingerprint("ab12"), fingerprint("ab12"));
 * assert.notEqual(fingerprint("ab12"), fingerprint("ab13"));
 * ```
 */
export function fingerprint(hash: string): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9 ^ hash.length;
  for (let i = 0; i < hash.length; i++) {
    const code = hash.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low, 0x85ebca6b) + code | 0;
    low ^= low >>> 15;
  }
  high = Math.imul(high ^ (high >>> 16), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 13), 0x27d4eb2f);
  return ((high ^ (high >>> 13)) & 0x1fffff) * 2 ** 32 + ((low ^ (low >>> 16)) >>> 0);
}
