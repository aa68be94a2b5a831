import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { EVERY, parsePath } from "../../../lib/hl7/path.ts";
import { bytes } from "./bytes_of.ts";

const MESSAGE = [
  "MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131||ADT^A01^ADT_A01|MSG1|P|2.5",
  'PID|1||4711^^^HOSP&1.2&ISO^MR~0815^^^HOSP^PI||MUSTER^MARA||""|F',
  "OBX|1|NM|GLU||5.4",
  "OBX|2|TX|TXT||one~two~~four",
  "OBX|3|TX|TXT|",
  "OBX|4|ST|K||see OBX|5",
  "ZPI",
  "",
].join("\r");

const VALUES: [string, string[]][] = [
  ["PID-3[1].1", ["4711"]],
  ["PID-3[2].1", ["0815"]],
  ["PID-3[*].5", ["MR", "PI"]],
  ["PID-3[3].1", []],
  ["PID-3", ["4711^^^HOSP&1.2&ISO^MR"]],
  ["PID-3[*]", ["4711^^^HOSP&1.2&ISO^MR", "0815^^^HOSP^PI"]],
  ["PID-3.1", ["4711"]],
  ["PID-3.4", ["HOSP&1.2&ISO"]],
  ["PID-3.4.2", ["1.2"]],
  ["PID-3.4.1", ["HOSP"]],
  ["PID-3[2].4.1", ["HOSP"]],
  ["PID-3[2].4.2", []],
  ["PID-1.1", ["1"]],
  ["PID-1.1.1", ["1"]],
  ["PID-1.2", []],
  ["PID-1[2]", []],
  ["PID-2", []],
  ["PID-7", ['""']],
  ["PID-8", ["F"]],
  ["PID-9", []],
  ["PID-99", []],
  ["PID[2]-1", []],
  ["PID[*]-1", ["1"]],
  ["OBX[2]-5", ["one"]],
  ["OBX[2]-5[*]", ["one", "two", "four"]],
  ["OBX[2]-5[3]", []],
  ["OBX[2]-5[4]", ["four"]],
  ["OBX[*]-5", ["5.4", "one", "see OBX"]],
  ["OBX[*]-5[*]", ["5.4", "one", "two", "four", "see OBX"]],
  ["OBX[*]-1", ["1", "2", "3", "4"]],
  ["OBX-1", ["1"]],
  ["OBX[5]-1", []],
  ["ZPI", ["ZPI"]],
  ["ZPI-1", []],
  ["ZPX", []],
  ["OBX[3]", ["OBX|3|TX|TXT|"]],
  ["OBX[*]", ["OBX|1|NM|GLU||5.4", "OBX|2|TX|TXT||one~two~~four", "OBX|3|TX|TXT|", "OBX|4|ST|K||see OBX|5"]],
  ["MSH-1", ["|"]],
  ["MSH-1.1", ["|"]],
  ["MSH-2", ["^~\\&"]],
  ["MSH-2.1", ["^~\\&"]],
  ["MSH-2[*]", ["^~\\&"]],
  ["MSH-2.2", []],
  ["MSH-2[2]", []],
  ["MSH-3", ["ADT"]],
  ["MSH-9.2", ["A01"]],
  ["MSH-9[1].3.1", ["ADT_A01"]],
  ["MSH-10", ["MSG1"]],
  ["MSH-12", ["2.5"]],
  ["MSH-13", []],
];

for (const [path, wanted] of VALUES) {
  test(`${path} is ${JSON.stringify(wanted)}`, () => {
    const message = bytes(MESSAGE);
    assert.deepEqual(parsePath(path).all(message).map((value) => latin1(value)), wanted);
    const first = parsePath(path).first(message);
    assert.equal(first === null ? null : latin1(first), wanted[0] ?? null);
  });
}

for (const ends of ["\n", "\r\n"]) {
  test(`A path finds the same in a message with ${JSON.stringify(ends)} ends`, () => {
    const message = bytes(MESSAGE.replaceAll("\r", ends));
    for (const [path, wanted] of VALUES) {
      assert.deepEqual(parsePath(path).all(message).map((value) => latin1(value)), wanted, path);
    }
  });
}

