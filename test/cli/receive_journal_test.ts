/** `mllp receive --journal` and `--store` from their flags: what is written, said, counted and refused. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import type { Command } from "../../cli/command.ts";
import { createOutput } from "../../cli/output.ts";
import { runProgram } from "../../cli/program.ts";
import { command } from "../../cli/receive.ts";
import { ReceiveView, summaryLines } from "../../cli/receive_view.ts";
import { plain } from "../../lib/text.ts";
import { newTotals, summarize } from "../../receiver/events.ts";
import { acks, adt, callPort, framed } from "../receiver/caller.ts";
import { RecordingStream } from "./recording_stream.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-journal-cli-"));
after(() => rmSync(folder, { recursive: true }));
let names = 0;
const fresh = () => join(folder, `${names++}.ndjson`);

/** A run of the command in this process. */
class Run {
  readonly stdout = new RecordingStream();
  readonly stderr = new RecordingStream();
  readonly exit: Promise<number>;

  constructor(...args: string[]) {
    this.exit = runProgram({
      calledAs: "mllp",
      args: ["receive", ...args],
      environment: {},
      stdout: this.stdout,
      stderr: this.stderr,
      stdin: () => Readable.from([]),
      commands: [{ name: "receive", purpose: command.purpose, load: () => Promise.resolve(command as Command) }],
    });
  }

  /** Sends messages to the port it listens on, and gives what came back. */
  async talk(...texts: string[]): Promise<string[]> {
    let port: string | undefined;
    while (port === undefined) {
      port = /listening \w+ on [\w:/]*127\.0\.0\.1:(\d+)/.exec(plain(this.stderr.text))?.[1];
      await new Promise((resolve) => setImmediate(resolve));
    }
    const caller = await callPort(Number(port));
    caller.write(texts.map(framed).join(""));
    await caller.untilAcks(texts.length);
    return acks(caller.text);
  }
}

const linesOf = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

test("mllp receive --journal writes a head, a line a message, notes, and counts them in its summary", async () => {
  const path = fresh();
  const run = new Run(
    "--listen",
    ":0",
    "--count",
    "2",
    "--json",
    "--seed",
    "7",
    "--journal",
    path,
    "--journal-key",
    "PID-3.1",
  );
  const withPatient = adt("M1", ["", ""], "PID|1||4711^^^HOSP||Muster^Anna\r");
  assert.deepEqual(await run.talk(withPatient, adt("M2")), ["AA M1", "AA M2"]);
  assert.equal(await run.exit, 0);
  const lines = linesOf(path);
  assert.deepEqual(lines.map(({ journal, note, n }) => journal ?? note ?? n), [
    "mllp.journal/1",
    "listening",
    "open",
    1,
    2,
    "close",
    "stop",
  ]);
  const [head, , , first, second] = lines;
  assert.deepEqual([head.seed, head.payload, head.key], [7, "headers", "PID-3.1"]);
  assert.match(head.runtime, /^(deno|bun|node) \d/);
  assert.match(head.scenario, /^[0-9a-f]{64}$/);
  assert.deepEqual([first.key, second.key], ["4711", null]);
  assert.doesNotMatch(readFileSync(path, "utf8"), /Muster/);
  const summary = JSON.parse(run.stdout.text.trimEnd().split("\n").at(-1)!);
  assert.deepEqual(summary.journal, { entries: 2, failed: 0 });
});

test("mllp receive --payload full and hash keep all of a message, and nothing", async () => {
  const texts: unknown[] = [];
  for (const form of ["full", "hash"]) {
    const path = fresh();
    const run = new Run("--listen", ":0", "--count", "1", "--journal", path, "--payload", form);
    await run.talk(adt("M1"));
    await run.exit;
    texts.push(linesOf(path).find(({ n }) => n === 1).payload);
    assert.match(plain(run.stdout.text), /\n {2}journal +written 1\n/);
  }
  assert.deepEqual(texts, [adt("M1"), undefined]);
});

test("mllp receive --journal goes on in a file that is there, and says what it cut off of it", async () => {
  const path = fresh();
  for (const tear of [null, '{"n":2,"at":"2026']) {
    if (tear !== null) writeFileSync(path, readFileSync(path, "utf8") + tear);
    const run = new Run("--listen", ":0", "--count", "1", "--journal", path, "--fsync");
    await run.talk(adt("M1"));
    assert.equal(await run.exit, 0);
    const warned = /warning: --journal .*: its last line was torn and is cut off: 17B, never acknowledged\n/;
    assert.equal(warned.test(plain(run.stderr.text)), tear !== null);
  }
  const lines = linesOf(path);
  assert.deepEqual(lines.filter(({ journal }) => journal !== undefined).length, 2);
  assert.deepEqual(lines.filter(({ n }) => n !== undefined).map(({ n }) => n), [1, 1]);
  assert.notEqual(lines[0].run, lines.findLast(({ journal }) => journal !== undefined).run);
});

