/** The example scenarios: each is read, says what it does in plain words, and does so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { type DryDecision, dryRun } from "../../../receiver/decide/dry_run.ts";
import { explain } from "../../../receiver/decide/decide.ts";
import { rulesOf } from "../../../receiver/scenario/contents.ts";
import { dependences } from "../../../receiver/scenario/order.ts";
import type { Scenario } from "../../../receiver/scenario/scenario.ts";
import { tellRule } from "../../../receiver/scenario/tell.ts";
import { adt } from "../caller.ts";
import { example, EXAMPLES } from "./files.ts";

function told(scenario: Scenario): string[] {
  return rulesOf(scenario).map(tellRule);
}

function run(scenario: Scenario, messages: readonly string[]): DryDecision[] {
  return [...dryRun(scenario, messages.map(utf8))];
}

/** What becomes of each message, without its reasons. */
function fates(scenario: Scenario, messages: readonly string[]): string[] {
  return run(scenario, messages).map(({ plan }) => explain({ ...plan, considered: [] }));
}

const TOLD: Readonly<Record<string, readonly string[]>> = {
  "smallest.yaml": ["reject-a40: messages of type ADT^A40: reply AR"],
  "three_attempts.yaml": [
    "flaky-per-message: all messages, in turn for each control id: " +
    "the 1st: say nothing, then wait 2s, then close (FIN); " +
    "the 2nd: send 50% of the reply, then reset (RST); the 3rd and later: reply AA",
  ],
  "content.yaml": [
    "slow-hospital: messages of type ADT^A0* and whose MSH-6 starts with 'HOSP', every 50th, counted for each connection: " +
    "wait 12s, then reply AA",
    "fails-twice: all messages, 0.5% of them, 2 tries of the same message each time: reply AE with the text 'Try again'",
    "big-obx: messages of type ORU^R01, larger than 1MB and whose OBX[*]-5 starts with 'JVBERi0': " +
    "wait 100ms:80,5s:20, then reply AE with error 207 at OBX-5",
    "one-vendor: messages (whose MSH-3 is 'LABX') or (from 10.2.0.0/16), 5% of them: " +
    "send 50% of the reply, then wait 1s, then close (FIN)",
    "first-secure-messages: messages on the listener secure, the first 3, counted for each peer: reset (RST)",
  ],
  "maintenance_window.yaml": [
    "poison: in the state normal, messages whose PID-3.1 is '900000666': reply AE, then close (FIN); " +
    "from then on the state is poisoned",
    "after-poison: in the state poisoned, all messages, the first 10, counted for each listener: say nothing",
    "some-ae: all messages, 0% of them, changing to 40% over 1m: reply AE",
    "capped: all messages, those beyond 20/s, counted for each listener: reply CR",
  ],
  "in_band.yaml": [],
  "warming_up.json": [
    "again: messages whose control id has come before, 25% of them: say nothing",
    "old-version: messages whose version is below 2.3: reply AR",
  ],
};

test("the example scenarios are all told of here", () => {
  assert.deepEqual(EXAMPLES.map(({ name }) => name), Object.keys(TOLD).sort());
});

for (const [name, lines] of Object.entries(TOLD)) {
  test(`the example ${name} says each rule in one sentence`, () => {
    assert.deepEqual(told(example(name)), lines);
  });
}

test("the example smallest.yaml rejects one type and accepts the rest, each after 20 ms", () => {
  assert.deepEqual(fates(example("smallest.yaml"), [adt("1").replace("A01^ADT_A01", "A40"), adt("2")]), [
    "reject-a40 decides: wait 20ms, then reply AR",
    "the defaults decide: wait 20ms, then reply AA",
  ]);
});

test("the example three_attempts.yaml takes each message at its third try, however they are mixed", () => {
  const mixed = ["1", "2", "1", "1", "2", "3", "2", "1"].map((id) => adt(id));
  const [first, second, third] = [
    "say nothing, then wait 2s, then close (FIN)",
    "send 50% of AA, then reset (RST)",
    "reply AA",
  ];
  assert.deepEqual(
    fates(example("three_attempts.yaml"), mixed).map((fate) => fate.replace("flaky-per-message decides: ", "")),
    [first, first, second, third, second, first, third, third],
  );
  assert.deepEqual(dependences(example("three_attempts.yaml")), [], "its fates depend on no order");
});

