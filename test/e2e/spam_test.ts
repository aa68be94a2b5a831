/**
 * `mllp spam` from the compiled binary: reports, sums, thresholds, exits, signals, and the words of
 * mllp_spammer.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { RunDocument } from "../../lib/load/result.ts";
import { run, start, startReceiver } from "../binary.ts";
import { ack, closedPort, framed, idOf, type Peer, type Script, startPeer } from "../peer.ts";

let folder: string;
let accepting: Peer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-spam-"));
  accepting = await startPeer((message, socket) => socket.write(framed(ack(idOf(message)))));
});

after(async () => {
  await accepting.close();
  rmSync(folder, { recursive: true });
});

async function load(script: Script, args: readonly string[]): Promise<{ run: RunDocument; code: number | null }> {
  const peer = await startPeer(script);
  try {
    const { code, stdout } = await run(["spam", `127.0.0.1:${peer.port}`, "--json", "--quiet", ...args]);
    return { run: JSON.parse(stdout) as RunDocument, code };
  } finally {
    await peer.close();
  }
}

function sum(document: RunDocument): number {
  return Object.values(document.outcomes).reduce((total, count) => total + count, 0);
}

const accept: Script = (message, socket) => void socket.write(framed(ack(idOf(message))));

test("mllp spam prints the run document with the keys that scripts rely on", async () => {
  const { run: document, code } = await load(accept, ["--rate", "200/s", "--duration", "1s", "--connections", "4"]);
  assert.equal(code, 0);
  assert.equal(document.schema, "mllp.run/1");
  assert.equal(document.planned, 200);
  assert.deepEqual([document.outcomes.accepted, document.acks.AA], [200, 200]);
  assert.equal(sum(document), document.planned);
  assert.equal(document.rate.asked, 200);
  for (const clock of ["lag", "service", "response"] as const) {
    const row = document.latency_us[clock];
    assert.equal(row?.count, 200, clock);
    for (const key of ["min", "mean", "p50", "p90", "p95", "p99", "p99_9", "max"]) assert.ok(key in row!, key);
  }
  assert.ok(document.latency_us.response!.max >= document.latency_us.service.max);
});

test("mllp spam in a closed loop has no lag and no response, and says so", async () => {
  const { run: document, code } = await load(accept, ["--closed", "--count", "500", "--connections", "4"]);
  assert.equal(code, 0);
  assert.deepEqual([document.planned, document.sent, document.outcomes.accepted], [500, 500, 500]);
  assert.deepEqual([document.latency_us.lag, document.latency_us.response], [null, null]);
  const { stdout } = await run(["spam", `127.0.0.1:${accepting.port}`, "--closed", "--count", "50"]);
  assert.match(stdout, /closed loop: hides stalls/);
});

test("mllp spam gives each message its own MSH-10 and a fresh MSH-7", async () => {
  const ids = new Set<string>();
  const times = new Set<string>();
  const { run: document } = await load((message, socket, ordinal) => {
    ids.add(idOf(message));
    times.add(message.split("|")[6]);
    accept(message, socket, ordinal);
  }, ["--rate", "100/s", "--count", "120", "--connections", "3", "--in-flight", "2"]);
  assert.equal(document.outcomes.accepted, 120);
  assert.equal(ids.size, 120);
  assert.ok(times.size > 50, `${times.size} different times`);
});

test("mllp spam counts every message of a receiver that never answers as timed out, at its timeout", async () => {
  const { run: document, code } = await load(
    () => {},
    ["--rate", "50/s", "--duration", "1s", "--connections", "50", "--timeout", "300ms"],
  );
  assert.equal(code, 4);
  assert.equal(document.outcomes.timeout + document.outcomes.unsent, document.planned);
  assert.equal(document.outcomes.timeout, document.sent);
  // A histogram of three digits: within 0.1 % of the timeout.
  assert.ok(Math.abs(document.latency_us.service.min - 300_000) < 300, String(document.latency_us.service.min));
});

test("mllp spam sends what a lost connection took with it again, with the same MSH-10, and counts the retry", async () => {
  const ids: string[] = [];
  const { run: document } = await load((message, socket, ordinal) => {
    ids.push(idOf(message));
    if (ordinal === 3) socket.resetAndDestroy();
    else accept(message, socket, ordinal);
  }, ["--rate", "50/s", "--count", "20", "--retries", "1", "--backoff", "20ms"]);
  assert.equal(document.outcomes.accepted, 20);
  assert.deepEqual([document.retries, document.connections.reconnects], [1, 1]);
  assert.equal(ids.length, 21);
  assert.equal(new Set(ids).size, 20);
  assert.equal(ids[3], ids[4]);
});

test("mllp spam counts resets and closes as what they are when it may not try again", async () => {
  const { run: document, code } = await load((_message, socket, ordinal) => {
    if (ordinal % 2 === 0) socket.resetAndDestroy();
    else socket.end();
  }, ["--rate", "50/s", "--count", "10", "--connection-per-message"]);
  assert.deepEqual([document.outcomes.reset, document.outcomes.closed], [5, 5]);
  assert.equal(sum(document), document.planned);
  assert.equal(code, 4);
});

test("mllp spam tells each kind of acknowledgement that answers nothing from the others", async () => {
  const { run: document } = await load((message, socket, ordinal) => {
    const id = idOf(message);
    if (ordinal === 1) socket.write(framed(ack("OTHER")));
    if (ordinal === 2) socket.write(framed("MSH|^~\\&|LAB|||||20260131||ADT^A08|X1|P|2.5\r"));
    socket.write(Buffer.concat(ordinal === 3 ? [framed(ack(id)), framed(ack(id))] : [framed(ack(id))]));
  }, ["--rate", "50/s", "--count", "6"]);
  const { wrong_id, no_msa, duplicate } = document.anomalies;
  assert.deepEqual({ wrong_id, no_msa, duplicate }, { wrong_id: 1, no_msa: 1, duplicate: 1 });
  assert.equal(document.outcomes.accepted, 6);
});

test("mllp spam groups the reasons of negative acknowledgements, and exits 1 when nothing was accepted", async () => {
  const { run: document, code } = await load(
    (message, socket) => void socket.write(framed(ack(idOf(message), "AE", "No such bed"))),
    ["--rate", "50/s", "--count", "10"],
  );
  assert.equal(document.outcomes.error, 10);
  assert.match(document.errors[0].text, /No such bed/);
  assert.equal(document.errors[0].count, 10);
  assert.equal(code, 1);
});

test("mllp spam exits 1 when a threshold is met, and 0 when none is", async () => {
  const args = ["spam", `127.0.0.1:${accepting.port}`, "--rate", "50/s", "--count", "10"];
  const bad = await run([...args, "--fail-if", "min(service) >= 0ms"]);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /THRESHOLDS/);
  assert.equal((await run([...args, "--fail-if", "errors > 0", "--fail-if", "lost > 0.1%"])).code, 0);
});

for (
  const [what, args, says] of [
    ["a threshold that the mode does not have", ["--closed", "--fail-if", "p99(lag) > 1ms"], /lag/],
    ["a bad threshold", ["--fail-if", "p98(service) > 1ms"], /p98/],
    ["a bad rate", ["--rate", "fast"], /--rate.*fast/],
    ["no message in the file", [import.meta.filename!], /no HL7 message/],
    ["a missing file", ["nowhere.hl7"], /nowhere\.hl7/],
  ] as const
) {
  test(`mllp spam with ${what}: one line, exit 2, nothing sent`, async () => {
    const before = accepting.connections();
    const { code, stderr } = await run(["spam", `127.0.0.1:${accepting.port}`, ...args]);
    assert.equal(code, 2);
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
    assert.equal(accepting.connections(), before);
  });
}

test("mllp spam off loopback asks for --yes in a closed loop and above 100/s, before anything is sent", async () => {
  for (const args of [["--closed"], ["--rate", "101/s"]]) {
    const { code, stderr } = await run(["spam", "192.0.2.1:2575", ...args, "--duration", "1s"]);
    assert.equal(code, 2);
    assert.match(stderr, /--yes/);
  }
});

test("mllp spam to a port where nothing listens: exit 3", async () => {
  const { code, stderr } = await run(["spam", `127.0.0.1:${await closedPort()}`, "--count", "1"]);
  assert.equal(code, 3);
  assert.match(stderr, /refused/);
});

test("mllp spam drains at Ctrl-C, reports, and exits 130", async () => {
  let come = 0;
  const peer = await startPeer((message, socket) => {
    come++;
    setTimeout(() => socket.write(framed(ack(idOf(message)))), 200);
  });
  const out = join(folder, "run.json");
  const args = ["--rate", "50/s", "--connections", "20", "--out", out];
  const running = start(["spam", `127.0.0.1:${peer.port}`, ...args]);
  while (come < 10) await new Promise((resolve) => setTimeout(resolve, 20));
  const { code, stdout } = await running.stop("SIGINT");
  await peer.close();
  assert.equal(code, 130);
  assert.match(stdout, /RESULT/);
  const document = JSON.parse(readFileSync(out, "utf8")) as RunDocument;
  assert.equal(document.interrupted, "SIGINT");
  assert.equal(sum(document), document.planned);
  assert.equal(document.outcomes.unanswered, 0);
  assert.ok(document.outcomes.accepted > 0);
});

test("mllp spam takes the messages of a folder in turn", async () => {
  for (const [name, type] of [["a.hl7", "A01"], ["b.hl7", "A08"]]) {
    writeFileSync(join(folder, name), `MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^${type}|X|P|2.5\rPID|1\r`);
  }
  const types: string[] = [];
  const messages = join(folder, "messages");
  const { mkdirSync, renameSync } = await import("node:fs");
  mkdirSync(messages);
  for (const name of ["a.hl7", "b.hl7"]) renameSync(join(folder, name), join(messages, name));
  await load((message, socket, ordinal) => {
    types.push(/ADT\^(\w+)/.exec(message)![1]);
    accept(message, socket, ordinal);
  }, [messages, "--rate", "50/s", "--count", "4"]);
  assert.deepEqual(types, ["A01", "A08", "A01", "A08"]);
});

test("mllp spam speaks release 2", async () => {
  const receiver = await startReceiver(["--framing", "mllp2"]);
  const { code, stdout } = await run(
    ["spam", `127.0.0.1:${receiver.port}`, "--framing", "mllp2", "--closed", "--count", "50", "--json", "--quiet"],
  );
  await receiver.stop();
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as RunDocument).outcomes.accepted, 50);
});

/** A server that sends every byte back, as the seed's tcpbin does. */
async function startEcho(): Promise<{ server: Server; port: string; received: () => string }> {
  let received = "";
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      received += data.toString("latin1");
      socket.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: String((server.address() as { port: number }).port), received: () => received };
}

