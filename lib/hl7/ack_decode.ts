/**
 * An acknowledgement, decoded for people: what it says, where it says the error is, in words. The hot path uses
 * `ack_scan.ts`.
 *
 * Texts are decoded as they stand: who prints them to a terminal passes them through `printable`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, NO_BYTES } from "../bytes.ts";
import { ackMeaning, errorName } from "./ack_code.ts";
import { AckScan } from "./ack_scan.ts";
import { decodeEscapes, decodeText, readCharset } from "./charset.ts";
import { pieceEnd, pieceStart } from "./pieces.ts";
import { SegmentWalk } from "./segments.ts";
import { readSeparators, type Separators } from "./separators.ts";

/** At most so many errors, and parts of one, are decoded (our decision): a reply must not be able to fill the memory. */
const MOST = 100;

/** One error of an ERR segment, of either form. Texts are empty where nothing is said. */
export interface DecodedError {
  /** The error code, of HL7 table 0357 in most cases. */
  readonly code: string;
  /** The code's name by table 0357, else the one the segment gives. */
  readonly name: string;
  /** Where, as a path: `PID-3[1].1`; several are joined with a comma. */
  readonly location: string;
  /** `E`, `W`, `I`, `F` or what else stands in ERR-4; empty in the old form. */
  readonly severity: string;
  /** ERR-5, the application's own code, and its name. */
  readonly application: string;
  /** ERR-7, for developers. */
  readonly diagnostic: string;
  /** ERR-8, for users. */
  readonly text: string;
}

/** An acknowledgement. */
export interface DecodedAck {
  /** MSA-1 as it stands, mostly one of the six codes. */
  readonly code: string;
  /** The code in plain words. */
  readonly meaning: string;
  /** MSA-2, one character a byte. */
  readonly controlId: string;
  /** MSA-3. */
  readonly text: string;
  readonly errors: readonly DecodedError[];
}

/**
 * Decodes an acknowledgement; `null` for a message without an MSA segment. Never throws, whatever
 * the bytes.
 *
 * ERR is read in its new form (ERR-2 to ERR-8, from version 2.5) where ERR-3 or a later field is
 * valued, else in the old one (ERR-1), whatever the version says; at most 100 errors. Other segments are ignored.
 *
 * @example
 * ```ts
 * import { decodeAck } from "./ack_decode.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const ack = decodeAck(utf8("MSH|^~\\&|LAB|\rMSA|AE|MSG1|No such bed\rERR||PID^1^3^1^1|103|E\r"));
 * assert.equal(ack?.meaning, "application error");
 * assert.equal(ack?.text, "No such bed");
 * assert.equal(ack?.errors[0].location, "PID-3[1].1");
 * assert.equal(ack?.errors[0].name, "Table value not found");
 * ```
 */
export function decodeAck(message: Uint8Array): DecodedAck | null {
  const scan = new AckScan();
  const separators = readSeparators(message);
  if (separators === null || !scan.scan(message)) return null;
  const reader = new SegmentReader(message, separators, readCharset(message));
  const walk = new SegmentWalk();
  const errors: DecodedError[] = [];
  let text: string | null = null;
  walk.begin(message);
  while (errors.length < MOST && walk.next()) {
    reader.from = walk.from;
    reader.to = walk.to;
    if (text === null && walk.is(0x4d, 0x53, 0x41, separators.field)) text = reader.text(3);
    else if (walk.is(0x45, 0x52, 0x52, separators.field)) readErrors(reader, errors);
  }
  const code = latin1(message, scan.codeStart, scan.codeEnd);
  return { code, meaning: ackMeaning(code), controlId: latin1(scan.controlId), text: text ?? "", errors };
}

function readErrors(reader: SegmentReader, errors: DecodedError[]): void {
  const places = reader.repetitions(1).filter((place) => place.some((part) => part.length > 0));
  const modern = [3, 4, 5, 6, 7, 8].some((n) => reader.text(n) !== "");
  if (!modern && places.length > 0) {
    for (const place of places) errors.push(oldError(place, reader));
    return;
  }
  const locations = reader.repetitions(2).map((place) => locationOf(place, reader)).filter((place) => place !== "");
  if (locations.length === 0) locations.push(...places.map((place) => locationOf(place.slice(0, 3), reader)));
  const [code, said] = reader.first(3);
  const error: DecodedError = {
    code,
    name: errorName(code) || said,
    location: locations.join(", "),
    severity: reader.text(4),
    application: reader.first(5).filter((part) => part !== "").join(" "),
    diagnostic: reader.text(7),
    text: reader.text(8),
  };
  if (Object.values(error).some((part) => part !== "")) errors.push(error);
}

/** `PID^1^3^103&Table value not found&HL70357`; some senders put the code's parts into components of their own. */
function oldError(place: readonly Uint8Array[], reader: SegmentReader): DecodedError {
  const parts = pieces(place[3] ?? NO_BYTES, reader.separators.subcomponent).map((part) => reader.decode(part));
  const code = parts[0];
  return {
    code,
    name: errorName(code) || (parts[1] ?? reader.decode(place[4] ?? NO_BYTES)),
    location: locationOf(place.slice(0, 3), reader),
    severity: "",
    application: "",
    diagnostic: "",
    text: "",
  };
}

/** Segment, sequence, field, repetition, component, subcomponent as a path. A first segment's number is left out. */
function locationOf(place: readonly Uint8Array[], reader: SegmentReader): string {
  const parts = place.map((part) => reader.decode(part));
  const [segment = "", sequence = "", field = "", repetition = "", component = "", subcomponent = ""] = parts;
  let path = segment;
  if (sequence !== "" && sequence !== "1") path += `[${sequence}]`;
  if (field === "") return path;
  path += `-${field}`;
  if (repetition !== "") path += `[${repetition}]`;
  if (component === "") return path;
  path += `.${component}`;
  return subcomponent === "" ? path : `${path}.${subcomponent}`;
}

/** The fields of one segment as text. */
class SegmentReader {
  readonly message: Uint8Array;
  readonly separators: Separators;
  readonly charset: string | null;
  from = 0;
  to = 0;

  constructor(message: Uint8Array, separators: Separators, charset: string | null) {
    this.message = message;
    this.separators = separators;
    this.charset = charset;
  }

  /** A whole field as text. */
  text(n: number): string {
    return this.decode(this.#field(n));
  }

  /** Each repetition of a field as its components. */
  repetitions(n: number): Uint8Array[][] {
    return pieces(this.#field(n), this.separators.repetition).map((one) => pieces(one, this.separators.component));
  }

  /** The first two components of a field's first repetition, as text: a code and its name. */
  first(n: number): [string, string] {
    const [code, name] = this.repetitions(n)[0];
    return [this.decode(code), this.decode(name ?? NO_BYTES)];
  }

  /** Escape sequences and charset decoded. */
  decode(bytes: Uint8Array): string {
    return decodeText(decodeEscapes(bytes, this.separators), this.charset);
  }

  #field(n: number): Uint8Array {
    const start = pieceStart(this.message, this.from, this.to, this.separators.field, n + 1);
    if (start < 0) return NO_BYTES;
    return this.message.subarray(start, pieceEnd(this.message, start, this.to, this.separators.field));
  }
}

/** Cut at a separator: at least one piece, at most `MOST`. */
function pieces(bytes: Uint8Array, separator: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at <= bytes.length && found.length < MOST;) {
    const end = pieceEnd(bytes, at, bytes.length, separator);
    found.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return found;
}
