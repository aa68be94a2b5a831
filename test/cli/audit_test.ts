/** `mllp audit`, run as the shell does. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { command } from "../../cli/audit.ts";
import { helpText } from "../../cli/parser.ts";
import { runProgram } from "../../cli/program.ts";
import type { AuditDocument } from "../../lib/audit/document.ts";
import { runJson } from "../../lib/report/json.ts";
import { plain } from "../../lib/text.ts";
import { goodRun } from "../lib/report/runs.ts";
import { found, hash, HEAD, received, sent, time } from "../lib/audit/ledger.ts";
import { RecordingStream } from "./recording_stream.ts";

let folder: string;

/** What the audit reads of a message's line, and what else stands there. */
const line = (n: number, k: number, other = {}) => ({
  connection: 1,
  type: "ADT^A01",
  bytesIn: 300,
  ...received(n, k, other),
});

const save = (name: string, lines: readonly unknown[], tail = "") =>
  writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join("") + tail);

before(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-audit-"));
  const log = [0, 1, 2, 3].map((k) => sent(k, { key: `P${k % 2}` }));
  save("run.ndjson", log);
  save("none.ndjson", log.map((each) => ({ ...each, key: null })));
  save("all.ndjson", [HEAD, ...[0, 1, 2, 3].map((k) => line(k + 1, k))]);
  save("bad.ndjson", [
    HEAD,
    line(1, 2),
    line(2, 0),
    { note: "close", at: time(30), connection: 1 },
    line(3, 2),
    line(4, 3, { hash: hash(77), controlId: "M3" }),
    line(5, 8, { key: "\u001b[31mP9" }),
  ]);
});
after(() => rmSync(folder, { recursive: true }));

async function audit(...args: string[]) {
  const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
  const place = (arg: string) => /\.(nd)?json/.test(arg) ? join(folder, arg) : arg;
  const code = await runProgram({
    calledAs: "mllp",
    args: ["audit", ...args.map(place)],
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([]),
    commands: [{ name: "audit", purpose: command.purpose, load: () => Promise.resolve(command) }],
  });
  return { code, out: stdout.text.replaceAll(`${folder}/`, ""), err: stderr.text.replaceAll(`${folder}/`, "") };
}

const files = (sentFile: string, receivedFile: string) => ["--sent", sentFile, "--received", receivedFile];

describe("mllp audit", () => {
  test("mllp audit exits with 0 where all was received, and says so", async () => {
    const { code, out, err } = await audit(...files("run.ndjson", "all.ndjson"));
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^ACCOUNTS\n {2}sent {8}4 {2}run\.ndjson\n {4}accepted {2}4 /);
    assert.match(out, /\n {2}passed {2}lost +0 {2}sent, and never received\n/);
    assert.match(out, /\nall 4 messages were received\n$/);
  });

  test("mllp audit exits with 1 where something is amiss, and names it", async () => {
    const { code, out } = await audit(...files("run.ndjson", "bad.ndjson"));
    assert.equal(code, 1);
    assert.match(out, /\n {2}FAILED {2}acknowledged_not_received +1 /);
    assert.match(out, /\nLOST\n {2}k {2}sent +control id {2}key +outcome +tries\n {2}1 .* M1 +P1 +accepted +1\n/);
    assert.match(out, /\nREORDERED\n.*\n {2}0 .* n 2 12:00:00\.021, after k 2 M2\n/);
    assert.match(out, /\nDUPLICATED\n.*\n {2}2 .* n 1 12:00:00\.011, n 3 12:00:00\.031\n/);
    assert.match(out, /\nFOREIGN\n.*\n {2}5 .* M8 +\\x1b\[31mP9\n/);
    assert.match(
      out,
      /\nFAILED: 1 lost, 1 acknowledged_not_received, 1 duplicated, 1 reordered, 1 altered, 1 foreign\n$/,
    );
  });

  test("mllp audit --json prints the document, and the text on standard error", async () => {
    const { out, err } = await audit(...files("run.ndjson", "bad.ndjson"), "--json", "--list", "0");
    const document = JSON.parse(out) as AuditDocument;
    assert.equal(document.schema, "mllp.audit/1");
    assert.deepEqual(found(document), {
      lost: 1,
      acknowledged_not_received: 1,
      duplicated: 1,
      reordered: 1,
      altered: 1,
      foreign: 1,
    });
    assert.deepEqual(Object.values(document.examples).flat(), []);
    assert.match(err, /FINDINGS/);
    assert.equal((await audit(...files("run.ndjson", "bad.ndjson"), "--json", "--quiet")).err, "");
  });

  test("mllp audit --fail-on decides which findings fail it", async () => {
    const bad = files("run.ndjson", "bad.ndjson");
    assert.equal((await audit(...bad, "--fail-on", "none")).code, 0);
    assert.equal((await audit(...bad, "--fail-on", "resent,received_not_acknowledged")).code, 0);
    const { code, out } = await audit(...bad, "--fail-on", "resent,altered");
    assert.equal(code, 1);
    assert.match(out, /\nFAILED: 1 altered\n$/);
    assert.match((await audit(...bad, "--fail-on", "lots")).err, /wanted one of lost, .*; did you mean lost\?/);
    const both = await audit(...bad, "--fail-on", "none,lost");
    assert.deepEqual([both.code, both.err.includes("found none and lost")], [2, true]);
  });

  test("mllp audit --by key finds messages under new ids, and says what it cannot judge", async () => {
    save("engine.ndjson", [HEAD, ...[1, 0].map((k, n) => line(n + 1, 70 + n, { key: `P${k}`, at: time(n * 10 + 1) }))]);
    save("two.ndjson", [0, 1].map((k) => sent(k, { key: `P${k}` })));
    const { code, out } = await audit(...files("two.ndjson", "engine.ndjson"), "--by", "key");
    assert.equal(code, 0);
    assert.match(out, /\n {2}- +altered +- /);
    assert.match(out, /\nNOT JUDGED\n {2}contents: .*\n {2}order: /);
    const strict = await audit(
      ...files("two.ndjson", "engine.ndjson"),
      ...["--by", "key", "--strict-content", "--order", "all", "--json", "--quiet"],
    );
    assert.deepEqual(found(JSON.parse(strict.out)), { reordered: 1, altered: 2 });
    const without = await audit(...files("none.ndjson", "engine.ndjson"), "--by", "key");
    assert.equal(without.code, 2);
    assert.match(without.err, /Cannot judge: no message in the logs has a key; mllp spam --log-key PATH/);
    save("keyless.ndjson", [{ ...HEAD, key: null }]);
    const blind = await audit(...files("two.ndjson", "keyless.ndjson"), "--by", "key");
    assert.match(blind.err, /keyless\.ndjson: line 1: no key is kept in this journal; mllp receive --journal-key PATH/);
  });
});

