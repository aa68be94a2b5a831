/**
 * The acknowledgement builder: the bytes of an inbound message in, the bytes of its answer out
 * (protocols.md section 8). It decides nothing but one thing: what it cannot identify it does not accept.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, FS, NO_BYTES } from "../bytes.ts";
import { type AckCode, isAckCode } from "./ack_code.ts";
import { type ErrorEntry, errorFields, fieldText } from "./ack_error.ts";
import { HeaderScan } from "./header.ts";
import { NO_SEPARATOR, type Separators, STANDARD_SEPARATORS } from "./separators.ts";
import { localOffsetMinutes, TIMESTAMP_LENGTH, TIMESTAMP_SECONDS_LENGTH, TimestampWriter } from "./timestamp.ts";

/** What the acknowledgement is to say. */
export interface AckOptions {
  /** MSA-1; of an unusable header AA becomes AR and CA becomes CR. */
  readonly code: AckCode;
  /** MSH-10 of the acknowledgement itself: fresh, by the caller. */
  readonly controlId: string;
  /** MSH-7, written in local time. */
  readonly at: Date;
  /** MSA-3, in plain text: escaped here. */
  readonly text?: string;
  /** Becomes ERR: a segment each from version 2.5 on, one with repetitions before. */
  readonly errors?: readonly ErrorEntry[];
}

/** MSH-11 and MSH-12 of the answer to a header that cannot be used (our decision). */
const DEFAULT_PROCESSING = "P";
const DEFAULT_VERSION = "2.5";
const FULL_STOP = 0x2e;
const VERSION_2_4 = 204;
const VERSION_2_5 = 205;
/** Local time is worked out once for each quarter of an hour: zones change only on such. */
const QUARTER_MS = 900_000;

/** What is said of a header that cannot be used. */
const PROBLEMS = {
  no_msh: { code: 100, location: "MSH", text: "The message does not begin with an MSH segment" },
  no_separators: { code: 101, location: "MSH-2", text: "MSH-1 and MSH-2 hold no separators" },
  cut_short: { code: 101, location: "MSH-10", text: "The MSH segment ends before MSH-10" },
} as const;

/**
 * Builds acknowledgements, keeping its buffers between them; for the hot path.
 *
 * @example
 * ```ts
 * import { AckBuilder } from "./ack.ts";
 * import { HeaderScan } from "./header.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const header = new HeaderScan();
 * header.scan(utf8("no HL7 at all"));
 * const builder = new AckBuilder();
 * builder.build(header, { code: "AA", controlId: "ACK1", at: new Date(0) });
 * assert.equal(builder.code, "AR");
 * ```
 */
export class AckBuilder {
  /** MSA-1 of the acknowledgement last built: what was asked for, or what it had to become. */
  code: AckCode = "AA";
  #out = new Uint8Array(512);
  #length = 0;
  #separators: Separators = STANDARD_SEPARATORS;
  readonly #time = new TimestampWriter();
  #quarter = NaN;
  #offsetMinutes = 0;

  /**
   * The acknowledgement of the message that `header` last scanned; a buffer of its own, the caller's to
   * keep. Sender and receiver are swapped; separators, MSH-11, MSH-12 and MSH-18 are as received;
   * MSA-2 is the message's MSH-10 byte for byte, and empty if it has none. Never throws for what
   * a message holds.
   *
   * @throws RangeError for a code that is none, an error's location that is no path, or a time
   * that cannot be written
   */
  build(header: HeaderScan, options: AckOptions): Uint8Array {
    const { code, text, errors } = options;
    if (!isAckCode(code)) {
      throw new RangeError(
        `Cannot build an acknowledgement: found the code "${code}", wanted AA, AE, AR, CA, CE or CR`,
      );
    }
    const problem = header.problem === null ? null : PROBLEMS[header.problem];
    this.code = problem === null ? code : code === "AA" ? "AR" : code === "CA" ? "CR" : code;
    this.#separators = header.separators;
    const field = header.separators.field;
    this.#length = 0;
    // What is copied from the header is copied once but for MSH-10, which is written here and in MSA-2.
    this.#room(2 * header.segmentEnd + 10 * options.controlId.length + 128);

    this.#msh(header, options);
    this.#name(0x4d, 0x53, 0x41);
    this.#byte(field);
    this.#byte(this.code.charCodeAt(0));
    this.#byte(this.code.charCodeAt(1));
    this.#byte(field);
    if (problem === null) this.#copy(header, 10);
    const first = errors?.[0]?.text;
    const said = text ?? problem?.text ?? (first !== undefined && header.version < VERSION_2_5 ? first : "");
    if (said !== "") {
      this.#byte(field);
      this.#text(fieldText(said, header));
    }
    this.#endSegment();
    if (problem !== null) this.#errors(header, errors === undefined ? [problem] : [problem, ...errors]);
    else if (errors !== undefined && errors.length > 0) this.#errors(header, errors);
    return this.#out.slice(0, this.#length);
  }

