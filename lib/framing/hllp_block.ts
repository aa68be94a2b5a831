/**
 * One HLLP block, `SB t v v CR data ccccc xxx EB CR` (protocols.md section 2): made from its data, and checked when it
 * has been found in a stream. It knows neither streams nor dialogues.
 *
 * This module performs no I/O.
 *
 * # The checks, in their order [impl]
 *
 * | check | if it fails | NAK |
 * |---|---|---|
 * | the eight bytes before EB are there | `invalid_content` | G |
 * | `ccccc` is the number of bytes from SB to the last of the data | `invalid_count` | C |
 * | `xxx` is 999, or the exclusive or of the same bytes | `invalid_checksum` | X |
 * | `t v v CR` is `D` or `N`, 21, 22 or 23, and 0x0D | `invalid_header` | G |
 *
 * Which code the last of them and a block without its eight bytes get is our decision; protocols.md says "else G".
 *
 * @module
 */
import { CR, FS, latin1, VT } from "../bytes.ts";
import type { FramingCode } from "../errors.ts";

/** The protocol's versions, as they stand in a block. */
export const HLLP_VERSIONS = ["21", "22", "23"] as const;

/** A version of the protocol: HL7's 2.1, 2.2 or 2.3. */
export type HllpVersion = typeof HLLP_VERSIONS[number];

/** What a NAK block says: the count is wrong, the checksum is wrong, too long, anything else. */
export const HLLP_NAK_CODES = ["C", "X", "B", "G"] as const;

/** The one byte of data in a NAK block. */
export type HllpNakCode = typeof HLLP_NAK_CODES[number];

/** The kinds of block: data, and the negative acknowledgement. */
export type HllpKind = "D" | "N";

/** What the five digits of the count leave for the data: 99,999 less SB and the four bytes after it. */
export const HLLP_MAX_DATA = 99_994;

/** `t v v CR` before the data. */
export const HLLP_HEAD = 4;
/** `ccccc xxx` after it. */
export const HLLP_TAIL = 8;
/** The checksum of a block whose checksum is not to be looked at. */
export const HLLP_UNCHECKED = "999";

// Two codes of their own, for what no delimiter shows.
const INVALID_COUNT = "invalid_count";
const INVALID_CHECKSUM = "invalid_checksum";

/** How a block is written. */
export interface HllpBlockOptions {
  readonly version: HllpVersion;
  /** Whether the checksum covers the five digits of the count too, as one deployed decoder has it. */
  readonly checksumIncludesCount: boolean;
}

/** What is wrong with a block. */
export interface HllpDefect {
  readonly code: FramingCode;
  readonly nak: HllpNakCode;
  /** Index in the block's inside of the byte at fault. */
  readonly at: number;
  readonly wanted: string;
}

/**
 * How many bytes the block of so many bytes of data has.
 *
 * @example
 * ```ts
 * import { hllpLength } from "./hllp_block.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hllpLength(0), "\x0bD21\r00005065\x1c\r".length);
 * ```
 */
export function hllpLength(data: number): number {
  return 1 + HLLP_HEAD + data + HLLP_TAIL + 2;
}

/**
 * Writes a block into `target` from `at` on and returns the index after it. With `closing`, the data gets a final CR.
 *
 * @example
 * ```ts
 * import { hllpLength, writeHllpBlock } from "./hllp_block.ts";
 * import { latin1, NO_BYTES } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const block = new Uint8Array(hllpLength(0));
 * writeHllpBlock("D", NO_BYTES, false, { version: "21", checksumIncludesCount: false }, block, 0);
 * assert.equal(latin1(block), "\x0bD21\r00005065\x1c\r");
 * ```
 */
export function writeHllpBlock(
  kind: HllpKind,
  data: Uint8Array,
  closing: boolean,
  { version, checksumIncludesCount }: HllpBlockOptions,
  target: Uint8Array,
  at: number,
): number {
  target[at] = VT;
  target[at + 1] = kind.charCodeAt(0);
  target[at + 2] = version.charCodeAt(0);
  target[at + 3] = version.charCodeAt(1);
  target[at + 4] = CR;
  target.set(data, at + 5);
  let end = at + 5 + data.length;
  if (closing) target[end++] = CR;
  writeDigits(target, end, 5, end - at);
  writeDigits(target, end + 5, 3, xorOf(target, at, checksumIncludesCount ? end + 5 : end));
  target[end + 8] = FS;
  target[end + 9] = CR;
  return end + 10;
}

/**
 * A whole block in a buffer of its own: an empty answer, a NAK.
 *
 * @example
 * ```ts
 * import { hllpBlock } from "./hllp_block.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const nak = hllpBlock("N", utf8("C"), { version: "23", checksumIncludesCount: false });
 * assert.equal(latin1(nak), "\x0bN23\rC00006010\x1c\r");
 * ```
 */
