import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { isLogged, jsonLine, levelOf, LogFile, textLine } from "../../cli/llpdrv/log.ts";
import { isAlive, takePidFile } from "../../cli/llpdrv/pid_file.ts";
import { statusDocument, writeWhole } from "../../cli/llpdrv/status_file.ts";
import { zeroCounters } from "../../lib/bridge/context.ts";
import type { DriverStatus } from "../../lib/bridge/options.ts";
import { plain } from "../../lib/text.ts";

const root = mkdtempSync(join(tmpdir(), "mllp-files-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
/** A path in a folder of its own. */
function newPath(): string {
  const folder = join(root, `${folders++}`);
  mkdirSync(folder);
  return join(folder, "file");
}
const besides = (path: string) => readdirSync(join(path, "..")).filter((name) => name !== "file");

const nobody = () => false;
const everybody = () => true;
const refused = (why: RegExp) => (error: unknown) => error instanceof UsageError && why.test(error.message);

describe("a pid file", () => {
  test("a pid file holds the number, readable by all, and goes at the end", () => {
    const path = newPath();
    const file = takePidFile(path, 4711, nobody);
    assert.equal(readFileSync(path, "utf8"), "4711\n");
    assert.equal(statSync(path).mode & 0o222, 0o200);
    assert.equal(file.replaced, null);
    file.remove();
    file.remove();
    assert.equal(existsSync(path), false);
    assert.deepEqual(besides(path), []);
  });

  test("a pid file of a process that lives is not touched", () => {
    const path = newPath();
    writeFileSync(path, "123\n");
    assert.throws(
      () => takePidFile(path, 4711, everybody),
      refused(/^--pid-file .*: process 123 is running and the file is its/),
    );
    assert.equal(readFileSync(path, "utf8"), "123\n");
    assert.deepEqual(besides(path), []);
  });

  test("a pid file left by a process that is gone is replaced, and said so", () => {
    const path = newPath();
    writeFileSync(path, "123\n");
    assert.equal(takePidFile(path, 4711, nobody).replaced, 123);
    assert.equal(readFileSync(path, "utf8"), "4711\n");
    assert.deepEqual(besides(path), []);
  });

  test("a pid file does not follow a symbolic link, and replaces nothing that is no pid file", () => {
    const target = newPath();
    writeFileSync(target, "123\n");
    const path = newPath();
    symlinkSync(target, path);
    assert.throws(() => takePidFile(path, 4711, nobody), refused(/no plain file is in the way/));
    assert.equal(readFileSync(target, "utf8"), "123\n");
    const dangling = newPath();
    symlinkSync(join(root, "nowhere"), dangling);
    assert.throws(() => takePidFile(dangling, 4711, nobody), refused(/no plain file is in the way/));
    for (const text of ["", "passwords\n", "0\n", "-1\n", "1".repeat(40)]) {
      const other = newPath();
      writeFileSync(other, text);
      assert.throws(() => takePidFile(other, 4711, nobody), refused(/without a process id is in the way/));
      assert.equal(readFileSync(other, "utf8"), text);
    }
    assert.throws(() => takePidFile(join(root, "no", "such"), 1, nobody), refused(/there is no such folder/));
  });

  test("a pid file that is somebody else's by the end stays", () => {
    const path = newPath();
    const file = takePidFile(path, 4711, nobody);
    writeFileSync(path, "4712\n");
    file.remove();
    assert.equal(readFileSync(path, "utf8"), "4712\n");
  });

  test("a process is alive that can be told so, and one that may not", () => {
    assert.equal(isAlive(process.pid), true);
    assert.equal(isAlive(2 ** 30), false);
  });
});

const at = new Date(Date.UTC(2026, 0, 31, 12, 0, 5, 70));

describe("the log of llpdrv", () => {
  test("the log of llpdrv has a line of JSON for each event", () => {
    const line = jsonLine(at, {
      event: "received",
      level: "info",
      line: "ttyS0#1",
      direction: "in",
      controlId: "M\x1b1",
      bytes: 120,
    });
    assert.equal(
      line,
      '{"at":"2026-01-31T12:00:05.070Z","level":"info","event":"received","line":"ttyS0#1","direction":"in","controlId":"M\\u001b1","bytes":120}',
    );
  });

  test("the log of llpdrv gives times to the microsecond", () => {
    assert.match(jsonLine(at, { event: "answered", level: "info", tookMs: 16.582441000000017 }), /"tookMs":16\.582\}/);
  });

  test("the log of llpdrv is text for people, and shows what a peer says as text", () => {
    const line = plain(textLine(at, {
      event: "answered",
      level: "warning",
      line: "ttyS0#1",
      direction: "in",
      controlId: "M\x1b1",
      bytes: 61,
      code: "AE",
      tookMs: 12.5,
      detail: "why\nnot",
    }));
    assert.match(line, /^\d\d:\d\d:05\.070 answered ttyS0#1, in, M\\x1b1, 61 bytes, AE, in 12\.5ms: why\\nnot$/);
    assert.match(plain(textLine(at, { event: "stopping", level: "info" })), /^\S+ stopping$/);
  });

  test("the log of llpdrv has lines of bounded length, however long what a peer calls its message", () => {
    const controlId = "x".repeat(1_000_000);
    const event = { event: "received", level: "info", controlId, detail: controlId } as const;
    assert.ok(jsonLine(at, event).length < 3000);
    assert.match(plain(textLine(at, event)), /^.{400,3000}… \(1000000 characters\)$/);
    assert.equal(JSON.parse(jsonLine(at, event)).controlId, "x".repeat(400));
  });

  test("the log of llpdrv has levels, each with those above it; an ordinary note is for debugging", () => {
    assert.equal(levelOf({ event: "note", level: "info" }), "debug");
    assert.equal(levelOf({ event: "note", level: "warning" }), "warning");
    assert.equal(levelOf({ event: "received", level: "info" }), "info");
    const logged = (upTo: "error" | "debug" | "info") =>
      (["error", "warning", "info", "debug"] as const).filter((level) => isLogged(level, upTo));
    assert.deepEqual(logged("error"), ["error"]);
    assert.deepEqual(logged("info"), ["error", "warning", "info"]);
    assert.equal(logged("debug").length, 4);
  });

  test("LogFile appends, and opens its file anew under its name", () => {
    const path = newPath();
    writeFileSync(path, "old\n");
    const file = new LogFile(path);
    file.append("one", at);
    renameSync(path, `${path}.1`);
    file.append("two", at);
    assert.equal(file.reopen(), null);
    file.append("three", at);
    file.close();
    assert.equal(readFileSync(`${path}.1`, "utf8"), "old\none\ntwo\n");
    assert.equal(readFileSync(path, "utf8"), "three\n");
  });

  test("LogFile writes on in the old file where the new one cannot be, and says why", () => {
    const path = newPath();
    const file = new LogFile(path);
    rmSync(join(path, ".."), { recursive: true });
    assert.equal(file.reopen(), "there is no such folder");
    file.append("lost to sight, not an error", at);
    file.close();
    assert.throws(() => new LogFile(path), refused(/^--log-file .*: cannot write the file: there is no such folder/));
  });

  test("LogFile counts the lines that it cannot write", { skip: !existsSync("/dev/full") }, () => {
    const path = newPath();
    symlinkSync("/dev/full", path);
    const file = new LogFile(path);
    file.append("one", at);
    file.append("two", at);
    rmSync(path);
    assert.equal(file.reopen(), null);
    file.append("three", at);
    file.close();
    const lines = readFileSync(path, "utf8").split("\n");
    assert.equal(JSON.parse(lines[0]).detail, "2 lines could not be written");
    assert.deepEqual(lines.slice(1), ["three", ""]);
  });
});

describe("the status of llpdrv", () => {
  const status: DriverStatus = {
    atMs: 5000,
    state: "running",
    lines: [{ line: "ttyS0#1", sinceMs: 2000, holder: "in", waiting: 1 }],
    distalClients: 1,
    queue: 1,
    longestWaitMs: { in: 1.4, out: 20.6 },
    spool: null,
    dead: null,
    destinationUp: true,
    counters: { ...zeroCounters(), messagesIn: 3 },
  };
  const head = { pid: 1, started: "x", protocol: "X3.28", line: "serial:x", to: "tcp://h:1", dist: null };

  test("the status of llpdrv is one document with times of day", () => {
    const document = statusDocument(head, status, at);
    assert.equal(document.schema, "mllp.llpdrv/1");
    assert.deepEqual(document.lines, [{
      line: "ttyS0#1",
      since: "2026-01-31T12:00:02.070Z",
      holder: "in",
      waiting: 1,
    }]);
    assert.deepEqual(document.longestWaitMs, { in: 1, out: 21 });
    assert.equal((document.counters as Record<string, number>).messagesIn, 3);
  });

  test("a file is replaced whole, through a name beside it", () => {
    const path = newPath();
    writeFileSync(path, "old");
    assert.equal(writeWhole(path, "new"), null);
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.deepEqual(besides(path), []);
    assert.equal(writeWhole(join(root, "no", "such"), "x"), "there is no such folder");
  });
});
