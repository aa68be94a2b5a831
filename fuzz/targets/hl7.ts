/**
 * HL7 itself as targets: paths and separators against a plain reading, acknowledgements built and read, files taken apart.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1, sameBytes } from "../../lib/bytes.ts";
import { MllpFramer } from "../../lib/framing/mllp.ts";
import { recorder } from "../../test/vectors.ts";
import { AckBuilder } from "../../lib/hl7/ack.ts";
import { ACK_CODES, type AckCode } from "../../lib/hl7/ack_code.ts";
import { decodeAck } from "../../lib/hl7/ack_decode.ts";
import { acksDue } from "../../lib/hl7/ack_mode.ts";
import { AckScan } from "../../lib/hl7/ack_scan.ts";
import { decodeEscapes, decodeText, readCharset } from "../../lib/hl7/charset.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { readSeparators, STANDARD_SEPARATORS } from "../../lib/hl7/separators.ts";
import { splitMessages } from "../../lib/hl7/split.ts";
import { anyMessage, bytesOf, damaged, message, piece, sequence } from "../bytes.ts";
import { plainValues } from "../plain_path.ts";
import type { Target } from "../target.ts";

const index = fc.constantFrom("", "", "", "[1]", "[2]", "[*]", "[*]", "[*]", "[0]");
const number = fc.constantFrom("1", "2", "3", "3", "5", "5", "9", "10", "12", "00003", "99999", "100000", "0", "");
const pathText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constantFrom("MSH", "PID", "PID", "PID", "OBX", "OBX", "OBX", "MSA", "ZZZ", "BHS", "Z1A", "pid"),
      index,
      fc.boolean(),
      number,
      index,
      fc.constantFrom("", "", "", ".1", ".2", ".1.1", ".2.2", "."),
    ).map(([name, nth, hasField, field, repetition, rest]) =>
      hasField ? `${name}${nth}-${field}${repetition}${rest}` : `${name}${nth}`
    ),
  },
  { weight: 1, arbitrary: sequence(fc.constantFrom("PID", "-", "[", "]", "*", ".", "3", "\u{1f600}", " "), 6) },
);

/** Paths. */
export const pathTarget: Target<{ readonly path: string; readonly message: string }> = {
  name: "path",
  about: "any path is read or refused with a place; its values are those of a plain reading of any message",
  cases: fc.record({ path: pathText, message: anyMessage }),
  meets: ["refused", "none", "one", "several"],
  check({ path: text, message: given }, met) {
    const bytes = bytesOf(given);
    let path;
    try {
      path = parsePath(text);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      assert.match(error.message, /^Cannot read the path "[^]*" at character \d+: wanted .*, found /);
      return met("refused");
    }
    assert.equal(path.text, text);
    const all = path.all(bytes);
    assert.deepEqual(all.map((value) => latin1(value)), plainValues(text, given));
    assert.deepEqual(path.first(bytes), all[0] ?? null);
    assert.deepEqual(path.all(bytes, 1), all.slice(0, 1));
    for (const value of all) assert.equal(value.buffer, bytes.buffer, "a value is a view");
    met(all.length === 0 ? "none" : all.length === 1 ? "one" : "several");
  },
};

interface AckCase {
  readonly message: string;
  readonly code: AckCode;
  readonly text: string;
  readonly location: string;
}

const AT = new Date("2026-01-31T12:00:00.250Z");
const anyText = fc.oneof(
  fc.constantFrom("", "Not now", "a|b^c~d\\e&f", "\r\x1c\x0b", "Grüße 山田"),
  fc.string(),
  sequence(piece, 5),
);

