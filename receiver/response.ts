/**
 * Real responses instead of bare acknowledgements, and acknowledgements that name another message: bytes that `lib/hl7/ack.ts`
 * has built, changed in few places. What an acknowledgement says otherwise is not its business.
 *
 * # A response
 *
 * `ADR^A19` for a query `QRY^A19`, `RSP^K22^RSP_K21` for `QBP^Q22`: MSH-9 says so, and behind MSA and ERR comes what the
 * query itself says and every response repeats: QAK made of QPD, then QRD, QRF, QPD, RCP as they were received. Found data it
 * has none (a reply from a file has).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, FS, NO_BYTES, utf8 } from "../lib/bytes.ts";
import { AckScan } from "../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../lib/hl7/header.ts";
import { parsePath } from "../lib/hl7/path.ts";
import { SegmentWalk } from "../lib/hl7/segments.ts";
import { NO_SEPARATOR, readSeparators } from "../lib/hl7/separators.ts";
import { RandomStream } from "../lib/random.ts";
import { joined } from "../lib/bytes.ts";
import { type Form, scalar } from "./scenario/form.ts";

const TYPE = /^[A-Z][A-Z0-9]{2}(\^[A-Z][A-Z0-9]{2}(\^[A-Z][A-Z0-9]{2}(_[A-Z0-9]{3})?)?)?$/;
const TYPE_WANTED = "a message type such as ADR^A19 or RSP^K22^RSP_K21";

/** A message type as MSH-9 has it: code, event and structure, the latter two only where there are any. */
export const messageTypeForm: Form<string> = scalar(TYPE_WANTED, (text) => {
  if (TYPE.test(text)) return text;
  throw new RangeError(`Cannot read '${text}' as a message type: wanted ${TYPE_WANTED.slice(2)}`);
}, { type: "string", pattern: TYPE.source });

/** The segments of a query that its response repeats, in the order in which they stand there. */
const REPEATED = ["QRD", "QRF", "QPD", "RCP"];
const QUERY_TAG = parsePath("QPD-2");
const QUERY_NAME = parsePath("QPD-1");
/** What stands between the parts of a type as people write it. */
const CARET = 0x5e;
const SEGMENT_END = new Uint8Array([CR]);

/**
 * An acknowledgement turned into a response of this type. Where the message has no separators that can be read, it
 * repeats nothing.
 *
 * QAK-1 is QPD-2 and QAK-3 is QPD-1, as received; QAK-2 is OK where MSA-1 accepts, else AE or AR (HL7 table 0208).
 *
 * @param ack an acknowledgement of `message`, with its separators
 * @param type such as `messageTypeForm` reads
 *
 * @example
 * ```ts
 * import { responseOf } from "./response.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const query = utf8("MSH|^~\\&|A|B|C|D|20260131||QRY^A19|Q1|P|2.4\rQRD|20260131|R|I|1|||1^RD|4711|DEM\r");
 * const ack = utf8("MSH|^~\\&|C|D|A|B|20260131||ACK^A19^ACK|7|P|2.4\rMSA|AA|Q1\r");
 * assert.equal(
 *   latin1(responseOf(ack, query, "ADR^A19")),
 *   "MSH|^~\\&|C|D|A|B|20260131||ADR^A19|7|P|2.4\rMSA|AA|Q1\rQRD|20260131|R|I|1|||1^RD|4711|DEM\r",
 * );
 * ```
 */
export function responseOf(ack: Uint8Array, message: Uint8Array, type: string): Uint8Array {
  const header = new HeaderScan();
  if (!header.scan(ack)) return ack;
  const { field, component } = header.separators;
  const named = utf8(type).map((byte) => byte === CARET ? component : byte);
  const pieces = [ack.subarray(0, header.start(9)), named, ack.subarray(header.end(9))];
  if (readSeparators(message) !== null) {
    const query = querySegments(message, field);
    if (query.has("QPD")) {
      const tag = QUERY_TAG.first(message) ?? NO_BYTES;
      const name = QUERY_NAME.first(message) ?? NO_BYTES;
      const around = new Uint8Array([field]);
      pieces.push(utf8("QAK"), around, tag, around, utf8(statusOf(ack)), ...name.length > 0 ? [around, name] : []);
      pieces.push(...endOf(name, field));
    }
    for (const segment of REPEATED) {
      const bytes = query.get(segment);
      if (bytes !== undefined) pieces.push(bytes, ...endOf(bytes, field));
    }
  }
  return joined(pieces);
}