export function hllpBlock(kind: HllpKind, data: Uint8Array, options: HllpBlockOptions): Uint8Array {
  const block = new Uint8Array(hllpLength(data.length));
  writeHllpBlock(kind, data, false, options, block, 0);
  return block;
}

/**
 * The data of a block that is whole: a view.
 *
 * @example
 * ```ts
 * import { hllpDataOf } from "./hllp_block.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(hllpDataOf(utf8("\x0bN23\rC00006010\x1c\r"))), "C");
 * ```
 */
export function hllpDataOf(block: Uint8Array): Uint8Array {
  return block.subarray(1 + HLLP_HEAD, block.length - HLLP_TAIL - 2);
}

/**
 * Where, in the inside of a block (what stands between SB and EB), the SB of a whole block lies that begins later: its
 * index, or -1. What stands before it is a block cut short, whose sender has begun again (our decision).
 *
 * The count says where that SB must be, so nothing is searched for: a block is only found if its count is right.
 *
 * @example
 * ```ts
 * import { restartIn } from "./hllp_block.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(restartIn(utf8("D23\rMSH|AB\x0bN23\rC00006010")), 10);
 * assert.equal(restartIn(utf8("N23\rC00006010")), -1);
 * ```
 */
export function restartIn(inside: Uint8Array): number {
  const count = digitsAt(inside, inside.length - HLLP_TAIL, 5);
  const at = inside.length - HLLP_TAIL - count;
  if (count < 1 + HLLP_HEAD || at < 0 || inside[at] !== VT) return -1;
  return headDefect(inside, at + 1) === null ? at : -1;
}

/**
 * What is wrong with the inside of a block; `null` if nothing is.
 *
 * @example
 * ```ts
 * import { defectOf } from "./hllp_block.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(defectOf(utf8("N23\rC00006010"), false), null);
 * assert.equal(defectOf(utf8("N23\rC00006011"), false)?.nak, "X");
 * ```
 */
export function defectOf(inside: Uint8Array, checksumIncludesCount: boolean): HllpDefect | null {
  const end = inside.length - HLLP_TAIL;
  if (end < 0) {
    return { code: "invalid_content", nak: "G", at: inside.length, wanted: "a header, a count and a checksum" };
  }
  const count = String(end + 1).padStart(5, "0");
  const counted = differsAt(inside, end, count);
  if (counted >= 0) return { code: INVALID_COUNT, nak: "C", at: counted, wanted: `the count ${count}` };
  if (latin1(inside, end + 5) !== HLLP_UNCHECKED) {
    const xor = VT ^ xorOf(inside, 0, checksumIncludesCount ? end + 5 : end);
    const sum = String(xor).padStart(3, "0");
    const summed = differsAt(inside, end + 5, sum);
    if (summed >= 0) return { code: INVALID_CHECKSUM, nak: "X", at: summed, wanted: `the checksum ${sum}` };
  }
  return headDefect(inside.subarray(0, end), 0);
}

function headDefect(bytes: Uint8Array, at: number): HllpDefect | null {
  const wrong = (index: number, wanted: string): HllpDefect => ({
    code: "invalid_header",
    nak: "G",
    at: at + index,
    wanted,
  });
  if (bytes[at] !== 0x44 && bytes[at] !== 0x4e) return wrong(0, "'D' or 'N'");
  if (bytes[at + 1] !== 0x32) return wrong(1, "a version: 21, 22 or 23");
  const minor = bytes[at + 2];
  if (minor !== 0x31 && minor !== 0x32 && minor !== 0x33) return wrong(2, "a version: 21, 22 or 23");
  return bytes[at + 3] === CR ? null : wrong(3, "0x0D");
}

/**
 * The exclusive or of `bytes[from..to)`: an eight-bit sum, which misses one random change in 256.
 *
 * @example
 * ```ts
 * import { xorOf } from "./hllp_block.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(xorOf(new Uint8Array([0xff, 0x0b, 0x44]), 1, 3), 0x4f);
 * ```
 */
export function xorOf(bytes: Uint8Array, from: number, to: number): number {
  let xor = 0;
  for (let i = from; i < to; i++) xor ^= bytes[i];
  return xor;
}

function writeDigits(target: Uint8Array, at: number, digits: number, value: number): void {
  for (let i = digits - 1, left = value; i >= 0; i--) {
    target[at + i] = 0x30 + left % 10;
    left = Math.floor(left / 10);
  }
}

/** The number that so many digits say; -1 if one of them is none. */
function digitsAt(bytes: Uint8Array, at: number, digits: number): number {
  if (at < 0) return -1;
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = bytes[at + i] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** The index of the first byte that is not the text's; -1 if all are. */
function differsAt(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return at + i;
  return -1;
}
