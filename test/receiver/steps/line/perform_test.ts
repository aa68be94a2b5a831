/** The verbs of the connection, of semantics and of the lower layer: as written, as told, as planned, and what each asks of its line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LINK_SENT } from "../../../../receiver/steps/link_sent.ts";
import { describeStep, kindOf, performStep, planStep } from "../../../../receiver/steps/registry.ts";
import type { EventKind } from "../../../../receiver/scenario/scenario.ts";
import { tellSteps } from "../../../../receiver/scenario/tell.ts";
import { scenarioOf } from "../../scenario/files.ts";
import { fakeLine, fakeSampler, type FakeState } from "../fake_line.ts";

interface Row {
  /** A step as it stands in a file. */
  readonly step: string;
  readonly at?: EventKind;
  readonly told: string;
  /** Where it is told otherwise when it is planned. */
  readonly planned?: string;
  /** What is so, where the line is not as usual. */
  readonly when?: string;
  readonly state?: Partial<FakeState>;
  readonly asks: readonly unknown[][];
  readonly waits?: number;
}

const closing = [{ verb: "close" }];
const refusing = (code: string, text: string) => [{ verb: "reply", items: [code], said: { text } }];
const bytes = (...found: number[]) => new Uint8Array(found);

const ROWS: readonly Row[] = [
  { step: "close", told: "close (FIN)", asks: [["close"]] },
  { step: "reset", told: "reset (RST)", asks: [["reset"]] },
  { step: "half_close", told: "close our direction (FIN) and read on", asks: [["halfClose"]] },
  {
    step: "{close: {after: {messages: 10}}}",
    told: "after 10 more messages close (FIN)",
    asks: [["later", { messages: 10 }, closing]],
  },
  {
    step: "{reset: {after: {bytes: 1MB}}}",
    told: "after 1MB more from the peer reset (RST)",
    asks: [["later", { bytes: 1_000_000 }, [{ verb: "reset" }]]],
  },
  {
    step: "{half_close: {after: {idle: 5s, age: 1m}}}",
    told: "after 5s of silence or 1m more of its life close our direction (FIN) and read on",
    asks: [["later", { idleMs: 5000, ageMs: 60_000 }, [{ verb: "half_close" }]]],
  },
  { step: "stop_reading", told: "stop reading", asks: [["stopReading", Infinity]] },
  { step: "{stop_reading: 5s}", told: "stop reading for 5s", asks: [["stopReading", 5000]] },
  { step: "{stop_reading: {for: 5s}}", told: "stop reading for 5s", asks: [["stopReading", 5000]] },
  {
    step: "{stop_reading: {after: {messages: 1}}}",
    told: "after one more message stop reading",
    asks: [["later", { messages: 1 }, [{ verb: "stop_reading" }]]],
  },
  {
    step: "{stop_reading: {after: {bytes: 1MB}, for: 5s}}",
    told: "after 1MB more from the peer stop reading for 5s",
    asks: [["later", { bytes: 1_000_000 }, [{ verb: "stop_reading", forMs: 5000 }]]],
  },
  {
    step: "{rate: {in: 64KB/s, out: 5KB/s}}",
    told: "take at most 64KB/s and give at most 5KB/s",
    asks: [["limitRates", { in: 64_000, out: 5000 }]],
  },
  { step: "{rate: {out: 5KB/s}}", told: "give at most 5KB/s", asks: [["limitRates", { out: 5000 }]] },
  {
    step: "{rate: {in: 5KB/s, after: {messages: 10}}}",
    told: "after 10 more messages take at most 5KB/s",
    asks: [["later", { messages: 10 }, [{ verb: "rate", rates: { in: 5000 } }]]],
  },
  {
    step: "{greet: héllo}",
    told: 'say "héllo" out of any frame',
    asks: [["say", bytes(104, 195, 169, 108, 108, 111)]],
  },
  {
    step: "{greet: {hex: 0B0d}}",
    told: "say the bytes 0b0d out of any frame",
    state: { takes: { say: 7 } },
    asks: [["say", bytes(11, 13)]],
    waits: 7,
  },
  {
    step: '{greet: {text: "a\\r", after: {age: 1s}}}',
    told: 'after 1s more of its life say "a\\r" out of any frame',
    asks: [["later", { ageMs: 1000 }, [{ verb: "greet", text: "a\r" }]]],
  },
  {
    step: "{accept_delay: {uniform: [1s, 2s]}}",
    at: "open",
    told: "do not serve it for uniform(1s,2s)",
    planned: "do not serve it for 1.5s",
    asks: [["stopReading", 1500]],
    waits: 1500,
  },
  { step: "{accept_delay: 0s}", at: "open", told: "do not serve it for 0s", asks: [] },
  {
    step: "{limit: {concurrent: 2, then: close}}",
    at: "open",
    told: "serve at most 2 at a time, beyond it close (FIN)",
    when: "there is room",
    state: { listener: 1, household: { open: () => 2 } },
    asks: [["household.open", 1]],
  },
  {
    step: "{limit: {concurrent: 2, then: close}}",
    at: "open",
    told: "serve at most 2 at a time, beyond it close (FIN)",
    when: "there is no room",
    state: { household: { open: () => 3 } },
    asks: [["household.open", 0], ["instead", closing]],
  },
  {
    step: "{limit: {concurrent: 2, then: reset}}",
    at: "open",
    told: "serve at most 2 at a time, beyond it reset (RST)",
    when: "there is no room",
    state: { household: { open: () => 3 } },
    asks: [["household.open", 0], ["instead", [{ verb: "reset" }]]],
  },
  {
    step: "{limit: {concurrent: 2, then: queue}}",
    at: "open",
    told: "serve at most 2 at a time, beyond it wait for room",
    when: "there is no room",
    state: { household: { open: () => 3 }, takes: { waitForRoom: Infinity } },
    asks: [["household.open", 0], ["waitForRoom", 2]],
    waits: Infinity,
  },
  {
    step: "{process_time: 50ms}",
    told: "work on it for 50ms, one message at a time",
    when: "there is other work",
    state: { nowMs: 10, household: { work: (ms) => ms + 30 } },
    asks: [["household.work", 50, 10]],
    waits: 80,
  },
  {
    step: "{queue: {depth: 100, then: AR}}",
    told: "at most 100 may wait for the processor, beyond it reply AR",
    when: "the queue is not full",
    state: { nowMs: 10, household: { working: () => 100 } },
    asks: [["household.working", 10]],
  },
  {
    step: "{queue: {depth: 100, then: AR}}",
    told: "at most 100 may wait for the processor, beyond it reply AR",
    when: "the queue is full",
    state: { household: { working: () => 101 } },
    asks: [["household.working", 0], ["instead", refusing("AR", "More than 100 messages wait")]],
  },
  {
    step: "{queue: {depth: 0, then: hold}}",
    told: "nobody may wait for the processor, beyond it say nothing",
    when: "somebody works",
    state: { household: { working: () => 1 } },
    asks: [["household.working", 0], ["instead", [{ verb: "hold" }]]],
  },
  {
    step: "{duplicate: accept}",
    told: "take a duplicate like any message",
    when: "it is a duplicate",
    state: { isDuplicate: true },
    asks: [],
  },
  { step: "{duplicate: AE}", told: "to a duplicate reply AE", asks: [] },
  {
    step: "{duplicate: AE}",
    told: "to a duplicate reply AE",
    when: "it is a duplicate",
    state: { isDuplicate: true },
    asks: [["instead", refusing("AE", "A message with this control id was taken before")]],
  },
  { step: "{duplicate: cached_ack}", told: "answer a duplicate as it was answered before", asks: [] },
  {
    step: "{duplicate: cached_ack}",
    told: "answer a duplicate as it was answered before",
    when: "it is a duplicate",
    state: { isDuplicate: true, takes: { replyAgain: 3 } },
    asks: [["instead", []], ["replyAgain"]],
    waits: 3,
  },
  {
    step: "{forward: 'tcp://real:2575'}",
    told: "forward to tcp://real:2575 and reply as it does, within 5s",
    state: { takes: { forward: Infinity } },
    asks: [["forward", "tcp://real:2575", 5000]],
    waits: Infinity,
  },
  {
    step: "{forward: {to: 'tls://real:2576?insecure&framing=mllp2', timeout: 30s}}",
    told: "forward to tls://real:2576 and reply as it does, within 30s",
    asks: [["forward", "tls://real:2576?insecure&framing=mllp2", 30_000]],
  },
  {
    step: "{link_nak: 2}",
    told: "refuse the first 2 tries with a NAK",
    when: "it is the second try",
    state: { attempt: 2 },
    asks: [["commit", "nak"], ["instead", []]],
  },
  {
    step: "{link_nak: 1}",
    told: "refuse the first try with a NAK",
    when: "it is the second try",
    state: { attempt: 2 },
    asks: [],
  },
  {
    step: "link_nak",
    told: "refuse the first try with a NAK",
    when: "it is the first try",
    asks: [["commit", "nak"], ["instead", []]],
  },
  {
    step: "{link_nak: {tries: 1000, code: B}}",
    told: "refuse the first 1,000 tries with a NAK of the code B (too long)",
    when: "it is the thousandth",
    state: { attempt: 1000 },
    asks: [["commit", "nak", "B"], ["instead", []]],
  },
  {
    step: "{link_nak: {code: C}}",
    told: "refuse the first try with a NAK of the code C (wrong count)",
    when: "it is the second try",
    state: { attempt: 2 },
    asks: [],
  },
  {
    step: "eot",
    told: "end the transfer of the first try with EOT",
    when: "it is the first try",
    asks: [["commit", "eot"], ["instead", []]],
  },
  {
    step: "{eot: 2}",
    told: "end the transfer of the first 2 tries with EOT",
    when: "it is the third try",
    state: { attempt: 3 },
    asks: [],
  },
  { step: "wrong_ack", told: "acknowledge the block after it (wrong number)", asks: [["commit", "wrong_ack"]] },
  { step: "rint", told: "acknowledge it with RINT", asks: [["commit", "rint"]] },
  {
    step: "bad_bcc",
    told: "give the first block of the reply a wrong checksum",
    asks: [["fault", "bad_bcc", 1]],
  },
  {
    step: "{bad_bcc: 1200}",
    told: "give the first 1,200 blocks sent of the reply a wrong checksum",
    asks: [["fault", "bad_bcc", 1200]],
  },
  {
    step: "{bad_count: 2}",
    told: "give the first 2 blocks sent of the reply a count that is too high by one",
    asks: [["fault", "bad_count", 2]],
  },
  {
    step: "unchecked",
    told: "give the first block of the reply the checksum 999 (not to be looked at)",
    asks: [["fault", "unchecked", 1]],
  },
  { step: "enq_storm", told: "bid for the line with 10 ENQ at once", asks: [["fault", "enq_storm", 10]] },
  { step: "{enq_storm: 1000}", told: "bid for the line with 1,000 ENQ at once", asks: [["fault", "enq_storm", 1000]] },
  { step: "{late_enq: 1.5s}", told: "bid for the line 1.5s late", asks: [["fault", "late_enq", 1500]] },
  { step: "{late_enq: 250us}", told: "bid for the line 1ms late", asks: [["fault", "late_enq", 1]] },
  { step: "no_eot", told: "leave out the EOT behind the reply", asks: [["fault", "no_eot", 1]] },
  { step: "{link_commit: ack}", told: "commit it (ACK)", asks: [["commit", "ack"]] },
  { step: "{link_commit: nak}", told: "refuse to commit it (NAK)", asks: [["commit", "nak"]] },
  { step: "{link_commit: none}", told: "do not commit it", asks: [["commit", "none"]] },
  { step: "{link_commit: twice}", told: "commit it twice (ACK, ACK)", asks: [["commit", "twice"]] },
];