/** Acknowledgements. */
export const ackTarget: Target<AckCase> = {
  name: "ack",
  about: "any bytes are answered; what cannot be identified is never accepted; MSH-10 comes back; frames stay whole",
  cases: fc.record({
    message: anyMessage,
    code: fc.constantFrom(...ACK_CODES),
    text: anyText,
    location: fc.constantFrom("PID-3", "PID-3[2].1", "MSH-9.1.1", "OBX[2]-5"),
  }),
  meets: ["usable", "unusable", "enhanced", "original", "header", "charset"],
  check({ message: given, code, text, location }, met) {
    const bytes = bytesOf(given);
    const header = new HeaderScan();
    const usable = header.scan(bytes);
    met(usable ? "usable" : "unusable");
    met(acksDue(bytes).mode);
    if (readSeparators(bytes) !== null) met("header");
    if (readCharset(bytes) !== null) met("charset");
    const builder = new AckBuilder();
    const ack = builder.build(header, { code, controlId: "1", at: AT, text, errors: [{ code: 207, location, text }] });
    const written = latin1(ack);
    // What came within a frame may be said back within one.
    const { events, sink } = recorder();
    new MllpFramer().push(new MllpFramer().encode(ack), sink);
    assert.deepEqual(events.map(({ type }) => type), ["frame"], `it breaks its frame: ${JSON.stringify(written)}`);
    assert.equal(new HeaderScan().scan(ack), true, "it cannot be read");
    const scan = new AckScan();
    assert.equal(scan.scan(ack), true);
    assert.equal(scan.code, builder.code);
    const decoded = decodeAck(ack);
    assert.equal(decoded?.code, builder.code);
    if (usable) {
      assert.equal(builder.code, code);
      assert.ok(sameBytes(scan.controlId, header.controlId), "MSA-2 is another");
    } else assert.equal(builder.code[1] === "A", false, "what cannot be identified is accepted");
    decodeAck(bytes);
    decodeText(decodeEscapes(bytes, readSeparators(bytes) ?? STANDARD_SEPARATORS), readCharset(bytes));
  },
};

const files = fc.tuple(
  fc.constantFrom("", "\xef\xbb\xbf", "FHS|^~\\&|F\rBHS|^~\\&|B\r", "\n\n", "garbage\r"),
  fc.array(fc.oneof(message, message.map((text) => `\x0b${text}\x1c\r`)), { maxLength: 4 }),
  fc.constantFrom("", "BTS|1\rFTS|1\r", "\x1a"),
).map(([head, messages, tail]) => head + messages.join("\r") + tail);

/** Files of messages. */
export const splitTarget: Target<{ readonly file: string; readonly raw: boolean; readonly wholeBatch: boolean }> = {
  name: "split",
  about:
    "any file gives messages at rising places, each within it, none empty; the same file in other line ends the same",
  cases: fc.record({ file: damaged(files, piece), raw: fc.boolean(), wholeBatch: fc.boolean() }),
  meets: ["none", "one", "several", "framed", "skipped"],
  check({ file, raw, wholeBatch }, met) {
    const bytes = bytesOf(file);
    const { messages, framed, skipped, foundMsh } = splitMessages(bytes, { raw, wholeBatch });
    met(messages.length === 0 ? "none" : messages.length === 1 ? "one" : "several");
    if (framed) met("framed");
    if (skipped !== null) met("skipped");
    let before = { offset: -1, line: 0 };
    const lines = file.split(/\r\n|\r|\n/).length;
    for (const one of messages) {
      // A frame with nothing in it is a message with nothing in it.
      assert.ok(one.bytes.length > 0 || framed, "an empty message");
      assert.ok(
        one.offset > before.offset && one.offset <= bytes.length,
        `offset ${one.offset} behind ${before.offset}`,
      );
      assert.ok(one.line >= before.line && one.line >= 1 && one.line <= lines, `line ${one.line} of ${lines}`);
      before = one;
      if (raw) assert.ok(latin1(bytes).includes(latin1(one.bytes)), "bytes that are not there");
    }
    if (skipped !== null) assert.ok(skipped.bytes > 0 && skipped.bytes <= bytes.length && skipped.line >= 1);
    assert.ok(foundMsh || messages.every(({ bytes }) => !latin1(bytes).startsWith("MSH|")), "a message and no MSH");
    for (const escapes of [true, false]) splitMessages(bytes, { escapes, raw, wholeBatch });
  },
};
