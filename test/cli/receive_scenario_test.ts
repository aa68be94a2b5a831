/** A scenario file on the command line: what is wrong with it, `--check`, `--explain`, `--dry-run`. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { createOutput } from "../../cli/output.ts";
import { inspectScenario, readScenario } from "../../cli/receive_scenario.ts";
import { adt } from "../receiver/caller.ts";
import { RecordingStream } from "./recording_stream.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-scenario-cli-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** An output that is written down. */
class Said {
  readonly stdout = new RecordingStream();
  readonly stderr = new RecordingStream();
  readonly output;

  constructor(json = false) {
    this.output = createOutput({ stdout: this.stdout, stderr: this.stderr, program: "mllp receive", json });
  }

  read(path: string) {
    return readScenario(path, { seed: 7, output: this.output }).scenario;
  }

  async inspect(path: string, asked: { check?: boolean; explain?: boolean; dryRun?: string }): Promise<string[]> {
    const inspection = { check: false, explain: false, dryRun: undefined, ...asked };
    const code = await inspectScenario(this.read(path), inspection, {
      path,
      output: this.output,
      input: Readable.from([]),
    });
    assert.equal(code, 0);
    this.output.flush();
    return this.stdout.text.trimEnd().split("\n");
  }
}

const SMALL = file(
  "small.yaml",
  `version: 1
defaults: {reply: AA, delay: 20ms}
phases: [{name: early, for: 2s, rules: [{id: second, trigger: {nth: 2}, do: [hold]}]}]
rules:
  - {id: reject-a40, when: {type: "ADT^A40"}, do: [{reply: AR}]}
expect: [{no_duplicates: MSH-10}]
`,
);

/** What no receiver does yet. */
const IN_BAND = file("in_band.yaml", "version: 1\ncontrol: {in_band: {field: MSH-8, prefix: 'fault:'}}\n");

test("a scenario file that is wrong is told of line by line, and nothing runs", () => {
  const path = file("wrong.yaml", "version: 1\nseed: x\nrules: [{id: a, do: [hodl]}]\n");
  const said = new Said();
  assert.throws(() => said.read(path), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, `${path}:3:22: rules[0].do[0]: unknown step 'hodl', did you mean 'hold'?`);
    return true;
  });
  assert.match(said.stderr.text, /wrong\.yaml:2:7: seed: Cannot read 'x' as a seed/);
});

test("a scenario file that is wrong is one document with --json", () => {
  const path = file("wrong.json", '{"version": 1, "seed": "x"}');
  const said = new Said(true);
  assert.throws(() => said.read(path), UsageError);
  const { valid, issues } = JSON.parse(said.stdout.text);
  assert.equal(valid, false);
  assert.deepEqual(issues.map((issue: { line: number; path: string }) => [issue.line, issue.path]), [[1, "seed"]]);
});

test("a scenario file that cannot be read is told of by name, and so is a reply file in it", () => {
  const said = new Said();
  assert.throws(() => said.read(join(folder, "none.yaml")), /Cannot read '.*none\.yaml': there is no such file/);
  assert.throws(() => said.read(folder), /that is a folder/);
  const path = file("reply.yaml", 'version: 1\ndefaults: {reply: "file:none.hl7"}\n');
  assert.throws(() => said.read(path), /reply\.yaml: Cannot read the reply file '.*none\.hl7': there is no such file/);
  file("ack.hl7", adt("X"));
  assert.equal(said.read(file("good.yaml", 'version: 1\ndefaults: {reply: "file:ack.hl7"}\n')).rules.length, 0);
});

test("--check says that a scenario is right, and what depends on the order", async () => {
  assert.deepEqual(await new Said().inspect(SMALL, { check: true }), [
    `${SMALL}: fine: 2 rules, 1 phase, 1 expectation`,
    "early depends on the time: for",
    "second depends on the order of arrival: nth, counted for each listener",
  ]);
  assert.deepEqual(await new Said().inspect(IN_BAND, { check: true }), [`${IN_BAND}: fine: 0 rules`]);
});