describe("mllp audit of several files", () => {
  test("mllp audit adds up logs and journals, and reads all files of a rotated journal, each once", async () => {
    save("a.ndjson", [sent(0), sent(2)]);
    save("b.ndjson", [sent(1), sent(3)]);
    save("j.ndjson.1", [HEAD, line(1, 0), line(3, 2)]);
    save("j.ndjson.2", [HEAD, line(2, 1)]);
    save("j.ndjson", [HEAD, line(4, 3)]);
    symlinkSync(join(folder, "j.ndjson.1"), join(folder, "same.ndjson"));
    const args = ["--sent", "a.ndjson", "--sent", "b.ndjson", "--order", "all", "--json", "--quiet"];
    const { code, out } = await audit(...args, ...["j.ndjson", "same.ndjson"].flatMap((f) => ["--received", f]));
    assert.equal(code, 0, out);
    const { received: { files, messages } } = JSON.parse(out) as AuditDocument;
    assert.equal(messages, 4);
    assert.deepEqual(files, [
      { name: "j.ndjson.1", messages: 2 },
      { name: "j.ndjson.2", messages: 1 },
      { name: "j.ndjson", messages: 1 },
    ]);
    rmSync(join(folder, "j.ndjson"));
    assert.equal(JSON.parse((await audit(...args, "--received", "j.ndjson")).out).counts.lost, 1);
  });

  test("mllp audit warns of torn lines and leaves them out", async () => {
    save("torn.ndjson", [0, 1, 2].map((k) => sent(k)), '{"k":3,"at":"20');
    save("torn-j.ndjson", [HEAD, line(1, 0), line(2, 1), line(3, 2)], '{"n":4,');
    const { code, out, err } = await audit(...files("torn.ndjson", "torn-j.ndjson"), "--json", "--quiet");
    assert.equal(code, 0);
    assert.match(err, /^warning: torn\.ndjson: line 4 ends after 15 bytes and is left out; was spam killed\?\n/);
    assert.match(
      err,
      /\nwarning: torn-j\.ndjson: line 5 ends after 7 bytes and is left out; was the receiver killed\?\n$/,
    );
    assert.equal((JSON.parse(out) as AuditDocument).warnings.length, 2);
  });
});

