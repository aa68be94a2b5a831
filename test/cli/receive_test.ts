/** `mllp receive` from its flags: ready lines, JSON lines, the summary, what people see, what is refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Readable } from "node:stream";
import type { Command } from "../../cli/command.ts";
import { runProgram } from "../../cli/program.ts";
import { command } from "../../cli/receive.ts";
import { createOutput } from "../../cli/output.ts";
import { eventLines, ReceiveView, summaryLines } from "../../cli/receive_view.ts";
import { plain } from "../../lib/text.ts";
import { type MessageEvent, newTotals, summarize } from "../../receiver/events.ts";
import { acks, adt, Caller, callPort, framed } from "../receiver/caller.ts";
import { RecordingStream } from "./recording_stream.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-receive-cli-"));
after(() => rmSync(folder, { recursive: true }));

/** A run of the command in this process. */
class Run {
  readonly stdout = new RecordingStream();
  readonly stderr: RecordingStream;
  readonly exit: Promise<number>;

  constructor(args: string, terminal = false) {
    this.stderr = new RecordingStream(terminal);
    this.exit = runProgram({
      calledAs: "mllp",
      args: ["receive", ...args.split(" ").filter((word) => word !== "")],
      environment: {},
      stdout: this.stdout,
      stderr: this.stderr,
      stdin: () => Readable.from([]),
      commands: [{ name: "receive", purpose: command.purpose, load: () => Promise.resolve(command as Command) }],
    });
  }

