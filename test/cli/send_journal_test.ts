/** `mllp send --from-journal`, run as the shell does against a scripted peer. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { command } from "../../cli/send.ts";
import { awaitDue, parseSpeed } from "../../cli/send_journal.ts";
import { runProgram } from "../../cli/program.ts";
import { createOutput } from "../../cli/output.ts";
import { VirtualClock } from "../../lib/clock.ts";
import { messageHash } from "../../lib/message_hash.ts";
import { ack, framed, idOf, type Peer, startPeer } from "../peer.ts";
import { RecordingStream } from "./recording_stream.ts";

let folder: string;
let peer: Peer;
let got: string[] = [];

const BEGIN = Date.parse("2026-01-31T12:00:00.000Z");
const time = (ms: number) => new Date(BEGIN + ms).toISOString();
const head = (other = {}) => ({
  journal: "mllp.journal/1",
  at: time(0),
  version: "1.0.0",
  runtime: "test",
  seed: 1,
  scenario: "",
  payload: "full",
  key: null,
  run: "r1",
  ...other,
});
const adt = (id: string, rest = "") => `MSH|^~\\&|A|B|C|D|20260131||ADT^A01|${id}|P|2.5\r${rest}`;
const line = (n: number, payload: string, other = {}) => ({
  n,
  at: time(n * 100),
  connection: 1,
  controlId: idOf(payload),
  key: null,
  type: "ADT^A01",
  bytesIn: payload.length,
  hash: messageHash(Uint8Array.from(payload, (character) => character.charCodeAt(0))),
  outcome: "replied",
  reply: null,
  payload,
  ...other,
});
const save = (name: string, lines: readonly unknown[]) =>
  writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-replay-"));
  peer = await startPeer((message, socket) => {
    got.push(message);
    socket.write(framed(ack(idOf(message))));
  });
});
after(async () => {
  await peer.close();
  rmSync(folder, { recursive: true });
});

async function send(...args: string[]) {
  got = [];
  const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
  const place = (arg: string) => arg.includes(".ndjson") || arg.endsWith(".hl7") ? join(folder, arg) : arg;
  const code = await runProgram({
    calledAs: "mllp",
    args: ["send", `127.0.0.1:${peer.port}`, ...args.map(place)],
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([]),
    commands: [{ name: "send", purpose: command.purpose, load: () => Promise.resolve(command) }],
  });
  return { code, out: stdout.text.replaceAll(`${folder}/`, ""), err: stderr.text.replaceAll(`${folder}/`, "") };
}

describe("mllp send --from-journal", () => {
  test("mllp send --from-journal sends every message byte for byte, in order of arrival", async () => {
    // No line end of these is repaired: LF, two CR, none; and a byte that is no ASCII.
    const [first, second, third] = [adt("M1", "PID|1\n"), adt("M2", "PID|2||M\u00fc\r\r"), adt("M3", "PID|3")];
    save("j.ndjson", [
      head(),
      line(2, second),
      { note: "open", at: time(0) },
      line(1, first),
      line(4, second, { attempt: 2 }),
      line(3, third),
    ]);
    const { code, out, err } = await send("--from-journal", "j.ndjson", "--speed", "max", "--json");
    assert.deepEqual([code, err], [0, "4 messages: 4 accepted\n"]);
    assert.deepEqual(got, [first, second, third, second]);
    const events = out.trimEnd().split("\n").map((each) => JSON.parse(each));
    assert.deepEqual(events.map(({ controlId, outcome }) => [controlId, outcome]), [
      ["M1", "accepted"],
      ["M2", "accepted"],
      ["M3", "accepted"],
      ["M2", "accepted"],
    ]);
  });

  test("mllp send --from-journal --dry-run tells when each is due, at the speed asked for", async () => {
    save("due.ndjson", [head(), ...[1, 3, 2].map((n) => line(n, adt(`M${n}`)))]);
    const due = async (...args: string[]) =>
      (await send("--from-journal", "due.ndjson", "--dry-run", "--json", ...args)).out.trimEnd().split("\n")
        .map((each) => JSON.parse(each).dueMs);
    assert.deepEqual(await due(), [0, 100, 200]);
    assert.deepEqual(await due("--speed", "2x"), [0, 50, 100]);
    assert.deepEqual(await due("--speed", "0.5x"), [0, 200, 400]);
    assert.deepEqual(await due("--speed", "max"), [0, 0, 0]);
    const { out } = await send("--from-journal", "due.ndjson", "--dry-run");
    assert.match(
      out,
      /due\.ndjson:4 {2}ADT\^A01 {2}M2 .*after 100ms\n.*due\.ndjson:3 .*after 200ms\n3 messages; nothing/,
    );
    assert.deepEqual(got, []);
  });

  test("mllp send --from-journal goes by a receiver's numbers within a run, and by the clock between runs", async () => {
    const at = (n: number, ms: number, id: string) => line(n, adt(id), { at: time(ms) });
    save("rotated.ndjson.1", [head(), at(2, 40, "A2"), at(1, 50, "A1")]);
    save("rotated.ndjson", [head(), at(3, 90, "A3"), head({ run: "r2", at: time(500) }), at(1, 600, "B1")]);
    save("other.ndjson", [head({ run: "r3" }), at(1, 70, "C1")]);
    const { out } = await send(
      ...["--from-journal", "rotated.ndjson", "--from-journal", "other.ndjson", "--dry-run", "--json"],
    );
    const events = out.trimEnd().split("\n").map((each) => JSON.parse(each));
    assert.deepEqual(events.map(({ controlId, dueMs }) => [controlId, dueMs]), [
      ["A1", 0],
      ["A2", 0],
      ["C1", 20],
      ["A3", 40],
      ["B1", 550],
    ]);
  });

  test("mllp send --from-journal leaves out what nobody would answer, and tells of what was changed", async () => {
    save("odd.ndjson", [
      head(),
      line(1, ack("X1"), { outcome: "none" }),
      line(2, ""),
      line(3, adt("M3"), { hash: "0".repeat(64) }),
    ]);
    const { code, err } = await send("--from-journal", "odd.ndjson", "--quiet");
    assert.equal(code, 0);
    assert.deepEqual(got, [adt("M3")]);
    assert.match(err, /1 message is an acknowledgement itself and is left out/);
    assert.match(err, /1 message is empty and is left out/);
    assert.match(err, /1 message is not as it came: the journal has another hash of it/);
  });

  test("mllp send --from-journal refuses a journal that does not keep whole messages", async () => {
    for (const payload of ["headers", "hash"]) {
      save("part.ndjson", [head({ payload }), line(1, adt("M1"))]);
      const { code, err } = await send("--from-journal", "part.ndjson");
      assert.equal(code, 2);
      assert.match(err, /part\.ndjson: line 2: the journal keeps (headers|hash) only, wanted .* --payload full\n$/);
    }
    save("wide.ndjson", [head(), line(1, adt("M1"), { payload: "MSH|\u4e2d" })]);
    assert.match((await send("--from-journal", "wide.ndjson")).err, /line 2: payload: found U\+4e2d, wanted one char/);
    save("none.ndjson", [head(), { note: "open", at: time(0) }]);
    assert.match((await send("--from-journal", "none.ndjson")).err, /there is no message in it to send/);
    assert.match(
      (await send("--from-journal", "missing.ndjson")).err,
      /missing\.ndjson: cannot read it: there is no such/,
    );
    assert.deepEqual(got, []);
  });

  test("mllp send --from-journal excludes files and what says otherwise when to send", async () => {
    const refused = async (...args: string[]) => {
      const { code, err } = await send(...args);
      assert.equal(code, 2);
      return err;
    };
    const journal = ["--from-journal", "j.ndjson"];
    assert.match(
      await refused(...journal, "adt.hl7"),
      /a journal and files were given \(.*adt\.hl7\); wanted one of them/,
    );
    assert.match(
      await refused(...journal, "--interval", "1s"),
      /--interval exclude each other; the journal has the times/,
    );
    assert.match(await refused(...journal, "--text", "x"), /--from-journal and --text exclude each other/);
    assert.match(await refused(...journal, "--whole-batch"), /--from-journal and --whole-batch exclude each other/);
    assert.match(await refused(...journal, "--escapes"), /--from-journal and --escapes exclude each other/);
    assert.match(await refused("--speed", "2x"), /--speed: it is of --from-journal FILE, which is not given/);
    assert.match(
      await refused(...journal, "--speed", "fast"),
      /Cannot read 'fast' as a speed: wanted 2x, 0\.5x or max/,
    );
  });
});

describe("awaitDue", () => {
  const output = () => createOutput({ stdout: new RecordingStream(), stderr: new RecordingStream(), program: "mllp" });
  const message = (dueMs: number) => ({ bytes: new Uint8Array(), source: "", file: "", line: 1, column: 1, dueMs });

  test("awaitDue waits from the first message on, however long the ones before took, and not for the late", async () => {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    let done = false;
    const waited = awaitDue(message(1000), clock.now(), clock, signal, output()).then(() => done = true);
    clock.advance(999);
    await Promise.resolve();
    assert.equal(done, false);
    clock.advance(1);
    await waited;
    await awaitDue(message(500), 0, clock, signal, output());
    assert.equal(clock.now(), 1000);
  });

  test("awaitDue ends when it is interrupted", async () => {
    const stop = new AbortController();
    const waited = awaitDue(message(1e9), 0, new VirtualClock(), stop.signal, output());
    stop.abort();
    await waited;
  });
});

test("parseSpeed reads a factor or max", () => {
  assert.deepEqual(["2x", "0.5x", "max", "1x"].map(parseSpeed), [2, 0.5, Infinity, 1]);
  for (const text of ["0x", "2", "x", "-1x", "", "1e3x", "Infinityx"]) {
    assert.throws(() => parseSpeed(text), /wanted 2x, 0\.5x or max/, text);
  }
});
