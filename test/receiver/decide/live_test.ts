/** Rules that change while they are at work: what goes on, what begins anew, and what ends by itself. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Anew, Decider, explain } from "../../../receiver/decide/decide.ts";
import { scenarioOf } from "../scenario/files.ts";
import { Judge, matcher, type Sent, struck } from "./deciding.ts";

/** Puts another text in force. */
function adopt(judge: Judge, text: string, nowMs = 0, anew: Anew = new Set()): void {
  judge.decider.adopt(scenarioOf(text, { seed: 7, matcher }), nowMs, anew);
}

const standings = (judge: Judge, nowMs = 0) =>
  judge.decider.standings(nowMs).map(({ id, standing }) => `${id} ${standing}`);

const EVERY_THIRD = "rules: [{id: a, trigger: {every: 3}, do: [hold]}]";
const sent = (id: string, nowMs = 0): Sent => ({ id, nowMs });

describe("Decider.adopt", () => {
  test("Decider.adopt lets a rule that is as it was go on counting, and others begin anew", () => {
    const judge = new Judge(EVERY_THIRD);
    judge.many(2);
    adopt(
      judge,
      "rules: [{id: b, when: {type: ORU}, do: [close]}, {id: a, trigger: {every: 3}, do: [hold], note: mine}]",
    );
    assert.deepEqual(judge.rules({ id: "M3" }, { id: "M4" }), ["a", null]);
    adopt(judge, "rules: [{id: a, trigger: {every: 3}, do: [close]}]");
    assert.deepEqual(struck(judge.many(4)), [3]);
  });

  test("Decider.adopt keeps the turns of a sequence and the number of firings", () => {
    const text = "rules: [{id: a, trigger: {times: 3}, sequence: {steps: [[hold], [close], [reset]]}}]";
    const judge = new Judge(text);
    judge.plan(sent("M1"));
    adopt(judge, `${text}\nlimits: {max_delay: 5s}`);
    assert.equal(judge.plan(sent("M2")).steps[0].verb, "close");
    assert.equal(judge.decider.standings(0)[0].firings, 2);
    assert.deepEqual(judge.rules(sent("M3"), sent("M4")), ["a", null]);
  });

  test("Decider.adopt draws for the same message what it drew before, whatever other rules there are", () => {
    const text = "{id: a, trigger: {chance: 30%}, do: [hold]}";
    const before = new Judge(`rules: [${text}]`).many(200);
    const judge = new Judge("rules: [{id: b, when: {type: ORU}, do: [close]}]");
    adopt(judge, `rules: [{id: c, when: {type: "ADT^A02"}, do: [close]}, ${text}]`);
    assert.deepEqual(judge.many(200), before);
    assert.ok(before.includes("a"));
  });

  test("Decider.adopt takes a scenario that looks at messages in place of one that does not", () => {
    const judge = new Judge("defaults: {reply: AE}");
    assert.equal(judge.decider.looks, false);
    assert.deepEqual(judge.plan(sent("M1")).steps, [{ verb: "reply", items: ["AE"] }]);
    adopt(judge, 'rules: [{id: a, when: {PID-3.1: "4711"}, do: [hold]}]');
    assert.equal(judge.decider.looks, true);
    assert.equal(judge.plan({ id: "M2", rest: "PID|1||4711\r" }).rule, "a");
    assert.deepEqual(judge.plan(sent("M3")).steps, [{ verb: "reply", items: ["AA"] }]);
    adopt(judge, "defaults: {reply: AR}");
    assert.deepEqual(judge.plan(sent("M4")).steps, [{ verb: "reply", items: ["AR"] }]);
  });

  test("Decider.adopt leaves all as it is where the new scenario cannot be", () => {
    const judge = new Judge(EVERY_THIRD);
    judge.many(2);
    const wrong = scenarioOf('rules: [{id: a, when: {MSH-3: {matches: "x"}}, do: [close]}]', { matcher });
    const strict = new Decider(scenarioOf(EVERY_THIRD));
    assert.throws(() => strict.adopt(wrong, 0, "all"), RangeError);
    assert.deepEqual(strict.standings(0).map(({ id }) => id), ["a"]);
    assert.equal(judge.plan(sent("M3")).rule, "a");
  });

  test("Decider.adopt keeps the state, and a rule's time counts from when it was put in force", () => {
    const judge = new Judge("rules: [{id: a, to_state: ill, do: [hold]}]");
    judge.plan(sent("M1"));
    const timed = "rules: [{id: t, trigger: {between: [1s, 2s]}, do: [hold]}, {id: a, to_state: ill, do: [close]}]";
    adopt(judge, timed, 10_000);
    assert.equal(judge.decider.state, "ill");
    assert.deepEqual(judge.rules(sent("M2", 10_500), sent("M3", 11_500), sent("M4", 12_500)), ["a", "t", "a"]);
    adopt(judge, timed, 20_000, new Set(["t"]));
    assert.equal(judge.plan(sent("M5", 21_500)).rule, "t");
    adopt(judge, timed, 30_000, "all");
    assert.equal(judge.plan(sent("M6", 31_500)).rule, "a", "a rule that was on goes on");
  });
});

