import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { controlIdPrefix, MessageTemplate, readSequence, writeSequence } from "../../../lib/hl7/patch.ts";
import { bytes } from "./bytes_of.ts";

const MESSAGE = "MSH|^~\\&|ADT|W\xc4RD|LAB|MAIN|2026||ADT^A01|OLD|P|2.5\rPID|1||OLD 2026\r";
const noon = Date.UTC(2026, 0, 31, 12);

function filled(template: MessageTemplate, sequence: number): string {
  const target = new Uint8Array(template.length);
  assert.equal(template.fill(target, 0, sequence, noon, 0), template.length);
  return latin1(target);
}

test("MessageTemplate patches MSH-7 and MSH-10 and leaves every other byte", () => {
  const template = MessageTemplate.compile(bytes(MESSAGE), { prefix: "R7-", sequenceWidth: 5 });
  const wanted = MESSAGE.replace("|2026|", "|20260131120000.000|").replace("|OLD|", "|R7-00042|");
  assert.equal(filled(template, 42), wanted);
  assert.equal(filled(template, 43), wanted.replace("00042", "00043"));
});

test("MessageTemplate fills empty fields too, and an MSH-10 that ends the message", () => {
  const template = MessageTemplate.compile(bytes("MSH|^~\\&|A|B|C|D|||ADT^A01|"), { sequenceWidth: 3 });
  assert.equal(filled(template, 7), "MSH|^~\\&|A|B|C|D|20260131120000.000||ADT^A01|007");
});

test("MessageTemplate leaves the milliseconds out where the full stop is a separator", () => {
  const template = MessageTemplate.compile(bytes("MSH.^~\\&.A.B.C.D...ADT^A01.X.P.2\r"), { sequenceWidth: 3 });
  assert.equal(filled(template, 7), "MSH.^~\\&.A.B.C.D.20260131120000..ADT^A01.007.P.2\r");
});

test("MessageTemplate writes at any place of a buffer and not beyond", () => {
  const template = MessageTemplate.compile(bytes(MESSAGE), { sequenceWidth: 3 });
  const target = new Uint8Array(template.length + 4).fill(0x78);
  assert.equal(template.fill(target, 2, 1, noon, 0), template.length + 2);
  assert.equal(latin1(target), `xx${filled(template, 1)}xx`);
});

test("MessageTemplate copies the message it is made from", () => {
  const message = bytes(MESSAGE);
  const template = MessageTemplate.compile(message);
  message.fill(0);
  assert.ok(filled(template, 1).startsWith("MSH|^~\\&|ADT|"));
});

test("MessageTemplate reads a number back from its own control ids only", () => {
  const template = MessageTemplate.compile(bytes(MESSAGE), { prefix: "RUN", sequenceWidth: 6 });
  const id = new Uint8Array(template.controlIdLength);
  assert.equal(template.writeControlId(id, 0, 417), 9);
  assert.equal(latin1(id), "RUN000417");
  assert.equal(template.sequenceOf(id, 0, 9), 417);
  for (const other of ["RUN00417", "RUX000417", "RUN00041x", "RUN0004170", "", "000417RUN"]) {
    assert.equal(template.sequenceOf(bytes(other), 0, other.length), -1, other);
  }
});

test("MessageTemplate's control ids are those of its messages, and sort as their numbers do", () => {
  const template = MessageTemplate.compile(bytes(MESSAGE), { prefix: "RUN" });
  const ids = [0, 1, 9, 10, 99, 100, 4_294_967_295, 4_294_967_296, 999_999_999_999].map((n) => {
    const id = new Uint8Array(template.controlIdLength);
    template.writeControlId(id, 0, n);
    assert.ok(filled(template, n).includes(`|${latin1(id)}|`));
    assert.equal(template.sequenceOf(id, 0, id.length), n);
    return latin1(id);
  });
  assert.deepEqual([...ids].sort(), ids);
});

test("MessageTemplate refuses a number with too many digits", () => {
  const template = MessageTemplate.compile(bytes(MESSAGE), { sequenceWidth: 3 });
  const target = new Uint8Array(template.length);
  for (const n of [1000, -1, NaN]) {
    assert.throws(() => template.fill(target, 0, n, noon, 0), {
      name: "RangeError",
      message: `Cannot number a message: found ${n}, wanted 0 to 999`,
    });
  }
});

const REFUSED: [string, string, object, RegExp][] = [
  ["no header", "PID|1\r", {}, /found "PID\|1\." \(no_msh\), wanted an MSH segment up to MSH-10/],
  ["a batch", "FHS|^~\\&|A\rMSH|^~\\&|A\r", {}, /no_msh/],
  ["a header cut short", "MSH|^~\\&|A\r", {}, /cut_short/],
  ["a prefix with a blank", MESSAGE, { prefix: "A B" }, /Cannot use the control id prefix "A B"/],
  ["a prefix with a separator", "MSH-^~\\&-A-B-C-D---X-1\r", { prefix: "A-B" }, /"-" is a separator of the message/],
  [
    "a control id too long",
    MESSAGE,
    { prefix: "123456789", sequenceWidth: 12 },
    /found 21 characters, wanted at most 20/,
  ],
  ["no digits", MESSAGE, { sequenceWidth: 0 }, /found 0 digits, wanted 1 to 15/],
  ["half a digit", MESSAGE, { sequenceWidth: 1.5 }, /found 1.5 digits/],
];

for (const [what, message, options, error] of REFUSED) {
  test(`MessageTemplate refuses ${what}`, () => {
    assert.throws(() => MessageTemplate.compile(bytes(message), options), (thrown) => {
      assert.ok(thrown instanceof RangeError);
      assert.match(thrown.message, error);
      return true;
    });
  });
}

test("writeSequence and readSequence agree on numbers of every size", () => {
  const target = new Uint8Array(15);
  for (const n of [0, 1, 999_999_999, 1_000_000_000, 2_147_483_648, 123_456_789_012_345, 999_999_999_999_999]) {
    writeSequence(target, 0, 15, n);
    assert.equal(latin1(target), String(n).padStart(15, "0"));
    assert.equal(readSequence(target, 0, 15), n);
  }
  writeSequence(target, 0, 3, 12_345_678_901);
  assert.equal(latin1(target, 0, 3), "901");
});

test("readSequence refuses what is not 1 to 15 digits", () => {
  for (const text of ["", "12a", "-1", " 1", "1234567890123456"]) {
    assert.equal(readSequence(bytes(text), 0, text.length), -1, text);
  }
  assert.equal(readSequence(bytes("12"), 0, 5), -1);
});

test("controlIdPrefix has seven characters, whatever the number, and tells numbers apart", () => {
  assert.deepEqual([0, 35, 0xffffffff, -1].map(controlIdPrefix), ["0000000", "000000Z", "1Z141Z3", "1Z141Z3"]);
});
