/** The decision: acknowledgements due, rules in order, keyed draws, plans that explain themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AckCondition, AcksDue } from "../../lib/hl7/ack_mode.ts";
import { RandomStream } from "../../lib/random.ts";
import { acknowledgements } from "../../receiver/decide/acknowledgements.ts";
import { Decider, explain, type MessageContext } from "../../receiver/decide/decide.ts";
import { pickWeighted } from "../../receiver/decide/distribution.ts";
import { parseDelay } from "../../receiver/scenario/delay.ts";
import { FAULT_NAMES, parseFault } from "../../receiver/scenario/fault.ts";
import { scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import { parseReply, type ReplyTable } from "../../receiver/scenario/reply.ts";
import type { Scenario } from "../../receiver/scenario/scenario.ts";

const ORIGINAL: AcksDue = { mode: "original", accept: "NE", application: "AL" };

function message(scope: string, more: Partial<MessageContext> = {}): MessageContext {
  return { due: ORIGINAL, isAnswer: false, attempt: 1, scope, ...more };
}

const table = (text: string) => parseReply(text) as ReplyTable;

test("acknowledgements follow MSH-15 and MSH-16 for every configured code", () => {
  const rows: [string, AckCondition, AckCondition, string[]][] = [
    ["AA", "AL", "AL", ["CA", "AA"]],
    ["AE", "AL", "AL", ["CA", "AE"]],
    ["AR", "AL", "NE", ["CR"]],
    ["AE", "AL", "NE", ["CE"]],
    ["AA", "AL", "NE", ["CA"]],
    ["AA", "NE", "AL", ["AA"]],
    ["AE", "NE", "AL", ["AE"]],
    ["AA", "NE", "NE", []],
    ["AA", "ER", "AL", ["AA"]],
    ["AA", "ER", "NE", []],
    ["AE", "ER", "NE", ["CE"]],
    ["AA", "SU", "ER", ["CA"]],
    ["AE", "SU", "ER", ["CA", "AE"]],
    ["AE", "AL", "SU", ["CA"]],
    ["CA", "AL", "AL", ["CA"]],
    ["CE", "AL", "AL", ["CE"]],
    ["CR", "ER", "NE", ["CR"]],
    ["CA", "NE", "AL", ["CA"]],
    ["CA", "ER", "NE", []],
    ["none", "AL", "AL", []],
  ];
  for (const [code, accept, application, wanted] of rows) {
    const due: AcksDue = { mode: "enhanced", accept, application };
    const found = acknowledgements(table(code)[0].reply, due, false);
    assert.deepEqual(found, wanted, `${code} for MSH-15 ${accept}, MSH-16 ${application}`);
  }
});

test("acknowledgements to an acknowledgement are nothing, or a CA where its MSH-15 asks", () => {
  assert.deepEqual(acknowledgements("AA", ORIGINAL, true), []);
  const asks: AcksDue = { mode: "enhanced", accept: "AL", application: "NE" };
  assert.deepEqual(acknowledgements("AE", asks, true), ["CA"]);
  assert.deepEqual(acknowledgements("AE", { ...asks, accept: "ER" }, true), []);
});

test("a file stands for the application acknowledgement", () => {
  const file = { file: "reply.hl7" };
  assert.deepEqual(acknowledgements(file, { mode: "enhanced", accept: "AL", application: "AL" }, false), ["CA", file]);
  assert.deepEqual(acknowledgements(file, ORIGINAL, false), [file]);
});

test("Decider gives the default reply where no rule is, and the same plan object each time", () => {
  const decider = new Decider(scenarioFromFlags({ seed: 1 }));
  assert.equal(decider.draws, false);
  const plan = decider.decide(message("MSG1"));
  assert.deepEqual(plan, { rule: null, steps: [{ verb: "reply", items: ["AA"] }], considered: [] });
  assert.equal(decider.decide(message("MSG2")), plan);
});

test("Decider asks for no scope where nothing is drawn", () => {
  const decider = new Decider(scenarioFromFlags({ seed: 1, delay: parseDelay("10ms") }));
  const context = {
    due: ORIGINAL,
    isAnswer: false,
    attempt: 1,
    get scope(): string {
      return assert.fail("the scope costs a string");
    },
  };
  assert.deepEqual(decider.decide(context).steps, [{ verb: "delay", ms: 10 }, { verb: "reply", items: ["AA"] }]);
});

test("Decider turns each fault into its steps, behind the default delay", () => {
  const steps = (fault: string, delay = "20ms") =>
    new Decider(scenarioFromFlags({ seed: 1, delay: parseDelay(delay), faults: [parseFault(fault)] }))
      .decide(message("MSG1")).steps;
  const wait = { verb: "delay", ms: 20 };
  assert.deepEqual(steps("no-reply"), [{ verb: "hold" }]);
  assert.deepEqual(steps("close-before-ack"), [wait, { verb: "close" }]);
  assert.deepEqual(steps("reset-before-ack"), [wait, { verb: "reset" }]);
  assert.deepEqual(steps("close-mid-ack"), [wait, { verb: "send", to: { part: 0.5 }, items: ["AA"] }, {
    verb: "close",
  }]);
  assert.deepEqual(steps("close-after-ack", "0s"), [{ verb: "reply", items: ["AA"] }, { verb: "close" }]);
});

test("Decider leaves the default delay out where a rule has a delay of its own", () => {
  const scenario: Scenario = {
    ...scenarioFromFlags({ seed: 1, delay: parseDelay("1s") }),
    rules: [{
      id: "quick",
      on: "message",
      trigger: { chance: 1 },
      do: [{ verb: "reply", reply: table("AE") }, { verb: "delay", delay: parseDelay("5ms") }, { verb: "close" }],
      then: "stop",
    }],
  };
  assert.deepEqual(new Decider(scenario).decide(message("MSG1")).steps, [
    { verb: "reply", items: ["AE"] },
    { verb: "delay", ms: 5 },
    { verb: "close" },
  ]);
});

test("Decider lets a rule that continues add its steps, and the defaults follow", () => {
  const scenario: Scenario = {
    ...scenarioFromFlags({ seed: 1, delay: parseDelay("1s") }),
    rules: [
      {
        id: "slow",
        on: "message",
        trigger: { chance: 1 },
        do: [{ verb: "delay", delay: parseDelay("5ms") }],
        then: "continue",
      },
      { id: "never", on: "message", trigger: { chance: 0 }, do: [{ verb: "reset" }], then: "stop" },
    ],
  };
  const plan = new Decider(scenario).decide(message("MSG1"));
  assert.equal(plan.rule, null);
  assert.deepEqual(plan.steps, [{ verb: "delay", ms: 5 }, { verb: "reply", items: ["AA"] }]);
  assert.deepEqual(plan.considered.map(({ rule, held }) => [rule, held]), [["slow", true], ["never", false]]);
});

test("Decider tries rules in order and the first that holds decides", () => {
  const faults = [parseFault("no-reply:0%"), parseFault("close-before-ack:100%"), parseFault("reset-before-ack:100%")];
  const plan = new Decider(scenarioFromFlags({ seed: 1, faults })).decide(message("MSG1"));
  assert.equal(plan.rule, "close-before-ack");
  assert.equal(plan.considered.length, 2);
});

test("Decider lets no rule look at an acknowledgement", () => {
  const decider = new Decider(scenarioFromFlags({ seed: 1, faults: [parseFault("reset-before-ack")] }));
  assert.deepEqual(decider.decide(message("ACK1", { isAnswer: true })).steps, []);
});

/** A scenario in which everything is drawn. */
function capricious(seed: number): Scenario {
  return scenarioFromFlags({
    seed,
    reply: parseReply("AA:70,AE:20,none:10"),
    delay: parseDelay("lognormal(40ms,400ms)"),
    faults: FAULT_NAMES.map((name) => ({ name, chance: 0.1 })),
  });
}

