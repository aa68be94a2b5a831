/** Rules at work: sequences, states, phases, contributions, reasons. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decider, explain } from "../../../receiver/decide/decide.ts";
import { PhaseClock } from "../../../receiver/decide/phases.ts";
import type { Phase } from "../../../receiver/scenario/scenario.ts";
import { scenarioOf } from "../scenario/files.ts";
import { contextOf, Judge, ORIGINAL, struck } from "./deciding.ts";

/** What each of some plans does, in words. */
function doings(judge: Judge, count: number, id: (i: number) => string = () => "MSG1"): string[] {
  return Array.from(
    { length: count },
    (_, i) => explain({ ...judge.plan({ id: id(i) }), considered: [] }).replace(/^.*?: /, ""),
  );
}

const SEQUENCE = (more: string) => `rules: [{id: a, sequence: {steps: [[hold], [{reply: AE}]], ${more}}}]`;

test("sequences go on with their last steps, from the first anew, or no more", () => {
  const id = (i: number) => `MSG${i}`;
  assert.deepEqual(doings(new Judge(SEQUENCE("at_end: last")), 4, id), [
    "say nothing",
    "reply AE",
    "reply AE",
    "reply AE",
  ]);
  assert.deepEqual(doings(new Judge(SEQUENCE("at_end: cycle")), 4, id), [
    "say nothing",
    "reply AE",
    "say nothing",
    "reply AE",
  ]);
  assert.deepEqual(doings(new Judge(SEQUENCE("at_end: fall_through")), 4, id), [
    "say nothing",
    "reply AE",
    "reply AA",
    "reply AA",
  ]);
});

test("sequences go on in their scope, and only when their rule acts", () => {
  const perId = new Judge(SEQUENCE("per: control_id"));
  assert.deepEqual(doings(perId, 6, (i) => `MSG${i % 2}`), [
    "say nothing",
    "say nothing",
    "reply AE",
    "reply AE",
    "reply AE",
    "reply AE",
  ]);
  const behind = new Judge(`
rules:
  - {id: first, trigger: {nth: 2}, do: [reset]}
  - {id: a, sequence: {steps: [[hold], [{reply: AE}], [{reply: AR}]]}}
`);
  assert.deepEqual(doings(behind, 4), ["say nothing", "reset (RST)", "reply AE", "reply AR"]);
});

test("rules that continue contribute their steps, and later rules decide", () => {
  const judge = new Judge(`
defaults: {delay: 1s}
rules:
  - {id: slow, then: continue, trigger: {every: 2}, do: [{delay: 5ms}]}
  - {id: a, when: {MSH-3: X}, do: [{reply: AE}]}
`);
  const plans = [{ id: "1" }, { id: "2" }, { id: "3", from: "X" }, { id: "4", from: "X" }].map((sent) =>
    judge.plan(sent)
  );
  assert.deepEqual(plans.map((plan) => explain({ ...plan, considered: [] })), [
    "the defaults decide: wait 1s, then reply AA",
    "the defaults decide: wait 5ms, then reply AA",
    "a decides: wait 1s, then reply AE",
    "a decides: wait 5ms, then reply AE",
  ]);
});

test("a rule without steps spares messages from the rules behind it", () => {
  const judge = new Judge("rules: [{id: spared, when: {MSH-3: X}}, {id: a, do: [hold]}]");
  assert.deepEqual(doings(judge, 1), ["say nothing"]);
  assert.equal(explain(judge.plan({ id: "1", from: "X" })), "spared: matches; so spared decides: reply AA");
});

test("a new state holds from the next message on", () => {
  const judge = new Judge(`
rules:
  - {id: break, when: {MSH-3: X}, in_state: normal, to_state: broken, do: [hold]}
  - {id: mend, when: {MSH-3: Y}, in_state: broken, to_state: normal, do: [{reply: AE}]}
  - {id: a, in_state: broken, do: [reset]}
`);
  const from = ["A", "X", "X", "A", "Y", "Y", "A"];
  assert.deepEqual(judge.rules(...from.map((from, i) => ({ id: `M${i}`, from }))), [
    null,
    "break",
    "a",
    "a",
    "mend",
    null,
    null,
  ]);
  judge.decider.state = "broken";
  assert.deepEqual(judge.rules({ id: "Z" }), ["a"]);
  judge.decider.reset();
  assert.equal(judge.decider.state, "normal");
});

test("Decider forgets its counts when it is reset", () => {
  const judge = new Judge(
    "rules: [{id: a, trigger: {first: 2}, do: [hold]}, {id: b, sequence: {steps: [[reset], [hold]]}}]",
  );
  assert.deepEqual(judge.many(3), ["a", "a", "b"]);
  judge.decider.reset();
  assert.deepEqual(judge.many(3), ["a", "a", "b"]);
  assert.deepEqual(judge.plan({ id: "X" }).steps, [{ verb: "hold" }]);
});

