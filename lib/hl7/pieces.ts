/**
 * Ranges of bytes cut at a separator: fields of a segment, repetitions, components, subcomponents
 * are all this. It knows no names and no numbering of HL7.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * Where the `n`th piece (from 1) of `bytes[from, to)` begins, cut at `separator`; -1 if there are fewer.
 *
 * @example
 * ```ts
 * import { pieceStart } from "./pieces.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(pieceStart(utf8("ADT^A01"), 0, 7, 0x5e, 2), 4);
 * assert.equal(pieceStart(utf8("ADT^A01"), 0, 7, 0x5e, 3), -1);
 * ```
 */
export function pieceStart(bytes: Uint8Array, from: number, to: number, separator: number, n: number): number {
  let left = n - 1;
  if (left === 0) return from;
  for (let at = from; at < to; at++) {
    if (bytes[at] === separator && --left === 0) return at + 1;
  }
  return -1;
}

/**
 * Where the piece that begins at `from` ends: at the next `separator`, at the latest at `to`.
 *
 * @example
 * ```ts
 * import { pieceEnd } from "./pieces.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(pieceEnd(utf8("ADT^A01"), 0, 7, 0x5e), 3);
 * ```
 */
export function pieceEnd(bytes: Uint8Array, from: number, to: number, separator: number): number {
  let at = from;
  while (at < to && bytes[at] !== separator) at++;
  return at;
}
