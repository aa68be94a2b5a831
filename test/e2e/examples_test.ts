/**
 * Every command line that README, the documents and the help texts print, run as it stands, in a folder that holds the
 * files they name; every scenario they print, checked; and the help texts themselves, against what they were.
 *
 * @module
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { sampleAdt } from "../../lib/hl7/sample.ts";
import { latin1 } from "../../lib/bytes.ts";
import { run, type Running, start, startReceiver } from "../binary.ts";
import { blocksIn, blocksInHelp, documents, fencesIn, isOurs, readInfo } from "../examples.ts";
import { play, type Scene, scenesOf } from "../scene.ts";
import { read, ROOT } from "../source.ts";

/** How many scenes run at a time: most of them wait. */
const AT_A_TIME = 5;

let folder: string;
/** Accepts everything, for scenes that start no receiver of their own; and its port. */
let receiver: Running;
let port: number;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-examples-"));
  const template = join(folder, "template");
  mkdirSync(join(template, "messages"), { recursive: true });
  const sample = (controlId: string) => latin1(sampleAdt({ controlId, at: new Date() }));
  const files: Readonly<Record<string, string>> = {
    "adt.hl7": sample("ADT1"),
    "batch.hl7": `FHS|^~\\&|A\rBHS|^~\\&|A\r${sample("B1")}${sample("B2")}BTS|2\rFTS|1\r`,
    "messages/a.hl7": sample("a"),
    "messages/b.hl7": sample("b"),
    "order.hl7": templateIn("docs/load-testing.md"),
    "wards.csv": "application,ward\nORDERS,WARD7\nORDERS,WARD8\n",
    "scenario.yaml": read("test/scenarios/smallest.yaml"),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(template, name), text);
  for (const name of ["docs", "examples"]) symlinkSync(join(ROOT, name), join(template, name));
  receiver = start(["receive", "--listen", "127.0.0.1:0", "--quiet"], { limitMs: 300_000 });
  port = Number((await receiver.waitFor("stderr", /listening \S+ on \S*:(\d+)/))[1]);
  await Promise.all([writeRuns(template), writeLogs(template)]);
  playAll(template);
});

/** The message that a document prints. */
function templateIn(path: string): string {
  return /^```text\n(MSH[\s\S]*?)^```$/m.exec(read(path))![1];
}

/** Run documents under the names that examples of compare and merge use. */
async function writeRuns(template: string): Promise<void> {
  const load = ["spam", `127.0.0.1:${port}`, "--rate", "200/s", "--count", "40", "--seed", "7", "--quiet"];
  const runs: [string, string[]][] = [
    ["a", []],
    ["b", []],
    ["shard-0", ["--shard", "0/2"]],
    ["shard-1", ["--shard", "1/2"]],
  ];
  await Promise.all(runs.map(async ([name, flags]) => {
    const { code, stderr } = await run([...load, ...flags, "--out", join(template, `${name}.json`)]);
    assert.equal(code, 0, stderr);
  }));
  for (const [name, copy] of [["a", "before"], ["b", "after"]]) {
    cpSync(join(template, `${name}.json`), join(template, `${copy}.json`));
  }
}

/** A log of what was sent and a journal of what came, under the names that examples use. */
async function writeLogs(template: string): Promise<void> {
  const journal = ["--journal", join(template, "journal.ndjson"), "--journal-key", "PID-3.1", "--payload", "full"];
  const written = await startReceiver(["--quiet", ...journal]);
  const log = ["--log", join(template, "sent.ndjson"), "--log-key", "PID-3.1", "--out", join(template, "sent.json")];
  const args = ["spam", `127.0.0.1:${written.port}`, "--rate", "200/s", "--count", "20", "--mix", "adt=1", "--quiet"];
  const { code, stderr } = await run([...args, ...log]);
  assert.equal(code, 0, stderr);
  await written.stop();
}

