import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { type Appended, type LogFile, openLogFile } from "../../cli/spam/log_file.ts";
import { LogSink } from "../../cli/spam/log_sink.ts";
import { latin1 } from "../../lib/bytes.ts";
import { VirtualClock } from "../../lib/clock.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { messageHash } from "../../lib/message_hash.ts";
import { settledMessage } from "./settled_message.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-log-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshPath = () => join(folder, `${files++}.ndjson`);
const never = new AbortController().signal;

/** Tries until the reader of a pipe is there. */
async function untilRead(open: () => LogFile): Promise<LogFile> {
  for (;;) {
    try {
      return open();
    } catch {
      await soon();
    }
  }
}

/** Lets what is promised come to pass. */
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A file that takes each append when it is let. */
class SlowFile implements LogFile {
  text = "";
  closed = false;
  takenBack = 0;
  #waiting: { bytes: Uint8Array; done: (appended: Appended) => void } | null = null;

  append(bytes: Uint8Array): Promise<Appended> {
    assert.equal(this.#waiting, null, "one append at a time");
    return new Promise((done) => this.#waiting = { bytes, done });
  }
  /** Lets the append under way come to its end, after so many bytes if it fails. */
  async take(reason: string | null = null, most = Infinity): Promise<void> {
    const { bytes, done } = this.#waiting!;
    this.#waiting = null;
    const written = Math.min(most, bytes.length);
    this.text += latin1(bytes, 0, written);
    done({ written, reason });
    await soon();
  }
  async takeAll(): Promise<void> {
    while (this.#waiting !== null) await this.take();
  }
  takeBack(bytes: number): void {
    this.takenBack += bytes;
  }
  close(): void {
    this.closed = true;
  }
  giveUp(): void {}
}

function slowLog(full = false) {
  const file = new SlowFile();
  const clock = new VirtualClock();
  return { file, clock, log: new LogSink(file, { key: null, full, clock }) };
}

describe("LogSink", () => {
  test("LogSink writes one line a message, in order, with key and hash and no payload", async () => {
    const path = freshPath();
    const log = new LogSink(openLogFile("--log", path), { key: parsePath("PID-3.1"), full: false });
    const messages = Array.from({ length: 2000 }, (_, k) => settledMessage(k));
    for (const message of messages) log.settled(message);
    assert.deepEqual(await log.finish(never), { to: "log", delivered: 2000, lost: 0, note: "" });
    const text = readFileSync(path, "utf8");
    assert.ok(text.endsWith("\n") && !text.includes("MSH"));
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600, "keys may name patients");
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ k, key, hash }) => [k, key, hash]),
      messages.map(({ k, message }) => [k, String(4711 + k), messageHash(message)]),
    );
  });

  test("LogSink writes null where the message has no such key, and takes a key of any length", async () => {
    const path = freshPath();
    const log = new LogSink(openLogFile("--log", path), { key: parsePath("ZPI-1"), full: false });
    const long = "x".repeat(200_000);
    log.settled(settledMessage(0));
    log.settled(settledMessage(1, { message: new TextEncoder().encode(`MSH|^~\\&|\rZPI|${long}\r`) }));
    log.settled(settledMessage(2));
    await log.finish(never);
    const keys = readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).key);
    assert.deepEqual(keys, [null, long, null]);
  });

  test("LogSink shows its first line without waiting for the run's end", async () => {
    const { log, file, clock } = slowLog();
    log.settled(settledMessage(0));
    clock.advance(1000);
    await file.takeAll();
    assert.equal(JSON.parse(file.text).k, 0);
  });

  test("LogSink drops and counts what a slow disk does not take, and goes on when it does", async () => {
    const { log, file } = slowLog();
    const most = 50_000;
    for (let k = 0; k < most; k++) log.settled(settledMessage(k));
    assert.ok(log.lost > 0);
    await file.takeAll();
    log.settled(settledMessage(most));
    const ended = log.finish(never);
    await soon();
    await file.takeAll();
    const { delivered, lost, note } = await ended;
    const lines = file.text.trimEnd().split("\n");
    assert.deepEqual([delivered + lost, delivered], [most + 1, lines.length]);
    assert.equal(JSON.parse(lines.at(-1)!).k, most);
    assert.match(note, /did not keep up.*--log-full/);
    assert.ok(file.text.length < 4.2 * 1024 * 1024, "more was kept than the bound allows");
    assert.ok(file.closed);
  });

  test("LogSink with --log-full asks the loop to wait, and drops nothing of what is on its way", async () => {
    const { log, file } = slowLog(true);
    let k = 0;
    while (!log.isFull()) log.settled(settledMessage(k++));
    for (const end = k + 20_000; k < end; k++) log.settled(settledMessage(k));
    assert.ok(log.isFull());
    await file.takeAll();
    assert.ok(!log.isFull());
    const ended = log.finish(never);
    await soon();
    await file.takeAll();
    assert.deepEqual(await ended, { to: "log", delivered: k, lost: 0, note: "" });
  });

  test("LogSink whose disk is full keeps the whole lines, counts the rest as lost and holds nobody up", async () => {
    const { log, file } = slowLog(true);
    let k = 0;
    while (!log.isFull()) log.settled(settledMessage(k++));
    await file.take();
    await file.take("no space left on the device", 1000);
    assert.ok(!log.isFull());
    log.settled(settledMessage(k++));
    const { delivered, lost, note } = await log.finish(never);
    const kept = file.text.slice(0, file.text.length - file.takenBack);
    assert.ok(file.takenBack > 0 && kept.endsWith("}\n"));
    assert.deepEqual([delivered, delivered + lost], [kept.trimEnd().split("\n").length, k]);
    assert.equal(log.failure, "no space left on the device");
    assert.equal(note, "the log could not be written: no space left on the device");
  });

  test("LogSink ends in bounded time when the disk hangs, and counts those lines as lost", async () => {
    const { log, file, clock } = slowLog();
    log.settled(settledMessage(0));
    const ended = log.finish(never);
    clock.advance(5000);
    assert.deepEqual(await ended, {
      to: "log",
      delivered: 0,
      lost: 1,
      note: "the disk did not take the last lines in time",
    });
    assert.ok(!file.closed);

    const hurried = slowLog();
    hurried.log.settled(settledMessage(0));
    const cut = hurried.log.finish(AbortSignal.abort());
    hurried.clock.advance(100);
    assert.equal((await cut).lost, 1);
  });
});