/** The first of each of those segments that a message has. */
function querySegments(message: Uint8Array, field: number): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const walk = new SegmentWalk();
  walk.begin(message);
  while (walk.next()) {
    for (const name of REPEATED) {
      if (found.has(name)) continue;
      if (walk.is(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2), field)) {
        found.set(name, message.subarray(walk.from, walk.to));
      }
    }
  }
  return found;
}

/** What ends a segment; 0x1C and CR would end the frame, so behind 0x1C comes an empty field. */
function endOf(segment: Uint8Array, field: number): readonly Uint8Array[] {
  return segment[segment.length - 1] === FS ? [new Uint8Array([field]), SEGMENT_END] : [SEGMENT_END];
}

/** QAK-2. */
function statusOf(ack: Uint8Array): string {
  const msa = new AckScan();
  msa.scan(ack);
  if (msa.code === "AE" || msa.code === "CE") return "AE";
  return msa.code === "AR" || msa.code === "CR" ? "AR" : "OK";
}

/**
 * An acknowledgement with another MSA-2. What would end the field, the segment or the frame becomes an escape
 * sequence (a blank where there is no escape character); all else is as given. Without an MSA it stays as it is.
 *
 * @example
 * ```ts
 * import { withOtherId } from "./response.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const ack = utf8("MSH|^~\\&|C|D|A|B|20260131||ACK|7|P|2.4\rMSA|AA|Q1|Fine\r");
 * assert.match(latin1(withOtherId(ack, utf8("A|1"))), /\rMSA\|AA\|A\\F\\1\|Fine\r$/);
 * ```
 */
export function withOtherId(ack: Uint8Array, id: Uint8Array): Uint8Array {
  const msa = new AckScan();
  const separators = readSeparators(ack);
  if (separators === null || !msa.scan(ack)) return ack;
  const { field, escape } = separators;
  const written: number[] = msa.idStart === msa.codeEnd ? [field] : [];
  for (const byte of id) {
    if (byte >= 0x20 && byte !== field) written.push(byte);
    else if (escape === NO_SEPARATOR) written.push(0x20);
    else {
      const name = byte === field ? "F" : `X${byte.toString(16).toUpperCase().padStart(2, "0")}`;
      written.push(escape, ...utf8(name), escape);
    }
  }
  return joined([ack.subarray(0, msa.idStart), Uint8Array.from(written), ack.subarray(msa.idEnd)]);
}

/** Characters of one kind: one of them becomes another of them. */
const KINDS = ["0123456789", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ", "abcdef", "ghijklmnopqrstuvwxyz"].map(utf8);
const [DIGITS] = KINDS;
/** The length of what is made up where there is no id to resemble. */
const MADE_UP = 6;
/** So many ids of one length are tried (our decision: where one in two is taken, as good as always enough). */
const TRIES = 16;

/**
 * An id that is neither this one nor one that is taken, of the same length and kind: each digit is another digit, each letter
 * another letter of its case, so that a number stays a number and a UUID a UUID. An empty id becomes six digits; one without
 * letters and digits, as many digits as it has bytes. Where many are taken, digits are added.
 *
 * @param draw in [0, 1): the same id and draw give the same other id, or the same one after it where that is taken
 * @param isTaken whether an id is another message's
 *
 * @example
 * ```ts
 * import { wrongId } from "./response.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const other = latin1(wrongId(utf8("MSG-0001"), 0.5));
 * assert.match(other, /^[A-Z]{3}-\d{4}$/);
 * assert.notEqual(other, "MSG-0001");
 * assert.notEqual(latin1(wrongId(utf8("MSG-0001"), 0.5, (id) => latin1(id) === other)), other);
 * ```
 */
export function wrongId(id: Uint8Array, draw: number, isTaken: (id: Uint8Array) => boolean = () => false): Uint8Array {
  const stream = new RandomStream(Math.floor(draw * 2 ** 32));
  for (let tries = 0;; tries++) {
    const other = resembling(id, stream);
    const added = Uint8Array.from({ length: Math.floor(tries / TRIES) }, () => digit(stream));
    const whole = added.length === 0 ? other : joined([other, added]);
    if (!isTaken(whole)) return whole;
  }
}

/** An id of the same length and kind. */
function resembling(id: Uint8Array, stream: RandomStream): Uint8Array {
  let replaced = 0;
  const other = id.map((byte) => {
    const kind = KINDS.find((bytes) => bytes.includes(byte));
    if (kind === undefined) return byte;
    replaced++;
    return kind[(kind.indexOf(byte) + 1 + stream.integer(kind.length - 1)) % kind.length];
  });
  return replaced > 0 ? other : Uint8Array.from({ length: id.length || MADE_UP }, () => digit(stream));
}

function digit(stream: RandomStream): number {
  return DIGITS[stream.integer(DIGITS.length)];
}
