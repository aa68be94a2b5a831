/** `count`, `none`, `outcome`: how many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Judged, ofTypes } from "./judging.ts";

const A01 = "{type: 'ADT^A01'}";

test("CountCheck counts the messages that fit, each coming of one", () => {
  const rows: [string, number, boolean, string][] = [
    ["is: 2", 2, true, "found 2"],
    ["is: 2", 1, false, "wanted exactly 2, found 1"],
    ["is: 2", 3, false, "wanted exactly 2, found 3; the first too many: message 3 (ADT^A01, MSG3)"],
    ["at_least: 2", 5, true, "found 5"],
    ["at_most: 2", 0, true, "found 0"],
    ["between: [1, 2]", 0, false, "wanted 1 to 2, found 0"],
  ];
  for (const [bounds, count, pass, detail] of rows) {
    const judged = new Judged(`{count: {when: ${A01}, ${bounds}}}`).come(...ofTypes(...Array(count).fill("ADT^A01")));
    const { pass: passed, detail: told } = judged.verdict;
    assert.deepEqual([passed, told], [pass, detail], `${count} of ${bounds}`);
  }
  const again = { id: "MSG1" };
  assert.equal(new Judged(`{count: {when: ${A01}, is: 2}}`).come(again, again).verdict.pass, true);
});

test("CountCheck names the messages that came closest, and what speaks against them", () => {
  const judged = new Judged(`{count: {when: {type: 'ADT^A01', MSH-3: {starts: HOSP}}, is: 3}}`);
  judged.come(
    { id: "A", type: "ORU^R01", from: "LAB" },
    { id: "B", type: "ADT^A04", from: "HOSP7" },
    { id: "C", type: "ADT^A01", from: "LAB" },
    { id: "D", type: "ADT^A01", from: "HOSP7" },
    { id: "E", type: "ADT^A01", from: "HOSP7" },
    { id: "F", type: "ADT^A08", from: "WARD" },
  );
  const { expr, pass, detail, nearest } = judged.verdict;
  assert.equal(expr, "exactly 3 messages of type ADT^A01 and whose MSH-3 starts with 'HOSP'");
  assert.equal(pass, false);
  assert.equal(detail, "wanted exactly 3, found 2; nearest: message 2 (ADT^A04, B), not of type ADT^A01");
  assert.deepEqual(nearest, [
    { n: 2, controlId: "B", type: "ADT^A04", why: ["not of type ADT^A01"] },
    { n: 3, controlId: "C", type: "ADT^A01", why: ["not whose MSH-3 starts with 'HOSP'"] },
    { n: 6, controlId: "F", type: "ADT^A08", why: ["not of type ADT^A01", "not whose MSH-3 starts with 'HOSP'"] },
  ]);
});

test("CountCheck tells values of messages only where they were asked for", () => {
  const text = "{count: {when: {PID-5: Muster}, is: 1}}";
  const message = { id: "A", rest: "PID|1||||Example\r" };
  assert.doesNotMatch(JSON.stringify(new Judged(text).come(message).verdict), /Example/);
  const { nearest } = new Judged(text, { values: true }).come(message).verdict;
  assert.deepEqual(nearest?.[0].why, ["not whose PID-5 is 'Muster' (found 'Example')"]);
});

test("CountCheck with a limit counts what came in that time of the start", () => {
  const judged = new Judged(`{count: {when: ${A01}, is: 2, within: 10s}}`);
  judged.come({ id: "A", atMs: 0 }, { id: "B", atMs: 10_001 });
  const { expr, detail } = judged.verdict;
  assert.equal(expr, "exactly 2 messages of type ADT^A01 within 10s");
  assert.equal(detail, "wanted exactly 2 within 10s, found 1, and 1 later");
});

test("CountCheck says when nothing that comes can change it", () => {
  const few = new Judged(`{count: {when: ${A01}, is: 2}}`);
  const stands = ({ pass, decided }: { pass: boolean; decided: boolean }) => [pass, decided];
  assert.deepEqual(stands(few.standing()), [false, false]);
  assert.deepEqual(stands(few.come({ id: "A" }, { id: "B" }).standing()), [true, false]);
  assert.deepEqual(stands(few.come({ id: "C" }).standing()), [false, true]);
  const least = new Judged(`{count: {when: ${A01}, at_least: 1}}`);
  assert.deepEqual(stands(least.come({ id: "A" }).standing()), [true, true]);
  const soon = new Judged(`{count: {when: ${A01}, is: 1, within: 5s}}`);
  assert.deepEqual(stands(soon.standing(5000)), [false, false]);
  assert.deepEqual(stands(soon.standing(5001)), [false, true]);
});

test("CountCheck of none fails with the first that came", () => {
  const none = new Judged("{none: {type: 'ADT^A40'}}");
  assert.deepEqual(none.verdict, { expr: "no message of type ADT^A40", pass: true, detail: "found none" });
  none.come(...ofTypes("ADT^A01", "ADT^A40"));
  assert.equal(none.verdict.detail, "wanted none, found 1; the first: message 2 (ADT^A40, MSG2)");
  assert.equal(none.standing().decided, true);
});

test("OutcomeCheck counts what messages came to, once they are done with", () => {
  const judged = new Judged("{outcome: reset, at_most: 1}");
  assert.equal(judged.verdict.expr, "at most 1 message with the outcome reset");
  judged.come({ id: "A", outcome: "rst", codes: [] }, { id: "B", codes: null }, { id: "C" });
  assert.deepEqual([judged.verdict.pass, judged.verdict.detail], [true, "found 1, and 1 not done with"]);
  judged.come({ id: "D", outcome: "rst", codes: [] });
  const { pass, detail } = judged.verdict;
  assert.equal(pass, false);
  assert.match(detail, /^wanted at most 1, found 2, .*; the first too many: message 4 \(ADT\^A01, D\)$/);
  assert.equal(new Judged("{outcome: close}").verdict.detail, "wanted at least 1, found 0");
});
