/**
 * Scenario files from the compiled binary: run, checked, explained, and refused where they are wrong.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run, startReceiver } from "../binary.ts";
import { read } from "../source.ts";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-scenario-"));
});

after(() => rmSync(folder, { recursive: true }));

/** A file of these lines. */
function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

test("mllp receive with a scenario lets each message's first two tries fail, as it says", async () => {
  // Its expectations are for a receiver that judges them.
  const [rules] = read("test/scenarios/three_attempts.yaml").split("expect:");
  const receiver = await startReceiver([file("attempts.yaml", rules), "--quiet"]);
  const sent = await run(["send", `127.0.0.1:${receiver.port}`, "--retries", "2", "--backoff", "50ms", "--json"]);
  await receiver.stop();
  assert.equal(sent.code, 0, sent.stderr);
  const { outcome, attempts } = JSON.parse(sent.stdout);
  assert.deepEqual([outcome, attempts], ["accepted", 3]);
});

test("mllp receive with a scenario answers by content", async () => {
  const lines = [
    "version: 1",
    "rules:",
    '  - {id: no-beds, when: {type: "ADT^A01", "PV1-2": I}, do: [{reply: {code: AE, text: No such bed}}]}',
  ];
  const receiver = await startReceiver([file("beds.yaml", ...lines), "--quiet"]);
  const sent = await run(["send", `127.0.0.1:${receiver.port}`, "--json"]);
  await receiver.stop();
  const { outcome, code, text } = JSON.parse(sent.stdout);
  assert.deepEqual([outcome, code, text, sent.code], ["error", "AE", "No such bed", 1]);
});

test("mllp receive names file, line and column of what is wrong with a scenario, and runs nothing", async () => {
  const path = file("wrong.yaml", "version: 1", "rules:", "  - {id: a, whn: {type: ADT}, do: [{reply: AA}]}");
  const { code, stderr } = await run(["receive", path, "--listen", "127.0.0.1:0"]);
  assert.equal(code, 2);
  assert.match(stderr, /wrong\.yaml:3:\d+: .*whn.*when/s);
});

test("mllp receive --check --explain says what a scenario does, and --dry-run what it would do", async () => {
  const path = join(import.meta.dirname!, "../scenarios/smallest.yaml");
  const told = await run(["receive", path, "--check", "--explain"]);
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /reject-a40: .*ADT\^A40.*AR/);
  writeFileSync(join(folder, "a40.hl7"), "MSH|^~\\&|A|B|C|D|20260131||ADT^A40|M1|P|2.5\r");
  const dry = await run(["receive", path, "--dry-run", join(folder, "a40.hl7")]);
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /M1.*AR/s);
});
