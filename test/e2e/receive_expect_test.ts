/**
 * Expectations, regular expressions, `--replay` and `--why` from the compiled binary.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run, startReceiver } from "../binary.ts";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-expect-"));
});

after(() => rmSync(folder, { recursive: true }));

/** A file of these lines. */
function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** A file of messages with these ids. */
function messages(name: string, ids: readonly string[], type = "ADT^A01"): string {
  const path = join(folder, name);
  const text = (id: string) =>
    `MSH|^~\\&|SAMPLE|WARD|LAB|MAIN|20260131120000||${type}|${id}|P|2.5\rPID|1||${id}^^^HOSP\r`;
  writeFileSync(path, ids.map(text).join(""));
  return path;
}

/** The codes that messages of a file are answered with. */
async function codesOf(path: string, port: number): Promise<string[]> {
  const { stdout, stderr } = await run(["send", `127.0.0.1:${port}`, path, "--json"]);
  const codes = stdout.trim().split("\n").map((line) => JSON.parse(line).code);
  assert.ok(codes.length > 0, stderr);
  return codes;
}

const RETRIES = file.bind(
  null,
  "retries.yaml",
  "version: 1",
  "rules:",
  "  - {id: twice, trigger: {per: control_id}, sequence: {steps: [[close], [reset], [{reply: AA}]]}}",
  "expect:",
  '  - {every: {when: {type: "*"}, gets: AA, within: 30s}}',
  '  - {retries: {when: {type: "*"}, is: 2}}',
  "  - {outcome: reset, at_most: 1}",
);

test("mllp receive ends with 0 where every expectation is met, and says so", async () => {
  const receiver = await startReceiver([RETRIES()]);
  const sent = await run(["send", `127.0.0.1:${receiver.port}`, "--retries", "2", "--backoff", "50ms"]);
  const { code, stdout } = await receiver.stop();
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /passed {2}every message of type \* gets AA within 30s +1 of 1 got AA/);
  assert.match(
    stdout,
    /passed {2}every message of type \* comes again exactly 2 times +1 message came again exactly 2 times/,
  );
  assert.match(stdout, /passed {2}at most 1 message with the outcome reset +found 1/);
});

test("mllp receive ends with 1 where one is not, and names what came closest", async () => {
  const scenario = file(
    "closest.yaml",
    "version: 1",
    "expect:",
    '  - {count: {when: {type: "ADT^A01", PID-3.1: {matches: "^M[13]$"}}, is: 2}}',
    "  - {none: {type: ORU}}",
  );
  const receiver = await startReceiver([scenario, "--json", "--quiet"]);
  await codesOf(messages("two.hl7", ["M1", "M2"]), receiver.port);
  const { code, stdout } = await receiver.stop();
  assert.equal(code, 1);
  const { expect } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  const expr = "exactly 2 messages of type ADT^A01 and whose PID-3.1 matches '^M[13]$'";
  const detail = "wanted exactly 2, found 1; nearest: message 2 (ADT^A01, M2), not whose PID-3.1 matches '^M[13]$'";
  assert.deepEqual([expect[0].expr, expect[0].pass, expect[0].detail], [expr, false, detail]);
  assert.deepEqual([expect[1].pass, expect[1].detail], [true, "found none"]);
});

test("mllp receive is not content with expectations of messages where none came", async () => {
  const { code, stdout } = await run(["receive", RETRIES(), "--listen", "127.0.0.1:0", "--for", "200ms"]);
  assert.equal(code, 1);
  assert.match(stdout, /FAILED {2}every message of type \* gets AA within 30s +no such message came/);
});

test("mllp receive --replay repeats the decisions of a journal, whatever the scenario says now", async () => {
  const journal = join(folder, "replayed.ndjson");
  const moody = "  - {id: moody, trigger: {chance: 50%}, do: [{reply: 'AE:50,AR:50'}]}";
  const first = await startReceiver([
    file("moody.yaml", "version: 1", "seed: 7", "rules:", moody),
    "--journal",
    journal,
  ]);
  const many = messages("many.hl7", Array.from({ length: 40 }, (_, i) => `R${i}`));
  const codes = await codesOf(many, first.port);
  await first.stop();
  assert.deepEqual(["AA", "AE", "AR"].filter((code) => !codes.includes(code)), []);

  const edited = file("edited.yaml", "version: 1", "seed: 8", "rules:", "  - {id: never, do: [{reply: CR}]}");
  const second = await startReceiver([edited, "--replay", journal]);
  assert.deepEqual(await codesOf(many, second.port), codes);
  assert.deepEqual(await codesOf(messages("new.hl7", ["NEW"]), second.port), ["CR"]);
  const { code, stderr } = await second.stop();
  assert.equal(code, 0);
  assert.match(stderr, /repeating the decisions on 40 messages/);
  assert.match(stderr, /decided as in the journal: 40 messages; not known there: 1/);
});

test("mllp receive --replay names the line of a plan that is none", async () => {
  const journal = join(folder, "replayed.ndjson");
  const lines = readFileSync(journal, "utf8").replace('"verb":"reply"', '"verb":"explode"');
  const broken = join(folder, "broken.ndjson");
  writeFileSync(broken, lines);
  const { code, stderr } = await run(["receive", "--listen", "127.0.0.1:0", "--replay", broken]);
  assert.equal(code, 2);
  assert.match(stderr, /broken\.ndjson: line \d+: plan\[\d\]\.verb: found "explode", wanted/);
});

test("mllp receive --why tells what was considered for a message, by its number and by its control id", async () => {
  const journal = join(folder, "replayed.ndjson");
  const told = await run(["receive", "--why", "3", "--journal", journal]);
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /^message 3, ADT\^A01 R2$/m);
  assert.match(told.stdout, /considered {2}moody: drew 0\.\d{4}, (not )?below 50%/);
  assert.match(told.stdout, /decided +(moody|the defaults): .*reply A[AER]/);
  const byId = await run(["receive", "--why", "R2", "--journal", journal, "--json"]);
  const { n, considered, plan, payload } = JSON.parse(byId.stdout);
  assert.deepEqual([n, considered.length, plan.length, payload], [3, 1, 1, undefined]);
  const missing = await run(["receive", "--why", "99", "--journal", journal]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /--why 99: .* has no message with this number or control id; it has 4[01] messages/);
});
