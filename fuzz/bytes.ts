/**
 * What cases about bytes are drawn from: HL7 and frames put together of their parts, damage to them, and cuts of a
 * stream. Bytes are texts of characters up to U+00FF.
 *
 * @module
 */
import fc, { type Arbitrary } from "fast-check";

/** The bytes of a text, each character one. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Any byte. */
export const anyByte: Arbitrary<string> = fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte));

/** Some of these, one behind the other. */
export function sequence(parts: Arbitrary<string>, maxLength: number): Arbitrary<string> {
  return fc.array(parts, { maxLength, size: "max" }).map((drawn) => drawn.join(""));
}

const KINDS = ["flip", "drop", "double", "insert", "cut", "swap"] as const;

/** One damage to a text. */
interface Edit {
  readonly kind: typeof KINDS[number];
  /** Where, as a part of the length. */
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

function edited(text: string, { kind, at, length, piece }: Edit): string {
  const from = Math.floor(at * text.length);
  const to = Math.min(text.length, from + length);
  const [before, middle, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  switch (kind) {
    case "flip":
      if (middle === "") return text;
      return before + String.fromCharCode(middle.charCodeAt(0) ^ (1 << (length & 7))) + middle.slice(1) + after;
    case "drop":
      return before + after;
    case "double":
      return before + middle + middle + after;
    case "insert":
      return before + piece + middle + after;
    case "cut":
      return before;
    case "swap":
      return before + after.slice(0, length) + middle + after.slice(length);
  }
}

/** Texts of these, some damaged: a bit, a run dropped, doubled or moved, a piece put in, the end cut off. */
export function damaged(texts: Arbitrary<string>, pieces: Arbitrary<string>): Arbitrary<string> {
  const edit = fc.tuple(fc.constantFrom(...KINDS), fc.nat(999), fc.integer({ min: 1, max: 12 }), pieces).map(
    ([kind, part, length, piece]): Edit => ({ kind, at: part / 1000, length, piece }),
  );
  return fc.tuple(texts, fc.array(edit, { maxLength: 3, size: "max" })).map(([text, edits]) =>
    edits.reduce(edited, text)
  );
}

/** Places to cut a stream at, or where it falls quiet; `within` makes them fit. */
export const cuts: Arbitrary<number[]> = fc.array(fc.nat(999), { maxLength: 8, size: "max" });

/** Drawn places as places of a stream of such a length. */
export function within(places: readonly number[], length: number): number[] {
  return places.map((place) => place % (length + 1));
}

/** Places of a stream, in order; of one that was made shorter, those behind its end are there. */
export function placesIn(places: readonly number[], length: number): number[] {
  return places.map((place) => Math.min(place, length)).sort((a, b) => a - b);
}

/** A place after each byte. */
export function everyPlace(length: number): number[] {
  return Array.from({ length }, (_, i) => i).slice(1);
}

/** What HL7 and its lower layers are made of. */
export const PIECES: readonly string[] = [
  ..."\x00\x01\x02\x03\x04\x05\x06\n\x0b\r\x10\x15\x17\x1c\x7f\x80\xff",
  ..."|^~\\&# 0123AZ",
  "\r\n",
  "\x1c\r",
  "\x1cA",
  "\x0b\x1c\r",
  "MSH",
  "MSA",
  "ERR",
  "PID",
  "BHS|^~\\&|",
  "FHS|^~\\&|",
  "BTS|1\r",
  "FTS|1\r",
  "MSH|^~\\&|",
  "MSA|AA|",
  "\\F\\",
  "\\X0D1C\\",
  "\\.br\\",
  '""',
  "2.3",
  "2.5.1",
  "UNICODE UTF-8",
  "\xef\xbb\xbf",
  "\xc3\xa9",
  "\xed\xa0\x80",
];

/** A piece, or any byte. */
export const piece: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: anyByte },
);

const odd = sequence(piece, 3);
const sender = fc.constantFrom(
  "ADT|NORTH|LAB|MAIN|20261122||",
  "|||||",
  "A^1.2^ISO|B|C&D|E|2026|secret|",
  "A~B|\\F\\|C|||",
);
const separators = fc.constantFrom("^~\\&", "^~\\&", "^~\\&", "^~\\&#", "^~\\", "!@$%", "^^^^", "^~\\&|", "");
const type = fc.constantFrom("ADT^A01", "ADT^A01^ADT_A01", "ORU^R01", "ACK", "QBP^Q22", "", "A");
const id = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("MSG1", "MSG2", "MSG3", "", "A^B", "7") },
  { weight: 1, arbitrary: odd },
);
const tail = fc.constantFrom(
  "2.5",
  "2.3",
  "2.1",
  "2.5.1",
  "",
  "3",
  "2.x",
  "2.5|||AL|NE",
  "2.4|||NE|NE",
  "2.5||||||UNICODE UTF-8",
)
  .map((version) => `|P|${version}`);

const header: Arbitrary<string> = fc.tuple(separators, sender, type, id, tail).map(
  ([marks, from, kind, control, rest]) => `MSH|${marks}|${from}${kind}|${control}${rest}`,
);
/** Segments as they are met, and as they are not. */
const SEGMENTS: readonly string[] = [
  "EVN|A01|20261122",
  "PID|1||4711^^^HOSP^MR~0815^^^HOSP^PI||Muster^Marta^^^Dr.||19800229|F",
  'PID|1||""||Sample^&Sub^\\X41\\~~x',
  "OBX|1|NM|GLU^Glucose||5.4|mmol/L|3.9-5.8",
  "OBX|2|TX|NOTE||a\\.br\\b\\F\\c\\E\\d",
  "OBX",
  "OBX|||||~~",
  "PV1|1|I|W1^12^A",
  "MSA|AA|MSG1",
  "MSA|AE|MSG2|not now",
  "MSA||",
  "ERR|^^^207|PID^1^3|207^Application internal error^HL70357|E||||Text",
  "MSH|^~\\&|again",
  "ZZZ|" + "x".repeat(300),
  "Z",
  " PID|1",
  "PIDX|1",
  "",
];
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SEGMENTS) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("PID|", "OBX|", "MSA|AA|"), odd).map(([name, rest]) => name + rest),
  },
);

/** Messages, most of them good ones. */
export const message: Arbitrary<string> = fc.tuple(
  header,
  fc.array(segment, { maxLength: 4, size: "max" }),
  fc.constantFrom("\r", "\r", "\r", "\n", "\r\n"),
  fc.boolean(),
).map(([head, rest, end, closed]) => [head, ...rest].join(end) + (closed ? end : ""));

/** Messages with damage, and what is none at all. */
export const anyMessage: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: damaged(message, piece) },
  { weight: 1, arbitrary: sequence(piece, 30) },
);

/** Limits of a frame, from what holds nothing to what holds all. */
export const limits: Arbitrary<number> = fc.constantFrom(1, 2, 7, 40, 300, 100_000, 100_000, 100_000, 100_000);