/** A step as the parser reads it, in a scenario in which it makes sense. */
function written(step: string, at: EventKind = "message") {
  const ends = at !== "message" || /^(close|reset|half_close)$/.test(step);
  const scenario = scenarioOf(`rules:
  - {id: busy, trigger: {every: 9}, do: [{process_time: 1ms}, reply]}
  - {id: a, on: ${at}, do: [${step}${ends ? "" : ", reply"}]}`);
  return scenario.rules[1].do.slice(0, ends ? undefined : -1);
}

for (const { step, at, told, planned = told, when = "", state, asks, waits = 0 } of ROWS) {
  test(`the step ${step} says what it does, and asks its line for it${when === "" ? "" : `: ${when}`}`, () => {
    const specs = written(step, at);
    assert.equal(specs.length, 1);
    assert.equal(tellSteps(specs), told);
    const line = fakeLine(state);
    const plan = planStep(specs[0], fakeSampler);
    assert.equal(describeStep(plan), planned);
    assert.equal(performStep(plan, line), waits);
    assert.deepEqual(line.asked, asks);
  });
}

test("verbs of the connection are done after a delay where that is what after says", () => {
  for (
    const [step, told] of [
      ["{close: {after: 2s}}", "wait 2s, then close (FIN)"],
      ["{half_close: {after: {uniform: [1s, 2s]}}}", "wait uniform(1s,2s), then close our direction (FIN) and read on"],
      ["{stop_reading: {after: 2s}}", "wait 2s, then stop reading"],
      ["{rate: {in: 5KB/s, after: 2s}}", "wait 2s, then take at most 5KB/s"],
      ["{greet: {text: a, after: 10ms:1}}", 'wait 10ms:1, then say "a" out of any frame'],
    ]
  ) {
    assert.equal(tellSteps(written(step, "open")), told);
  }
});

