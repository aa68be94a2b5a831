import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { decodeEscapes } from "../../../lib/hl7/charset.ts";
import { Escaping } from "../../../lib/feed/escaping.ts";
import { MessageBuffer } from "../../../lib/feed/message_buffer.ts";
import { parseSkeleton, splice } from "../../../lib/feed/skeleton.ts";
import { STANDARD_SEPARATORS } from "../../../lib/hl7/separators.ts";

const place = { name: "adt.hl7", line: 1, column: 1 };
const parsed = (text: string) => parseSkeleton(utf8(text), place);

test("parseSkeleton keeps every byte outside of slots, and says where each slot stood", () => {
  const { bytes, slots } = parsed("MSH|{{seq}}\r\n\r\nPID|Zoë|{{uuid}}{{seq 3}}\nNTE|} } { {|{x}\r{{int 1 2}}");
  assert.equal(latin1(bytes), latin1(utf8("MSH|\r\n\r\nPID|Zoë|\nNTE|} } { {|{x}\r")));
  assert.deepEqual(slots.map(({ at, text, place }) => [at, text, place]), [
    [4, "seq", "adt.hl7:1:5"],
    [17, "uuid", "adt.hl7:3:9"],
    [17, "seq 3", "adt.hl7:3:17"],
    [bytes.length, "int 1 2", "adt.hl7:5:1"],
  ]);
});

test("parseSkeleton counts from where the text begins in its file", () => {
  const { slots } = parseSkeleton(utf8("MSH|{{seq}}\r{{seq}}"), { name: "b.hl7", line: 7, column: 2 });
  assert.deepEqual(slots.map(({ place }) => place), ["b.hl7:7:6", "b.hl7:8:1"]);
  const [set] = parseSkeleton(utf8("X{{seq}}"), { name: "PID-3", line: 0, column: 7 }).slots;
  assert.equal(set.place, "PID-3 at character 8");
});

const WRONG: readonly (readonly [string, RegExp])[] = [
  ["MSH|\rPID|{{seq", /^RangeError: adt\.hl7:2:5: cannot use the slot "{{seq": it is not closed/],
  ["PID|{{patient.mrn}^^^X\r", /adt\.hl7:1:5: cannot use the slot "{{patient\.mrn}\^\^\^X": it is not closed/],
  ["PID|{{seq\r}}", /adt\.hl7:1:5: .*not closed/],
  ["PID|{{seq {{uuid}}", /adt\.hl7:1:5: .*not closed/],
  ["PID|{{seq}", /not closed/],
  ["PID|{{}}", /adt\.hl7:1:5: cannot use the slot {{}}: there is no slot of that name/],
  ["PID|{{pick a\u001c|b}}", /it holds a control character/],
];
for (const [text, error] of WRONG) {
  test(`parseSkeleton refuses ${JSON.stringify(text)}`, () => assert.throws(() => parsed(text), error));
}

test("splice drops the slots of what it replaces and moves those behind it", () => {
  const skeleton = parsed("{{seq}}A|{{uuid}}B{{uuid}}|C{{seq 2}}");
  const { bytes, slots } = splice(skeleton, 2, 3, parsed("new{{seq 3}}"));
  assert.equal(latin1(bytes), "A|new|C");
  assert.deepEqual(slots.map(({ at, text }) => [at, text]), [[0, "seq"], [5, "seq 3"], [7, "seq 2"]]);
});

test("Escaping makes any value safe for a field, and decodes to the same bytes", () => {
  const escaping = new Escaping(STANDARD_SEPARATORS);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (value) => {
      const out = new MessageBuffer();
      escaping.write(out, value);
      const written = out.view();
      for (const byte of written) assert.ok(byte >= 0x20 && !"|^~&".includes(String.fromCharCode(byte)));
      assert.deepEqual(decodeEscapes(written, STANDARD_SEPARATORS), value);
    }),
    { seed: 7 },
  );
});

test("Escaping leaves text that is not HL7 as it is, and blanks what cannot be escaped", () => {
  const written = (escaping: Escaping) => {
    const out = new MessageBuffer();
    escaping.write(out, utf8("a|b\rc"));
    return latin1(out.view());
  };
  assert.equal(written(new Escaping(null)), "a|b\rc");
  assert.equal(written(new Escaping({ ...STANDARD_SEPARATORS, escape: -1 })), "a b c");
});

test("MessageBuffer holds what was put in, however it grew, and starts over", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 12 }), (pieces) => {
      const out = new MessageBuffer();
      for (let round = 0; round < 2; round++) {
        out.clear();
        for (const piece of pieces) out.put(piece);
        assert.deepEqual([...out.view()], pieces.flatMap((piece) => [...piece]));
      }
    }),
    { seed: 7 },
  );
});

test("MessageBuffer writes whole numbers of every size", () => {
  for (const n of [0, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 123_456_789_012_345, -1, -40]) {
    const out = new MessageBuffer();
    out.decimal(n);
    assert.equal(latin1(out.view()), String(n));
  }
});
