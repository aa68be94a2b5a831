/** Replies as they are decided: what a message's own delay is, what is silence, what is drawn, and what is only told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AcksDue } from "../../../../lib/hl7/ack_mode.ts";
import { dependences } from "../../../../receiver/scenario/order.ts";
import { cappedStep } from "../../../../receiver/steps/capped.ts";
import { describeStep, planStep } from "../../../../receiver/steps/registry.ts";
import { Judge } from "../../decide/deciding.ts";
import { scenarioOf } from "../../scenario/files.ts";
import { fakeSampler } from "../fake_line.ts";

/** What is decided on one message, by the steps of a rule and a default delay of 20 ms. */
function decided(steps: string): string[] {
  const judge = new Judge(`defaults: {delay: 20ms}\nrules: [{id: a, do: [${steps}]}]`);
  return judge.plan({ id: "MSG1" }).steps.map(describeStep);
}

test("the step late is the message's own delay: the default delay does not come on top", () => {
  assert.deepEqual(decided("{late: 12s}"), ["leave the order of replies", "wait 12s", "reply AA, late"]);
  assert.deepEqual(decided("{enhanced: {commit: CA, application: AA after 3s}}"), [
    "reply CA",
    "leave the order of replies",
    "wait 3s",
    "reply AA, late",
  ]);
});

test("the replies that wait for others, and those in pieces, come after the default delay", () => {
  assert.deepEqual(decided("{join: 3}"), [
    "wait 20ms",
    "leave the order of replies",
    "reply AA, in one write with 2 others, waiting 10s at most",
  ]);
  assert.deepEqual(decided("{drip: {bytes: 1, every: 1s}}"), ["wait 20ms", "send what is left of AA, 1 byte every 1s"]);
  assert.deepEqual(decided("twice"), ["wait 20ms", "reply AA, twice"]);
});

test("the steps hold, drop_reply and discard are silence: nothing is waited for before them", () => {
  assert.deepEqual(decided("hold"), ["say nothing"]);
  assert.deepEqual(decided("drop_reply"), ["take the message, lose the reply"]);
  assert.deepEqual(decided("discard"), ["lose the message"]);
});

test("the step late draws its delay for each message, the same again for the same message", () => {
  const text = "rules: [{id: a, do: [{late: {uniform: [1s, 2s]}}]}]";
  const waits = ["MSG1", "MSG2", "MSG3"].map((id) => new Judge(text).plan({ id }).steps[1]);
  assert.equal(new Set(waits.map((step) => JSON.stringify(step))).size, 3);
  assert.deepEqual(new Judge(text).plan({ id: "MSG2" }).steps[1], waits[1]);
});

test("the step enhanced answers whatever the message asks for, and reply what it asks for", () => {
  const both: AcksDue = { mode: "enhanced", accept: "NE", application: "NE" };
  const items = (steps: string) => {
    const { decider } = new Judge(`rules: [{id: a, do: [${steps}]}]`);
    const message = { due: both, isAnswer: false, scope: "MSG1", attempt: 1 };
    return decider.decide(message).steps.map(describeStep);
  };
  assert.deepEqual(items("{enhanced: {commit: CA, application: AA}}"), ["reply CA", "reply AA"]);
  assert.deepEqual(items("{twice: true}"), ["reply nothing"]);
});

test("the step mutate has its draws, whatever else is drawn", () => {
  const text = "rules: [{id: a, do: [{reply: {code: 'AE:1,AR:1', mutate: {corrupt: {bytes: 2}}}}]}]";
  const [step] = new Judge(text).plan({ id: "MSG1" }).steps;
  assert.ok(step.verb === "reply" && step.way?.mutate?.[0].kind === "corrupt");
  const [corrupt] = step.way.mutate;
  assert.ok(corrupt.kind === "corrupt" && corrupt.draw >= 0 && corrupt.draw < 1);
});

test("a planned reply with nothing unusual holds its frames and no more", () => {
  assert.deepEqual(planStep({ verb: "reply", reply: null }, fakeSampler), { verb: "reply", items: ["AA"] });
});

test("the replies that are made of others are told to depend on the order of arrival", () => {
  const on = (steps: string) => dependences(scenarioOf(`rules: [{id: a, do: [${steps}]}]`)).map(({ why }) => why);
  assert.deepEqual(on("stale"), ["stale, the reply before this one"]);
  assert.deepEqual(on("{reply: {control_id: previous}}"), ["control_id: previous, the message before this one"]);
  for (const [steps, kind] of [["swap", "swap"], ["{reorder: 2}", "reorder"], ["{join: 2}", "join"]]) {
    assert.deepEqual(on(steps), [`${kind}, which replies meet`]);
  }
  assert.deepEqual(on("{late: 5s}, twice, {reply: {control_id: empty, drip: {bytes: 1, every: 1s}}}"), []);
});

test("cappedStep bounds every wait of a reply, and leaves what does not wait as it is", () => {
  const pieces = { kind: "chunks", chunks: 3, overMs: 30_000 } as const;
  const gather = { kind: "swap", count: 2, withinMs: 10_000 } as const;
  assert.deepEqual(cappedStep({ verb: "reply", items: ["AA"], way: { gather, twice: true } }, 2000), {
    verb: "reply",
    items: ["AA"],
    way: { gather: { ...gather, withinMs: 2000 }, twice: true },
  });
  assert.deepEqual(cappedStep({ verb: "reply", items: ["AA"], way: { pace: pieces } }, 2000), {
    verb: "reply",
    items: ["AA"],
    way: { pace: { ...pieces, overMs: 4000 } },
  });
  for (const kind of ["bytes", "split"] as const) {
    const pace = kind === "bytes"
      ? { kind, bytes: 1, everyMs: 5000 } as const
      : { kind, at: "end_block", pauseMs: 20 } as const;
    const capped = cappedStep({ verb: "send", to: "end_data", items: ["AA"], pace }, 10);
    assert.ok(capped.verb === "send");
    assert.deepEqual(capped.pace, kind === "bytes" ? { ...pace, everyMs: 10 } : { ...pace, pauseMs: 10 });
  }
  const plain = { verb: "reply", items: ["AA"] } as const;
  assert.equal(cappedStep(plain, 10), plain);
  const close = { verb: "close" } as const;
  assert.equal(cappedStep(close, 10), close);
});
