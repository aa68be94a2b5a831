/** Conditions: what of a message they look at, and what they make of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { isIn, parseNetwork } from "../../../lib/network.ts";
import { compileTest, NO_MATCHER } from "../../../receiver/decide/passes.ts";
import { compileTypes, coversTypes } from "../../../receiver/decide/type_pattern.ts";
import type { Test } from "../../../receiver/scenario/when.ts";
import { Judge, matcher, type Sent } from "./deciding.ts";

const LISTENERS = "listeners: [{name: adt, endpoint: ':0'}, {name: lab, endpoint: ':0'}]";

/** Whether conditions, as written, hold for a message. */
function holds(when: string, sent: Partial<Sent> = {}, times = 1): boolean {
  const judge = new Judge(`${LISTENERS}\nrules: [{id: a, when: ${when}, do: [hold]}]`);
  let rule: string | null = null;
  for (let i = 0; i < times; i++) [rule] = judge.rules({ id: "MSG1", ...sent });
  return rule === "a";
}

const PID = "PID|1||4711^^^HOSP^MR~0815^^^OTHER^PI||Müller^Max||19700101|M\r";
const OBX = 'OBX|1|NM|A||6.2\rOBX|2|NM|B||140\rOBX|3|TX|C||""\r';

test("conditions on the message type take patterns, lists and names alone", () => {
  const rows: [string, string, boolean][] = [
    ['{type: "ADT^A01"}', "ADT^A01^ADT_A01", true],
    ['{type: "ADT^A0*"}', "ADT^A08", true],
    ['{type: "ADT^A0*"}', "ADT^A11", false],
    ['{type: "ORU^R01|ADT^A0*"}', "ORU^R01", true],
    ['{type: ["ORU^R01", "ADT^A01"]}', "ADT^A01", true],
    ["{type: ADT}", "ADT^A40", true],
    ["{type: ADT}", "ADT", true],
    ["{type: ADT}", "ADTX^A40", false],
    ["{type: 'A*'}", "ADT^A40", true],
    ["{type: '*'}", "", true],
    ["{type: '*^R01'}", "ORU^R01", true],
    ["{type: '*^R01'}", "ORU^R011", false],
  ];
  for (const [when, type, wanted] of rows) assert.equal(holds(when, { type }), wanted, `${when} for ${type}`);
});

test("conditions on values take every test", () => {
  const rows: [string, boolean][] = [
    ["{PID-3.1: 4711}", true],
    ["{PID-3.1: '0815'}", false],
    ["{'PID-3[*].1': '0815'}", true],
    ["{PID-3.1: [a, 4711]}", true],
    ["{PID-3.1: {in: [a, 4711]}}", true],
    ["{PID-3: '4711^^^HOSP^MR'}", true],
    ["{PID-3.1: {is: '471'}}", false],
    ["{PID-3.1: {starts: '47', ends: '11'}}", true],
    ["{PID-3.1: {starts: ['x', '47'], contains: x}}", false],
    ["{'PID-3[*]': {contains: '^OTHER^'}}", true],
    ["{PID-5.1: Müller}", true],
    ["{PID-5.1: {matches: '^M.ller$'}}", true],
    ["{'PID-3[*].1': {starts: '4', ends: '5'}}", false],
    ["{PID-9: {absent: true}}", true],
    ["{PID-9: {exists: false}}", true],
    ["{PID-9: {empty: true}}", true],
    ["{PID-3: {exists: true}}", true],
    ["{ZPI: {absent: true}}", true],
    ["{PID: {exists: true}}", true],
    ["{'OBX[3]-5': {exists: true}}", true],
    ["{'OBX[3]-5': {empty: true}}", true],
    ["{'OBX[2]-5': {empty: false}}", true],
    ["{'OBX[2]-5': {above: 100}}", true],
    ["{'OBX[1]-5': {above: 6.1, below: 6.3}}", true],
    ["{'OBX[*]-5': {above: 200}}", false],
    ["{PID-5.1: {above: 1}}", false],
    ["{OBX-5: '6.2', PID-8: M}", true],
    ["{OBX-5: '6.2', PID-8: F}", false],
    ["{MSH-3: ADT, MSH-2: '^~\\&', MSH-1: '|'}", true],
  ];
  for (const [when, wanted] of rows) assert.equal(holds(when, { rest: PID + OBX }), wanted, when);
});

