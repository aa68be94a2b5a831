/**
 * The text of a file with its backslash escapes made into bytes, and the way back from a byte of
 * the result to the line of the file it came from.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, LF } from "../bytes.ts";
import { hexDigit } from "./charset.ts";

const BACKSLASH = 0x5c;

/**
 * The escapes of a file as bytes: `\xHH`, `\r`, `\n`, `\t`, `\e` and `\\`. The letters are lower case
 * and the list is closed: `\&` of MSH-2 and everything else stays as it is.
 *
 * HL7's own escape sequences, `\F\`, `\X0D\`, `\.br\`, are recognised as a whole and stay: so the
 * end of one and the letter after it (`R\T\nord`) are not taken for a line feed (our decision, as is the list).
 *
 * @example
 * ```ts
 * import { resolveEscapes } from "./split_escapes.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(resolveEscapes(utf8("\\x0bMSH|^~\\&|R\\T\\nord\\r"))), "\x0bMSH|^~\\&|R\\T\\nord\r");
 * ```
 */
export function resolveEscapes(input: Uint8Array): Uint8Array {
  return new SourceText(input, true).bytes;
}

/** A file's bytes, escapes resolved or not, that remembers where they came from. */
export class SourceText {
  /** The bytes to be read. */
  readonly bytes: Uint8Array;
  /** The file as it was read. */
  readonly input: Uint8Array;
  /** Index in `bytes` after each escape, and how much shorter the result had become there. */
  readonly #after: number[] = [];
  readonly #shorter: number[] = [];
  #line = 1;
  #counted = 0;

  constructor(input: Uint8Array, escapes: boolean) {
    this.input = input;
    this.bytes = escapes ? this.#resolve(input) : input;
  }

  /** Line (from 1) and byte offset in the file of byte `at`. To be asked in rising order: lines are counted once. */
  place(at: number): { line: number; offset: number } {
    const offset = at + this.#shorterBefore(at);
    const input = this.input;
    for (let i = this.#counted; i < offset; i++) {
      if (input[i] === LF || (input[i] === CR && input[i + 1] !== LF)) this.#line++;
    }
    this.#counted = Math.max(this.#counted, offset);
    return { line: this.#line, offset };
  }

  #shorterBefore(at: number): number {
    let low = 0;
    let high = this.#after.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#after[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#shorter[low - 1];
  }

  #resolve(input: Uint8Array): Uint8Array {
    if (input.indexOf(BACKSLASH) < 0) return input;
    const out = new Uint8Array(input.length);
    let length = 0;
    for (let at = 0; at < input.length;) {
      if (input[at] !== BACKSLASH) {
        out[length++] = input[at++];
        continue;
      }
      const kept = sequenceLength(input, at);
      if (kept > 0) {
        for (const end = at + kept; at < end;) out[length++] = input[at++];
        continue;
      }
      const taken = escapeLength(input, at);
      out[length++] = taken === 0 ? BACKSLASH : escapedByte(input, at);
      at += Math.max(taken, 1);
      if (taken > 1) {
        this.#after.push(length);
        this.#shorter.push(at - length);
      }
    }
    return out.subarray(0, length);
  }
}

/** How many bytes an HL7 escape sequence that begins at `at` has, both backslashes counted; 0 if there is none. */
function sequenceLength(input: Uint8Array, at: number): number {
  const first = input[at + 1];
  // F S T R E P: separators; H N: highlighting; L: a separator of later versions.
  const single = first === 0x46 || first === 0x53 || first === 0x54 || first === 0x52 || first === 0x45 ||
    first === 0x50 || first === 0x48 || first === 0x4e || first === 0x4c;
  if (single) return input[at + 2] === BACKSLASH ? 3 : 0;
  // X, C, M: hexadecimal digits; Z: locally agreed; a full stop: formatting.
  const hexadecimal = first === 0x58 || first === 0x43 || first === 0x4d;
  if (!hexadecimal && first !== 0x5a && first !== 0x2e) return 0;
  let end = at + 2;
  while (end < input.length && (hexadecimal ? hexDigit(input[end]) >= 0 : isWord(input[end]))) end++;
  return end > at + 2 && end < input.length && input[end] === BACKSLASH ? end + 1 - at : 0;
}

/** What `\Z...\` and `\.sp+3\` consist of: letters, digits, plus and minus. */
function isWord(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || byte === 0x2b || byte === 0x2d;
}

function escapeLength(input: Uint8Array, at: number): number {
  switch (input[at + 1]) {
    case 0x78:
      return hexDigit(input[at + 2]) >= 0 && hexDigit(input[at + 3]) >= 0 ? 4 : 0;
    case 0x72:
    case 0x6e:
    case 0x74:
    case 0x65:
    case BACKSLASH:
      return 2;
    default:
      return 0;
  }
}

function escapedByte(input: Uint8Array, at: number): number {
  switch (input[at + 1]) {
    case 0x78:
      return hexDigit(input[at + 2]) * 16 + hexDigit(input[at + 3]);
    case 0x72:
      return CR;
    case 0x6e:
      return LF;
    case 0x74:
      return 0x09;
    case 0x65:
      return 0x1b;
    default:
      return BACKSLASH;
  }
}
