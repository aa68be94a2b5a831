/** Steps of messages: what each does on the line of its message, and that each says what it does. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  describeStep,
  kindOf,
  performStep,
  planStep,
  type StepSpec,
  tellStep,
  VERBS,
  wordOf,
  WORDS,
} from "../../../receiver/steps/registry.ts";
import { fakeLine, fakeSampler } from "../steps/fake_line.ts";

const said = { text: "No", errors: [{ code: "207", location: "PID-3" }] } as const;
const drip = { kind: "bytes", bytes: 1, everyMs: 20 } as const;
const AE = [{ reply: "AE", weight: 1 }] as const;

/** Each verb: a spec, how it is told, what it is planned as, what it does and how long it waits. */
const ROWS: readonly { spec: StepSpec; told: string; planned: string; does: unknown[]; waits?: number }[] = [
  {
    spec: { verb: "aside" },
    told: "leave the order of replies",
    planned: "leave the order of replies",
    does: [["aside"]],
  },
  { spec: { verb: "close" }, told: "close (FIN)", planned: "close (FIN)", does: [["close"]] },
  {
    spec: { verb: "delay", delay: { kind: "uniform", fromMs: 10, toMs: 20 } },
    told: "wait uniform(10ms,20ms)",
    planned: "wait 15ms",
    does: [],
    waits: 15,
  },
  { spec: { verb: "discard" }, told: "lose the message", planned: "lose the message", does: [["discard"]] },
  {
    spec: { verb: "drop_reply" },
    told: "take the message, lose the reply",
    planned: "take the message, lose the reply",
    does: [["dropReply"]],
  },
  { spec: { verb: "hold" }, told: "say nothing", planned: "say nothing", does: [["hold"]] },
  { spec: { verb: "reply", reply: null }, told: "reply as by default", planned: "reply AA", does: [["reply", "AA"]] },
  {
    spec: { verb: "reply", reply: AE, said },
    told: "reply AE with the text 'No' and error 207 at PID-3",
    planned: "reply AE with the text 'No' and error 207 at PID-3",
    does: [["reply", "AE", said]],
  },
  {
    spec: { verb: "reply", reply: AE, said, late: true, way: { controlId: "empty", as: "ADR^A19", twice: true } },
    told: "reply AE as ADR^A19 with an empty control id and the text 'No' and error 207 at PID-3, twice, late",
    planned: "reply AE as ADR^A19 with an empty control id and the text 'No' and error 207 at PID-3, twice, late",
    does: [["reply", "AE", said, { controlId: "empty", as: "ADR^A19", twice: true }]],
  },
  {
    spec: { verb: "reply", reply: AE, exact: true },
    told: "reply just AE",
    planned: "reply AE",
    does: [["reply", "AE"]],
  },
  {
    spec: { verb: "reply", reply: null, way: { stale: true, mutate: [{ kind: "corrupt", bytes: 2 }] } },
    told: "repeat the previous reply, with 2 bytes changed",
    planned: "repeat the previous reply, with 2 bytes changed",
    does: [["reply", "AA", undefined, { stale: true, mutate: [{ kind: "corrupt", bytes: 2, draw: 0.5 }] }]],
  },
  { spec: { verb: "reset" }, told: "reset (RST)", planned: "reset (RST)", does: [["reset"]] },
  {
    spec: { verb: "send", to: { part: 0.5 } },
    told: "send 50% of the reply",
    planned: "send 50% of AA",
    does: [["send", "AA", { part: 0.5 }]],
  },
  {
    spec: { verb: "send", to: "start" },
    told: "send the start block of the reply",
    planned: "send the start block of AA",
    does: [["send", "AA", "start"]],
  },
  {
    spec: { verb: "send", to: "rest" },
    told: "send the reply up to its end block",
    planned: "send AA up to its end block",
    does: [["send", "AA", "rest"]],
  },
  {
    spec: { verb: "send", to: "end_block" },
    told: "send the reply up to and with its end block",
    planned: "send AA up to and with its end block",
    does: [["send", "AA", "end_block"]],
  },
  {
    spec: { verb: "send", to: "end_data", pace: drip },
    told: "send what is left of the reply, 1 byte every 20ms",
    planned: "send what is left of AA, 1 byte every 20ms",
    does: [["send", "AA", "end_data", drip]],
  },
];

for (const { spec, told, planned, does, waits = 0 } of ROWS) {
  test(`the step ${spec.verb} (${told}) says what it does, and does so`, () => {
    const step = planStep(spec, fakeSampler);
    const line = fakeLine();
    assert.equal(tellStep(spec), told);
    assert.equal(describeStep(step), planned);
    assert.equal(performStep(step, line), waits);
    assert.deepEqual(line.asked, does);
  });
}

test("the steps are all tested by what they do, and each has words of its own", () => {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const files = readdirSync(folder, { recursive: true }).map(String);
  const steps = files.filter((file) => /steps[_/\\].*_test\.ts$|steps_test\.ts$/.test(file));
  const texts = steps.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  for (const verb of VERBS) {
    assert.ok(kindOf(verb).about.length > 5, verb);
    assert.ok(texts.includes(`verb: "${verb}"`), `no test of ${verb}`);
  }
});

test("the words for steps are those that can be written, bare or with a value", () => {
  for (const word of WORDS) {
    const { about, schema, bare } = wordOf(word)!;
    assert.ok(about.length > 5, word);
    assert.ok(schema !== null || bare !== null, word);
  }
  assert.equal(wordOf("aside"), undefined);
  assert.equal(wordOf("constructor"), undefined);
  assert.ok(!WORDS.includes("aside"));
});

test("the step reply says what is wrong or unusual in the verdict, not in the accept acknowledgement before it", () => {
  const line = fakeLine();
  const way = { twice: true } as const;
  performStep({ verb: "reply", items: ["CA", "AE"], said }, line);
  performStep({ verb: "reply", items: ["CA"], said }, line);
  performStep({ verb: "reply", items: ["CA", "AA"], way }, line);
  assert.deepEqual(line.asked, [
    ["reply", "CA"],
    ["reply", "AE", said],
    ["reply", "CA", said],
    ["reply", "CA"],
    ["reply", "AA", undefined, way],
  ]);
});

test("the steps reply and send wait until the last of their frames has left", () => {
  const line = fakeLine({ takes: { reply: 30, send: 50 } });
  assert.equal(performStep({ verb: "reply", items: ["CA", "AA"] }, line), 30);
  assert.equal(performStep({ verb: "send", to: "end_data", items: ["CA", "AA"] }, line), 50);
  assert.equal(performStep({ verb: "reply", items: [] }, line), 0);
});

test("the step send lets the further frames of a reply follow the last byte of the first, and none before", () => {
  const line = fakeLine();
  performStep({ verb: "send", to: "end_block", items: ["CA", "AA"] }, line);
  performStep({ verb: "send", to: "end_data", items: ["CA", "AA"] }, line);
  performStep({ verb: "send", to: "end_data", items: [] }, line);
  assert.deepEqual(line.asked, [["send", "CA", "end_block"], ["send", "CA", "end_data"], ["reply", "AA"]]);
  assert.equal(describeStep({ verb: "send", to: "start", items: [] }), "send nothing: no reply is due");
});
