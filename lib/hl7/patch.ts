/**
 * Messages made from a template: the static bytes are copied, a control id and a time stamp are patched in place.
 * It knows where in a message those stand and nothing of what sends it.
 *
 * Control ids are a prefix, the same for all messages of a run, and a number of fixed width with
 * leading zeros: unique within the run by the number and across runs by the prefix, in order as text,
 * and readable back as a number without a table.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, utf8 } from "../bytes.ts";
import { HeaderScan } from "./header.ts";
import { TIMESTAMP_LENGTH, TIMESTAMP_SECONDS_LENGTH, TimestampWriter } from "./timestamp.ts";

/** MSH-10 held at most 20 characters up to version 2.6. */
export const CONTROL_ID_LIMIT = 20;
/** Twelve digits are a million million messages: more than three years at 10,000 a second. */
const SEQUENCE_DIGITS = 12;
const FULL_STOP = 0x2e;
/** Fifteen digits always fit into a number without rounding. */
const MOST_DIGITS = 15;

/** What of a template's messages changes. */
export interface TemplateOptions {
  /** Beginning of every control id: ASCII letters, digits, `-`, `_`; see `controlIdPrefix`. Empty unless given. */
  readonly prefix?: string;
  /** How many digits the number in the control id has; 12 unless given, with the prefix at most 20. */
  readonly sequenceWidth?: number;
}

/**
 * Writes a number in decimal, with leading zeros, into `width` bytes. Its size is not looked at: of
 * a longer number the last digits are written.
 *
 * @example
 * ```ts
 * import { writeSequence } from "./patch.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const target = new Uint8Array(6);
 * writeSequence(target, 0, 6, 417);
 * assert.equal(latin1(target), "000417");
 * ```
 */
export function writeSequence(target: Uint8Array, at: number, width: number, n: number): void {
  let end = at + width;
  // The last nine digits as a small integer, whose division is cheap.
  while (n > 999_999_999 && end > at) {
    const rest = Math.floor(n / 10);
    target[--end] = 0x30 + n - rest * 10;
    n = rest;
  }
  let small = n | 0;
  while (end > at) {
    const rest = (small / 10) | 0;
    target[--end] = 0x30 + small - rest * 10;
    small = rest;
  }
}

/**
 * The number in `bytes[from, to)`; -1 if that is not 1 to 15 digits.
 *
 * @example
 * ```ts
 * import { readSequence } from "./patch.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readSequence(utf8("R7000417"), 2, 8), 417);
 * assert.equal(readSequence(utf8("R7000417"), 0, 8), -1);
 * ```
 */
export function readSequence(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > MOST_DIGITS) return -1;
  let n = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    n = n * 10 + digit;
  }
  return n;
}

/**
 * A prefix of seven capitals and digits from a 32-bit number: a run's seed, or a number nobody chose.
 *
 * @example
 * ```ts
 * import { controlIdPrefix } from "./patch.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(controlIdPrefix(417), "00000BL");
 * ```
 */
export function controlIdPrefix(entropy: number): string {
  return (entropy >>> 0).toString(36).toUpperCase().padStart(7, "0");
}

/** Where what is patched stands. */
interface Slots {
  readonly idAt: number;
  readonly prefixLength: number;
  readonly idLength: number;
  readonly timeAt: number;
  readonly timeLength: number;
}

/**
 * A message compiled to bytes and two slots: MSH-10 for the control id and MSH-7 for the time
 * stamp. Every other byte stays as it was.
 *
 * @example
 * ```ts
 * import { MessageTemplate } from "./patch.ts";
 * import { sampleAdt } from "./sample.ts";
 * import { HeaderScan } from "./header.ts";
 * import assert from "node:assert/strict";
 *
 * const template = MessageTemplate.compile(sampleAdt({ controlId: "X", at: new Date(0) }), { prefix: "RUN7" });
 * const target = new Uint8Array(template.length);
 * template.fill(target, 0, 417, Date.UTC(2026, 0, 31), 0);
 * const header = new HeaderScan();
 * header.scan(target);
 * assert.equal(header.text(10), "RUN7000000000417");
 * assert.equal(header.text(7), "20260131000000.000");
 * ```
 */
export class MessageTemplate {
  /** How many bytes each message has. */
  readonly length: number;
  /** How many bytes each control id has, prefix and number. */
  readonly controlIdLength: number;
  readonly #bytes: Uint8Array;
  readonly #slots: Slots;
  readonly #limit: number;
  readonly #time = new TimestampWriter();

  private constructor(bytes: Uint8Array, slots: Slots) {
    this.length = bytes.length;
    this.controlIdLength = slots.idLength;
    this.#bytes = bytes;
    this.#slots = slots;
    this.#limit = 10 ** (slots.idLength - slots.prefixLength);
  }