test("mllp receive --store writes each message to a file, which its entry names", async () => {
  const path = fresh();
  const store = join(folder, "store");
  const run = new Run("--listen", ":0", "--count", "2", "--journal", path, "--store", store, "--fsync");
  await run.talk(adt("M/1"), adt("M2"));
  await run.exit;
  assert.deepEqual(readdirSync(store).sort(), ["00000001-M_1.hl7", "00000002-M2.hl7"]);
  assert.equal(readFileSync(join(store, "00000001-M_1.hl7"), "latin1"), adt("M/1"));
  assert.equal(linesOf(path).find(({ n }) => n === 2).stored, "00000002-M2.hl7");
});

test("mllp receive with a journal that cannot be written answers AE, says so once, and counts", async () => {
  for (const more of [[], ["--fsync"]]) {
    const run = new Run("--listen", ":0", "--count", "3", "--journal", "/dev/full", ...more);
    assert.deepEqual(await run.talk(adt("M1"), adt("M2"), adt("M3")), ["AE M1", "AE M2", "AE M3"]);
    assert.equal(await run.exit, 0);
    const said = plain(run.stderr.text).match(/warning: .*\n/g);
    assert.deepEqual(said, [
      "warning: the journal /dev/full cannot be written: no space left on the device; messages are answered AE until it can\n",
    ]);
    assert.match(plain(run.stdout.text), /replies +AE 3\n {2}journal +not written 3\n/);
  }
});

test("mllp receive whose port is taken leaves no journal behind", async () => {
  const path = fresh();
  const first = new Run("--listen", ":0", "--reply", "none");
  while (!/listening/.test(first.stderr.text)) await new Promise((resolve) => setImmediate(resolve));
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(plain(first.stderr.text))!;
  assert.equal(await new Run("--listen", `:${port}`, "--journal", path).exit, 3);
  assert.equal(existsSync(path), false);
  while (process.listenerCount("SIGINT") === 0) await new Promise((resolve) => setImmediate(resolve));
  process.emit("SIGINT", "SIGINT");
  await first.exit;
});

test("mllp receive refuses journals that cannot be, and flags that would do nothing, with exit 2", async () => {
  const letter = join(folder, "letter.txt");
  writeFileSync(letter, "Dear Example,\n");
  const rows: [string[], RegExp][] = [
    [
      ["--journal", join(folder, "no", "such.ndjson")],
      /--journal .*such\.ndjson: cannot write the file: there is no such folder$/m,
    ],
    [["--journal", folder], /cannot write the file: that is a folder$/m],
    [
      ["--journal", letter],
      /letter\.txt: cannot write the file: its first line is no head of a journal, wanted a journal or no file$/m,
    ],
    [["--store", letter], /--store .*letter\.txt: cannot use the folder: that is a file$/m],
    [["--fsync"], /--fsync is about the journal and the store: add --journal FILE or --store DIR$/m],
    [["--payload", "full"], /--payload is about the journal: add --journal FILE$/m],
    [["--journal-key", "PID-3"], /--journal-key is about the journal: add --journal FILE$/m],
    [["--journal-rotate", "1MB", "--store", folder], /--journal-rotate is about the journal: add --journal FILE$/m],
    [["--journal", "x", "--journal-key", "PID-"], /--journal-key.*at character 5: wanted a field number/],
    [["--journal", "x", "--journal-rotate", "10"], /--journal-rotate.*Cannot rotate at 10: wanted 1KiB or more$/m],
    [["--journal", "x", "--payload", "none"], /--payload.*wanted one of full, headers, hash/],
    [
      ["--journal", "x", "--reply", "echo"],
      /--journal cannot be kept of --reply echo: its bytes go back before there is a message$/m,
    ],
    [["--store", "x", "--reply", "echo"], /--store cannot be kept of --reply echo/],
  ];
  for (const [args, says] of rows) {
    const run = new Run("--listen", ":0", ...args);
    assert.equal(await run.exit, 2, args.join(" "));
    assert.match(plain(run.stderr.text), says);
    assert.equal(plain(run.stderr.text).trimEnd().split("\n").length, 1);
  }
  assert.equal(readFileSync(letter, "utf8"), "Dear Example,\n");
});

test("ReceiveView shows on a terminal how many messages have no entry", () => {
  const stderr = new RecordingStream(true);
  const output = createOutput({ stdout: new RecordingStream(), stderr, program: "mllp receive", now: () => 0 });
  const summary = () => summarize(newTotals(), 5, { entries: 10, failed: 3 });
  const view = new ReceiveView(output, { payloads: false, summary, open: () => 1 });
  view.tick();
  assert.match(plain(stderr.take()), /open 1 {3}not written 3/);
  view.end(summary(), 1000);
  assert.deepEqual(summaryLines(summary(), 1000).at(-1), "  journal   written 10   not written 3");
});
