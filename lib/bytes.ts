/**
 * Bytes: the control characters by name, text in and out, comparison and a hex window.
 * It knows no protocol: who sends which of these characters, and when, is the framers' business.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** Start of heading. */
export const SOH = 0x01;
/** Start of text. */
export const STX = 0x02;
/** End of text: closes the last block of a message (X3.28). */
export const ETX = 0x03;
/** End of transmission. */
export const EOT = 0x04;
/** Enquiry: a bid for the line (X3.28). */
export const ENQ = 0x05;
/** Positive acknowledgement. */
export const ACK = 0x06;
/** Line feed. */
export const LF = 0x0a;
/** Start block (SB) of MLLP and HLLP: the vertical tab. */
export const VT = 0x0b;
/** Carriage return: the HL7 segment end, and the last byte of a frame. */
export const CR = 0x0d;
/** Data link escape. */
export const DLE = 0x10;
/** Negative acknowledgement. */
export const NAK = 0x15;
/** End of transmission block: closes a block that is not the last (X3.28). */
export const ETB = 0x17;
/** End block (EB) of MLLP and HLLP: the file separator. */
export const FS = 0x1c;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, "NUL"],
  [SOH, "SOH"],
  [STX, "STX"],
  [ETX, "ETX"],
  [EOT, "EOT"],
  [ENQ, "ENQ"],
  [ACK, "ACK"],
  [LF, "LF"],
  [VT, "VT"],
  [CR, "CR"],
  [DLE, "DLE"],
  [NAK, "NAK"],
  [ETB, "ETB"],
  [FS, "FS"],
  [0x20, "space"],
]);

/** No bytes at all; shared, so that "nothing" costs nothing. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

const encoder = new TextEncoder();

/**
 * The UTF-8 bytes of a text.
 *
 * @example
 * ```ts
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(utf8("MSH"), new Uint8Array([0x4d, 0x53, 0x48]));
 * ```
 */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Bytes one behind the other; where all but one are empty, that one itself.
 *
 * @example
 * ```ts
 * import { hex, joined } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hex(joined([new Uint8Array([1]), new Uint8Array([2, 3])])), "010203");
 * ```
 */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
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

/**
 * The text in which each byte is the character of the same number (ISO 8859-1), so that every
 * byte value survives. For ids, codes and other protocol words; text for people goes through
 * `lib/hl7/charset.ts`.
 *
 * @example
 * ```ts
 * import { latin1 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(new Uint8Array([0x41, 0x8b])), "A\u008b");
 * ```
 */
export function latin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  // In slices, because a call takes a bounded number of arguments.
  for (let at = start; at < end; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 4096)));
  }
  return text;
}

/**
 * Whether two byte strings are the same.
 *
 * @example
 * ```ts
 * import { sameBytes, utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(sameBytes(utf8("MSG1"), utf8("MSG1")));
 * ```
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Whether two payloads are the same but for one final CR, which framing may add.
 *
 * @example
 * ```ts
 * import { samePayload, utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(samePayload(utf8("MSH|1\r"), utf8("MSH|1")));
 * ```
 */
export function samePayload(a: Uint8Array, b: Uint8Array): boolean {
  return sameBytes(withoutFinalCr(a), withoutFinalCr(b));
}

function withoutFinalCr(bytes: Uint8Array): Uint8Array {
  return bytes[bytes.length - 1] === CR ? bytes.subarray(0, -1) : bytes;
}

/**
 * A byte as people write it in this field: `0x1C (FS)`, `0x41 ('A')`, `0xE9`.
 *
 * @example
 * ```ts
 * import { byteName } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(byteName(0x1c), "0x1C (FS)");
 * ```
 */
export function byteName(byte: number): string {
  const hex = `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  const name = NAMES.get(byte);
  if (name !== undefined) return `${hex} (${name})`;
  return byte > 0x20 && byte < 0x7f ? `${hex} ('${String.fromCharCode(byte)}')` : hex;
}

/**
 * Lower-case hexadecimal, no spaces.
 *
 * @example
 * ```ts
 * import { hex } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hex(new Uint8Array([0x0b, 0x1c, 0x0d])), "0b1c0d");
 * ```
 */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** A few bytes around a place in a stream, as kept by a fault for people to look at. */
export interface HexWindow {
  /** Offset in the stream of the first byte of `bytes`. */
  readonly offset: number;
  /** At most a few dozen bytes. */
  readonly bytes: Uint8Array;
  /** Offset in the stream of the byte in question. */
  readonly mark: number;
}

/**
 * The window drawn: sixteen bytes a line, offset, hex and characters, the byte in question
 * marked below.
 *
 * @example
 * ```ts
 * import { drawHexWindow } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const drawn = drawHexWindow({ offset: 210, bytes: new Uint8Array([0x41, 0x1c, 0x0a]), mark: 212 });
 * assert.equal(drawn.split("\n").length, 2);
 * ```
 */
export function drawHexWindow(window: HexWindow): string {
  const lines: string[] = [];
  for (let at = 0; at < window.bytes.length; at += 16) {
    const row = window.bytes.subarray(at, at + 16);
    const cells = Array.from(row, (byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
    const text = Array.from(row, (b) => b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".").join("");
    const head = String(window.offset + at).padStart(8);
    lines.push(`${head}  ${cells.join(" ").padEnd(47)}  ${text}`);
    const column = window.mark - window.offset - at;
    if (column >= 0 && column < row.length) lines.push(`${" ".repeat(10 + column * 3)}^^`);
  }
  return lines.join("\n");
}
