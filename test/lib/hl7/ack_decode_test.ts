import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAck, type DecodedError } from "../../../lib/hl7/ack_decode.ts";
import { bytes } from "./bytes_of.ts";

const NOTHING: DecodedError = {
  code: "",
  name: "",
  location: "",
  severity: "",
  application: "",
  diagnostic: "",
  text: "",
};

function errors(segments: string): readonly DecodedError[] {
  return decodeAck(bytes(`MSH|^~\\&|LAB\rMSA|AE|MSG1\r${segments}`))!.errors;
}

test("decodeAck gives code, meaning, id and text of MSA", () => {
  assert.deepEqual(decodeAck(bytes("MSH|^~\\&|LAB\rMSA|AR|MSG\x8b1|Ward \\T\\ bed unknown\rNTE|1||x\r")), {
    code: "AR",
    meaning: "application reject",
    controlId: "MSG\x8b1",
    text: "Ward & bed unknown",
    errors: [],
  });
});

test("decodeAck gives a code that is none as it stands", () => {
  const ack = decodeAck(bytes("MSH|^~\\&|LAB\rMSA|OK|1\r"))!;
  assert.equal(ack.code, "OK");
  assert.equal(ack.meaning, "not a code of HL7");
});

test("decodeAck reads texts in the charset of MSH-18", () => {
  const head = "MSH|^~\\&|A|B|C|D|E||ACK|1|P|2.5||||||";
  assert.equal(decodeAck(bytes(`${head}8859/2\rMSA|AE|1|\xa3\xf3d\xbc\r`))!.text, "Łódź");
  assert.equal(decodeAck(bytes(`${head}\rMSA|AE|1|M\\XC3BC\\\r`))!.text, "Mü");
});

test("decodeAck gives null for a message without MSA", () => {
  for (const text of ["", "rubbish", "MSH|^~\\&|LAB\rPID|1\r", "MSH||\rMSA|AA|1\r"]) {
    assert.equal(decodeAck(bytes(text)), null);
  }
});

test("decodeAck reads the new form of ERR whole", () => {
  const segment = "ERR||PID^1^3^1^1|204^Unknown key^HL70357|E|W17^No such patient|x|stack|Check the id\r";
  assert.deepEqual(errors(segment), [{
    code: "204",
    name: "Unknown key identifier",
    location: "PID-3[1].1",
    severity: "E",
    application: "W17 No such patient",
    diagnostic: "stack",
    text: "Check the id",
  }]);
});

test("decodeAck reads one error from each ERR segment of the new form", () => {
  assert.deepEqual(errors("ERR|||101|E\rERR|||Z9^Odd thing|W||||see \\X21\\\r"), [
    { ...NOTHING, code: "101", name: "Required field missing", severity: "E" },
    { ...NOTHING, code: "Z9", name: "Odd thing", severity: "W", text: "see !" },
  ]);
});

test("decodeAck reads each repetition of ERR-1 of the old form", () => {
  assert.deepEqual(errors("ERR|PID^2^8^103&Table value not found&HL70357~PV1^1^3^&Local \\T\\ odd\r"), [
    { ...NOTHING, code: "103", name: "Table value not found", location: "PID[2]-8" },
    { ...NOTHING, name: "Local & odd", location: "PV1-3" },
  ]);
});

test("decodeAck reads an ERR-1 with the code's text in a component of its own", () => {
  assert.deepEqual(errors("ERR|PID^1^8^ZZ^Odd thing\r"), [
    { ...NOTHING, code: "ZZ", name: "Odd thing", location: "PID-8" },
  ]);
});

test("decodeAck takes the location from ERR-1 where the new form has none", () => {
  assert.deepEqual(errors("ERR|PID^1^8||103|E\r"), [
    { ...NOTHING, code: "103", name: "Table value not found", location: "PID-8", severity: "E" },
  ]);
});

const LOCATIONS: [string, string][] = [
  ["PID", "PID"],
  ["PID^1", "PID"],
  ["OBX^2^5", "OBX[2]-5"],
  ["PID^1^3^2^4^1", "PID-3[2].4.1"],
  ["PID^1^3^^4", "PID-3.4"],
  ["PID^1^3~OBX^2", "PID-3, OBX[2]"],
];

for (const [field, wanted] of LOCATIONS) {
  test(`decodeAck says ${wanted} for the location ${field}`, () => {
    assert.equal(errors(`ERR||${field}|207\r`)[0].location, wanted);
  });
}

test("decodeAck gives no error for an empty ERR", () => {
  assert.deepEqual(errors("ERR\rERR|\rERR||||||||\r"), []);
});

test("decodeAck stops at a hundred errors", () => {
  assert.equal(errors("ERR|||207|E\r".repeat(500)).length, 100);
  assert.equal(errors(`ERR|${"PID^1^8^103~".repeat(500)}\r`).length, 100);
});
