import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, sameBytes } from "../../lib/bytes.ts";
import { AckBuilder } from "../../lib/hl7/ack.ts";
import { ACK_CODES } from "../../lib/hl7/ack_code.ts";
import { decodeAck } from "../../lib/hl7/ack_decode.ts";
import { acksDue } from "../../lib/hl7/ack_mode.ts";
import { AckScan } from "../../lib/hl7/ack_scan.ts";
import { decodeEscapes } from "../../lib/hl7/charset.ts";
import { printable } from "../../lib/text.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import { MessageTemplate } from "../../lib/hl7/patch.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { readSeparators, STANDARD_SEPARATORS } from "../../lib/hl7/separators.ts";
import { splitMessages } from "../../lib/hl7/split.ts";
import { formatTimestamp } from "../../lib/hl7/timestamp.ts";

const CASES = { seed: 20261122, numRuns: 10_000 };
const at = new Date("2026-01-31T12:00:00.250Z");

/** Pieces that HL7 is made of, so that random bytes get beyond the first three. */
const PIECES = ["MSH", "MSA", "ERR", "PID", "BHS", "BTS", "FHS", "FTS", "|", "^", "~", "\\", "&", "#", "\r", "\n"]
  .concat(["MSH|^~\\&|", "|AA|", "\x0b", "\x1c", "\x1c\r", "\\X0D\\", "\\x0b", "2.5", "2.3", '""', "\xef\xbb\xbf"]);

const anyBytes = fc.tuple(
  fc.constantFrom("", "", "MSH|^~\\&|", "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|", "MSH|^~\\&|A\rMSA|", "BHS#*~!#\n"),
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
      fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    ),
    { maxLength: 40, size: "max" },
  ),
).map(([head, parts]) => Uint8Array.from(head + parts.join(""), (one) => one.charCodeAt(0)));

/** A field: any bytes but the separators of `|^~\&` and line ends. */
const fieldBytes = fc.array(
  fc.integer({ min: 0, max: 255 }).filter((byte) => !"|\r\n".includes(String.fromCharCode(byte))),
  {
    maxLength: 20,
  },
);

const printableText = fc.string({ maxLength: 20, unit: "binary" });

function join(...parts: (string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? Array.from(part, (c) => c.charCodeAt(0)) : part),
  );
}

test("AckBuilder gives every MSH-10 back in MSA-2", () => {
  const header = new HeaderScan();
  const builder = new AckBuilder();
  const scan = new AckScan();
  fc.assert(
    fc.property(fieldBytes, fieldBytes, fc.constantFrom(...ACK_CODES), (id, sender, code) => {
      header.scan(join("MSH|^~\\&|", sender, "|B|C|D|2026||ADT^A01|", id, "|P|2.5\r"));
      const ack = builder.build(header, { code, controlId: "1", at });
      assert.equal(scan.scan(ack), true);
      assert.equal(scan.code, code);
      assert.ok(sameBytes(scan.controlId, Uint8Array.from(id)));
      assert.equal(latin1(ack).includes("\x1c\r"), false);
    }),
    CASES,
  );
});

test("AckBuilder answers any bytes, never accepts what it cannot identify, and can be read back", () => {
  const header = new HeaderScan();
  const builder = new AckBuilder();
  fc.assert(
    fc.property(anyBytes, fc.constantFrom(...ACK_CODES), printableText, (inbound, code, text) => {
      const usable = header.scan(inbound);
      const ack = builder.build(header, {
        code,
        controlId: "1",
        at,
        text,
        errors: [{ code: 207, location: "PID-3", text }],
      });
      const decoded = decodeAck(ack);
      assert.equal(decoded?.code, builder.code);
      if (!usable) {
        assert.equal(builder.code[1] === "A", false);
        assert.equal(decoded?.controlId, "");
        assert.ok(decoded!.errors.length > 1);
      } else {
        assert.equal(builder.code, code);
        assert.equal(decoded?.controlId, latin1(header.controlId));
      }
      assert.equal(new HeaderScan().scan(ack), true);
    }),
    CASES,
  );
});

test("A text in an acknowledgement is decoded to what it was", () => {
  const header = new HeaderScan();
  header.scan(join("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||UNICODE UTF-8\r"));
  const builder = new AckBuilder();
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40, unit: "grapheme" }), (ascii, text) => {
      const ack = builder.build(header, { code: "AE", controlId: "1", at, text: ascii, errors: [{ code: 207, text }] });
      assert.equal(decodeAck(ack)?.text, ascii);
      assert.equal(decodeAck(ack)?.errors[0].text, text);
    }),
    CASES,
  );
});