test("conditions on the rest of a message and on where it comes from", () => {
  const rows: [string, Partial<Sent>, boolean][] = [
    ['{size: ">1KB"}', { rest: "x".repeat(1000) }, true],
    ['{size: ">1KB"}', {}, false],
    ['{size: "<=1KB"}', {}, true],
    ["{raw: {contains: 'EVN|A01'}}", {}, true],
    ["{raw: {starts: 'EVN'}}", {}, false],
    ["{listener: lab}", { listener: 1 }, true],
    ["{listener: [adt, lab]}", {}, true],
    ["{listener: lab}", {}, false],
    ["{peer: 10.2.0.0/16}", { peer: "10.2.9.9" }, true],
    ["{peer: [10.2.0.0/16, 'fd00::/8']}", { peer: "fd12::1" }, true],
    ["{peer: 10.2.0.0/16}", { peer: "" }, false],
    ["{tls_cn: {ends: .example}}", { tlsName: "lab.example" }, true],
    ["{tls_cn: {absent: true}}", {}, true],
    ["{tls_cn: x}", {}, false],
    ["{version: '2.5'}", {}, true],
    ["{version: {below: '2.3.1'}}", { version: "2.3" }, true],
    ["{version: {above: '2.9'}}", { version: "2.10" }, true],
    ["{frame: strict}", {}, true],
    ["{frame: tolerated}", { warnings: [{ rule: "no-final-cr" }] }, true],
    ["{frame: invalid_boundary}", { warnings: [{ rule: "no-final-cr" }] }, true],
    ["{frame: [strict, invalid_header]}", { warnings: [{ rule: "no-final-cr" }] }, false],
    ["{duplicate: false}", {}, true],
    ["{duplicate: true}", {}, false],
  ];
  for (const [when, sent, wanted] of rows) assert.equal(holds(when, sent), wanted, `${when} ${JSON.stringify(sent)}`);
  assert.equal(holds("{duplicate: true}", {}, 2), true);
});

test("conditions are joined by any, all and not", () => {
  assert.equal(holds("{any: [{MSH-3: X}, {MSH-4: WARD}]}"), true);
  assert.equal(holds("{any: [{MSH-3: X}, {MSH-4: Y}]}"), false);
  assert.equal(holds("{all: [{MSH-3: ADT}, {MSH-4: WARD}]}"), true);
  assert.equal(holds("{not: {MSH-3: ADT, MSH-4: WARD}}"), false);
  assert.equal(holds("{not: {MSH-3: ADT, MSH-4: X}}"), true);
  assert.equal(holds("{any: [{not: {type: ADT}}, {all: [{size: '>1'}, {MSH-3: {starts: A}}]}]}"), true);
});

test("conditions find nothing in what is no HL7", () => {
  const judge = new Judge(
    "rules: [{id: a, when: {PID-3: {exists: true}}, do: [hold]}, {id: b, when: {PID-3: {absent: true}}, do: [hold]}]",
  );
  assert.deepEqual(judge.rules({ id: "X", rest: "" }), ["b"]);
});

test("tests of a value take its bytes in UTF-8 and in ISO 8859-1", () => {
  const passes = (test: Test, bytes: Uint8Array) => compileTest(test, matcher).passes(bytes, 0, bytes.length);
  for (const bytes of [utf8("Jörg"), Uint8Array.from([0x4a, 0xf6, 0x72, 0x67])]) {
    for (
      const test of [{ is: ["Jörg"] }, { starts: ["Jö"] }, { ends: ["örg"] }, { contains: ["ör"] }, {
        matches: "^J.rg$",
      }]
    ) {
      assert.equal(passes(test, bytes), true, JSON.stringify(test));
    }
  }
  assert.equal(passes({ contains: ["x"] }, utf8("")), false);
  assert.equal(passes({ ends: ["abc"] }, utf8("bc")), false);
});