describe("Decider", () => {
  test("Decider fires a rule by hand once, before all others and whatever its trigger", () => {
    const judge = new Judge(
      "rules: [{id: first, do: [reset], ttl: 1h}, {id: a, when: {type: ORU}, trigger: {nth: 7}, enabled: false, do: [hold]}]",
    );
    judge.decider.fire("a");
    assert.equal(judge.decider.standings(0)[1].armed, 1);
    assert.equal(judge.plan(sent("M1")).rule, "first");
    const plan = judge.plan({ id: "M2", type: "ORU^R01" });
    assert.equal(plan.rule, "a");
    assert.equal(explain(plan), "a: fired by hand; so a decides: say nothing");
    assert.equal(judge.plan({ id: "M3", type: "ORU^R01" }).rule, "first");
    assert.throws(() => judge.decider.fire("b"), /Cannot fire the rule 'b': there is none of that id/);
  });

  test("Decider counts an event on which a rule was fired by hand, once", () => {
    const judge = new Judge(EVERY_THIRD);
    judge.decider.fire("a");
    judge.decider.fire("a");
    assert.deepEqual(struck(judge.many(6)), [1, 2, 3, 6]);
  });

  test("Decider fires a rule that continues, and does not let it act twice", () => {
    const judge = new Judge("rules: [{id: a, do: [{delay: 5ms}], then: continue}, {id: b, do: [close]}]");
    judge.decider.fire("a");
    const plan = judge.plan(sent("M1"));
    assert.deepEqual(plan.steps, [{ verb: "delay", ms: 5 }, { verb: "close" }]);
    assert.equal(plan.rule, "b");
  });

  test("Decider ends a rule when its ttl is over, counted from when it was put in force, and tells so once", () => {
    const text = "rules: [{id: a, ttl: 10s, do: [hold]}]";
    const judge = new Judge("defaults: {reply: AE}");
    assert.equal(judge.decider.nextExpiryMs, Infinity);
    adopt(judge, text, 5000, new Set(["a"]));
    assert.equal(judge.decider.nextExpiryMs, 15_000);
    assert.deepEqual(judge.rules(sent("M1", 14_999), sent("M2", 15_000)), ["a", null]);
    assert.deepEqual(judge.decider.takeExpired(14_999), []);
    assert.deepEqual(judge.decider.takeExpired(15_000), ["a"]);
    assert.deepEqual(judge.decider.takeExpired(99_000), []);
    assert.equal(judge.decider.nextExpiryMs, Infinity);
    assert.deepEqual(standings(judge, 15_000), ["a expired"]);
    adopt(judge, `${text}\ndefaults: {reply: AR}`, 20_000);
    assert.deepEqual(standings(judge, 20_000), ["a expired"], "a change elsewhere revives nothing");
    adopt(judge, text, 30_000, new Set(["a"]));
    assert.equal(judge.decider.nextExpiryMs, 40_000);
    assert.equal(judge.plan(sent("M3", 31_000)).rule, "a");
  });

  test("Decider keeps the ttl of a rule that is not written anew", () => {
    const judge = new Judge("rules: [{id: a, ttl: 10s, do: [hold]}]");
    adopt(
      judge,
      "rules: [{id: b, when: {type: ORU}, do: [close]}, {id: a, ttl: 10s, do: [hold]}]",
      4000,
      new Set(["b"]),
    );
    assert.equal(judge.decider.nextExpiryMs, 10_000);
    adopt(judge, "rules: [{id: a, ttl: 20s, do: [hold]}]", 4000);
    assert.equal(judge.decider.nextExpiryMs, 24_000);
  });

  test("Decider heals: every rule is off, its counts stay, until it is put in force again", () => {
    const judge = new Judge(EVERY_THIRD);
    judge.many(2);
    judge.decider.fire("a");
    judge.decider.heal(0);
    assert.deepEqual(standings(judge), ["a healed"]);
    assert.equal(judge.plan(sent("M3")).rule, null);
    adopt(judge, `${EVERY_THIRD}\ndefaults: {reply: AR}`);
    assert.deepEqual(standings(judge), ["a healed"]);
    adopt(judge, EVERY_THIRD, 0, new Set(["a"]));
    assert.deepEqual(judge.rules(sent("M4"), sent("M5")), ["a", null]);
    judge.decider.heal(0);
    adopt(judge, EVERY_THIRD, 0, "all");
    assert.deepEqual(standings(judge), ["a on"]);
  });

  test("Decider says of each rule how it stands", () => {
    const judge = new Judge(`
phases: [{name: p, use: [bound], rules: [{id: own, when: {type: X}, do: [hold]}]}]
rules:
  - {id: on, when: {type: A}, to_state: ill, do: [hold]}
  - {id: "off", enabled: false, do: [hold]}
  - {id: state, in_state: ill, do: [hold]}
  - {id: bound, when: {type: B}, do: [hold]}`);
    assert.deepEqual(standings(judge), ["on on", "off off", "state state", "bound on", "own on"]);
    judge.decider.phases.jump(null, 0);
    assert.deepEqual(standings(judge).slice(3), ["bound phase", "own phase"]);
  });

  test("Decider forgets firings by hand when it is reset", () => {
    const judge = new Judge(EVERY_THIRD);
    judge.decider.fire("a");
    judge.decider.reset();
    assert.deepEqual(struck(judge.many(3)), [3]);
  });

  test("Decider treats a chance of 0 as never, live as from the start", () => {
    const judge = new Judge("rules: [{id: a, trigger: {ramp: {from: 0%, to: 100%, over: 10s}}, do: [hold]}]");
    assert.deepEqual(struck(judge.many(500)), []);
  });
});

