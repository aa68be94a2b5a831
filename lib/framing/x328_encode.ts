/**
 * Writing ANSI X3.28 as HL7 uses it: control sequences, blocks, and a message cut into blocks (protocols.md
 * section 3, after a long-used implementation). It knows no turn and no timer.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { byteName, CR, DLE, ENQ, EOT, ETB, ETX, NAK, STX } from "../bytes.ts";
import type { X328ControlName } from "./x328_token.ts";

/** The longest text of a block unless told otherwise, and the longest message (protocols.md section 3). */
export const X328_MAX_BLOCK = 245;
/** What five digits of length can say (protocols.md section 3). */
export const X328_MAX_MESSAGE = 99_999;

/** The bytes before a block's text: STX, block number, five digits of length. */
const HEAD = 7;
/** The bytes after it: ETB or ETX, two hexadecimal digits, CR. */
const TAIL = 4;
const RINT = 0x3c;
const ZERO = 0x30;

/** Which bytes a reader would take for the end or the beginning of a block. */
const BARRED: ReadonlySet<number> = new Set([STX, ETX, EOT, ENQ, ETB]);

/**
 * The XOR of bytes: the block check character (BCC) when they are those after STX up to and including ETB or ETX.
 *
 * @example
 * ```ts
 * import { xorOf } from "./x328_encode.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(xorOf(utf8("100005MSH|\r\x03")), 0x20);
 * ```
 */
export function xorOf(bytes: Uint8Array): number {
  let xor = 0;
  for (const byte of bytes) xor ^= byte;
  return xor;
}

/**
 * A BCC as it stands on the line: two upper-case hexadecimal digits.
 *
 * @example
 * ```ts
 * import { bccText } from "./x328_encode.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(bccText(0x1f), "1F");
 * ```
 */
export function bccText(xor: number): string {
  return xor.toString(16).toUpperCase().padStart(2, "0");
}

/**
 * A control sequence: `ENQ CR`, `DLE n CR` (an `ack` of block `number`, mod 8), `NAK CR`, `EOT CR`, `DLE < CR`.
 *
 * @example
 * ```ts
 * import { encodeControl } from "./x328_encode.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(encodeControl("ack", 9)), "\x101\r");
 * assert.equal(latin1(encodeControl("rint")), "\x10<\r");
 * ```
 */
export function encodeControl(control: X328ControlName, number = 0): Uint8Array {
  if (control === "ack") return new Uint8Array([DLE, ZERO + (number & 7), CR]);
  if (control === "rint") return new Uint8Array([DLE, RINT, CR]);
  return new Uint8Array([{ enq: ENQ, nak: NAK, eot: EOT }[control], CR]);
}

/**
 * A block: `STX b lllll text (ETB|ETX) hh CR`. Throws a `RangeError` for a text of more than 99,999 bytes.
 *
 * @example
 * ```ts
 * import { encodeBlock } from "./x328_encode.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(encodeBlock(1, utf8("MSH|\r"), true)), "\x02100005MSH|\r\x0320\r");
 * ```
 */
export function encodeBlock(number: number, text: Uint8Array, last: boolean): Uint8Array {
  if (text.length > X328_MAX_MESSAGE) {
    throw new RangeError(`Cannot write a block of ${text.length} bytes: expected at most ${X328_MAX_MESSAGE}`);
  }
  const block = new Uint8Array(HEAD + text.length + TAIL);
  block[0] = STX;
  block[1] = ZERO + (number & 7);
  setDigits(block, text.length);
  block.set(text, HEAD);
  block[HEAD + text.length] = last ? ETX : ETB;
  setBcc(block, xorOf(block.subarray(1, -3)));
  block[block.length - 1] = CR;
  return block;
}

/**
 * A block with the XOR of its bytes changed by `by`, so that its BCC is wrong: damage on purpose.
 *
 * @example
 * ```ts
 * import { encodeBlock, withBccOff } from "./x328_encode.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(withBccOff(encodeBlock(1, utf8("MSH|\r"), true), 1)), "\x02100005MSH|\r\x0321\r");
 * ```
 */
export function withBccOff(block: Uint8Array, by: number): Uint8Array {
  const damaged = block.slice();
  setBcc(damaged, xorOf(block.subarray(1, -3)) ^ by);
  return damaged;
}

/**
 * A block whose length field is `by` off, its BCC right: damage on purpose.
 *
 * @example
 * ```ts
 * import { encodeBlock, withLengthOff } from "./x328_encode.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(withLengthOff(encodeBlock(1, utf8("MSH|\r"), true), 1)), "\x02100006MSH|\r\x0323\r");
 * ```
 */
export function withLengthOff(block: Uint8Array, by: number): Uint8Array {
  const damaged = block.slice();
  setDigits(damaged, block.length - HEAD - TAIL + by);
  setBcc(damaged, xorOf(damaged.subarray(1, -3)));
  return damaged;
}

function setDigits(block: Uint8Array, length: number): void {
  for (let at = HEAD - 1, rest = length; at > 1; at--, rest = Math.floor(rest / 10)) block[at] = ZERO + rest % 10;
}

function setBcc(block: Uint8Array, xor: number): void {
  const digits = bccText(xor);
  block[block.length - 3] = digits.charCodeAt(0);
  block[block.length - 2] = digits.charCodeAt(1);
}

/**
 * Where a message is cut into blocks of at most `maxBlock` bytes: the end of each, the last being the message's.
 * A block ends after the last segment end (CR) that it can hold; a segment longer than that is cut where the block is
 * full. A message of no bytes is one block of none.
 *
 * @example
 * ```ts
 * import { blockEnds } from "./x328_encode.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(blockEnds(utf8("MSH|1\rPID|2\rOBX|3456789ABCD\r"), 12), [12, 24, 28]);
 * ```
 */
export function blockEnds(message: Uint8Array, maxBlock: number): number[] {
  const ends: number[] = [];
  let at = 0;
  while (message.length - at > maxBlock) {
    const segment = message.lastIndexOf(CR, at + maxBlock - 1);
    at = segment < at ? at + maxBlock : segment + 1;
    ends.push(at);
  }
  ends.push(message.length);
  return ends;
}

/**
 * Whether a message can go over the line as it is: throws a `RangeError` if it is longer than `maxMessage`, or
 * has a byte that a reader would take for the end or the beginning of a block (STX, ETX, EOT, ENQ, ETB), or,
 * on a line of seven bits, a byte above 0x7F.
 *
 * @example
 * ```ts
 * import { checkMessage } from "./x328_encode.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * checkMessage(utf8("MSH|\r"), { maxMessage: 99_999, sevenBit: false });
 * assert.throws(() => checkMessage(utf8("MSH|\x03"), { maxMessage: 99_999, sevenBit: false }), /0x03 \(ETX\) at 4/);
 * ```
 */
export function checkMessage(message: Uint8Array, limits: { maxMessage: number; sevenBit: boolean }): void {
  const { maxMessage, sevenBit } = limits;
  if (message.length > maxMessage) {
    throw new RangeError(`Cannot send a message of ${message.length} bytes: expected at most ${maxMessage}`);
  }
  for (let at = 0; at < message.length; at++) {
    const byte = message[at];
    if (byte > 0x7f && sevenBit) {
      throw new RangeError(
        `Cannot send the byte ${byteName(byte)} at ${at} over a line of seven bits: expected at most 0x7F`,
      );
    }
    if (byte <= ETB && BARRED.has(byte)) {
      throw new RangeError(
        `Cannot send the byte ${byteName(byte)} at ${at} within a block: expected none of 0x02 to 0x05 and 0x17`,
      );
    }
  }
}