test("Every reader of lib/hl7 takes any bytes", () => {
  const paths = ["MSH", "MSH-2", "MSH-9.2", "PID-3[*].1.1", "OBX[*]-5[*]", "BHS[2]-3"].map(parsePath);
  fc.assert(
    fc.property(anyBytes, (input) => {
      for (const path of paths) {
        const all = path.all(input);
        assert.deepEqual(path.first(input), all[0] ?? null);
        assert.ok(all.every((value) => value.length > 0));
      }
      acksDue(input);
      decodeAck(input);
      decodeEscapes(input, readSeparators(input) ?? STANDARD_SEPARATORS);
      splitMessages(input, { escapes: true, wholeBatch: true });
    }),
    CASES,
  );
});

test("parsePath gives a path or a RangeError for any text", () => {
  const parts = fc.constantFrom("PID", "MSH", "-", "[", "]", "*", ".", "1", "3", "0", "x", "99999", "\u{1f600}");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (text) => {
      try {
        assert.equal(parsePath(text.join("")).text, text.join(""));
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
    CASES,
  );
});

const segment = fc.tuple(
  fc.constantFrom("PID", "OBX", "ZZZ"),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[^ -~]/g, "") + "|MSH|BTS"),
).map(([name, text]) => `${name}|${text}\r`);
const message = fc.tuple(fc.constantFrom("MSH|^~\\&|A\r", "MSH#^~\\&#B\r"), fc.array(segment, { maxLength: 4 })).map((
  [head, rest],
) => head + rest.join(""));

test("splitMessages finds again what was joined, in every form of a file", () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.constantFrom("plain", "framed", "batch", "framed batch"),
      fc.constantFrom("\r", "\n", "\r\n"),
      fc.boolean(),
      (messages, form, end, mark) => {
        let file = form === "framed" ? messages.map((one) => `\x0b${one}\x1c\r`).join("") : messages.join("");
        if (form.endsWith("batch")) file = `FHS|^~\\&|F\rBHS|^~\\&|B\r${file}BTS|1\rFTS|1\r`;
        if (form === "framed batch") file = `\x0b${file}\x1c\r`;
        file = (mark ? "\xef\xbb\xbf" : "") + file.replaceAll("\r", end);
        const { messages: found, foundMsh, skipped } = splitMessages(join(file));
        assert.deepEqual(found.map((one) => latin1(one.bytes)), messages);
        assert.equal(foundMsh, messages.length > 0);
        assert.equal(skipped, null);
      },
    ),
    CASES,
  );
});

test("splitMessages loses no byte that is not blank, and places rise", () => {
  fc.assert(
    fc.property(anyBytes, fc.boolean(), (input, raw) => {
      const { messages, skipped } = splitMessages(input, { raw, wholeBatch: true });
      const kept = messages.reduce((sum, one) => sum + solid(one.bytes), 0);
      const lost = solid(input) - kept - (skipped?.bytes ?? 0);
      // What is left out unsaid: a byte order mark, frame bytes, and trailers of batches that were not open.
      const trailers = (latin1(input).match(/[BF]TS[^\r\n]*/g) ?? []).join("").length;
      const frames = input.filter((byte) => byte === 0x0b || byte === 0x1c).length;
      assert.ok(lost >= 0 && lost <= 3 + trailers + frames, `${lost}`);
      for (let i = 1; i < messages.length; i++) {
        assert.ok(messages[i].offset > messages[i - 1].offset);
        assert.ok(messages[i].line >= messages[i - 1].line);
      }
    }),
    CASES,
  );
});

function solid(input: Uint8Array): number {
  return input.filter((byte) => ![0x0d, 0x0a, 0x20, 0x09].includes(byte)).length;
}

test("MessageTemplate changes the two slots alone", () => {
  const header = new HeaderScan();
  fc.assert(
    fc.property(fieldBytes, fieldBytes, fieldBytes, fc.nat(), (sender, time, id, n) => {
      const tail = "|P|2.5\rPID|1||X\r";
      const input = join("MSH|^~\\&|", sender, "|B|C|D|", time, "||ADT^A01|", id, tail);
      const template = MessageTemplate.compile(input, { prefix: "R-" });
      const target = new Uint8Array(template.length);
      template.fill(target, 0, n, at.getTime(), 0);
      const wanted = join(
        "MSH|^~\\&|",
        sender,
        `|B|C|D|${formatTimestamp(at, 0)}||ADT^A01|R-${String(n).padStart(12, "0")}`,
        tail,
      );
      assert.ok(sameBytes(target, wanted));
      header.scan(target);
      assert.equal(template.sequenceOf(target, header.start(10), header.end(10)), n);
    }),
    CASES,
  );
});

test("printable leaves no control character and changes no other text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (any, ascii) => {
      // deno-lint-ignore no-control-regex
      assert.equal(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/.test(printable(any)), false);
      assert.equal(printable(ascii), ascii);
    }),
    CASES,
  );
});