  /** The ports listened on, once there are so many; from whichever stream says so. */
  async ports(count = 1): Promise<number[]> {
    for (;;) {
      const said = plain(this.stdout.text + this.stderr.text);
      const found = said.matchAll(/(?:listening \w+ on [\w:/]*?127\.0\.0\.1:|"endpoint":"\w+:\/\/127\.0\.0\.1:)(\d+)/g);
      const ports = [...new Set([...found].map((match) => Number(match[1])))];
      if (ports.length >= count) return ports;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get lines(): Record<string, unknown>[] {
    return this.stdout.text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}

async function exchange(port: number, text: string, count: number): Promise<Caller> {
  const caller = await callPort(port);
  caller.write(text);
  await caller.untilAcks(count);
  return caller;
}

test("mllp receive --json begins with the listening lines and ends with the summary", async () => {
  const run = new Run("--listen :0 --listen :0?framing=mllp2 --count 2 --json --seed 7");
  const [port] = await run.ports(2);
  const caller = await exchange(port, framed(adt("MSG1")) + framed(adt("MSG1")), 2);
  assert.equal(await run.exit, 0);
  assert.deepEqual(acks(caller.text), ["AA MSG1", "AA MSG1"]);
  const { lines } = run;
  assert.deepEqual(lines.map((line) => line.event), [
    "listening",
    "listening",
    "open",
    "message",
    "message",
    "close",
    "summary",
  ]);
  assert.deepEqual(lines[0], { event: "listening", endpoint: `tcp://127.0.0.1:${port}`, framing: "mllp" });
  assert.equal(lines[1].framing, "mllp2");
  const { at, ...message } = lines[4];
  assert.match(String(at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(message, {
    event: "message",
    n: 2,
    connection: 1,
    type: "ADT^A01",
    controlId: "MSG1",
    bytes: adt("MSG1").length,
    attempt: 2,
    rule: null,
    draw: null,
    delayMs: 0,
    reply: ["AA"],
    outcome: "replied",
    warnings: [],
  });
  assert.deepEqual(lines[6], {
    event: "summary",
    messages: 2,
    replies: { AA: 2 },
    faults: {},
    connections: 1,
    duplicates: 1,
    probes: 0,
    refused: 0,
    frameFaults: {},
    noiseBytes: 0,
    held: 0,
    unanswered: 0,
    ends: {},
    spared: 0,
    strangers: 0,
    seed: 7,
    expect: [],
  });
  assert.match(run.stderr.text, new RegExp(`^listening mllp on 127\\.0\\.0\\.1:${port}\n`));
});

test("mllp receive --json --quiet prints the listening and summary lines only", async () => {
  const run = new Run("--listen :0 --count 1 --json --quiet");
  const [port] = await run.ports();
  await exchange(port, framed(adt("MSG1")), 1);
  await run.exit;
  assert.deepEqual(run.lines.map((line) => line.event), ["listening", "summary"]);
  assert.equal(run.stderr.text, "");
});

test("mllp receive shows people a line for each message, and no payload unless asked", async () => {
  for (const [flags, shows] of [["", false], ["--show-payload", true]] as const) {
    const run = new Run(`--listen :0 --count 1 --reply AE --seed 5 ${flags}`);
    const [port] = await run.ports();
    await exchange(port, framed(adt("MSG1")), 1);
    assert.equal(await run.exit, 0);
    assert.match(run.stderr.text, /replying AE, until 1 message has come; seed 5; Ctrl-C stops/);
    assert.match(run.stderr.text, /Z #1 {2}ADT\^A01 MSG1 +\d+B {2}AE\n/);
    assert.equal(/> EVN\|A01/.test(run.stderr.text), shows);
    assert.match(run.stdout.text, /^1 message on 1 connection in [\d.]+m?s, seed 5\n {2}replies +AE 1\n$/);
  }
});

test("mllp receive on a signal stops, sums up and exits 0", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const run = new Run("--listen :0 --reply none --json --quiet");
    const [port] = await run.ports();
    const caller = await callPort(port);
    caller.write(framed(adt("MSG1")));
    while (process.listenerCount(signal) === 0) await new Promise((resolve) => setImmediate(resolve));
    process.emit(signal, signal);
    assert.equal(await run.exit, 0);
    await caller.untilEnded();
    assert.equal(run.lines.at(-1)?.event, "summary");
    assert.equal(process.listenerCount(signal), 0, "its listener is gone");
  }
});

test("mllp receive on a port in use is one line and exit 3", async () => {
  const first = new Run("--listen :0 --count 1 --json --quiet");
  const [port] = await first.ports();
  const second = new Run(`--listen :${port}`);
  assert.equal(await second.exit, 3);
  assert.match(second.stderr.text, new RegExp(`^mllp receive: Cannot listen on .*127\\.0\\.0\\.1:${port}.*\n$`));
  await exchange(port, framed(adt("MSG1")), 1);
  await first.exit;
});

test("mllp receive refuses what cannot be, in one line that names it, with exit 2", async () => {
  writeFileSync(join(folder, "empty.hl7"), "");
  const rows: [string, RegExp][] = [
    ["--reply XX", /--reply.*'XX'.*wanted AA/],
    ["--reply file:/no/such/file", /reply file '\/no\/such\/file': there is no such file$/m],
    [`--reply file:${folder}`, /reply file '.*': it is a folder$/m],
    [`--reply file:${folder}/empty.hl7`, /empty\.hl7': it is empty/],
    ["--delay fast", /--delay.*'fast'/],
    ["--fault no-replay:1%", /did you mean 'no-reply'\?/],
    ["--fault no-reply:1% --fault no-reply:2%", /no-reply twice/],
    ["--reply echo --delay 5ms", /Cannot delay an echo/],
    ["--reply echo --framing mllp2", /Cannot echo in MLLP release 2/],
    ["--listen 2575", /--listen 2575:.*write :2575/],
    ["--listen :0?framing=mlp", /framing.*mlp.*did you mean mllp\?/],
    ["--idle-timeout 0", /--idle-timeout.*wanted more than 0/],
    ["--count 0", /--count.*'0'/],
    ["--tls", /--listen .*: wanted a certificate and its key: --cert and --key, or --tls-self-signed$/m],
    ["--cert x.pem", /wanted a certificate and its key: --cert and --key, or --tls-self-signed$/m],
    ["--cert /no/such.pem --key x", /Cannot read the file '\/no\/such\.pem' of --cert: there is no such file$/m],
    ["--listen tls://:0?cert=/no.pem --key x", /the file '\/no\.pem' of the option 'cert': there is no such file$/m],
    [`--cert ${folder}/empty.hl7 --key ${folder}/empty.hl7`, /Cannot use --cert: no certificate in PEM form in it$/m],
    ["--cert x.pem --listen unix:/tmp/x", /no listener speaks it/],
    ["--cert x.pem --tls-self-signed", /leave out --cert and --key/],
    ["--client-ca /no/such.pem --tls-self-signed", /\/no\/such\.pem' of --client-ca: /],
    [":2575", /':2575' is no scenario file: write --listen :2575$/m],
    ["2575", /'2575' is no scenario file: write --listen :2575$/m],
    ["moody", /moody: there is no such file; wanted a scenario$/m],
    ["--port 2575", /unknown option '--port'; did you mean --listen :PORT\?$/m],
    ["--deny no-final", /did you mean no-final-cr\?/],
    ["--lisen :0", /did you mean --listen\?/],
  ];
  for (const [args, says] of rows) {
    const run = new Run(args);
    assert.equal(await run.exit, 2, args);
    assert.match(run.stderr.text, says);
    assert.equal(run.stdout.text, "");
    const [line, ...rest] = run.stderr.text.split("\n").filter((text) => !/^(TLS with|warning:)/.test(text));
    assert.match(line, /^mllp receive: /);
    assert.deepEqual(rest, [""], args);
  }
});

test("mllp receive that runs nothing refuses what is about a run, and names both flags", async () => {
  const scenario = join(folder, "looked_at.yaml");
  writeFileSync(scenario, "version: 1\n");
  const rows: [string, RegExp][] = [
    ["--check --count 3", /--count is about a run, and --check runs nothing: leave one of them out$/m],
    ["--explain --for 1s", /--for is about a run, and --explain runs nothing/],
    [`--dry-run ${folder} --journal x.ndjson`, /--journal is about a run, and --dry-run runs nothing/],
    ["--check --journal-key PID-3", /--journal-key is about a run/],
    ["--check --control :0", /--control is about a run/],
    ["--check --control-token x", /--control-token is about a run/],
    ["--check --replay x.ndjson", /--replay is about a run/],
    ["--check --store x", /--store is about a run/],
    ["--check --show-payload", /--show-payload is about a run/],
    ["--why 1 --journal x --explain", /--why and --explain are two questions: leave one of them out$/m],
  ];
  for (const [args, says] of rows) {
    const run = new Run(`${scenario} ${args}`);
    assert.equal(await run.exit, 2, args);
    assert.match(run.stderr.text, says);
    assert.equal(run.stderr.text.trimEnd().split("\n").length, 1);
  }
  const fine = new Run(`${scenario} --check --explain --seed 7 --reply AE`);
  assert.equal(await fine.exit, 0, "what changes the scenario is looked at with it");
});

test("mllp receive says when it takes messages from other machines", async () => {
  const run = new Run("--listen 0.0.0.0:0 --for 1ms");
  assert.equal(await run.exit, 0);
  assert.match(run.stderr.text, /warning:.*tcp:\/\/0\.0\.0\.0:0 takes messages from other machines/);
});

test("mllp receive with a certificate of its own speaks TLS on listeners that say nothing, or that say tls", async () => {
  const alone = new Run("--listen :0 --tls-self-signed --for 1ms");
  assert.equal(await alone.exit, 0);
  assert.match(alone.stderr.text, /listening mllp on tls:\/\/127\.0\.0\.1:\d+/);
  const both = new Run("--listen :0 --listen tls://127.0.0.1:0 --tls-self-signed --for 1ms");
  assert.equal(await both.exit, 0);
  assert.match(both.stderr.text, /listening mllp on 127[^\n]*\nlistening mllp on tls:/);
});

const EVENT: MessageEvent = {
  event: "message",
  at: "2026-01-31T12:00:00.250Z",
  n: 1,
  connection: 1,
  type: "ADT^A01",
  controlId: "ABCDEFG000000000001",
  bytes: 300,
  attempt: 1,
  rule: null,
  draw: null,
  delayMs: 0,
  reply: ["AA"],
  outcome: "replied",
  warnings: [],
};

test("a message's line fits a terminal of 80 columns, with delay and fault", () => {
  const broken: MessageEvent = { ...EVENT, rule: "close-before-ack", delayMs: 50.04, reply: [], outcome: "fin" };
  for (const event of [EVENT, broken]) {
    const [line] = eventLines(event, true).map(plain);
    assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
  }
  assert.match(plain(eventLines(broken, true)[0]), /300B {2}\+50ms close-before-ack$/);
});

test("a message's line tells its end in words, unless the name of a fault does", () => {
  const rows: [Partial<MessageEvent>, RegExp][] = [
    [{ reply: [], outcome: "held", rule: "no-reply" }, /300B {2}no-reply$/],
    [{ reply: [], outcome: "held" }, /300B {2}no reply$/],
    [{ reply: ["AR"], outcome: "fin" }, /300B {2}AR closed$/],
    [{ reply: [], outcome: "dropped", rule: "no-reply" }, /300B {2}cut off no-reply$/],
    [{ attempt: 2 }, /300B {2}AA seen before$/],
    [{ attempt: 4 }, /300B {2}AA seen before 3 times$/],
  ];
  for (const [about, end] of rows) assert.match(plain(eventLines({ ...EVENT, ...about }, true)[0]), end);
});

test("a refused connection's line says why in words, not by a code", () => {
  const detail = "Cannot accept on tls://127.0.0.1:2576: the peer does not speak TLS, it sent plain bytes";
  const refused = { event: "refused", at: EVENT.at, endpoint: "tls://127.0.0.1:2576", reason: "tls_failed" } as const;
  const line = (peer: string) => plain(eventLines({ ...refused, peer, detail }, false)[0]);
  assert.equal(line("127.0.0.1:5000"), `${EVENT.at}    refused 127.0.0.1:5000: ${detail}`);
  assert.equal(line(""), `${EVENT.at}    refused ${detail}`);
});

test("a line shows a peer's control characters as escapes", () => {
  const [line] = eventLines({ ...EVENT, controlId: "A\u001b[2JB" }, false).map(plain);
  assert.match(line, /A\\x1b\[2JB/);
});

test("the summary leaves out what did not happen", () => {
  const totals = newTotals();
  assert.deepEqual(summaryLines(summarize(totals, 5), 1234), ["0 messages on 0 connections in 1.2s, seed 5"]);
  totals.messages = 1234;
  totals.replies.AA = 1200;
  totals.faults["no-reply"] = 34;
  totals.held = 34;
  totals.duplicates = 2;
  assert.deepEqual(summaryLines(summarize(totals, 5), 60_000), [
    "1,234 messages on 0 connections in 1m, seed 5",
    "  replies   AA 1,200   no reply 34",
    "  acted     no-reply 34",
    "  besides   seen before 2",
  ]);
});

test("the summary tells what each message got: a reply, none, or an end of its connection", () => {
  const totals = newTotals();
  totals.messages = 100;
  Object.assign(totals.replies, { AA: 60, AE: 4 });
  Object.assign(totals.faults, { "close-before-ack": 5, "two-tries-fail": 17, "close-after-ack": 3 });
  Object.assign(totals.ends, { fin: 10, rst: 6, partial: 1, none: 1 });
  totals.held = 8;
  totals.unanswered = 10;
  const [, replies] = summaryLines(summarize(totals, 5), 1000);
  assert.equal(
    replies,
    "  replies   AA 60   AE 4   no reply 8   closed 10   reset 6   a part of the reply 1   none due 1   cut off 10",
  );
  const told = [...replies.matchAll(/ (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  assert.equal(told, totals.messages);
});

test("ReceiveView on a terminal keeps a status line, and counts the lines it leaves out", async () => {
  const stderr = new RecordingStream(true);
  const output = createOutput({ stdout: new RecordingStream(), stderr, program: "mllp receive", now: () => 0 });
  const totals = newTotals();
  const summary = () => summarize(totals, 5);
  const view = new ReceiveView(output, { payloads: false, summary, open: () => 3 });
  for (let i = 0; i < 50; i++) {
    totals.messages++;
    totals.replies.AA++;
    if (view.wantsMessage()) view.event(EVENT);
  }
  totals.messages += 2;
  totals.held++;
  totals.ends.rst = 1;
  assert.equal(stderr.take(), "", "the turn is not over");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(plain(stderr.take()).match(/ADT\^A01/g)?.length, 20);
  view.tick();
  const drawn = plain(stderr.take());
  assert.match(drawn, /\.\.\. 30 more in this second/);
  assert.match(drawn, /messages 52 {3}52\/s {3}open 3 {3}AA 50 {3}no reply 1 {3}reset 1/);
  assert.equal(view.wantsMessage(), true, "a new second, new lines");
  view.end(summary(), 1000);
});
