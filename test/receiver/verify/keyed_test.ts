/** `every`, `retries`, `order`, `no_duplicates`: what is looked at message by message, patient by patient. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Judged, ofTypes } from "./judging.ts";

const pid = (value: string) => `PID|1||${value}^^^HOSP\r`;

test("EveryCheck wants the answer at one of a message's attempts, in time from the first", () => {
  const judged = new Judged("{every: {when: {type: '*'}, gets: AA, within: 60s}}");
  judged.come(
    { id: "A", atMs: 0, codes: [], outcome: "fin" },
    { id: "A", atMs: 10_000, codes: [], outcome: "rst" },
    { id: "A", atMs: 60_000, codes: ["CA", "AA"] },
    { id: "B", atMs: 60_000, codes: ["AE"] },
    { id: "B", atMs: 60_001, codes: ["AA"] },
    { id: "B", atMs: 60_002, codes: ["AE"] },
  );
  assert.deepEqual(judged.verdict, {
    expr: "every message of type * gets AA within 1m",
    pass: true,
    detail: "2 of 2 got AA",
  });
});

test("EveryCheck tells who got it too late, and who never did", () => {
  const judged = new Judged("{every: {when: {type: ADT}, gets: AA, within: 5s}}");
  judged.come(
    { id: "A", atMs: 0, codes: null },
    { id: "B", atMs: 0, codes: ["AE"] },
    { id: "C", atMs: 0, doneMs: 5001 },
    { id: "D", atMs: 100 },
    { id: "E", atMs: 100, type: "ORU^R01", codes: [] },
  );
  const { pass, detail, nearest } = judged.verdict;
  assert.equal(pass, false);
  assert.equal(
    detail,
    "1 of 4 got AA, 1 too late, 2 did not; the first: message 1 (ADT^A01, A), not answered",
  );
  assert.deepEqual(nearest?.map(({ n, why }) => [n, ...why]), [
    [1, "not answered"],
    [2, "last answered AE"],
    [3, "AA came later than 5s"],
  ]);
});

test("EveryCheck stands open while a message may still get its answer", () => {
  const judged = new Judged("{every: {when: {type: ADT}, gets: AA, within: 5s}}");
  const stands = (nowMs: number) => {
    const { pass, decided, detail } = judged.standing(nowMs);
    return [pass, decided, detail];
  };
  assert.deepEqual(stands(0), [false, false, "no such message came"]);
  judged.come({ id: "A", atMs: 0, codes: null });
  assert.deepEqual(stands(5000), [false, false, "0 of 1 got AA, 1 may still get it"]);
  const [pass, decided] = stands(5001);
  assert.deepEqual([pass, decided], [false, true]);
  judged.come({ id: "A", atMs: 4000 });
  assert.deepEqual(stands(5001), [true, false, "1 of 1 got AA"]);
});

test("EveryCheck, RetriesCheck and OrderCheck are not met where no such message came", () => {
  for (
    const text of [
      "{every: {when: {type: ADT}, gets: AA}}",
      "{retries: {when: {type: ADT}, at_most: 3}}",
      "{order: [{type: ADT}, {type: ORU}], per: PID-3.1}",
    ]
  ) {
    const { pass, detail } = new Judged(text).come(...ofTypes("MDM^T02")).verdict;
    assert.deepEqual([pass, detail], [false, "no such message came"], text);
  }
});

test("RetriesCheck counts how often each message came again", () => {
  const judged = new Judged("{retries: {when: {type: '*'}, between: [1, 2]}}");
  assert.equal(judged.verdict.expr, "every message of type * comes again 1 to 2 times");
  judged.come({ id: "A" }, { id: "B" }, { id: "A" }, { id: "B" }, { id: "B" });
  assert.deepEqual([judged.verdict.pass, judged.verdict.detail], [true, "2 messages came again 1 to 2 times"]);
  judged.come({ id: "C" });
  assert.equal(
    judged.verdict.detail,
    "3 messages came again 0 to 2 times, 1 less often than 1 to 2; the first: message 6 (ADT^A01, C), came again 0 times",
  );
  assert.equal(judged.standing().decided, false);
  judged.come({ id: "C" }, { id: "B" });
  assert.deepEqual(judged.verdict.nearest, [{ n: 2, controlId: "B", type: "ADT^A01", why: ["came again 3 times"] }]);
  assert.equal(judged.standing().decided, true);
});

test("OrderCheck wants each kind behind the one before it, in each scope", () => {
  const text = "{order: [{type: 'ADT^A01'}, {type: 'ADT^A08'}, {type: 'ADT^A03'}], per: PID-3.1}";
  const came = (...steps: readonly string[]) =>
    new Judged(text).come(...steps.map((step, i) => {
      const [patient, trigger] = step.split(" ");
      return { id: `MSG${i}`, type: `ADT^${trigger}`, rest: pid(patient) };
    })).verdict;
  assert.equal(came("a A01", "b A01", "a A08", "a A03").detail, "4 messages in order");
  assert.equal(came("a A01", "a A08", "a A01", "a A08", "a A08", "a A03", "a A08").pass, true);
  const { pass, detail, expr } = came("a A01", "b A08", "b A01", "a A03");
  assert.equal(
    expr,
    "messages come in order: of type ADT^A01, then of type ADT^A08, then of type ADT^A03, for each value of PID-3.1",
  );
  assert.equal(pass, false);
  assert.equal(
    detail,
    "2 of 4 messages came too early; the first: message 2 (ADT^A08, MSG1), before any of type ADT^A01",
  );
});

test("OrderCheck without a scope wants all of the kinds", () => {
  const text = "{order: [{type: 'ADT^A01'}, {type: 'ADT^A08'}, {type: 'ADT^A03'}]}";
  const judged = new Judged(text).come(...ofTypes("MDM^T02", "ADT^A01", "ADT^A01"));
  assert.equal(
    judged.verdict.detail,
    "1 of 3 kinds came in order, and then none of type ADT^A08; nearest: message 2 (ADT^A01, MSG2), not of type ADT^A08",
  );
  judged.come(...ofTypes("ADT^A08", "ADT^A03"));
  assert.equal(judged.verdict.pass, true);
});

test("OrderCheck takes a message that fits several kinds for the one that is due", () => {
  const text = "{order: [{type: 'ADT^A01'}, {type: ADT}, {type: '*'}]}";
  assert.equal(new Judged(text).come(...ofTypes("ADT^A01", "ADT^A01", "ADT^A01")).verdict.pass, true);
  assert.equal(new Judged(text).come(...ofTypes("ORU^R01")).verdict.pass, false);
});

test("OrderCheck leaves messages out that have no value to be known by", () => {
  const text = "{order: [{type: 'ADT^A01'}, {type: 'ADT^A08'}], per: PID-3.1}";
  const judged = new Judged(text).come({ id: "A", type: "ADT^A08" }, { id: "B", rest: pid("a") });
  assert.equal(judged.verdict.detail, "1 message in order; left out without a value to be known by: 1");
});

test("DuplicatesCheck finds a value that came with another message", () => {
  const judged = new Judged("{no_duplicates: PV1-19}");
  const visit = (id: string, value: string) => ({ id, rest: `PV1|1|I|${"|".repeat(16)}${value}\r` });
  judged.come(visit("A", "1"), visit("B", "2"), { id: "C" }, visit("A", "1"));
  assert.deepEqual([judged.verdict.pass, judged.verdict.detail], [
    true,
    "found none among 2 values; messages without one: 1",
  ]);
  judged.come(visit("D", "2"));
  const { pass, detail, nearest } = judged.verdict;
  assert.equal(pass, false);
  assert.equal(
    detail,
    "wanted none, found 1 message with a value that came before; " +
      "the first: message 5 (ADT^A01, D), with the PV1-19 of message 2",
  );
  assert.equal(nearest?.length, 1);
});

test("DuplicatesCheck of MSH-10 finds every message that is sent again", () => {
  const judged = new Judged("{no_duplicates: MSH-10}").come({ id: "A" }, { id: "B" });
  assert.equal(judged.verdict.pass, true);
  assert.equal(judged.come({ id: "A" }).verdict.pass, false);
  assert.equal(judged.standing().decided, true);
});

test("DuplicatesCheck with every repetition looks at all values, and not within one message", () => {
  const judged = new Judged("{no_duplicates: 'PID-3[*].1'}");
  judged.come({ id: "A", rest: "PID|1||1^^^X~2^^^Y~1^^^Z\r" });
  assert.equal(judged.verdict.pass, true);
  assert.equal(judged.come({ id: "B", rest: "PID|1||3^^^X~2^^^Y\r" }).verdict.pass, false);
});

test("Verifier never says that all is well of keys that it could not remember", () => {
  const texts = [
    "{every: {when: {type: '*'}, gets: AA}}",
    "{retries: {when: {type: '*'}, is: 0}}",
    "{order: [{type: 'ADT^A01'}], per: control_id}",
    "{no_duplicates: MSH-10}",
  ];
  for (const text of texts) {
    const judged = new Judged(text, { most: 2 }).come({ id: "A" }, { id: "B" });
    assert.equal(judged.verdict.pass, true, text);
    judged.come({ id: "C" });
    assert.equal(judged.verdict.pass, false, text);
    assert.match(judged.verdict.detail, /could not be remembered|no further ones could be remembered/, text);
    assert.equal(judged.standing().decided, true, text);
  }
});
