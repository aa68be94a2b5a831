/**
 * Every command line that README, the documents and the help texts print, run as it stands, in a
 * folder that holds the files they name; and the help texts themselves, against what they were.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { sampleAdt } from "../../lib/hl7/sample.ts";
import { latin1 } from "../../lib/bytes.ts";
import { BINARY, type Finished, run, startReceiver, tell } from "../binary.ts";
import { type PrintedCommand, printedInDocuments, printedInHelp } from "../examples.ts";
import { read } from "../source.ts";

/** Long enough for every example that ends by itself. */
const PATIENCE_MS = 15_000;

let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-examples-"));
  const sample = (controlId: string) => latin1(sampleAdt({ controlId, at: new Date() }));
  writeFileSync(join(folder, "adt.hl7"), sample("ADT1"));
  writeFileSync(join(folder, "batch.hl7"), `FHS|^~\\&|A\rBHS|^~\\&|A\r${sample("B1")}${sample("B2")}BTS|2\rFTS|1\r`);
  mkdirSync(join(folder, "messages"));
  for (const name of ["a", "b"]) writeFileSync(join(folder, "messages", `${name}.hl7`), sample(name));
  writeFileSync(join(folder, "order.hl7"), templateIn("docs/load-testing.md"));
  writeFileSync(join(folder, "wards.csv"), "application,ward\nORDERS,WARD7\nORDERS,WARD8\n");
  writeFileSync(join(folder, "scenario.yaml"), read("test/scenarios/smallest.yaml"));
  await writeRuns();
});

/** The message that a document prints. */
function templateIn(path: string): string {
  return /^```text\n(MSH[\s\S]*?)^```$/m.exec(read(path))![1];
}

/** Run documents under the names that examples of compare and merge use. */
async function writeRuns(): Promise<void> {
  const receiver = await startReceiver(["--quiet"]);
  const load = ["spam", `127.0.0.1:${receiver.port}`, "--rate", "200/s", "--count", "40", "--seed", "7", "--quiet"];
  const runs: [string, string[]][] = [
    ...["a", "b", "before", "after"].map((name): [string, string[]] => [name, []]),
    ["shard-0", ["--shard", "0/2"]],
    ["shard-1", ["--shard", "1/2"]],
  ];
  for (const [name, flags] of runs) {
    const { code, stderr } = await run([...load, ...flags, "--out", join(folder, `${name}.json`)]);
    assert.equal(code, 0, stderr);
  }
  await receiver.stop();
  const journal = ["--journal", join(folder, "journal.ndjson"), "--journal-key", "PID-3.1", "--payload", "full"];
  const written = await startReceiver(["--quiet", ...journal]);
  const log = ["--log", join(folder, "sent.ndjson"), "--log-key", "PID-3.1", "--out", join(folder, "sent.json")];
  const args = ["spam", `127.0.0.1:${written.port}`, "--rate", "200/s", "--count", "20", "--mix", "adt=1", "--quiet"];
  const { code, stderr } = await run([...args, ...log]);
  assert.equal(code, 0, stderr);
  await written.stop();
}

after(() => rmSync(folder, { recursive: true }));

/** Runs a line as a shell would; one that does not end is interrupted when `until` says so, or after a while. */
function shell(line: string, until: RegExp | null): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn("bash", ["-c", `exec ${line}`], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", PATH: `${dirname(BINARY)}${delimiter}${process.env.PATH}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    const limit = setTimeout(() => tell(child, "SIGINT"), PATIENCE_MS);
    let told = false;
    const look = () => {
      if (told || !until?.test(stdout + stderr)) return;
      told = true;
      setTimeout(() => tell(child, "SIGINT"), 200);
    };
    child.stdout.on("data", (data) => {
      stdout += data;
      look();
    });
    child.stderr.on("data", (data) => {
      stderr += data;
      look();
    });
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve({ code, stdout, stderr });
    });
  });
}