test("A path reads the separators of the message", () => {
  const message = bytes("MSH#*!\\&#ADT\rPID#1##4711*^*X!0815*~\r");
  assert.equal(latin1(parsePath("PID-3[2].1").first(message)!), "0815");
  assert.equal(latin1(parsePath("PID-3.2").first(message)!), "^");
});

test("A path finds nothing in a message without readable separators", () => {
  for (const text of ["", "MSH", "PID|1||4711\r", "MSH||\rPID|1||4711\r"]) {
    assert.equal(parsePath("PID-3").first(bytes(text)), null);
    assert.deepEqual(parsePath("PID").all(bytes(text)), []);
  }
});

test("A path reads the header of a batch, and the second of two header segments", () => {
  const batch = bytes("FHS|^~\\&|FILE\rBHS|^~\\&|BATCH|X\rMSH|^~\\&|A\rMSH|^~\\&|B\r");
  assert.equal(latin1(parsePath("BHS-4").first(batch)!), "X");
  assert.equal(latin1(parsePath("MSH[2]-3").first(batch)!), "B");
  assert.equal(latin1(parsePath("MSH[2]-2").first(batch)!), "^~\\&");
});

test("A path treats a separator that the message does not declare as not there", () => {
  const message = bytes("MSH|^|A\rPID|1|a~b&c^d\r");
  assert.equal(latin1(parsePath("PID-2").first(message)!), "a~b&c^d");
  assert.equal(latin1(parsePath("PID-2.1.1").first(message)!), "a~b&c");
  assert.equal(parsePath("PID-2[2]").first(message), null);
});

test("FieldPath.all stops at its limit", () => {
  assert.equal(parsePath("OBX[*]-5[*]").all(bytes(MESSAGE), 2).length, 2);
});

test("A path gives views of the message", () => {
  const message = bytes(MESSAGE);
  assert.equal(parsePath("PID-3.1").first(message)!.buffer, message.buffer);
});

test("parsePath reads every part", () => {
  assert.deepEqual(parsePath("OBX[*]-5[12].3.4").parts, {
    segment: "OBX",
    segmentIndex: EVERY,
    field: 5,
    repetition: 12,
    component: 3,
    subcomponent: 4,
  });
  assert.deepEqual(parsePath("Z01").parts, {
    segment: "Z01",
    segmentIndex: 1,
    field: 0,
    repetition: 1,
    component: 0,
    subcomponent: 0,
  });
  assert.equal(parsePath("PID-3[1].1").text, "PID-3[1].1");
});

const BROKEN: [string, string][] = [
  ["", "character 1: wanted a segment name of three capitals or digits, found the end"],
  ["pid-3", 'character 1: wanted a segment name of three capitals or digits, found "p"'],
  ["1ID-3", 'character 1: wanted a segment name of three capitals or digits, found "1"'],
  ["PI-3", 'character 3: wanted a segment name of three capitals or digits, found "-"'],
  ["PID.3", 'character 4: wanted "-" and a field number, found "."'],
  ["PID-", "character 5: wanted a field number, 1 or more, found the end"],
  ["PID-0", 'character 5: wanted a field number, 1 or more, found "0"'],
  ["PID-x", 'character 5: wanted a field number, 1 or more, found "x"'],
  ["PID[]-3", 'character 5: wanted the number of a segment or "*", 1 or more, found "]"'],
  ["PID[1-3", 'character 6: wanted "]", found "-"'],
  ["PID[0]-3", 'character 5: wanted the number of a segment or "*", 1 or more, found "0"'],
  ["PID-3[", 'character 7: wanted the number of a repetition or "*", 1 or more, found the end'],
  ["PID-3[**]", 'character 8: wanted "]", found "*"'],
  ["PID-3.", "character 7: wanted a component number, 1 or more, found the end"],
  ["PID-3.0", 'character 7: wanted a component number, 1 or more, found "0"'],
  ["PID-3.1.", "character 9: wanted a subcomponent number, 1 or more, found the end"],
  ["PID-3.1.2.3", 'character 10: wanted the end, found "."'],
  ["PID-3.1[2]", 'character 8: wanted the end, found "["'],
  ["PID-3 ", 'character 6: wanted "." and a component number, found " "'],
];

for (const [path, wanted] of BROKEN) {
  test(`parsePath says of "${path}" at ${wanted}`, () => {
    assert.throws(() => parsePath(path), (error) => {
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, `Cannot read the path "${path}" at ${wanted}`);
      return true;
    });
  });
}