test("phases bring their rules and profiles, and take them away again", () => {
  const judge = new Judge(`
profiles: {slow: [{delay: 50ms}]}
phases:
  - {name: one, for: 10s, use: [slow, bound]}
  - {name: two, messages: 2, rules: [{id: own, do: [{reply: AR}]}]}
  - {name: three, for: 10s, use: [bound]}
rules:
  - {id: bound, trigger: {first: 3}, do: [{reply: AE}]}
`);
  const decide = (seconds: number) =>
    explain({ ...judge.plan({ id: `M${seconds}`, nowMs: seconds * 1000 }), considered: [] });
  assert.equal(decide(0), "bound decides: wait 50ms, then reply AE");
  assert.equal(decide(9.9), "bound decides: wait 50ms, then reply AE");
  assert.equal(decide(10), "own decides: reply AR");
  assert.equal(decide(40), "own decides: reply AR");
  assert.equal(
    decide(45),
    "bound decides: reply AE",
    "the third phase began with the end of the second, and counts go on",
  );
  assert.equal(decide(49), "the defaults decide: reply AA");
  assert.equal(decide(51), "the defaults decide: reply AA");
  assert.equal(judge.decider.phases.current, null);
});

test("times of a rule in a phase run from the beginning of the phase", () => {
  const judge = new Judge(`
phases:
  - {name: one, for: 60s}
  - {name: two, for: 60s, rules: [{id: a, trigger: {between: [10s, 20s]}, do: [hold]}]}
rules: [{id: b, trigger: {between: [10s, 20s]}, do: [reset]}]
`);
  const rules = judge.many(13, (i) => ({ nowMs: i * 10_000 }));
  assert.deepEqual(struck(rules), [8]);
  assert.deepEqual(struck(rules, "b"), [2]);
});

function phase(name: string, more: Partial<Phase>): Phase {
  return { name, listeners: {}, useRules: [], useProfiles: [], rules: [], ...more };
}

test("PhaseClock goes on by time, by messages, and tells each change once", () => {
  const clock = new PhaseClock({
    phases: [phase("a", { forMs: 1000 }), phase("b", { messages: 1 })],
    phasesAtEnd: "stop",
  });
  assert.deepEqual(clock.takeChanges(), [{ atMs: 0, ended: null, began: "a", stop: false }]);
  assert.equal(clock.endsMs, 1000);
  clock.message(500);
  clock.advance(999);
  assert.equal(clock.current?.name, "a");
  clock.advance(1000);
  assert.equal(clock.endsMs, Infinity);
  clock.message(5000);
  assert.deepEqual(clock.takeChanges(), [
    { atMs: 1000, ended: "a", began: "b", stop: false },
    { atMs: 5000, ended: "b", began: null, stop: true },
  ]);
  assert.deepEqual(clock.takeChanges(), []);
});

test("PhaseClock repeats for ever, however long nobody asked", () => {
  const phases = [phase("a", { forMs: 1 }), phase("b", { forMs: 2 })];
  const clock = new PhaseClock({ phases, phasesAtEnd: "repeat" });
  clock.advance(3e9 + 1.5);
  assert.equal(clock.current?.name, "b");
  assert.equal(clock.beganMs, 3e9 + 1);
  assert.ok(clock.takeChanges().length <= 100);
});

test("PhaseClock jumps to a phase by its name, and refuses others", () => {
  const clock = new PhaseClock({ phases: [phase("a", { forMs: 1000 }), phase("b", { forMs: 1000 })] });
  clock.jump("b", 300);
  assert.equal(clock.endsMs, 1300);
  clock.jump(null, 400);
  assert.equal(clock.current, null);
  assert.throws(() => clock.jump("c", 500), /Cannot go to the phase 'c': wanted one of a, b/);
});

test("limits.max_delay shortens every single wait", () => {
  const judge = new Judge(
    "defaults: {delay: 5s}\nlimits: {max_delay: 2s}\nrules: [{id: a, when: {MSH-3: X}, do: [{delay: 9s}, reply, {delay: 1s}, close]}]",
  );
  assert.deepEqual(doings(judge, 1), ["wait 2s, then reply AA"]);
  assert.equal(
    explain({ ...judge.plan({ id: "1", from: "X" }), considered: [] }),
    "a decides: wait 2s, then reply AA, then wait 1s, then close (FIN)",
  );
});

test("delays of a trace come one line after the other", () => {
  const files = { resolve: (path: string) => path, read: () => "10ms\n20ms\n" };
  const scenario = scenarioOf("rules: [{id: a, do: [{delay: {trace: t}}, reply]}]", { files });
  const decider = new Decider(scenario);
  const waits = ["1", "2", "3"].map((scope) =>
    decider.decide({ due: ORIGINAL, isAnswer: false, attempt: 1, scope }).steps[0]
  );
  assert.deepEqual(waits, [10, 20, 10].map((ms) => ({ verb: "delay", ms })));
  assert.equal(decider.looks, false, "a trace needs no facts");
});