test("a step that is put off is one object for all messages, so that a rule asks a connection once", () => {
  const [spec] = written("{close: {after: {messages: 10}}}");
  assert.equal(planStep(spec, fakeSampler), planStep(spec, fakeSampler));
});

test("the step quota lets its messages pass within the rate of its spec, and does something else beyond", () => {
  const [spec] = written("{quota: {rate: 20/s, then: AR}}");
  assert.equal(tellSteps([spec]), "at most 20/s, beyond it reply AR");
  const [first, second] = [planStep(spec, fakeSampler), planStep(spec, fakeSampler)];
  assert.equal(describeStep(first), "at most 20/s, beyond it reply AR");
  const within = fakeLine({ nowMs: 5 });
  assert.equal(performStep(first, within), 0);
  assert.deepEqual(within.asked, [["household.within", spec, 20, 5]]);
  assert.equal(within.asked[0][1], spec);
  const beyond = fakeLine({ household: { within: () => false } });
  assert.equal(performStep(second, beyond), 0);
  assert.deepEqual(beyond.asked[1], ["instead", refusing("AR", "More than 20/s")]);
});

test("the steps' other way is subject to what the message asks for, like any reply", () => {
  const sampler = { ...fakeSampler, items: () => ["CE"] as const };
  const [spec] = written("{duplicate: AE}");
  const line = fakeLine({ isDuplicate: true });
  performStep(planStep(spec, sampler), line);
  assert.deepEqual(line.asked, [["instead", refusing("CE", "A message with this control id was taken before")]]);
});

test("the step forward looks up the files that its endpoint names", () => {
  const files = { resolve: (path: string) => `/data/${path}`, read: () => "" };
  const scenario = scenarioOf("rules: [{id: a, do: [{forward: 'tls://real:2576?ca=ca.pem'}]}]", { files });
  assert.deepEqual(scenario.rules[0].do, [{ verb: "forward", to: "tls://real:2576?ca=/data/ca.pem", timeoutMs: 5000 }]);
});

test("the verbs have the roles by which a decision is made", () => {
  const roles = {
    wait: ["accept_delay", "process_time"],
    connection: [
      ...LINK_SENT,
      "greet",
      "half_close",
      "later",
      "link_commit",
      "rate",
      "rint",
      "stop_reading",
      "wrong_ack",
    ],
    question: ["duplicate", "eot", "limit", "link_nak", "queue", "quota"],
    answer: ["forward"],
    end: ["close", "reset"],
    handshake: ["tls"],
  } as const;
  for (const [role, verbs] of Object.entries(roles)) {
    for (const verb of verbs) assert.equal(kindOf(verb).role, role, verb);
  }
});