  #msh(header: HeaderScan, options: AckOptions): void {
    const { field, component } = header.separators;
    this.#name(0x4d, 0x53, 0x48);
    this.#byte(field);
    if (header.fieldCount > 0) this.#copy(header, 2);
    else this.#declare();
    this.#byte(field);
    this.#pair(header, 5);
    this.#byte(field);
    this.#pair(header, 3);
    this.#byte(field);
    const epochMs = options.at.getTime();
    const quarter = Math.floor(epochMs / QUARTER_MS);
    if (quarter !== this.#quarter) {
      this.#offsetMinutes = localOffsetMinutes(options.at);
      this.#quarter = quarter;
    }
    const width = this.#separates(FULL_STOP) ? TIMESTAMP_SECONDS_LENGTH : TIMESTAMP_LENGTH;
    this.#length = this.#time.write(this.#out, this.#length, epochMs, this.#offsetMinutes, width);
    this.#byte(field);
    this.#byte(field);
    this.#name(0x41, 0x43, 0x4b);
    const trigger = header.componentStart(9, 2);
    const triggerEnd = trigger < 0 ? trigger : header.componentEnd(9, trigger);
    if (trigger < triggerEnd) {
      this.#byte(component);
      this.#range(header.message, trigger, triggerEnd);
      if (header.problem !== null || header.version >= VERSION_2_4) {
        this.#byte(component);
        this.#name(0x41, 0x43, 0x4b);
      }
    }
    this.#byte(field);
    this.#value(options.controlId, header);
    this.#byte(field);
    if (header.problem === null) {
      this.#pair(header, 11);
    } else {
      this.#value(DEFAULT_PROCESSING, header);
      this.#byte(field);
      this.#value(DEFAULT_VERSION, header);
    }
    if (header.start(18) < header.end(18)) {
      for (let n = 13; n <= 18; n++) this.#byte(field);
      this.#copy(header, 18);
    }
    this.#endSegment();
  }

  /** MSH-2 of a message that has none. */
  #declare(): void {
    const { component, repetition, escape, subcomponent } = this.#separators;
    this.#byte(component);
    this.#byte(repetition);
    this.#byte(escape);
    this.#byte(subcomponent);
  }

  #errors(header: HeaderScan, errors: readonly ErrorEntry[]): void {
    const { field, repetition } = this.#separators;
    const modern = header.problem !== null || header.version >= VERSION_2_5;
    for (let i = 0; i < errors.length; i++) {
      const fields = errorFields(errors[i], header, modern);
      if (modern || i === 0 || repetition === NO_SEPARATOR) {
        if (i > 0) this.#endSegment();
        this.#room(8);
        this.#name(0x45, 0x52, 0x52);
        this.#byte(field);
      } else {
        this.#byte(repetition);
      }
      this.#text(fields);
    }
    this.#endSegment();
  }

  /** A short value, mostly letters, digits and hyphens; where a separator is one of its characters, escaped like any text. */
  #value(text: string, header: HeaderScan): void {
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code <= 0x20 || code > 0x7e || this.#separates(code)) {
        this.#length = start;
        this.#text(fieldText(text, header));
        return;
      }
      this.#byte(code);
    }
  }

  #separates(byte: number): boolean {
    const { field, component, repetition, escape, subcomponent } = this.#separators;
    return byte === field || byte === component || byte === repetition || byte === escape || byte === subcomponent;
  }

  #endSegment(): void {
    this.#room(2);
    // 0x1C and CR would end the frame: an id that ends with 0x1C gets a separator after it.
    if (this.#out[this.#length - 1] === FS) this.#byte(this.#separators.field);
    this.#byte(CR);
  }

  #copy(header: HeaderScan, n: number): void {
    this.#range(header.message, header.start(n), header.end(n));
  }

  /** MSH-`n` and the field after it, which mostly stand side by side as they are wanted. */
  #pair(header: HeaderScan, n: number): void {
    if (header.fieldCount > n) {
      this.#range(header.message, header.start(n), header.end(n + 1));
    } else {
      this.#copy(header, n);
      this.#byte(this.#separators.field);
    }
  }

  #range(bytes: Uint8Array, from: number, to: number): void {
    const out = this.#out;
    let length = this.#length;
    for (let at = from; at < to; at++) out[length++] = bytes[at];
    this.#length = length;
  }

  /** A text of one character a byte, and room for a few bytes after it. */
  #text(text: string): void {
    this.#room(text.length + 128);
    for (let i = 0; i < text.length; i++) this.#byte(text.charCodeAt(i));
  }

  #name(first: number, second: number, third: number): void {
    this.#byte(first);
    this.#byte(second);
    this.#byte(third);
  }

  #byte(byte: number): void {
    this.#out[this.#length++] = byte;
  }

  #room(size: number): void {
    if (this.#length + size <= this.#out.length) return;
    const grown = new Uint8Array(Math.max(this.#length + size, 2 * this.#out.length));
    grown.set(this.#out.subarray(0, this.#length));
    this.#out = grown;
  }
}

const shared = { header: new HeaderScan(), builder: new AckBuilder() };

/**
 * The acknowledgement of a message, as `AckBuilder.build` makes it. Whether an unusable header
 * turned an accepting code into a rejecting one shows in MSA-1; `AckBuilder.code` tells it directly.
 *
 * @throws RangeError as `AckBuilder.build` does
 *
 * @example
 * ```ts
 * import { buildAck } from "./ack.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const inbound = utf8("MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||ADT^A01^ADT_A01|MSG1|P|2.5\rEVN|A01\r");
 * const reply = latin1(buildAck(inbound, { code: "AA", controlId: "ACK1", at: new Date(0) }));
 * assert.match(reply, /^MSH\|\^~\\&\|LAB\|MAIN\|ADT\|WARD\|\d{14}\.\d{3}\|\|ACK\^A01\^ACK\|ACK1\|P\|2\.5\rMSA\|AA\|MSG1\r$/);
 * ```
 */
export function buildAck(inbound: Uint8Array, options: AckOptions): Uint8Array {
  shared.header.scan(inbound);
  try {
    return shared.builder.build(shared.header, options);
  } finally {
    // Not to keep a message alive that nobody else holds.
    shared.header.scan(NO_BYTES);
  }
}