test("the example content.yaml looks into messages", () => {
  const scenario = example("content.yaml");
  const orders = Array.from({ length: 50 }, (_, i) => adt(`A${i}`).replace("|MAIN|", "|HOSP1|"));
  const slow = run(scenario, orders).map(({ plan }) => plan.rule);
  assert.equal(slow.indexOf("slow-hospital"), 49);
  const document = `OBX|1|NM|A||1|\rOBX|2|ED|PDF||JVBERi0${"x".repeat(1_000_000)}|\r`;
  const [big, small] = fates(
    scenario,
    [document, "OBX|1|ED|PDF||JVBERi0|\r"].map((rest, i) =>
      adt(`DOC${i}`, ["", ""], rest).replace("ADT^A01^ADT_A01", "ORU^R01")
    ),
  );
  assert.match(big, /^big-obx decides: wait (100ms|5s), then reply AE with error 207 at OBX-5$/);
  assert.match(small, /^the defaults decide: wait .*, then reply AA$/);
});

test("the example content.yaml names what depends on order and time", () => {
  assert.deepEqual(dependences(example("content.yaml")).map(({ name, on, why }) => `${name} ${on} ${why}`), [
    "slow-hospital order every, counted for each connection",
    "first-secure-messages order first, counted for each peer",
    "limits.active_faults time who is spared depends on who is under a fault",
    "limits.held_connections time who is spared depends on who is held",
  ]);
});

test("the example maintenance_window.yaml goes through its phases by time and by messages, and heals", () => {
  const scenario = example("maintenance_window.yaml");
  const messages = Array.from({ length: 700 }, (_, i) => adt(`M${i}`));
  const decisions = run(scenario, messages);
  const phases = new Map<string | null, number>();
  for (const { phase } of decisions) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  assert.deepEqual([...phases], [["healthy", 60], ["brown-out", 60], ["down", 30], ["catch-up", 500], [null, 50]]);
  const ae = decisions.filter(({ plan }) => plan.rule === "some-ae");
  assert.ok(ae.length > 4 && ae.length < 22, `${ae.length} of 60, 20% on average`);
  assert.ok(ae.every(({ phase }) => phase === "brown-out"));
  const slowed = decisions.filter(({ plan }) => plan.steps.some((step) => step.verb === "delay"));
  assert.equal(slowed.length, 60, "the profile slows the brown-out alone");
});

test("the example maintenance_window.yaml is poisoned by one patient, and holds what follows", () => {
  const poison = adt("X", ["", ""], "PID|1||900000666^^^HOSP\r");
  const messages = [
    adt("1"),
    poison,
    ...Array.from({ length: 12 }, (_, i) => adt(`L${i}`)),
    poison.replace("|X|", "|Y|"),
  ];
  const decided = run(example("maintenance_window.yaml"), messages).map(({ plan }) => plan.rule);
  assert.deepEqual(decided, [null, "poison", ...Array.from({ length: 10 }, () => "after-poison"), null, null, null]);
});

test("the example warming_up.json becomes faster with time and loses a share of what comes twice", () => {
  const scenario = example("warming_up.json");
  const messages = Array.from({ length: 400 }, (_, i) => adt(i < 200 ? `M${i}` : `M${i - 200}`));
  const decisions = run(scenario, messages);
  const waits = decisions.map(({ plan }) => plan.steps[0]).flatMap((step) => step.verb === "delay" ? [step.ms] : []);
  assert.equal(waits[0], 2000);
  assert.equal(waits[waits.length - 1], 20);
  assert.ok(waits.every((wait, i) => i === 0 || wait <= waits[i - 1]));
  const lost = decisions.filter(({ plan }) => plan.rule === "again");
  assert.ok(lost.length > 30 && lost.length < 70, `${lost.length} of 200`);
  assert.ok(lost.every(({ attempt }) => attempt === 2));
});