test("tests look at the bytes of their value alone", () => {
  const bytes = utf8("xabcx");
  const at = (test: Test) => compileTest(test).passes(bytes, 1, 4);
  assert.equal(at({ is: ["abc"] }), true);
  assert.equal(at({ starts: ["x"] }), false);
  assert.equal(at({ ends: ["cx"] }), false);
  assert.equal(at({ contains: ["cx"] }), false);
});

test("tests with a regular expression need who can read it", () => {
  assert.throws(() => compileTest({ matches: "x" }), { name: "RangeError", message: NO_MATCHER });
});

test("networks are those of both families, and IPv4 within IPv6 is IPv4", () => {
  const rows: [string, string, boolean][] = [
    ["10.2.0.0/16", "10.2.255.255", true],
    ["10.2.0.0/16", "10.3.0.0", false],
    ["10.2.0.0/15", "10.3.0.0", true],
    ["10.2.3.4", "10.2.3.4", true],
    ["0.0.0.0/0", "192.0.2.1", true],
    ["0.0.0.0/0", "::1", false],
    ["10.0.0.0/8", "::ffff:10.1.1.1", true],
    ["fd00::/8", "fdff::1", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
    ["::1", "[::1]", true],
    ["10.0.0.0/8", "", false],
    ["10.0.0.0/8", "host.example", false],
  ];
  for (const [network, address, wanted] of rows) {
    assert.equal(isIn(address, parseNetwork(network)), wanted, `${address} in ${network}`);
  }
  for (
    const wrong of [
      "",
      "10.2",
      "10.2.0.256",
      "10.2.0.0/33",
      "10.2.0.0/",
      "10.2.0.0/8/8",
      ":::1",
      "1:2:3",
      "g::",
      "::/129",
    ]
  ) {
    assert.throws(() => parseNetwork(wrong), RangeError, wrong);
  }
});

test("type patterns cover what they plainly cover", () => {
  assert.ok(coversTypes(["*"], null));
  assert.ok(!coversTypes(["ADT"], null));
  assert.ok(coversTypes(["ADT"], ["ADT^A01", "ADT^A0*", "ADT"]));
  assert.ok(!coversTypes(["ADT^A0*"], ["ADT"]));
  assert.ok(!coversTypes(["ADT"], ["A*^A01"]));
  // Whatever fits the narrow one fits the wide one.
  const patterns = ["*", "ADT", "ADT^A01", "ADT^A0*", "ADT^*", "*^A01", "A*", "ADT^A*1"];
  const types = ["ADT^A01", "ADT^A08", "ADT^A11", "ADT", "ACK", "ORU^A01", "AXX^A01", "ADTX^A01"];
  for (const wide of patterns) {
    for (const narrow of patterns) {
      if (!coversTypes([wide], [narrow])) continue;
      for (const type of types) {
        if (compileTypes([narrow])(type)) assert.ok(compileTypes([wide])(type), `${wide} covers ${narrow}: ${type}`);
      }
    }
  }
});

test("conditions on one value tell long values apart that begin alike", () => {
  const [one, other] = ["A", "B"].map((end) => `${"x".repeat(100)}${end}`);
  assert.equal(holds(`{PID-3: ${one}}`, { rest: `PID|1||${one}\r` }), true);
  assert.equal(holds(`{PID-3: ${one}}`, { rest: `PID|1||${other}\r` }), false);
  assert.equal(holds(`{PID-3: ${one}, PID-4: y}`, { rest: `PID|1||${one}|y\r` }), true);
});
