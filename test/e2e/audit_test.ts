/**
 * `mllp audit` and `mllp send --from-journal` from the compiled binary: load against its own receiver, directly, with
 * faults, and through an engine that gives messages new ids.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AuditDocument } from "../../lib/audit/document.ts";
import { run, type Running, startReceiver } from "../binary.ts";
import { ack, framed, idOf, startPeer } from "../peer.ts";

let folder: string;
before(() => folder = mkdtempSync(join(tmpdir(), "mllp-audit-")));
after(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const lines = (name: string) => readFileSync(path(name), "utf8").trimEnd().split("\n");

async function receiving(
  journal: string,
  args: readonly string[],
  work: (port: number) => Promise<void>,
): Promise<void> {
  const receiver: Running & { port: number } = await startReceiver(["--journal", path(journal), ...args]);
  try {
    await work(receiver.port);
  } finally {
    await receiver.stop();
  }
}

async function spam(port: number, log: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run([
    ...["spam", `127.0.0.1:${port}`, "--connections", "4", "--log", path(log), "--out", path(`${log}.json`), "--quiet"],
    ...args,
  ]);
  assert.equal(code, 0, stderr);
}

async function audit(log: string, journal: string, ...args: string[]) {
  const { code, stdout, stderr } = await run([
    ...["audit", "--sent", path(log), "--received", path(journal), "--json", "--quiet", ...args],
  ]);
  return { code, stderr, document: stdout === "" ? null : JSON.parse(stdout) as AuditDocument };
}

describe("the binary's audit", () => {
  test("the binary's audit accounts for every message of a run, its warm-up and several connections included", async () => {
    // Without a promise of order, messages of one patient on two connections may come in either.
    const load = ["--mix", "adt=1", "--keep-order", "PID-3", "--rate", "90/s", "--warmup", "300ms", "--count", "100"];
    await receiving(
      "clean-j",
      ["--journal-key", "PID-3.1"],
      (port) => spam(port, "clean", ...load, "--log-key", "PID-3.1"),
    );
    const { code, document, stderr } = await audit("clean", "clean-j", "--run", path("clean.json"));
    assert.equal(code, 0, stderr);
    assert.deepEqual(document!.counts, {
      lost: 0,
      acknowledged_not_received: 0,
      duplicated: 0,
      reordered: 0,
      altered: 0,
      foreign: 0,
      received_not_acknowledged: 0,
      resent: 0,
    });
    assert.equal(document!.received.different, 100);
    assert.ok(document!.received.earlier > 0);
  });

  test("the binary's audit finds what was taken out of a journal, put into it, and changed in it", async () => {
    await receiving("changed-j", [], (port) => spam(port, "changed", "--rate", "90/s", "--count", "40"));
    const isMessage = (line: string) => line.startsWith('{"n":');
    const journal = lines("changed-j");
    const messages = journal.filter(isMessage);
    assert.equal(messages.length, 40);
    const [lost, stranger, copied, altered] = messages;
    const id = (line: string) => JSON.parse(line).controlId as string;
    const changed = journal.filter((line) => line !== lost && line !== altered);
    changed.push(stranger.replaceAll(id(stranger), "STRANGER"), copied);
    changed.push(altered.replace(/"hash":"(.)/, (_, first) => `"hash":"${first === "0" ? "1" : "0"}`));
    writeFileSync(path("changed-j"), `${changed.join("\n")}\n`);
    const { code, document } = await audit("changed", "changed-j");
    assert.equal(code, 1);
    const { examples, counts } = document!;
    assert.deepEqual(examples.acknowledged_not_received.map(({ controlId }) => controlId), [id(lost)]);
    assert.deepEqual(examples.foreign.map(({ controlId }) => controlId), ["STRANGER"]);
    assert.deepEqual(examples.duplicated.map(({ controlId }) => controlId), [id(copied)]);
    assert.deepEqual(examples.altered.map(({ controlId }) => controlId), [id(altered)]);
    assert.deepEqual([counts.reordered, counts.resent, counts.received_not_acknowledged], [0, 0, 0]);
  });

  test("the binary's audit takes what a faulty receiver made the sender send again for what it is", async () => {
    const faults = ["--fault", "close-before-ack:20%", "--fault", "reset-before-ack:20%", "--seed", "5"];
    await receiving(
      "faulty-j",
      faults,
      (port) =>
        spam(
          port,
          "faulty",
          "--rate",
          "90/s",
          "--count",
          "60",
          "--retries",
          "1",
          "--backoff",
          "10ms",
          "--timeout",
          "2s",
        ),
    );
    const { code, document } = await audit("faulty", "faulty-j", "--run", path("faulty.json"));
    assert.equal(code, 0, JSON.stringify(document));
    assert.ok(document!.counts.resent > 0);
    assert.deepEqual(document!.failed, []);
    assert.ok(document!.received.messages > 60);
    assert.equal((await audit("faulty", "faulty-j", "--fail-on", "resent")).code, 1);
  });

  test("the binary's audit by key proves delivery through an engine that rewrites ids, and its loss", async () => {
    await receiving("engine-j", ["--journal-key", "PV1-19"], async (port) => {
      const engine = await startEngine(port, (ordinal) => ordinal !== 7);
      await spam(
        engine.port,
        "engine",
        "--rate",
        "90/s",
        "--count",
        "30",
        "--log-key",
        "PV1-19",
        "--set",
        "PV1-19={{control_id}}",
      );
      await engine.close();
    });
    const { code, document } = await audit("engine", "engine-j", "--by", "key");
    assert.equal(code, 1);
    const { lost, foreign, altered } = document!.counts;
    assert.deepEqual({ lost, foreign, altered }, { lost: 1, foreign: 0, altered: 0 });
    const byId = (await audit("engine", "engine-j")).document!.counts;
    assert.deepEqual([byId.lost, byId.foreign], [30, 29]);
  });

  test("the binary's audit refuses a log that it cannot trust", async () => {
    await receiving("short-j", [], (port) => spam(port, "short", "--rate", "90/s", "--count", "5"));
    writeFileSync(path("short"), lines("short").slice(1).map((line) => `${line}\n`).join(""));
    const { code, stderr } = await audit("short", "short-j", "--run", path("short.json"));
    assert.deepEqual([code, /Cannot judge: the logs hold 4 messages, and --run says 5;/.test(stderr)], [2, true]);
    assert.match((await audit("short", "short-j")).stderr, /1 message of the run is in no log/);
  });
});

/** Takes each message, gives it an id of its own and passes it on if it is to; answers AA whatever becomes of it. */
async function startEngine(port: number, passes: (ordinal: number) => boolean) {
  const onward: Socket = connect(port, "127.0.0.1");
  onward.setNoDelay(true);
  let answers = 0;
  let passed = 0;
  let answered = () => {};
  onward.on("data", (chunk) => {
    answers += chunk.filter((byte) => byte === 0x1c).length;
    if (answers === passed) answered();
  });
  const peer = await startPeer((message, socket, ordinal) => {
    const id = idOf(message);
    if (passes(ordinal)) {
      passed++;
      onward.write(framed(message.replace(`|${id}|`, `|ENGINE${ordinal}|`)));
    }
    socket.write(framed(ack(id)));
  });
  return {
    port: peer.port,
    async close() {
      await peer.close();
      if (answers < passed) await new Promise<void>((resolve) => answered = resolve);
      onward.end();
    },
  };
}