after(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

const fences = documents().flatMap((path) => fencesIn(read(path), path));
const blocks = documents().flatMap((path) => blocksIn(read(path), path));
const inDocuments = documents().flatMap((path) => scenesOf(blocksIn(read(path), path), fencesIn(read(path), path)));
const scenes = [...inDocuments, ...scenesOf(await blocksInHelp(), [])]
  .filter(({ started, run }) => [...started, ...run].some(({ command }) => isOurs(command)))
  .map((scene) => ({ scene, ending: Promise.withResolvers<unknown>() }));

/** What makes a scene what it is: one that is printed in several places is played once. */
function textOf({ started, run, files, block: { exit } }: Scene): string {
  const lines = [...started, ...run].map(({ command, prints }) => [command, ...prints].join("\n"));
  return [...lines, ...files.values(), exit].join("\n");
}

/** Plays a scene in a folder of its own. */
async function playIn(own: string, scene: Scene, template: string): Promise<void> {
  cpSync(template, own, { recursive: true, verbatimSymlinks: true });
  await play(scene, { folder: own, receiver: port });
}

/** Plays all scenes, a few at a time, in the order of the tests; each ends with its error, or `null`. */
function playAll(template: string): void {
  const first = new Map<string, (typeof scenes)[number]>();
  for (const played of scenes) {
    const like = first.get(textOf(played.scene));
    if (like === undefined) first.set(textOf(played.scene), played);
    else void like.ending.promise.then(played.ending.resolve);
  }
  const left = [...first.values()].entries();
  const playNext = async () => {
    for (const [i, { scene, ending }] of left) {
      await playIn(join(folder, String(i)), scene, template).then(() => ending.resolve(null), ending.resolve);
    }
  };
  for (let i = 0; i < AT_A_TIME; i++) void playNext();
}

for (const { scene: { block: { source, lineNumber }, started, run }, ending } of scenes) {
  const where = lineNumber === 0 ? source : `${source}:${lineNumber}`;
  test(`the example of ${where} runs: ${[...started, ...run].map(({ command }) => command).join("; ")}`, async () => {
    const error = await ending.promise;
    if (error !== null) throw error;
  });
}

const skipped = blocks.filter(({ norun }) => norun !== null);

test(`the examples are run, but for ${skipped.length} blocks that say why not`, () => {
  for (const { source, lineNumber, norun } of skipped) {
    assert.ok(norun!.length > 10, `${source}:${lineNumber}: ${norun}`);
  }
  assert.ok(scenes.length > 80);
});

test("the examples have no line of a shell that is neither run, nor a task of this project, nor said not to be run", () => {
  const tasks = Object.keys(JSON.parse(read("deno.json")).tasks);
  const others = blocks.filter(({ norun }) => norun === null).flatMap(({ source, commands }) =>
    commands.filter(({ command }) => !isOurs(command)).map((line) => ({ source, ...line }))
  );
  const isTask = (command: string) => {
    const [, task] = /^(?:npx -y deno@[\d.]+|deno) task ([\w:]+)$/.exec(command) ?? [];
    return tasks.includes(task);
  };
  assert.deepEqual(
    others.filter(({ command }) => !isTask(command)).map((line) => `${line.source}: ${line.command}`),
    [],
  );
});

/** Scenarios of docs/scenarios.md are checked with its reference: many are rules alone. */
const scenarios = fences.filter((fence) =>
  fence.language === "yaml" && fence.source !== "docs/scenarios.md" && readInfo(fence).norun === null
);

for (const { source, lineNumber, lines } of scenarios) {
  test(`the scenario of ${source}:${lineNumber} is right`, async () => {
    const file = join(folder, `${lineNumber}.yaml`);
    writeFileSync(file, lines.join("\n"));
    const { code, stdout, stderr } = await run(["receive", file, "--check"]);
    assert.equal(code, 0, stdout + stderr);
  });
}

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
