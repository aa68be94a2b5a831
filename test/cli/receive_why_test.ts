/** `mllp receive --why`, `--replay` and the verdicts at the end: what is said of a journal and of expectations. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { createOutput } from "../../cli/output.ts";
import { exitOfVerdicts, expectLines } from "../../cli/receive_expect.ts";
import { openReplay, replayLine } from "../../cli/receive_replay.ts";
import { why } from "../../cli/receive_why.ts";
import { plain } from "../../lib/text.ts";
import { RecordingStream } from "./recording_stream.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-why-"));
after(() => rmSync(folder, { recursive: true }));

const at = (ms: number) => new Date(Date.parse("2026-01-31T12:00:00.000Z") + ms).toISOString();

const HEAD = { journal: "mllp.journal/1", at: at(0), seed: 7, run: "r1" };

function entry(n: number, more: Record<string, unknown> = {}) {
  return {
    n,
    at: at(n),
    connection: 3,
    listener: "tcp://127.0.0.1:2575",
    peer: "127.0.0.1:50123",
    attempt: 1,
    controlId: `MSG${n}`,
    type: "ADT^A01",
    bytesIn: 313,
    hash: "ab",
    key: "4711",
    warnings: [],
    rule: null,
    considered: [],
    steps: [{ verb: "reply", at_ms: 0, detail: "reply AA" }],
    reply: { code: ["AA"], bytesOut: 90, firstByteAt: at(n), lastByteAt: at(n) },
    outcome: "replied",
    payload: "MSH|^~\\&|SECRET\r",
    ...more,
  };
}

const SLOW = entry(2, {
  attempt: 2,
  duplicateOf: 1,
  rule: "slow",
  considered: [
    { rule: "third", chance: 1, draw: null, held: false, ordinal: 2, missed: "order" },
    { rule: "rare", chance: 0.1, draw: 0.5, held: false },
    { rule: "slow", chance: 0.5, draw: 0.25, held: true },
  ],
  plan: [{ verb: "delay", ms: 250 }, { verb: "reply", items: ["AE"] }],
  steps: [{ verb: "delay", at_ms: 0, detail: "wait 250ms" }],
  reply: null,
  outcome: "pending",
});

const AMENDED = {
  note: "amended",
  at: at(252),
  n: 2,
  steps: [{ verb: "delay", at_ms: 0, detail: "wait 250ms" }, { verb: "reply", at_ms: 250, detail: "reply AE" }],
  reply: { code: ["AE"], bytesOut: 95, firstByteAt: at(252), lastByteAt: at(252) },
  outcome: "replied",
};

function journal(name: string, ...lines: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((each) => `${JSON.stringify(each)}\n`).join(""));
  return path;
}

const PATH = journal("journal.ndjson", HEAD, entry(1, { controlId: "MSG2" }), SLOW, AMENDED, entry(3));

/** What is said on standard output, and on standard error. */
async function told(asked: string, path = PATH, json = false): Promise<[lines: string[], besides: string]> {
  const stdout = new RecordingStream();
  const stderr = new RecordingStream();
  const output = createOutput({ stdout, stderr, program: "mllp receive", json });
  assert.equal(await why(asked, path, output), 0);
  output.flush();
  return [stdout.text.trimEnd().split("\n"), stderr.text];
}

test("why tells each rule that was considered, the decision, what was done and what was sent", async () => {
  const [lines] = await told("2");
  assert.deepEqual(lines, [
    "message 2, ADT^A01 MSG2, attempt 2 of message 1",
    "  came        2026-01-31T12:00:00.002Z on tcp://127.0.0.1:2575, connection 3 from 127.0.0.1:50123, 313B",
    "  considered  third: number 2 of its count, not its turn",
    "              rare: drew 0.5000, not below 10%",
    "              slow: drew 0.2500, below 50%: held",
    "  decided     slow: wait 250ms, then reply AE",
    "  did         +0s wait 250ms",
    "              +250ms reply AE",
    "  sent        AE, 95B, 2026-01-31T12:00:00.252Z",
    "  outcome     replied",
  ]);
});

