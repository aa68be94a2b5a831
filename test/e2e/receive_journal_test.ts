/**
 * `mllp receive --journal` from the compiled binary: a full disk, a file that may not grow, and what is left
 * when it is killed under load.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { JournalMessage } from "../../receiver/journal/entry.ts";
import { readJournalFiles } from "../../receiver/journal/read.ts";
import { BINARY, start, startReceiver, tell } from "../binary.ts";
import { framed } from "../peer.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-journal-e2e-"));
after(() => rmSync(folder, { recursive: true }));

const message = (id: string) => `MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^A01^ADT_A01|${id}|P|2.5\rPID|1||900417\r`;

/** A client that keeps some messages in flight on one connection and remembers what was accepted. */
class Client {
  /** Control ids acknowledged AA. */
  readonly accepted: string[] = [];
  /** All acknowledgements as `CODE id`, in order. */
  readonly acks: string[] = [];
  readonly ended: Promise<void>;
  sent = 0;
  #text = "";

  constructor(port: number, name: string, inFlight: number, limit = Infinity) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const next = () => {
      if (this.sent < limit) socket.write(framed(message(`${name}${this.sent++}`)));
      else if (this.acks.length === limit) socket.end();
    };
    socket.on("connect", () => {
      for (let i = 0; i < inFlight; i++) next();
    });
    socket.on("data", (data) => {
      this.#text += data.toString("latin1");
      for (let end = this.#text.indexOf("\u001c\r"); end >= 0; end = this.#text.indexOf("\u001c\r")) {
        const [, code, id] = /\rMSA\|(\w\w)\|(\w*)/.exec(this.#text.slice(0, end))!;
        this.#text = this.#text.slice(end + 2);
        this.acks.push(`${code} ${id}`);
        if (code === "AA") this.accepted.push(id);
        next();
      }
    });
    socket.on("error", () => {});
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
  }
}

/** The messages of a journal, and how many of its lines were torn. */
async function readBack(path: string): Promise<{ messages: JournalMessage[]; torn: number }> {
  const messages: JournalMessage[] = [];
  let torn = 0;
  for await (const { line } of readJournalFiles(path, { torn: () => torn++ })) {
    if (!("journal" in line) && !("note" in line)) messages.push(line);
  }
  return { messages, torn };
}

test("mllp receive --journal on a full disk answers AE and not AA, and says so", async () => {
  for (const more of [[], ["--fsync"]]) {
    const receiver = await startReceiver(["--journal", "/dev/full", ...more]);
    const client = new Client(receiver.port, "F", 1, 20);
    await client.ended;
    const { code, stdout, stderr } = await receiver.stop();
    assert.equal(code, 0);
    assert.deepEqual(client.acks, Array.from({ length: 20 }, (_, i) => `AE F${i}`));
    assert.equal(stderr.match(/the journal \/dev\/full cannot be written: no space left on the device/g)?.length, 1);
    assert.match(stdout, /not written 20/);
  }
});

test("mllp receive --journal accepts what its file has room for, and leaves no half line when there is no more", async () => {
  const path = join(folder, "small.ndjson");
  // The shell ignores the signal that comes with the limit, and so does what it becomes.
  const script = `trap '' XFSZ; ulimit -f 8; exec "$0" receive --listen 127.0.0.1:0 --quiet --journal "$1"`;
  const child = spawn("sh", ["-c", script, BINARY, path], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const port = await new Promise<number>((resolve) => {
    child.stderr.on("data", (data) => {
      said += data;
      const found = /listening mllp on 127\.0\.0\.1:(\d+)/.exec(said);
      if (found !== null) resolve(Number(found[1]));
    });
  });
  const client = new Client(port, "L", 4, 60);
  await client.ended;
  const closed = new Promise((resolve) => child.once("close", resolve));
  tell(child, "SIGTERM");
  await closed;
  assert.match(said, /warning: the journal .*small\.ndjson cannot be written: larger than a file may be/);
  const { messages, torn } = await readBack(path);
  assert.equal(torn, 0);
  const accepted = messages.map(({ controlId }) => controlId);
  assert.deepEqual(accepted, client.accepted);
  assert.ok(accepted.length > 3 && accepted.length < 60, `${accepted.length} accepted`);
  assert.equal(client.acks.length, 60, "and the others were answered too");
});

test("mllp receive --journal writes whole lines of every message, rotated, from many connections", async () => {
  const path = join(folder, "rotated.ndjson");
  const receiver = await startReceiver(["--journal", path, "--journal-rotate", "64KiB", "--quiet"]);
  const clients = Array.from({ length: 8 }, (_, i) => new Client(receiver.port, `R${i}x`, 10, 100));
  await Promise.all(clients.map(({ ended }) => ended));
  await receiver.stop();
  const { messages } = await readBack(path);
  assert.deepEqual(
    messages.map(({ controlId }) => controlId).sort(),
    clients.flatMap(({ accepted }) => accepted).sort(),
  );
  assert.deepEqual(messages.map(({ n }) => n).sort((a, b) => a - b), Array.from({ length: 800 }, (_, i) => i + 1));
  for (let i = 1; i <= 5; i++) assert.ok(readFileSync(`${path}.${i}`).length <= 64 * 1024);
});

test("mllp receive --journal --fsync killed under load twenty times has every message that it accepted", async () => {
  const path = join(folder, "killed.ndjson");
  const accepted: string[] = [];
  for (let round = 0; round < 20; round++) {
    const receiver = start(["receive", "--listen", "127.0.0.1:0", "--quiet", "--journal", path, "--fsync"]);
    const [, port] = await receiver.waitFor("stderr", /listening mllp on 127\.0\.0\.1:(\d+)/);
    const clients = Array.from({ length: 8 }, (_, i) => new Client(Number(port), `K${round}c${i}m`, 4));
    // So that it is killed at another place of its work each time.
    const wanted = 150 + 37 * round;
    while (clients.reduce((sum, client) => sum + client.acks.length, 0) < wanted) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await receiver.stop("SIGKILL");
    await Promise.all(clients.map(({ ended }) => ended));
    for (const client of clients) {
      assert.equal(client.accepted.length, client.acks.length, "nothing but AA");
      accepted.push(...client.accepted);
    }
    const { messages, torn } = await readBack(path);
    assert.ok(torn <= 1);
    const written = new Set(messages.map(({ controlId }) => controlId));
    const missing = accepted.filter((id) => !written.has(id));
    assert.deepEqual(missing, [], `round ${round}`);
    for (const { reply, outcome } of messages.slice(-10)) assert.deepEqual([reply?.code, outcome], [["AA"], "replied"]);
  }
  assert.ok(accepted.length > 20 * 150);
});
