/**
 * The MSH segment of a message, scanned once on bytes: where its fields are. For every message on the
 * hot path, so it makes no strings and no objects unless asked for them.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, latin1, LF, NO_BYTES } from "../bytes.ts";
import { pieceEnd, pieceStart } from "./pieces.ts";
import { readSeparatorsInto, type Separators, STANDARD_SEPARATORS } from "./separators.ts";

/** MSH-25 is the last field HL7 has defined (version 2.8). */
const LAST_FIELD = 25;
const CONTROL_ID = 10;

/** Why a header cannot be used (protocols.md section 8: "no MSH, no separators, cut short"). */
export type HeaderProblem =
  /** The message does not begin with `MSH`. */
  | "no_msh"
  /** MSH-1 and MSH-2 are not separators. */
  | "no_separators"
  /** The segment ends before the place of MSH-10. */
  | "cut_short";

/**
 * Positions of MSH-1 to MSH-25, numbered as HL7 does: MSH-1 is the field separator itself, MSH-2
 * the other separators. Made once, used for any number of messages; `scan` allocates nothing.
 *
 * Positions, views and `separators` are those of the last message scanned and hold as long as its
 * bytes do. The message is kept until the next `scan`.
 *
 * @example
 * ```ts
 * import { HeaderScan } from "./header.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const header = new HeaderScan();
 * assert.equal(header.scan(utf8("MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||ADT^A01^ADT_A01|MSG1|P|2.5\r")), true);
 * assert.equal(header.type, "ADT^A01");
 * assert.equal(header.text(10), "MSG1");
 * assert.equal(header.text(18), "");
 * ```
 */
export class HeaderScan {
  /** Why the last header cannot be used; `null` if it can. Fields before the damage are known even so. */
  problem: HeaderProblem | null = "no_msh";
  /** How many fields the segment has; 0 without separators. */
  fieldCount = 0;
  /** Index after the last byte of the segment: its CR, or LF, or the end of the message. */
  segmentEnd = 0;
  #message: Uint8Array = NO_BYTES;
  readonly #separators = { ...STANDARD_SEPARATORS };
  readonly #starts = new Int32Array(LAST_FIELD + 1);
  readonly #ends = new Int32Array(LAST_FIELD + 1);

  /** Scans a message's MSH segment; whether it is usable, that is `problem === null`. */
  scan(message: Uint8Array): boolean {
    this.#message = message;
    this.fieldCount = 0;
    this.segmentEnd = 0;
    const named = message[0] === 0x4d && message[1] === 0x53 && message[2] === 0x48;
    if (!named || !readSeparatorsInto(message, this.#separators)) {
      this.problem = named ? "no_separators" : "no_msh";
      Object.assign(this.#separators, STANDARD_SEPARATORS);
      return false;
    }
    const separator = this.#separators.field;
    const starts = this.#starts;
    const ends = this.#ends;
    const length = message.length;
    starts[1] = 3;
    ends[1] = 4;
    let field = 2;
    let start = 4;
    let at = 4;
    for (; at < length; at++) {
      const byte = message[at];
      if (byte === separator) {
        if (field <= LAST_FIELD) {
          starts[field] = start;
          ends[field] = at;
        }
        field++;
        start = at + 1;
      } else if (byte === CR || byte === LF) break;
    }
    if (field <= LAST_FIELD) {
      starts[field] = start;
      ends[field] = at;
    }
    this.fieldCount = field;
    this.segmentEnd = at;
    this.problem = field < CONTROL_ID ? "cut_short" : null;
    return this.problem === null;
  }

  /** The message last scanned. */
  get message(): Uint8Array {
    return this.#message;
  }

  /** The message's separators; the standard ones if it declares none. One object for all scans. */
  get separators(): Separators {
    return this.#separators;
  }

  /** Index of the first byte of MSH-`n`, 1 to 25; equal to `end(n)` if it is empty or not there. */
  start(n: number): number {
    return n <= this.fieldCount && n <= LAST_FIELD ? this.#starts[n] : 0;
  }

  /** Index after the last byte of MSH-`n`. */
  end(n: number): number {
    return n <= this.fieldCount && n <= LAST_FIELD ? this.#ends[n] : 0;
  }

  /** The bytes of MSH-`n`, a view; no bytes if it is empty or not there. */
  field(n: number): Uint8Array {
    const start = this.start(n);
    const end = this.end(n);
    return start === end ? NO_BYTES : this.#message.subarray(start, end);
  }

  /** MSH-`n` as ISO 8859-1 text, so that every byte value survives. */
  text(n: number): string {
    return latin1(this.#message, this.start(n), this.end(n));
  }

  /** Whether MSH-`n` holds a value: neither nothing nor HL7's explicit null, `""`. */
  valued(n: number): boolean {
    const start = this.start(n);
    const length = this.end(n) - start;
    if (length === 2) return this.#message[start] !== 0x22 || this.#message[start + 1] !== 0x22;
    return length > 0;
  }

  /** Index of the first byte of component `c` (from 1) of the first repetition of MSH-`n`; -1 if there is none. */
  componentStart(n: number, c: number): number {
    const start = this.start(n);
    const end = pieceEnd(this.#message, start, this.end(n), this.#separators.repetition);
    return pieceStart(this.#message, start, end, this.#separators.component, c);
  }

  /** Index after the last byte of the component that begins at `start` in MSH-`n`. */
  componentEnd(n: number, start: number): number {
    const end = pieceEnd(this.#message, start, this.end(n), this.#separators.repetition);
    return pieceEnd(this.#message, start, end, this.#separators.component);
  }

  /** MSH-10, a view; no bytes if there is none. */
  get controlId(): Uint8Array {
    return this.field(CONTROL_ID);
  }

  /** Message code and trigger event of MSH-9 as `ADT^A01`, whatever the component separator; `ACK` without a trigger. */
  get type(): string {
    const code = this.componentStart(9, 1);
    const trigger = this.componentStart(9, 2);
    const name = latin1(this.#message, code, this.componentEnd(9, code));
    const event = trigger < 0 ? "" : latin1(this.#message, trigger, this.componentEnd(9, trigger));
    return event === "" ? name : `${name}^${event}`;
  }

  /** MSH-12 as a number to compare: 205 for 2.5 and 2.5.1, 210 for 2.10; 0 where it holds no version. */
  get version(): number {
    const message = this.#message;
    const end = this.end(12);
    let at = this.start(12);
    let major = 0;
    let minor = 0;
    const from = at;
    for (; at < end && isDigit(message[at]) && major < 100; at++) major = major * 10 + message[at] - 0x30;
    if (at === from) return 0;
    if (at < end && message[at] === 0x2e) {
      for (at++; at < end && isDigit(message[at]) && minor < 10; at++) minor = minor * 10 + message[at] - 0x30;
    }
    return major * 100 + minor;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