test("why tells of every coming of a control id, and of a message that no rule looked at", async () => {
  const [lines] = await told("MSG2");
  assert.deepEqual(lines.filter((line) => line.startsWith("message")), [
    "message 1, ADT^A01 MSG2",
    "message 2, ADT^A01 MSG2, attempt 2 of message 1",
  ]);
  const [plainly] = await told("MSG3");
  assert.ok(plainly.includes("  considered  no rule: none had conditions that held"));
  assert.ok(plainly.includes("  decided     the defaults"));
});

test("why is one JSON object a message, without what is about a patient", async () => {
  const [lines] = await told("2", PATH, true);
  const { event, n, decided, reasons, outcome, plan, payload, key } = JSON.parse(lines[0]);
  assert.deepEqual([event, n, outcome, payload, key], ["why", 2, "replied", undefined, undefined]);
  assert.equal(decided, "slow: wait 250ms, then reply AE");
  assert.equal(reasons.length, 3);
  assert.equal(plan.length, 2);
});

test("why takes the last run that has the number", async () => {
  const path = journal("runs.ndjson", HEAD, entry(1), { ...HEAD, run: "r2" }, entry(1, { controlId: "OTHER" }));
  const [lines, besides] = await told("1", path);
  assert.equal(lines[0], "message 1, ADT^A01 OTHER");
  assert.match(besides, /holds several runs with such a message; the last of them is told/);
});

test("why names a message that is not there, and the line of what cannot be read", async () => {
  await assert.rejects(told("99"), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, `--why 99: ${PATH} has no message with this number or control id; it has 3 messages`);
    return true;
  });
  const path = journal("bad.ndjson", HEAD, entry(1, { plan: [{ verb: "hodl" }] }));
  await assert.rejects(told("1", path), /bad\.ndjson: line 2: plan\[0\]\.verb: found "hodl"/);
});

test("openReplay says how many decisions there are, and refuses a journal without any", async () => {
  const stderr = new RecordingStream();
  const output = createOutput({ stdout: new RecordingStream(), stderr, program: "mllp receive" });
  const replay = await openReplay(PATH, output);
  assert.match(stderr.text, /repeating the decisions on 1 message; others are decided anew/);
  assert.equal(replay.planOf("MSG2", 2)?.rule, "slow");
  assert.equal(replay.planOf("MSG2", 1), null);
  assert.equal(replayLine(replay), "decided as in the journal: 1 message; not known there: 1");
  await assert.rejects(
    openReplay(journal("plain.ndjson", HEAD, entry(1)), output),
    /nothing was drawn or decided by a rule/,
  );
  await assert.rejects(openReplay(join(folder, "none.ndjson"), output), UsageError);
});

test("expectLines marks what passed and what failed, and names the messages that came next to the closest", () => {
  const miss = (n: number) => ({ n, type: "ADT^A04", controlId: `MSG${n}`, why: ["not of type ADT^A01"] });
  const verdicts = [
    { expr: "no message of type ADT^A40", pass: true, detail: "found none" },
    {
      expr: "exactly 1 message",
      pass: false,
      detail: "wanted exactly 1, found 0; nearest: ...",
      nearest: [miss(1), miss(2)],
    },
  ];
  assert.deepEqual(expectLines(verdicts).map(plain), [
    "EXPECTED",
    "  passed  no message of type ADT^A40  found none",
    "  FAILED  exactly 1 message           wanted exactly 1, found 0; nearest: ...",
    "          then message 2 (ADT^A04, MSG2), not of type ADT^A01",
  ]);
  assert.deepEqual(expectLines([]), []);
  assert.deepEqual([exitOfVerdicts(verdicts), exitOfVerdicts(verdicts.slice(0, 1)), exitOfVerdicts([])], [1, 0, 0]);
  const narrow = expectLines(verdicts, 44).map(plain);
  assert.ok(narrow.every((line) => line.length <= 44) && narrow.length > 4);
});