test("Decider gives 200 messages the same fates in any order of arrival", () => {
  const ids = Array.from({ length: 200 }, (_, i) => `MSG${i}`);
  const decide = (order: readonly string[], seed: number) => {
    const decider = new Decider(capricious(seed));
    return new Map(order.map((id) => [id, decider.decide(message(id))]));
  };
  const straight = decide(ids, 42);
  const random = new RandomStream(3);
  const shuffled = [...ids].sort(() => random.next() - 0.5);
  assert.notDeepEqual(shuffled, ids);
  const mixed = decide(shuffled, 42);
  for (const id of ids) assert.deepEqual(mixed.get(id), straight.get(id));
  const fates = new Set([...straight.values()].map((plan) => plan.rule));
  assert.equal(fates.size, FAULT_NAMES.length + 1, "every fate is met by somebody");
  const others = decide(ids, 43);
  assert.ok(ids.some((id) => others.get(id)?.rule !== straight.get(id)?.rule), "another seed, other fates");
});

test("Decider draws anew for another attempt of the same message", () => {
  const decider = new Decider(capricious(42));
  const fates = Array.from({ length: 50 }, (_, i) => decider.decide(message("MSG1", { attempt: i + 1 })).rule);
  assert.ok(new Set(fates).size > 2);
});

