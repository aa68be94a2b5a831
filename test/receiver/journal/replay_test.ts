/** A journal's decisions read back: every verb and mutation survives, what is none is told of, and the last run counts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { asPlannedSteps } from "../../../receiver/journal/planned_form.ts";
import { readReplay, Replay } from "../../../receiver/journal/replay.ts";
import { MUTATION_NAMES } from "../../../receiver/mutate/registry.ts";
import { type PlannedStep, planStep, VERBS } from "../../../receiver/steps/registry.ts";
import { stepsOf } from "../../../receiver/scenario/contents.ts";
import { scenarioOf } from "../scenario/files.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-replay-"));
after(() => rmSync(folder, { recursive: true }));

/** Rules that between them use every verb and every mutation. */
const EVERYTHING = `
rules:
  - {id: ack, do: [{delay: 5ms}, {process_time: 5ms}, {reply: {code: AE, text: No, late: 2s, err: {code: 207, location: PID-3}}}], trigger: {nth: 1}}
  - {id: way, trigger: {nth: 2}, do: [{reply: {code: AA, control_id: X, as: "ADR^A19", via: "tcp://127.0.0.1:9", on: new_connection}}]}
  - {id: stale, trigger: {nth: 3}, do: [{reply: {stale: true, twice: true}}]}
  - {id: join, trigger: {nth: 4}, do: [{join: 3}]}
  - {id: reorder, trigger: {nth: 5}, do: [{reorder: 3}]}
  - {id: swap, trigger: {nth: 6}, do: [swap]}
  - {id: parts, trigger: {nth: 7}, do: [{send: start}, {send: {part: 50%}}, {send: end_block}]}
  - {id: split, trigger: {nth: 17}, do: [{split_at: end_block}]}
  - {id: drip, trigger: {nth: 8}, do: [{drip: {bytes: 1, every: 20ms}}]}
  - {id: chunks, trigger: {nth: 9}, do: [{drip: {chunks: 5, over: 2s}}, {close: {after: 1s}}]}
  - {id: hold, trigger: {nth: 10}, do: [hold, {reset: {after: {messages: 10}}}]}
  - {id: discard, trigger: {nth: 11}, do: [discard]}
  - {id: drop, trigger: {nth: 12}, do: [drop_reply]}
  - {id: half, trigger: {nth: 13}, do: [{reply: AA}, half_close]}
  - {id: capped, trigger: {nth: 14}, do: [{quota: {rate: 20/s, then: AR}}, {queue: {depth: 100, then: hold}}, {reply: AA}]}
  - {id: repeated, trigger: {nth: 15}, do: [{duplicate: AE}, {duplicate: cached_ack}, {forward: "tcp://127.0.0.1:9"}]}
  - {id: link, trigger: {nth: 16}, do: [{link_nak: 2}, {link_nak: {tries: 3, code: X}}, {eot: 4}, {link_commit: twice}, {reply: AA}]}
  - {id: said, trigger: {nth: 18}, do: [wrong_ack, {bad_bcc: 2}, bad_count, {reply: AA}]}
  - {id: sent, trigger: {nth: 19}, do: [rint, unchecked, enq_storm, {late_enq: 2s}, no_eot, {reply: AA}]}
  - {id: slow, on: open, do: [{accept_delay: 1s}, {limit: {concurrent: 5, then: close}}, {rate: {in: 64KB/s, out: 5KB/s}}, {greet: {hex: "00ff"}}, {stop_reading: {for: 5s}}]}
  - {id: bad, on: tls, do: [{tls: expired}]}
  - {id: reset, on: idle, do: [reset]}
`;

const MUTATIONS = [
  "{mutate: [drop_start, drop_end_block, drop_end_data]}",
  "{mutate: [{end_data: lf}, double_start, {embed_start: 40%}, {prefix: '0d0a'}, {suffix: ff}, {corrupt: {bytes: 2}}]}",
  "{mutate: [empty_frame]}",
  "{mutate: [keepalive, nul_fill]}",
  "{mutate: [{pad_to: 2MB}, {truncate: 40%}]}",
  "{mutate: [endless]}",
  "{mutate: [{segment_ends: crlf}, drop_last_cr, bom, {charset: utf-16le}]}",
  "{mutate: [{separators: '#~!$&'}]}",
  "{mutate: [{not_hl7: http}]}",
];