  /**
   * Compiles a message, which is copied.
   *
   * @throws RangeError for a message without a usable MSH segment, a prefix with other characters or
   * with one of the message's separators, or a control id that would be too long
   */
  static compile(message: Uint8Array, options: TemplateOptions = {}): MessageTemplate {
    const { prefix = "", sequenceWidth = SEQUENCE_DIGITS } = options;
    const header = new HeaderScan();
    if (!header.scan(message)) {
      const found = latin1(message, 0, Math.min(message.length, 12)).replace(/[^\x20-\x7e]/g, ".");
      throw new RangeError(
        `Cannot make a template of the message: found "${found}" (${header.problem}), wanted an MSH segment up to MSH-10`,
      );
    }
    if (!/^[A-Za-z0-9_-]*$/.test(prefix)) {
      throw new RangeError(`Cannot use the control id prefix "${prefix}": wanted letters, digits, "-" and "_"`);
    }
    const separates = Object.values(header.separators).find((byte) => prefix.includes(String.fromCharCode(byte)));
    if (separates !== undefined) {
      throw new RangeError(
        `Cannot use the control id prefix "${prefix}": "${
          String.fromCharCode(separates)
        }" is a separator of the message`,
      );
    }
    const idLength = prefix.length + sequenceWidth;
    if (!Number.isInteger(sequenceWidth) || sequenceWidth < 1 || sequenceWidth > MOST_DIGITS) {
      throw new RangeError(`Cannot number control ids: found ${sequenceWidth} digits, wanted 1 to ${MOST_DIGITS}`);
    }
    if (idLength > CONTROL_ID_LIMIT) {
      throw new RangeError(
        `Cannot make control ids of the prefix "${prefix}" and ${sequenceWidth} digits: found ${idLength} characters, wanted at most ${CONTROL_ID_LIMIT}`,
      );
    }
    const timeAt = header.start(7);
    const dotted = !Object.values(header.separators).includes(FULL_STOP);
    const timeLength = dotted ? TIMESTAMP_LENGTH : TIMESTAMP_SECONDS_LENGTH;
    const idAt = timeAt + timeLength + header.start(10) - header.end(7);
    const bytes = new Uint8Array(idAt + idLength + message.length - header.end(10));
    bytes.set(message.subarray(0, timeAt));
    bytes.set(message.subarray(header.end(7), header.start(10)), timeAt + timeLength);
    bytes.set(utf8(prefix), idAt);
    bytes.set(message.subarray(header.end(10)), idAt + idLength);
    return new MessageTemplate(bytes, { idAt, prefixLength: prefix.length, idLength, timeAt, timeLength });
  }

  /**
   * Writes message number `sequence` into `target` from `at` on, where there is room for `length` bytes,
   * and returns the index after it. The same number gives the same control id.
   *
   * @param epochMs MSH-7, milliseconds since 1970
   * @param offsetMinutes how far local time is ahead of UTC, in minutes
   * @throws RangeError for a number that has too many digits, or a time that cannot be written
   */
  fill(target: Uint8Array, at: number, sequence: number, epochMs: number, offsetMinutes: number): number {
    if (!(sequence >= 0 && sequence < this.#limit)) {
      throw new RangeError(`Cannot number a message: found ${sequence}, wanted 0 to ${this.#limit - 1}`);
    }
    target.set(this.#bytes, at);
    const { timeAt, timeLength, idAt, prefixLength, idLength } = this.#slots;
    this.#time.write(target, at + timeAt, epochMs, offsetMinutes, timeLength);
    writeSequence(target, at + idAt + prefixLength, idLength - prefixLength, sequence);
    return at + this.length;
  }

  /**
   * Writes the control id alone of message number `sequence`, and returns the index after it: for
   * comparing, or for a table.
   */
  writeControlId(target: Uint8Array, at: number, sequence: number): number {
    const { idAt, prefixLength, idLength } = this.#slots;
    for (let i = 0; i < prefixLength; i++) target[at + i] = this.#bytes[idAt + i];
    writeSequence(target, at + prefixLength, idLength - prefixLength, sequence);
    return at + idLength;
  }

  /** The number of the message whose control id is `bytes[from, to)`; -1 if it is not one of this template's. */
  sequenceOf(bytes: Uint8Array, from: number, to: number): number {
    const { idAt, prefixLength, idLength } = this.#slots;
    if (to - from !== idLength) return -1;
    for (let i = 0; i < prefixLength; i++) if (bytes[from + i] !== this.#bytes[idAt + i]) return -1;
    return readSequence(bytes, from + prefixLength, to);
  }
}
