/** Triggers: which of the events that a rule sees it acts on, counted and drawn in which scope. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedNumbers } from "../../../receiver/decide/counters.ts";
import { Judge, struck } from "./deciding.ts";

/** A judge with one rule that says nothing. */
function judge(trigger: string, more = ""): Judge {
  return new Judge(
    `listeners: [{endpoint: ':0'}, {endpoint: ':0'}]\nrules: [{id: a, trigger: ${trigger}, ${more}do: [hold]}]`,
  );
}

test("triggers by number act on just those events", () => {
  const rows: [string, number[]][] = [
    ["{nth: 3}", [3]],
    ["{nth: [3, 5, 7]}", [3, 5, 7]],
    ["{every: 4}", [4, 8, 12]],
    ["{first: 2}", [1, 2]],
    ["{after: 10}", [11, 12]],
    ["{every: 2, after: 5, first: 9}", [6, 8]],
    ["{times: 2}", [1, 2]],
    ["{every: 3, times: 2}", [3, 6]],
    ["always", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  ];
  for (const [trigger, wanted] of rows) assert.deepEqual(struck(judge(trigger).many(12)), wanted, trigger);
});

test("triggers count the events for which the rule's conditions hold, whichever rule decides", () => {
  const rules = new Judge(`
rules:
  - {id: even, trigger: {every: 2}, do: [hold]}
  - {id: a, when: {MSH-3: X}, trigger: {nth: [2, 3]}, do: [hold]}
`);
  // Of the messages from X, the 1st, 3rd, 5th and 6th in all, the second in number is the third in all.
  const decided = rules.many(6, (i) => ({ from: [0, 2, 4, 5].includes(i) ? "X" : "Y" }));
  assert.deepEqual(decided, [null, "even", "a", "even", "a", "even"]);
});

test("triggers count in their scope", () => {
  const connections = (trigger: string) =>
    struck(
      judge(trigger).many(
        8,
        (i) => ({ connection: 1 + i % 2, peer: `10.0.0.${i % 4}`, listener: i % 2, rest: `PID|1||${i % 4}\r` }),
      ),
    );
  assert.deepEqual(connections("{first: 1}"), [1, 2], "the listener is the default");
  assert.deepEqual(connections("{first: 1, per: scenario}"), [1]);
  assert.deepEqual(connections("{nth: 2, per: connection}"), [3, 4]);
  assert.deepEqual(connections("{nth: 2, per: peer}"), [5, 6, 7, 8]);
  assert.deepEqual(connections("{nth: 2, per: PID-3}"), [5, 6, 7, 8]);
  assert.deepEqual(connections("{first: 1, per: control_id}"), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("triggers by time hold in their time alone", () => {
  const at = (trigger: string) => struck(judge(trigger).many(6, (i) => ({ nowMs: i * 10_000 })));
  assert.deepEqual(at("{between: [10s, 40s]}"), [2, 3, 4]);
  assert.deepEqual(at("{between: [0s, 10s]}"), [1]);
});

test("triggers over a rate hold for what goes beyond it", () => {
  const over = (spacingMs: number, count = 100) =>
    struck(judge('{over: "20/s"}').many(count, (i) => ({ nowMs: i * spacingMs })));
  assert.deepEqual(over(50), [], "20 a second is not beyond 20 a second");
  assert.deepEqual(over(0, 25), [21, 22, 23, 24, 25], "one second's worth may come at once");
  const double = over(25, 2000);
  assert.ok(Math.abs(double.length - 1000) < 30, `${double.length} of 2000 at twice the rate`);
  const third = struck(judge('{over: "3/s"}').many(9, (i) => ({ nowMs: Math.floor(i / 3) * 1000 })));
  assert.deepEqual(third, [], "three at once each second");
});

test("triggers by chance strike their share, whatever the scope", () => {
  for (const trigger of ["{chance: 10%}", "{chance: 10%, per: connection}", "{chance: 10%, per: PID-3}"]) {
    const count = struck(judge(trigger).many(10_000)).length;
    assert.ok(Math.abs(count - 1000) < 100, `${trigger}: ${count} of 10,000`);
  }
});

test("triggers by chance and number need both", () => {
  const both = struck(judge("{chance: 50%, every: 2}").many(1000));
  assert.ok(both.every((n) => n % 2 === 0));
  assert.ok(Math.abs(both.length - 250) < 50, `${both.length} of 500`);
});

test("a burst strikes the next attempts of the message that was drawn", () => {
  const rules = judge("{chance: {p: 20%, burst: 3}}");
  const attempts = Array.from(
    { length: 100 },
    (_, i) => rules.rules(...Array.from({ length: 6 }, () => ({ id: `MSG${i}` }))),
  );
  for (const fates of attempts) {
    for (const [i, fate] of fates.entries()) {
      if (fate === null || fates[i - 1] === "a") continue;
      assert.deepEqual(fates.slice(i, i + 3), fates.slice(i, i + 3).map(() => "a"), "three in a row");
    }
  }
  assert.ok(attempts.some((fates) => fates[0] === null && fates.includes("a")));
});

test("a burst in a scope strikes the next events there", () => {
  const fates = judge("{chance: {p: 2%, burst: 5}, per: connection}").many(2000);
  const lengths = fates.map((fate) => fate ?? "-").join("").split("-").map((run) => run.length).filter((length) =>
    length > 0
  );
  assert.ok(lengths.length > 15);
  assert.ok(lengths.slice(0, -1).every((length) => length >= 5), lengths.join());
});

test("a ramp changes the chance with time, and stays", () => {
  const share = (atMs: number) => {
    const rules = judge("{ramp: {from: 0%, to: 50%, over: 60s}}");
    return struck(rules.many(4000, () => ({ nowMs: atMs }))).length / 4000;
  };
  assert.equal(share(0), 0);
  assert.ok(Math.abs(share(30_000) - 0.25) < 0.03);
  assert.ok(Math.abs(share(60_000) - 0.5) < 0.03);
  assert.ok(Math.abs(share(600_000) - 0.5) < 0.03);
});

test("a rule ends by itself after its ttl, and one that is switched off never acts", () => {
  assert.deepEqual(struck(judge("always", "ttl: 20s, ").many(5, (i) => ({ nowMs: i * 10_000 }))), [1, 2]);
  assert.deepEqual(struck(judge("always", "enabled: false, ").many(5)), []);
});

test("KeyedNumbers remembers at least as many keys as asked, and forgets older ones", () => {
  const numbers = new KeyedNumbers(100);
  for (let i = 0; i < 250; i++) assert.equal(numbers.add(`KEY${i}`), 1);
  for (let i = 150; i < 250; i++) assert.equal(numbers.get(`KEY${i}`), 1, `KEY${i}`);
  assert.equal(numbers.get("KEY0"), 0);
  numbers.clear();
  assert.equal(numbers.get("KEY249"), 0);
});

test("KeyedNumbers goes on counting a key that is used again and again", () => {
  const numbers = new KeyedNumbers(10);
  for (let round = 1; round <= 5; round++) {
    assert.equal(numbers.add("SAME"), round);
    for (let i = 0; i < 10; i++) numbers.add(`R${round}K${i}`);
  }
});
