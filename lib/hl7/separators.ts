/**
 * The separators of a message: read from its first segment, never assumed.
 * It knows the first few bytes of a header segment and nothing of what follows.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, FS, LF, VT } from "../bytes.ts";

/** In place of a separator that the message does not declare; equal to no byte. */
export const NO_SEPARATOR = -1;

/** The separators of one message, as byte values; `NO_SEPARATOR` for one it does not declare. */
export interface Separators {
  /** MSH-1, usually `|`. */
  readonly field: number;
  /** First character of MSH-2, usually `^`. */
  readonly component: number;
  /** Second character of MSH-2, usually `~`. */
  readonly repetition: number;
  /** Third character of MSH-2, usually `\`. */
  readonly escape: number;
  /** Fourth character of MSH-2, usually `&`. */
  readonly subcomponent: number;
  /** Fifth character of MSH-2, usually `#`; from version 2.7 on. */
  readonly truncation: number;
}

/** The recommended separators `|^~\&` (HL7 v2 chapter 2), for a message that has none to be kept. */
export const STANDARD_SEPARATORS: Separators = Object.freeze({
  field: 0x7c,
  component: 0x5e,
  repetition: 0x7e,
  escape: 0x5c,
  subcomponent: 0x26,
  truncation: NO_SEPARATOR,
});

/**
 * Whether a byte may be a separator. Our decision: any value but letters, digits, space, and the
 * four bytes that lines and frames are made of (CR, LF, 0x0B, 0x1C). So a word that happens to
 * begin with `MSH` is no header, and an acknowledgement that keeps the separators can be framed.
 *
 * @example
 * ```ts
 * import { isSeparator } from "./separators.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isSeparator("|".charCodeAt(0)), true);
 * assert.equal(isSeparator("A".charCodeAt(0)), false);
 * ```
 */
export function isSeparator(byte: number): boolean {
  if (byte >= 0x30 && byte <= 0x39) return false;
  const lower = byte | 0x20;
  if (lower >= 0x61 && lower <= 0x7a && byte < 0x80) return false;
  return byte !== CR && byte !== LF && byte !== VT && byte !== FS && byte !== 0x20;
}

/**
 * Whether `MSH`, `FHS` or `BHS` stands at `at`: the segments that declare separators.
 *
 * @example
 * ```ts
 * import { isHeaderSegment } from "./separators.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isHeaderSegment(utf8("BHS|^~\\&|"), 0), true);
 * assert.equal(isHeaderSegment(utf8("PID|1"), 0), false);
 * ```
 */
export function isHeaderSegment(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  const second = bytes[at + 1];
  const third = bytes[at + 2];
  return (first === 0x4d && second === 0x53 && third === 0x48) ||
    ((first === 0x46 || first === 0x42) && second === 0x48 && third === 0x53);
}

/**
 * As `readSeparators`, into an object that is used again and again.
 *
 * @example
 * ```ts
 * import { readSeparatorsInto, STANDARD_SEPARATORS } from "./separators.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const found = { ...STANDARD_SEPARATORS };
 * assert.equal(readSeparatorsInto(utf8("MSH$%~\\&$"), found), true);
 * assert.equal(found.component, "%".charCodeAt(0));
 * ```
 */
export function readSeparatorsInto(
  message: Uint8Array,
  target: { -readonly [Name in keyof Separators]: number },
): boolean {
  if (message.length < 5 || !isHeaderSegment(message, 0)) return false;
  const field = message[3];
  if (!isSeparator(field)) return false;
  const limit = Math.min(message.length, 10);
  let end = 4;
  while (end < limit && message[end] !== field && message[end] !== CR && message[end] !== LF) end++;
  // Six or more characters before the next separator: not MSH-2.
  if (end === 4 || end > 9) return false;
  for (let at = 4; at < end && at < 8; at++) if (!isSeparator(message[at])) return false;
  target.field = field;
  target.component = message[4];
  target.repetition = end > 5 ? message[5] : NO_SEPARATOR;
  target.escape = end > 6 ? message[6] : NO_SEPARATOR;
  target.subcomponent = end > 7 ? message[7] : NO_SEPARATOR;
  // A blank here is padding, which some senders add.
  target.truncation = end > 8 && isSeparator(message[8]) ? message[8] : NO_SEPARATOR;
  return end < 9 || target.truncation !== NO_SEPARATOR || message[8] === 0x20;
}

/**
 * The separators that a message (or batch: `FHS`, `BHS`) declares in its first segment; `null` if
 * it does not begin with one, or its first fields hold no separators.
 *
 * MSH-2 may be shorter than four characters: HL7 lets a message without escapes and subcomponents
 * leave out theirs. The missing ones are `NO_SEPARATOR`.
 *
 * @example
 * ```ts
 * import { readSeparators } from "./separators.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readSeparators(utf8("MSH|^~\\&|LAB|"))?.component, "^".charCodeAt(0));
 * assert.equal(readSeparators(utf8("GET / HTTP/1.1")), null);
 * ```
 */
export function readSeparators(message: Uint8Array): Separators | null {
  const found = { ...STANDARD_SEPARATORS };
  return readSeparatorsInto(message, found) ? found : null;
}