const sampler = {
  draw: () => 0.25,
  at: { elapsedMs: 0, firing: 0 },
  defaultReply: () => "AA" as const,
  items: (reply: unknown) => [reply] as never,
};

function planned(text: string): PlannedStep[] {
  return stepsOf(scenarioOf(text)).map((spec) => planStep(spec, sampler));
}

/** What JSON makes of steps. */
function written(steps: readonly PlannedStep[]): unknown {
  return JSON.parse(JSON.stringify(steps));
}

test("asPlannedSteps reads every verb as it was planned", () => {
  const steps = planned(EVERYTHING);
  const verbs = new Set(
    steps.flatMap((step) => [step.verb, ...step.verb === "later" ? step.steps.map((s) => s.verb) : []]),
  );
  assert.deepEqual(VERBS.filter((verb) => !verbs.has(verb)), []);
  // The location of an error is read as the text that it was made from.
  const wanted = JSON.parse(JSON.stringify(steps), (key, value) => key === "location" ? value.text ?? value : value);
  assert.deepEqual(written(asPlannedSteps(written(steps)) as PlannedStep[]), wanted);
});

test("asPlannedSteps reads every mutation as it was planned", () => {
  const steps = MUTATIONS.flatMap((text) => planned(`rules: [{id: a, do: [${text}]}]`));
  assert.deepEqual(asPlannedSteps(written(steps)), steps);
  const names = steps.flatMap((step) => step.verb === "reply" ? step.way?.mutate ?? [] : []).map(({ kind }) => kind);
  assert.deepEqual(MUTATION_NAMES.filter((name) => !names.includes(name)), []);
});

test("asPlannedSteps makes what has no end of what JSON calls null", () => {
  const gather = { kind: "join", count: 3, withinMs: Infinity } as const;
  const steps: PlannedStep[] = [{ verb: "reply", items: ["AA"], way: { gather } }];
  assert.deepEqual(asPlannedSteps(written(steps)), steps);
});

test("asPlannedSteps names what is no planned step", () => {
  const rows: [unknown, RegExp][] = [
    ["hold", /^RangeError: plan: found "hold", wanted Array$/],
    [[{ verb: "explode" }], /^RangeError: plan\[0\]\.verb: found "explode", wanted .*"hold"/],
    [[{ verb: "delay", ms: -1 }], /^RangeError: plan\[0\]\.ms: found -1, wanted >=0$/],
    [[{ verb: "delay", ms: null }], /^RangeError: plan\[0\]\.ms: found null, wanted number$/],
    [[{ verb: "hold", forMs: 5 }], /^RangeError: plan\[0\]\.forMs: there is no such key$/],
    [[{ verb: "reply", items: ["XX"] }], /^RangeError: plan\[0\]\.items\[0\]/],
    [[{ verb: "forward", to: "nowhere://", timeoutMs: 5 }], /^RangeError: plan\[0\]\.to: .*wanted an endpoint/],
    [[{ verb: "reply", items: [], way: { mutate: [{ kind: "prefix", hex: "xy" }] } }], /way\.mutate\[0\]\.hex: /],
  ];
  for (const [value, wanted] of rows) assert.throws(() => asPlannedSteps(value), wanted, JSON.stringify(value));
});

/** A message's line. */
function line(n: number, controlId: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    n,
    at: "2026-01-31T12:00:00.000Z",
    connection: 1,
    bytesIn: 99,
    controlId,
    type: "ADT^A01",
    hash: "ab",
    attempt: 1,
    rule: "a",
    considered: [{ rule: "a", chance: 0.5, draw: 0.25, held: true }],
    plan: [{ verb: "hold" }],
    outcome: "held",
    ...more,
  });
}