test("Decider's draws of one rule do not depend on the other rules", () => {
  const alone = new Decider(scenarioFromFlags({ seed: 9, faults: [parseFault("reset-before-ack:30%")] }));
  const behind = new Decider(scenarioFromFlags({
    seed: 9,
    faults: [parseFault("no-reply:30%"), parseFault("reset-before-ack:30%")],
  }));
  for (let i = 0; i < 100; i++) {
    const both = behind.decide(message(`MSG${i}`)).considered.find(({ rule }) => rule === "reset-before-ack");
    if (both === undefined) continue;
    assert.deepEqual(both, alone.decide(message(`MSG${i}`)).considered[0]);
  }
});

test("Decider strikes as often as the chance says", () => {
  const decider = new Decider(scenarioFromFlags({ seed: 5, faults: [parseFault("no-reply:10%")] }));
  let struck = 0;
  for (let i = 0; i < 10_000; i++) if (decider.decide(message(`MSG${i}`)).rule !== null) struck++;
  assert.ok(Math.abs(struck - 1000) < 100, `struck ${struck} of 10,000`);
});

test("Decider is a pure function of scenario and message", () => {
  const conditions: AckCondition[] = ["AL", "ER", "SU", "NE"];
  const context = fc.record({
    due: fc.record({
      mode: fc.constantFrom("original", "enhanced"),
      accept: fc.constantFrom(...conditions),
      application: fc.constantFrom(...conditions),
    }),
    isAnswer: fc.boolean(),
    scope: fc.string(),
    attempt: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.nat(), fc.array(context as fc.Arbitrary<MessageContext>, { minLength: 1 }), (seed, contexts) => {
      const one = new Decider(capricious(seed));
      const other = new Decider(capricious(seed));
      const forwards = contexts.map((context) => one.decide(context));
      const backwards = contexts.toReversed().map((context) => other.decide(context)).toReversed();
      assert.deepEqual(forwards, backwards);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("pickWeighted never picks a row without weight", () => {
  const rows = [{ weight: 0 }, { weight: 1 }, { weight: 0 }];
  for (const draw of [0, 0.5, 1 - 2 ** -53]) assert.equal(pickWeighted(rows, draw), rows[1]);
});

test("explain says which rules were tried, what they drew and what is done", () => {
  const faults = [parseFault("no-reply:0%"), parseFault("close-mid-ack:100%")];
  const plan = new Decider(scenarioFromFlags({ seed: 1, faults, delay: parseDelay("1.5s") })).decide(message("MSG1"));
  assert.equal(
    explain(plan),
    "no-reply: never; close-mid-ack: always; so close-mid-ack decides: wait 1.5s, then send 50% of AA, then close (FIN)",
  );
  const plain = new Decider(scenarioFromFlags({ seed: 1 })).decide(message("MSG1"));
  assert.equal(explain(plain), "the defaults decide: reply AA");
});