describe("openLogFile", () => {
  test("openLogFile refuses a file that cannot be written, naming flag, file and reason", () => {
    assert.throws(() => openLogFile("--log", join(folder, "none", "x")), {
      name: "UsageError",
      message: `--log ${join(folder, "none", "x")}: cannot write the file: there is no such folder`,
    });
    assert.throws(() => openLogFile("--log", folder), UsageError);
  });

  test("openLogFile refuses a pipe that nobody reads, and writes to one that is read", async () => {
    const path = freshPath();
    if (spawnSync("mkfifo", [path]).status !== 0) return;
    assert.throws(() => openLogFile("--log", path), {
      name: "UsageError",
      message: `--log ${path}: cannot write the file: nobody reads that pipe`,
    });
    const copy = freshPath();
    const reader = spawn("sh", ["-c", 'cat "$0" > "$1"', path, copy]);
    const read = new Promise((resolve) => reader.on("close", resolve));
    const file = await untilRead(() => openLogFile("--log", path));
    const line = `${"x".repeat(200_000)}\n`;
    assert.deepEqual(await file.append(new TextEncoder().encode(line)), { written: line.length, reason: null });
    file.close();
    await read;
    assert.equal(readFileSync(copy, "utf8"), line);
  });

  test("openLogFile leaves a file as it was until something is appended, then begins anew", async () => {
    const path = freshPath();
    writeFileSync(path, "an older log, longer than the new one\n");
    openLogFile("--log", path).giveUp();
    assert.match(readFileSync(path, "utf8"), /^an older log/);
    const file = openLogFile("--log", path);
    assert.deepEqual(await file.append(new TextEncoder().encode("new\n")), { written: 4, reason: null });
    await file.append(new TextEncoder().encode("newer\n"));
    assert.equal(readFileSync(path, "utf8"), "new\nnewer\n");
    file.close();
    openLogFile("--log", path).close();
    assert.equal(readFileSync(path, "utf8"), "");
    const fresh = freshPath();
    openLogFile("--log", fresh).giveUp();
    assert.ok(!existsSync(fresh));
  });

  test("openLogFile says in plain words what the system refuses", async () => {
    if (!existsSync("/dev/full")) return;
    const file = openLogFile("--log", "/dev/full");
    const { written, reason } = await file.append(new TextEncoder().encode("a line\n"));
    assert.deepEqual([written, reason], [0, "no space left on the device"]);
    file.takeBack(3);
    file.close();
  });
});