describe("the binary's send --from-journal", () => {
  const adt = (id: string) => `MSH|^~\\&|A|B|C|D|20260131||ADT^A01|${id}|P|2.5\rPID|1||4711\r`;

  test("the binary's send --from-journal sends what was received again, byte for byte and with its spacing", async () => {
    await receiving("first-j", ["--payload", "full"], async (port) => {
      const input = ["M1", "M2", "M3"].map(adt).join("");
      const { code } = await run(["send", `127.0.0.1:${port}`, "-", "--interval", "300ms"], { input });
      assert.equal(code, 0);
    });
    const messages = (name: string) =>
      lines(name).map((line) => JSON.parse(line)).filter((line) => "n" in line && !("note" in line));
    const spacing = (name: string) => {
      const [first, , third] = messages(name).map(({ at }) => Date.parse(at));
      return third - first;
    };
    // Messages reach the receiver as late as the machine lets them, the first as well: no spacing is exact.
    for (const [speed, least, most] of [["1x", 0.8, Infinity], ["max", 0, 0.8]] as const) {
      await receiving(`again-${speed}`, ["--payload", "full"], async (port) => {
        const { code, stdout } = await run([
          ...["send", `127.0.0.1:${port}`, "--from-journal", path("first-j"), "--speed", speed],
        ]);
        assert.deepEqual([code, stdout.includes("3 messages: 3 accepted")], [0, true]);
      });
      const same = ({ controlId, hash, payload }: Record<string, unknown>) => ({ controlId, hash, payload });
      assert.deepEqual(messages(`again-${speed}`).map(same), messages("first-j").map(same));
      const share = spacing(`again-${speed}`) / spacing("first-j");
      assert.ok(share >= least && share <= most, `${share}`);
    }
  });

  test("the binary's send --from-journal refuses a journal without whole messages", async () => {
    await receiving("headers-j", [], async (port) => {
      assert.equal((await run(["send", `127.0.0.1:${port}`])).code, 0);
      const { code, stderr } = await run(["send", `127.0.0.1:${port}`, "--from-journal", path("headers-j")]);
      assert.equal(code, 2);
      assert.match(stderr, /the journal keeps headers only, wanted .*--payload full/);
    });
  });
});