const head = (run: string) =>
  JSON.stringify({ journal: "mllp.journal/1", at: "2026-01-31T12:00:00.000Z", seed: 7, run });

function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((each) => `${each}\n`).join(""));
  return path;
}

test("readReplay gives the plan of each message by control id and attempt, out of all files of a rotated set", async () => {
  const path = file(
    "set.ndjson",
    head("r1"),
    line(2, "A", { attempt: 2, rule: null, plan: [{ verb: "delay", ms: 20 }, { verb: "reply", items: ["AA"] }] }),
    line(3, "", { scope: "\u00005:ab" }),
    line(4, "B", { plan: undefined }),
    JSON.stringify({ note: "open", at: "2026-01-31T12:00:00.000Z" }),
  );
  file("set.ndjson.1", head("r1"), line(1, "A"));
  const replay = await readReplay(path);
  assert.deepEqual(replay.planOf("A", 1), {
    rule: "a",
    steps: [{ verb: "hold" }],
    considered: [{ rule: "a", chance: 0.5, draw: 0.25, held: true }],
  });
  assert.equal(replay.planOf("A", 2)?.steps.length, 2);
  assert.equal(replay.planOf("\u00005:ab", 1)?.rule, "a");
  assert.equal(replay.planOf("A", 3), null);
  assert.equal(replay.planOf("B", 1), null);
  const { messages, runs, unplanned, repeated, unknown } = replay;
  assert.deepEqual([messages, runs, unplanned, repeated, unknown], [3, 1, 1, 3, 2]);
});

test("readReplay of several runs goes by the last one that has the message", async () => {
  const again = line(1, "A", { rule: "b", plan: [{ verb: "reset" }] });
  const replay = await readReplay(file("runs.ndjson", head("r1"), line(1, "A"), line(2, "B"), head("r2"), again));
  assert.deepEqual([replay.planOf("A", 1)?.rule, replay.planOf("B", 1)?.rule, replay.runs], ["b", "a", 2]);
});

test("readReplay skips a torn last line and tells of it", async () => {
  const path = file("torn.ndjson", head("r1"), line(1, "A"));
  writeFileSync(path, `${head("r1")}\n${line(1, "A")}\n${line(2, "B").slice(0, 60)}`);
  const torn: number[] = [];
  const replay = await readReplay(path, { torn: ({ lineNumber }) => torn.push(lineNumber) });
  assert.deepEqual([replay.messages, torn], [1, [3]]);
});

test("readReplay names the line of what is no plan", async () => {
  const rows: [string, RegExp][] = [
    [line(1, "A", { plan: [{ verb: "hodl" }] }), /bad\.ndjson: line 2: plan\[0\]\.verb: found "hodl"/],
    [line(1, "A", { attempt: "x" }), /bad\.ndjson: line 2: attempt is no whole number/],
    [line(1, "A", { considered: [{}] }), /bad\.ndjson: line 2: considered\[0\]\.rule: /],
    [line(1, ""), /bad\.ndjson: line 2: scope is missing/],
  ];
  for (const [text, wanted] of rows) await assert.rejects(readReplay(file("bad.ndjson", head("r1"), text)), wanted);
});

test("Replay holds so many messages and no more, and knows the files of replies and what several messages share", () => {
  const replay = new Replay(2);
  const spec = { verb: "quota", perSecond: 5, otherwise: "AR" };
  const take = (text: string) => replay.take(JSON.parse(text));
  take(line(1, "A", { plan: [{ verb: "quota", spec, steps: [{ verb: "hold" }] }, { verb: "hold" }] }));
  take(line(2, "B", { plan: [{ verb: "quota", spec, steps: [] }, { verb: "reply", items: [{ file: "/a.hl7" }] }] }));
  assert.deepEqual(replay.files, ["/a.hl7"]);
  const [a, b] = ["A", "B"].map((id) => replay.planOf(id, 1)?.steps[0] as Extract<PlannedStep, { verb: "quota" }>);
  assert.equal(a.spec, b.spec);
  assert.throws(() => take(line(3, "C")), /it holds more than 2 messages/);
});