test("Decider says which facts it needs, and refuses to guess them", () => {
  const decider = new Decider(scenarioOf("rules: [{id: a, when: {MSH-3: X}, do: [hold]}]"));
  assert.equal(decider.looks, true);
  assert.throws(() => decider.decide({ due: ORIGINAL, isAnswer: false, attempt: 1, scope: "1" }), /wanted their facts/);
  assert.equal(new Decider(scenarioOf("rules: [{id: a, trigger: {chance: 5%}, do: [hold]}]")).looks, false);
});

test("Decider decides on what happens to connections by the rules for that", () => {
  const decider = new Decider(scenarioOf(`
listeners: [{name: adt, endpoint: ':0'}, {name: lab, endpoint: ':0'}]
rules:
  - {id: refuse-lab, on: open, when: {listener: lab}, do: [{delay: 1s}, reset]}
  - {id: third, on: open, trigger: {nth: 3}, do: [close]}
  - {id: cut, on: frame_fault, when: {frame: truncated}, do: [reset]}
  - {id: messages, do: [hold]}
`));
  const facts = { listener: 0, connection: 1, peer: "", tlsName: null, nowMs: 0 };
  const open = (connection: number, listener: number) =>
    decider.decideEvent("open", { ...facts, connection, listener });
  assert.deepEqual([open(1, 0).rule, open(2, 1).rule, open(3, 0).rule, open(4, 0).rule], [
    null,
    "refuse-lab",
    null,
    "third",
  ]);
  assert.deepEqual(open(9, 1).steps, [{ verb: "delay", ms: 1000 }, { verb: "reset" }]);
  assert.equal(decider.decideEvent("frame_fault", { ...facts, fault: "truncated" }).rule, "cut");
  assert.equal(decider.decideEvent("frame_fault", { ...facts, fault: "invalid_header" }).rule, null);
  assert.equal(decider.decideEvent("close", facts).rule, null);
});

const REASONED = `
rules:
  - {id: off, enabled: false, do: [reset]}
  - {id: other, when: {type: ORU, PID-3: {starts: "9"}}, do: [hold]}
  - {id: patient, when: {PID-3: {starts: "9"}}, do: [hold]}
  - {id: third, trigger: {nth: 3}, do: [hold]}
  - {id: seldom, when: {MSH-3: ADT}, trigger: {chance: 0.1%}, do: [hold]}
  - {id: a, when: {PID-3: {exists: true}}, do: [{reply: {code: AE, text: "No"}}]}
`;

test("reasons are given condition by condition where they are asked for, values only then", () => {
  const rest = "PID|1||4711\r";
  const plan = new Judge(REASONED).plan({ id: "1", rest }, { values: true });
  assert.equal(
    explain(plan),
    "off: switched off, or in another state; other: not of type ORU; patient: not whose PID-3 starts with '9' (found '4711'); " +
      "third: number 1 of its count, not its turn; seldom: drew 0.4512, not below 0.1%; a: matches; " +
      "so a decides: reply AE with the text 'No'",
  );
  assert.deepEqual(plan.considered[1].conditions, [
    { text: "of type ORU", held: false },
    { text: "whose PID-3 starts with '9'", held: false, found: "4711" },
  ]);
  const without = new Judge(REASONED).plan({ id: "1", rest }, { values: false });
  assert.ok(!JSON.stringify(without).includes("4711"), "no value unless asked for");
});

test("reasons change no decision, and without them only the rules that looked at the message are told of", () => {
  const [plain, asked] = [new Judge(REASONED), new Judge(REASONED)];
  for (let i = 0; i < 50; i++) {
    const sent = { id: `M${i}`, rest: i % 3 === 0 ? "" : "PID|1||4711\r" };
    const [left, right] = [plain.plan(sent), asked.plan(sent, { values: false })];
    assert.deepEqual([left.rule, left.steps], [right.rule, right.steps]);
  }
  const { considered } = plain.plan({ id: "X", rest: "PID|1||4711\r" });
  assert.deepEqual(considered.map(({ rule }) => rule), ["third", "seldom", "a"]);
  assert.ok(considered.every(({ conditions }) => conditions === undefined));
});

test("draws of a rule stay the same with other rules before it, in phases and with conditions", () => {
  const draws = (judge: Judge) =>
    Array.from(
      { length: 100 },
      (_, i) => judge.plan({ id: `M${i}` }).considered.find(({ rule }) => rule === "a")?.draw,
    );
  const alone = draws(new Judge("rules: [{id: a, trigger: {chance: 30%}, do: [hold]}]"));
  const rule = "{id: a, when: {MSH-3: ADT}, trigger: {chance: 30%}, do: [hold]}";
  assert.deepEqual(draws(new Judge(`rules: [{id: b, trigger: {nth: 900}, do: [hold]}, ${rule}]`)), alone);
  assert.deepEqual(draws(new Judge(`phases: [{name: p, for: 1h, rules: [${rule}]}]`)), alone);
});

test("contexts of tests are as a receiver has them", () => {
  const { facts, scope } = contextOf({ id: "M1" });
  assert.equal(facts?.header.text(10), scope);
});
