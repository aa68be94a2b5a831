import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { bytes } from "./bytes_of.ts";

const ADT = "MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131||ADT^A01^ADT_A01|MSG\x8b1|P|2.5.1|||AL|NE||8859/1\rEVN|A01\r";

function scanned(message: string): HeaderScan {
  const header = new HeaderScan();
  header.scan(bytes(message));
  return header;
}

test("HeaderScan numbers the fields of MSH as HL7 does", () => {
  const header = new HeaderScan();
  assert.equal(header.scan(bytes(ADT)), true);
  const texts = Array.from({ length: 19 }, (_, i) => header.text(i + 1));
  assert.deepEqual(texts, [
    "|",
    "^~\\&",
    "ADT",
    "WARD",
    "LAB",
    "MAIN",
    "20260131",
    "",
    "ADT^A01^ADT_A01",
    "MSG\x8b1",
    "P",
    "2.5.1",
    "",
    "",
    "AL",
    "NE",
    "",
    "8859/1",
    "",
  ]);
  assert.equal(header.fieldCount, 18);
  assert.equal(header.segmentEnd, ADT.indexOf("\r"));
});

test("HeaderScan gives a field as a view of the message and MSH-10 byte for byte", () => {
  const message = bytes(ADT);
  const header = new HeaderScan();
  header.scan(message);
  assert.deepEqual(header.controlId, bytes("MSG\x8b1"));
  assert.equal(header.controlId.buffer, message.buffer);
});

const PROBLEMS: [string, string, string][] = [
  ["nothing", "", "no_msh"],
  ["another protocol", "GET / HTTP/1.1\r\n", "no_msh"],
  ["a batch", "FHS|^~\\&|A|B|C|D|E|F|G|H|I\r", "no_msh"],
  ["a line end before MSH", "\rMSH|^~\\&|A|B|C|D|E||G|H\r", "no_msh"],
  ["MSH alone", "MSH", "no_separators"],
  ["MSH without MSH-2", "MSH||A|B|C|D|E||G|H\r", "no_separators"],
  ["a segment that ends at MSH-6", "MSH|^~\\&|A|B|C|D\rPID|1|2|3|4|5\r", "cut_short"],
  ["a message that ends in MSH-9", "MSH|^~\\&|A|B|C|D|20260131||ADT^A", "cut_short"],
];

for (const [what, message, problem] of PROBLEMS) {
  test(`HeaderScan says ${problem} of ${what}`, () => {
    const header = new HeaderScan();
    assert.equal(header.scan(bytes(message)), false);
    assert.equal(header.problem, problem);
    assert.equal(header.controlId.length, 0);
  });
}

test("HeaderScan knows the fields before the cut", () => {
  const header = scanned("MSH|^~\\&|A|B|C|D\r");
  assert.equal(header.text(3), "A");
  assert.equal(header.text(6), "D");
  assert.equal(header.text(7), "");
});

test("HeaderScan forgets the message before", () => {
  const header = scanned("MSH#!~\\&#A#B#C#D#E##G^H#ID#P#2.5\r");
  assert.equal(header.text(10), "ID");
  header.scan(bytes("MSH|^~\\&|X\r"));
  assert.equal(header.text(10), "");
  assert.equal(header.start(10), header.end(10));
  header.scan(bytes("rubbish"));
  assert.equal(header.text(3), "");
  assert.equal(header.separators.field, 0x7c);
});

test("HeaderScan takes an empty MSH-10 whose place is there for a usable header", () => {
  const header = new HeaderScan();
  assert.equal(header.scan(bytes("MSH|^~\\&|A|B|C|D|E||ADT^A01|\r")), true);
  assert.equal(header.controlId.length, 0);
});

const TYPES: [string, string, string][] = [
  ["three components", "ADT^A01^ADT_A01", "ADT^A01"],
  ["two", "ADT^A01", "ADT^A01"],
  ["one", "ACK", "ACK"],
  ["none", "", ""],
  ["an empty trigger", "ACK^^ACK", "ACK"],
  ["a repetition", "ADT^A01~ADT^A04", "ADT^A01"],
];

for (const [what, field, type] of TYPES) {
  test(`HeaderScan.type of an MSH-9 with ${what} is "${type}"`, () => {
    assert.equal(scanned(`MSH|^~\\&|A|B|C|D|E||${field}|1\r`).type, type);
  });
}

test("HeaderScan.type is written with ^ whatever the component separator", () => {
  assert.equal(scanned("MSH#!~\\&#A#B#C#D#E##ORU!R01!ORU_R01#1\r").type, "ORU^R01");
});

test("HeaderScan.text of MSH-9 is the field as it stands", () => {
  assert.equal(scanned("MSH#!~\\&#A#B#C#D#E##ORU!R01!ORU_R01#1\r").text(9), "ORU!R01!ORU_R01");
});

const VERSIONS: [string, number][] = [
  ["2.1", 201],
  ["2.3.1", 203],
  ["2.5^NLD", 205],
  ["2.5.1", 205],
  ["2.10", 210],
  ["2", 200],
  ["", 0],
  ["draft", 0],
];

for (const [text, version] of VERSIONS) {
  test(`HeaderScan.version of "${text}" is ${version}`, () => {
    assert.equal(scanned(`MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|${text}\r`).version, version);
  });
}

test("HeaderScan.valued takes HL7's null for no value", () => {
  const header = scanned(`MSH|^~\\&|A|""|""x||E||ADT^A01|1\r`);
  assert.deepEqual([3, 4, 5, 6, 7, 20].map((n) => header.valued(n)), [true, false, true, false, true, false]);
});

for (const end of ["\r", "\n", "\r\n", ""]) {
  test(`HeaderScan ends the segment at ${JSON.stringify(end)}`, () => {
    const header = scanned(`MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5${end}`);
    assert.equal(header.text(12), "2.5");
    assert.equal(header.fieldCount, 12);
  });
}

test("HeaderScan counts more fields than it keeps", () => {
  const header = scanned(`MSH|^~\\&${"|x".repeat(40)}\r`);
  assert.equal(header.fieldCount, 42);
  assert.equal(header.text(25), "x");
  assert.equal(header.text(26), "");
});

test("HeaderScan gives a component of a field's first repetition", () => {
  const message = "MSH|^~\\&|A^B&C~D^E|B|C|D|E||ADT^A01|1\r";
  const header = scanned(message);
  const start = header.componentStart(3, 2);
  assert.equal(latin1(bytes(message), start, header.componentEnd(3, start)), "B&C");
  assert.equal(header.componentStart(3, 3), -1);
});