test("--explain says each part in one sentence", async () => {
  assert.deepEqual(await new Said().inspect(SMALL, { explain: true }), [
    "phase early, for 2s",
    "  second: all messages, the 2nd, counted for each listener: say nothing",
    "after the phases: it goes on without a phase",
    "reject-a40: messages of type ADT^A40: reply AR",
    "everything else: reply AA after 20ms",
    "expected: no two messages have the same MSH-10",
  ]);
});

test("--explain says of in-band control what messages may ask for", async () => {
  assert.deepEqual(await new Said().inspect(IN_BAND, { explain: true }), [
    "in_band: messages whose MSH-8 starts with 'fault:', before all rules: what stands behind it, " +
    "such as delay=2s:50;code=AE:10",
    "everything else: reply AA",
  ]);
});

test("--check and --explain are one document with --json", async () => {
  const [line] = await new Said(true).inspect(SMALL, { check: true, explain: true });
  const { valid, rules, expectations, explained, depends } = JSON.parse(line);
  assert.deepEqual([valid, rules, expectations, explained.length, depends.length], [true, 2, 1, 6, 2]);
});

const messages = join(folder, "messages");
mkdirSync(messages);
const A40 = adt("M2").replace("A01^ADT_A01", "A40");
writeFileSync(join(messages, "1.hl7"), `${adt("M1", ["", ""], "PID|1||4711\r")}${A40}`);
writeFileSync(join(messages, "2.hl7"), A40);

test("--dry-run says what would become of each message of a folder, without showing it", async () => {
  const said = new Said();
  const lines = await said.inspect(SMALL, { dryRun: messages });
  assert.deepEqual(lines.map((line) => line.replaceAll(folder, "")), [
    "0s /messages/1.hl7:1 ADT^A01 M1, in the phase early: second: number 1 of its count, not its turn; so the defaults decide: wait 20ms, then reply AA",
    "1s /messages/1.hl7:3 ADT^A40 M2, in the phase early: second: number 2 of its count; so second decides: say nothing",
    "2s /messages/2.hl7 ADT^A40 M2, attempt 2: reject-a40: matches; so reject-a40 decides: wait 20ms, then reply AR",
  ]);
  assert.match(said.stderr.text, /3 messages, a second apart; nothing was sent/);
  assert.doesNotMatch(said.stdout.text, /4711/);
});

test("--dry-run with --explain gives the reasons of each rule", async () => {
  const lines = await new Said().inspect(SMALL, { explain: true, dryRun: messages });
  assert.match(
    lines[6],
    /: second: number 1 of its count, not its turn; reject-a40: not of type ADT\^A40; so the defaults decide/,
  );
});

test("--dry-run gives each decision as one line with --json", async () => {
  const lines = await new Said(true).inspect(SMALL, { dryRun: messages });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ n, at_ms, rule, steps }) => [n, at_ms, rule, steps.length]),
    [
      [1, 0, null, 2],
      [2, 1000, "second", 1],
      [3, 2000, "reject-a40", 2],
    ],
  );
});

test("regular expressions are read, decided by and explained", async () => {
  const path = file(
    "matches.yaml",
    "version: 1\nrules: [{id: a, when: {PID-3: {matches: '^47..$'}}, do: [{reply: AE}]}]\nexpect: [{none: {MSH-3: {matches: X}}}]\n",
  );
  const lines = await new Said().inspect(path, { explain: true, dryRun: messages });
  assert.ok(lines.includes("expected: no message whose MSH-3 matches 'X'"));
  assert.match(lines.join("\n"), /1\.hl7:1 ADT\^A01 M1: a: matches; so a decides: reply AE/);
  const wrong = file("unread.yaml", "version: 1\nrules: [{id: a, when: {PID-3: {matches: '(4'}}, do: [hold]}]\n");
  assert.throws(
    () => new Said().read(wrong),
    /:2:\d+: rules\[0\]\.when\.PID-3\.matches: Cannot read '\(4' as a regular/,
  );
});