describe("mllp audit refuses", () => {
  const all = files("run.ndjson", "all.ndjson");

  test("mllp audit refuses to judge a log that lacks lines by the run's own account", async () => {
    const save = (name: string, delivered: number, lost: number, note: string, to = "log") =>
      writeFileSync(join(folder, name), runJson({ ...goodRun(), deliveries: [{ to, delivered, lost, note }] }));
    save("whole.json", 4, 0, "");
    assert.equal((await audit(...all, "--run", "whole.json")).code, 0);
    save("drops.json", 4, 2, "the disk did not keep up");
    const drops = await audit(...all, "--run", "drops.json");
    assert.equal(drops.code, 2);
    assert.match(drops.err, /Cannot judge: drops\.json says that its log lacks 2 lines: the disk did not keep up\n/);
    save("more.json", 1000, 0, "");
    const more = await audit(...all, "--run", "more.json");
    assert.match(more.err, /Cannot judge: the logs hold 4 messages, and --run says 1,000; wanted the run of each log/);
    save("nolog.json", 4, 0, "", "axiom");
    assert.match((await audit(...all, "--run", "nolog.json")).err, /nolog\.json: this run wrote no log/);
  });

  test("mllp audit refuses to judge a journal that lacks messages by its own account", async () => {
    const gap = { note: "gap", at: time(50), messages: 3, notes: 1, since: time(40), reason: "no space left" };
    save("gap.ndjson", [HEAD, line(1, 0), gap]);
    const { code, err } = await audit(...files("run.ndjson", "gap.ndjson"));
    assert.deepEqual([code, err.includes("gap.ndjson says that it lacks 3 messages: no space left")], [2, true]);
  });

  test("mllp audit refuses what is no log or no journal, and names the line", async () => {
    save("empty.ndjson", []);
    save("odd.ndjson", [sent(0), { ...sent(1), outcome: "fine" }]);
    save("early.ndjson", [line(1, 0)]);
    save("late.ndjson", [HEAD, { ...line(1, 0), at: "today" }]);
    writeFileSync(join(folder, "text.ndjson"), "MSH|^~\\&|A\rPID|1\nMSH|^~\\&|B\n");
    const cases: readonly [string, string, RegExp][] = [
      ["missing.ndjson", "all.ndjson", /missing\.ndjson: cannot read it: there is no such file/],
      ["run.ndjson", "missing.ndjson", /missing\.ndjson: cannot read it: there is no such file/],
      ["empty.ndjson", "all.ndjson", /empty\.ndjson: it is empty, wanted a log/],
      ["run.ndjson", "empty.ndjson", /empty\.ndjson: it is empty, wanted a journal/],
      ["text.ndjson", "all.ndjson", /text\.ndjson: line 1 is no JSON object/],
      ["run.ndjson", "text.ndjson", /text\.ndjson: line 1 is no JSON object/],
      ["odd.ndjson", "all.ndjson", /odd\.ndjson: line 2: outcome: found "fine", wanted an outcome of spam/],
      ["all.ndjson", "all.ndjson", /all\.ndjson: line 1: found a journal, wanted a log of mllp spam --log/],
      ["run.ndjson", "run.ndjson", /run\.ndjson: line 1/],
      ["run.ndjson", "early.ndjson", /early\.ndjson: line 1 is no head of a journal/],
      ["run.ndjson", "late.ndjson", /late\.ndjson: line 2: at: found "today", wanted a time in ISO 8601/],
    ];
    for (const [log, journal, wanted] of cases) {
      const { code, out, err } = await audit(...files(log, journal));
      assert.deepEqual([code, out], [2, ""], `${log} ${journal}`);
      assert.match(err, wanted);
      assert.equal(err.trimEnd().split("\n").length, 1, err);
    }
    if (existsSync("/proc/self/mem")) assert.match((await audit(...files("run.ndjson", "."))).err, /that is a folder/);
  });

  test("mllp audit asks for both sides, and takes no operand", async () => {
    assert.match((await audit("--received", "all.ndjson")).err, /--sent: not given; wanted a log of mllp spam --log/);
    assert.match((await audit("--sent", "run.ndjson")).err, /--received: not given; wanted a journal of mllp receive/);
    assert.match((await audit("run.ndjson")).err, /write --sent .*run\.ndjson or --received .*run\.ndjson/);
    assert.match(
      (await audit(...all, ...files("run.ndjson", "all.ndjson"))).err,
      /message 0 stands in .* wanted each log once/,
    );
  });

  test("mllp audit has a help of at most 80 columns", () => {
    for (const line of plain(helpText(command)).split("\n")) assert.ok(line.length <= 80, line);
    for (const { line } of command.examples) assert.ok(line.startsWith("mllp audit"), line);
  });
});
