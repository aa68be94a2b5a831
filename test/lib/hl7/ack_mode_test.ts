import assert from "node:assert/strict";
import { test } from "node:test";
import { acksDue, wants } from "../../../lib/hl7/ack_mode.ts";
import { bytes } from "./bytes_of.ts";

function due(accept: string, application: string, rest = ""): string {
  const found = acksDue(bytes(`MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5|||${accept}|${application}\r${rest}`));
  return `${found.mode} ${found.accept} ${found.application}`;
}

const PAIRS: [string, string, string][] = [
  ["", "", "original NE AL"],
  ['""', '""', "original NE AL"],
  ["AL", "AL", "enhanced AL AL"],
  ["AL", "", "enhanced AL NE"],
  ["", "AL", "enhanced NE AL"],
  ['""', "SU", "enhanced NE SU"],
  ["ER", '""', "enhanced ER NE"],
  ["NE", "NE", "enhanced NE NE"],
  ["SU", "ER", "enhanced SU ER"],
  ["al", "ne", "enhanced AL NE"],
  ["XX", "NE", "enhanced AL NE"],
  ["ALWAYS", "", "enhanced AL NE"],
];

for (const [accept, application, wanted] of PAIRS) {
  test(`acksDue of MSH-15 "${accept}" and MSH-16 "${application}" is ${wanted}`, () => {
    assert.equal(due(accept, application), wanted);
  });
}

test("acksDue of a header that ends at MSH-12, or cannot be read, is original mode", () => {
  for (const text of ["MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5\r", "rubbish", ""]) {
    assert.deepEqual(acksDue(bytes(text)), { mode: "original", accept: "NE", application: "AL" });
  }
});

const ANSWERS: [string, string, string, string][] = [
  ["", "", "AA", "original NE NE"],
  ["", "", "CA", "original NE NE"],
  ["AL", "AL", "AA", "enhanced AL NE"],
  ["ER", "AL", "AE", "enhanced ER NE"],
  ["AL", "AL", "CA", "enhanced NE NE"],
  ["AL", "AL", "CR", "enhanced NE NE"],
  ["NE", "AL", "AA", "enhanced NE NE"],
  ["", "AL", "AA", "enhanced NE NE"],
];

for (const [accept, application, code, wanted] of ANSWERS) {
  test(`acksDue of an answer ${code} with MSH-15 "${accept}" and MSH-16 "${application}" is ${wanted}`, () => {
    assert.equal(due(accept, application, `MSA|${code}|1\r`), wanted);
  });
}

test("wants follows table 0155", () => {
  const table = (["AL", "ER", "SU", "NE"] as const).map((one) => [wants(one, true), wants(one, false)]);
  assert.deepEqual(table, [[true, true], [false, true], [true, false], [false, false]]);
});