const CLASSIC_LINE =
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12},\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,(.*)$/;

test("mllp spam runs mllp_spammer's once mode against a plain TCP echo", async () => {
  const echo = await startEcho();
  const line = ["spam", "-host", "localhost", "-p", echo.port, "-sps", "1", "-mode", "once"];
  const report = await run(line);
  assert.equal(report.code, 0, report.stdout + report.stderr);
  assert.match(report.stdout, /accepted\s+1\b/);
  const classic = await run([...line, "--format", "classic"]);
  echo.server.close();
  assert.equal(classic.code, 0);
  const lines = classic.stdout.trim().split("\n");
  assert.equal(lines.length, 1, classic.stdout);
  assert.match(lines[0], CLASSIC_LINE);
  assert.match(lines[0], /MSH\|/);
});

test("mllp spam runs mllp_spammer's spam mode until it is stopped", async () => {
  const echo = await startEcho();
  const running = start(
    ["spam", "-host", "localhost", "-p", echo.port, "-sps", "20", "-mode", "spam", "--format", "classic"],
  );
  await running.waitFor("stdout", /(.*\n){5}/);
  const { code, stdout } = await running.stop("SIGINT");
  echo.server.close();
  assert.equal(code, 130);
  for (const line of stdout.trim().split("\n")) assert.match(line, CLASSIC_LINE);
});

test("mllp spam prints a failure as mllp_spammer did: Socket Error", async () => {
  const silent = await startPeer((_message, socket) => socket.end());
  const { stdout, code } = await run(
    ["spam", "-host", "127.0.0.1", "-p", String(silent.port), "-mode", "once", "--format", "classic"],
  );
  await silent.close();
  assert.match(stdout, /^Socket Error - .+/m);
  assert.equal(code, 4);
});

test("mllp spam -m sends the text, -aip false without a frame, -rop false shows the reply's frame bytes", async () => {
  const echo = await startEcho();
  const line = ["spam", "-host", "localhost", "-p", echo.port, "-mode", "once", "--format", "classic", "-m", "PING"];
  const withFrame = await run([...line, "-rop", "false"]);
  assert.equal(echo.received(), "\vPING\r\u001c\r");
  assert.match(withFrame.stdout, /,\\x0b PING|,\\x0bPING|,\\x0BPING/);
  const stripped = await run(line);
  assert.match(stripped.stdout, /,PING(\\r)?$/m);
  const before = echo.received().length;
  const bare = await run([...line, "-aip", "false"]);
  assert.equal(echo.received().slice(before), "PING");
  assert.match(bare.stdout, /,PING$/m);
  echo.server.close();
});