const printed = [...printedInDocuments(), ...await printedInHelp()];
/** Those that listen until they are told to stop. */
const listens = ({ command }: PrintedCommand) =>
  /^mllp receive\b/.test(command) && !/--check|--explain|--dry-run/.test(command);
const listening = printed.filter((example) => listens(example) && example.norun === null);
/** Those that change the receiver they speak to: they have one of their own. */
const controls = ({ command }: PrintedCommand) => /^mllp ctl\b/.test(command);
/** A line driver would stay, or open a device: it says what it understood instead. */
const shown = (example: PrintedCommand): PrintedCommand =>
  /^(mllp )?llpdrv\b/.test(example.command) ? { ...example, command: `${example.command} --dry-run` } : example;
const runnable = printed.filter((example) => !listens(example) && example.norun === null);
const others = runnable.filter((example) => !controls(example)).map(shown);
const controlling = runnable.filter(controls);
const skipped = printed.filter(({ norun }) => norun !== null);

const where = ({ source, lineNumber }: PrintedCommand) => lineNumber === 0 ? source : `${source}:${lineNumber}`;

for (const example of listening) {
  test(`the example of ${where(example)} runs: ${example.command}`, async () => {
    const { code, stderr } = await shell(example.command, /listening/);
    assert.match(stderr, /listening \S+ on /);
    assert.equal(code, 0, stderr);
  });
}

/** A receiver where examples expect it; what is returned ends it. */
async function standIn(...args: string[]): Promise<() => Promise<void>> {
  const receiver = spawn(BINARY, ["receive", "--quiet", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const gone = new Promise((resolve) => receiver.once("close", resolve));
  await new Promise((resolve) => receiver.stderr.once("data", resolve));
  return async () => {
    receiver.kill();
    await gone;
  };
}

test("the examples that need a control API on 127.0.0.1:8575 run", async (context) => {
  const end = await standIn("--control", "127.0.0.1:8575");
  try {
    const { code, stderr } = await run(["send", "127.0.0.1:2575"]);
    assert.equal(code, 0, stderr);
    for (const example of controlling) {
      await context.test(`the example of ${where(example)} runs: ${example.command}`, async () => {
        const { code, stdout, stderr } = await shell(example.command, null);
        assert.equal(code, 0, `${stdout}\n${stderr}`);
      });
    }
  } finally {
    await end();
  }
});

test("the examples that need a receiver on 127.0.0.1:2575 run", async (context) => {
  const end = await standIn();
  try {
    for (const example of others) {
      await context.test(`the example of ${where(example)} runs: ${example.command}`, async () => {
        const endless = /^mllp spam\b/.test(example.command) &&
          !/--count|--duration|--stages|--search|--dry-run|once/.test(example.command);
        const { code, stdout, stderr } = await shell(example.command, endless ? /running/ : null);
        // A threshold may be missed on a busy machine, a search find nothing: that is a verdict, not a mistake of the example.
        const fine = [0, ...endless ? [130] : [], .../--fail-if|--search/.test(example.command) ? [1] : []];
        assert.ok(fine.includes(code ?? -1), `exit ${code}\n${stdout}\n${stderr}`);
      });
    }
  } finally {
    await end();
  }
});

test(`the examples are run, but for ${skipped.length} that say why not`, () => {
  for (const { norun, command } of skipped) assert.ok(norun!.length > 10, `${command}: ${norun}`);
  assert.ok(listening.length + others.length > 15);
});

for (const name of ["", ...COMMANDS.map((entry) => entry.name)]) {
  const file = `help${name === "" ? "" : `_${name}`}.txt`;
  test(`mllp help ${name} prints test/golden/${file} (make it anew with that command, and look at it)`, async () => {
    const { stdout, code } = await run(["help", ...name === "" ? [] : [name]]);
    assert.equal(code, 0);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    if (name !== "") assert.ok(stdout.includes("Examples:"));
    assert.equal(stdout, readFileSync(new URL(`../golden/${file}`, import.meta.url), "utf8"));
  });
}
