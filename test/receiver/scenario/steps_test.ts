/** Steps: what each does on the line of its message, and that each says what it does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  describeStep,
  kindOf,
  performStep,
  planStep,
  type StepSpec,
  tellStep,
  VERBS,
} from "../../../receiver/steps/registry.ts";
import type { Line, Sampler } from "../../../receiver/steps/step.ts";

/** A line that writes down what is asked of it. */
class Recorder implements Line {
  readonly said: unknown[] = [];
  reply(...args: unknown[]): void {
    this.said.push(["reply", ...args]);
  }
  replyPart(...args: unknown[]): void {
    this.said.push(["replyPart", ...args]);
  }
  hold(): void {
    this.said.push(["hold"]);
  }
  close(): void {
    this.said.push(["close"]);
  }
  reset(): void {
    this.said.push(["reset"]);
  }
}

const said = { text: "No", errors: [{ code: "207", location: "PID-3" }] } as const;

/** Each verb: a spec, how it is told, what it is planned as, what it does and how long it waits. */
const ROWS: readonly { spec: StepSpec; told: string; planned: string; does: unknown[]; waits?: number }[] = [
  { spec: { verb: "close" }, told: "close (FIN)", planned: "close (FIN)", does: [["close"]] },
  {
    spec: { verb: "delay", delay: { kind: "uniform", fromMs: 10, toMs: 20 } },
    told: "wait uniform(10ms,20ms)",
    planned: "wait 15ms",
    does: [],
    waits: 15,
  },
  { spec: { verb: "hold" }, told: "say nothing", planned: "say nothing", does: [["hold"]] },
  { spec: { verb: "reply", reply: null }, told: "reply as by default", planned: "reply AA", does: [["reply", "AA"]] },
  {
    spec: { verb: "reply", reply: [{ reply: "AE", weight: 1 }], said },
    told: "reply AE with the text 'No' and error 207 at PID-3",
    planned: "reply AE with the text 'No' and error 207 at PID-3",
    does: [["reply", "AE", said]],
  },
  { spec: { verb: "reset" }, told: "reset (RST)", planned: "reset (RST)", does: [["reset"]] },
  {
    spec: { verb: "send", part: 0.5 },
    told: "send 50% of the reply",
    planned: "send 50% of AA",
    does: [["replyPart", "AA", 0.5]],
  },
];

const sampler: Sampler = {
  draw: () => 0.5,
  at: { elapsedMs: 0, firing: 0 },
  defaultReply: () => "AA",
  items: (reply) => reply === "none" ? [] : [reply],
};

for (const { spec, told, planned, does, waits = 0 } of ROWS) {
  test(`the step ${spec.verb} (${told}) says what it does, and does so`, () => {
    const step = planStep(spec, sampler);
    const line = new Recorder();
    assert.equal(tellStep(spec), told);
    assert.equal(describeStep(step), planned);
    assert.equal(performStep(step, line), waits);
    assert.deepEqual(line.said, does);
  });
}

test("the steps are all told of here, and each has words of its own", () => {
  assert.deepEqual(new Set(ROWS.map(({ spec }) => spec.verb)), new Set(VERBS));
  for (const verb of VERBS) assert.ok(kindOf(verb).about.length > 5, verb);
});

test("the step reply says what is wrong in the verdict, not in the accept acknowledgement before it", () => {
  const line = new Recorder();
  performStep({ verb: "reply", items: ["CA", "AE"], said }, line);
  performStep({ verb: "reply", items: ["CA"], said }, line);
  assert.deepEqual(line.said, [["reply", "CA"], ["reply", "AE", said], ["reply", "CA", said]]);
});