describe("PhaseClock", () => {
  const PHASES = "phases: [{name: well, for: 10s}, {name: ill, messages: 2, rules: [{id: a, do: [hold]}]}]";

  test("PhaseClock stands still while it is paused, for times and for messages", () => {
    const judge = new Judge(PHASES);
    const { phases } = judge.decider;
    phases.pause(4000);
    assert.equal(phases.endsMs, Infinity);
    assert.equal(judge.plan(sent("M1", 60_000)).rule, null);
    phases.resume(60_000);
    assert.equal(phases.elapsedMs(61_000), 5000);
    assert.equal(phases.endsMs, 66_000);
    assert.equal(judge.plan(sent("M2", 66_000)).rule, "a");
    phases.pause(66_000);
    judge.many(5, () => ({ nowMs: 67_000 }));
    assert.equal(phases.current?.name, "ill");
    phases.resume(70_000);
    judge.plan(sent("M9", 70_000));
    assert.equal(phases.current, null);
  });

  test("PhaseClock goes on with a phase of the same name, and begins anew where there is none", () => {
    const judge = new Judge(PHASES);
    const { phases } = judge.decider;
    phases.takeChanges();
    adopt(judge, "phases: [{name: new, for: 1s}, {name: well, for: 20s}, {name: ill, messages: 2}]", 5000);
    assert.equal(phases.current?.name, "well");
    assert.equal(phases.endsMs, 20_000);
    assert.deepEqual(phases.takeChanges(), []);
    adopt(judge, "phases: [{name: other, for: 1s}]", 6000);
    assert.deepEqual(phases.takeChanges(), [{ atMs: 6000, ended: "well", began: "other", stop: false }]);
    adopt(judge, "defaults: {reply: AE}", 6500);
    assert.deepEqual(phases.takeChanges(), [{ atMs: 6500, ended: "other", began: null, stop: false }]);
  });

  test("PhaseClock stays out of all phases after a heal, until the whole scenario is put in force again", () => {
    const judge = new Judge(PHASES);
    const { phases } = judge.decider;
    const current = () => phases.current?.name ?? null;
    judge.decider.heal(3000);
    assert.equal(current(), null);
    adopt(judge, `${PHASES}\ndefaults: {reply: AE}`, 4000);
    assert.equal(current(), null);
    adopt(judge, PHASES, 5000, "all");
    assert.equal(current(), "well");
    assert.equal(phases.endsMs, 15_000);
  });

  test("PhaseClock ends a phase at once that a new scenario makes shorter than it has been", () => {
    const judge = new Judge(PHASES);
    adopt(judge, "phases: [{name: well, for: 2s}, {name: ill, for: 1s}]", 5000);
    assert.equal(judge.decider.phases.current?.name, "ill");
    assert.equal(judge.decider.phases.beganMs, 5000);
  });
});
