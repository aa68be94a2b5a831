/**
 * What `mllp spam` feeds while it runs, from the compiled binary: the log, the metrics, Axiom.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { RunDocument } from "../../lib/load/result.ts";
import { answer, type AxiomScript, takes, withAxiom } from "../axiom_stub.ts";
import { run, start } from "../binary.ts";
import { ack, closedPort, framed, idOf, type Peer, startPeer } from "../peer.ts";

let folder: string;
let peer: Peer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-sinks-"));
  peer = await startPeer((message, socket) => socket.write(framed(ack(idOf(message)))));
});

after(async () => {
  await peer.close();
  rmSync(folder, { recursive: true });
});

const target = () => `127.0.0.1:${peer.port}`;
const delivery = (document: RunDocument, to: string) => document.deliveries?.find((each) => each.to === to);

async function spam(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await run(["spam", target(), "--json", "--quiet", ...args], { env, cwd: folder });
  return { code, stderr, document: stdout === "" ? null : JSON.parse(stdout) as RunDocument };
}

test("mllp spam --log writes a line for each message, with the hash of what the receiver got", async () => {
  const path = join(folder, "log.ndjson");
  const seen = new Map<string, string>();
  const receiver = await startPeer((message, socket) => {
    const bytes = new TextEncoder().encode(message.replace(/\r$/, ""));
    seen.set(idOf(message), createHash("sha256").update(bytes).digest("hex"));
    socket.write(framed(ack(idOf(message))));
  });
  const args = ["--rate", "200/s", "--count", "100", "--log", path, "--log-key", "PID-3.1", "--json", "--quiet"];
  const { code, stdout } = await run(["spam", `127.0.0.1:${receiver.port}`, ...args]);
  await receiver.close();
  assert.equal(code, 0);
  const text = readFileSync(path, "utf8");
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ k }) => k).sort((a, b) => a - b), Array.from({ length: 100 }, (_, k) => k));
  for (const { controlId, hash, outcome, attempts, key } of lines) {
    assert.deepEqual([hash, outcome, attempts], [seen.get(controlId), "accepted", 1]);
    assert.ok(key !== null);
  }
  assert.ok(!text.includes("MSH"));
  assert.deepEqual(delivery(JSON.parse(stdout), "log"), { to: "log", delivered: 100, lost: 0, note: "" });
});

test("mllp spam whose log cannot be written goes on, says so and does not exit 0", async () => {
  if (!existsSync("/dev/full")) return;
  const { code, document, stderr } = await spam(["--rate", "200/s", "--count", "20", "--log", "/dev/full"]);
  assert.equal(code, 1);
  assert.equal(document?.outcomes.accepted, 20);
  assert.equal(delivery(document!, "log")?.lost, 20);
  assert.match(stderr, /mllp spam: --log \/dev\/full: cannot write the log: no space left on the device/);
});

test("mllp spam refuses a log to a pipe that nobody reads, instead of waiting for a reader", async () => {
  const path = join(folder, "pipe");
  if (spawnSync("mkfifo", [path]).status !== 0) return;
  const { code, stderr } = await spam(["--count", "1", "--log", path]);
  assert.equal(code, 2);
  assert.match(stderr, /--log \S+pipe: cannot write the file: nobody reads that pipe/);
});

test("mllp spam that reaches nobody leaves a log as it was", async () => {
  const path = join(folder, "older.ndjson");
  writeFileSync(path, "older\n");
  const { code } = await run(["spam", `127.0.0.1:${await closedPort()}`, "--count", "1", "--log", path]);
  assert.deepEqual([code, readFileSync(path, "utf8")], [3, "older\n"]);
});

function scrape(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => body += text);
      response.on("end", () => resolve(body));
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("mllp spam --metrics is read while it runs, and waits for one last look", async () => {
  const running = start([
    "spam",
    target(),
    "--rate",
    "100/s",
    "--duration",
    "1s",
    "--metrics",
    ":0",
    "--linger",
    "20s",
  ]);
  const [, url] = await running.waitFor("stderr", /metrics on (\S+)/);
  assert.match(await scrape(url), /# TYPE process_cpu_seconds_total counter/);
  await running.waitFor("stderr", /metrics stay on .* 20s at most/);
  const last = await scrape(url);
  assert.match(last, /^mllp_messages_total\{outcome="accepted"\} 100$/m);
  assert.match(last, /^mllp_sent_total 100$/m);
  assert.equal((await running.finished).code, 0);
});

test("mllp spam that lingers ends at once at Ctrl-C, with the status of its run", async () => {
  const running = start(["spam", target(), "--rate", "100/s", "--count", "5", "--metrics", ":0", "--linger", "60s"]);
  await running.waitFor("stderr", /metrics stay on/);
  const { code, stdout } = await running.stop("SIGINT");
  assert.equal(code, 0);
  assert.match(stdout, /All 5 messages were accepted/);
});

test("mllp spam whose metrics port is taken exits 2 and sends nothing", async () => {
  const before = peer.received().length;
  const { code, stderr, document } = await spam(["--count", "1", "--metrics", target()]);
  assert.deepEqual([code, document, peer.received().length], [2, null, before]);
  assert.match(stderr, /--metrics: Cannot listen on .*: the address is in use/);
});

test("mllp spam --axiom-dataset without a token exits 2 and names the variables", async () => {
  const { code, stderr } = await spam(["--count", "1", "--axiom-dataset", "example"], {
    AXIOM_TOKEN: "",
    API_TOKEN: "",
  });
  assert.equal(code, 2);
  assert.match(stderr, /set AXIOM_TOKEN or API_TOKEN in the environment or in \.env/);
});

test("mllp spam -ld takes the token of .env and delivers an event for each message", async () => {
  const home = mkdtempSync(join(folder, "home-"));
  writeFileSync(join(home, ".env"), "API_TOKEN=xaat-example\n");
  await withAxiom(takes, async (url, asked) => {
    const words = `-host 127.0.0.1 -p ${peer.port} -sps 100 -mode spam -ld example`.split(" ");
    const args = ["spam", ...words, "--count", "10", "--axiom-url", url, "--json", "--quiet"];
    const { code, stdout, stderr } = await run(args, { cwd: home, env: { AXIOM_TOKEN: "" } });
    assert.equal(code, 0, stderr);
    assert.deepEqual(delivery(JSON.parse(stdout), "axiom"), { to: "axiom", delivered: 10, lost: 0, note: "" });
    assert.equal(asked[0].headers.authorization, "Bearer xaat-example");
    const events = asked.flatMap(({ events }) => events);
    assert.equal(events.length, 10);
    assert.deepEqual(Object.keys(events[0]).slice(0, 6), [
      ...["_time", "testDay", "correlationId", "messageSentTimeStamp", "acknowledgmentCode", "message"],
    ]);
  });
});

test("mllp spam sends every message at its time, whatever Axiom does", async () => {
  const scripts: [string, AxiomScript][] = [
    ["500", (_, response) => answer(response, 500)],
    ["429", (_, response) => answer(response, 429, {}, { "Retry-After": "3600" })],
    ["401", (_, response) => answer(response, 401)],
    ["hang", () => {}],
  ];
  const args = ["--rate", "500/s", "--duration", "2s", "--connections", "4", "--axiom-dataset", "example"];
  await Promise.all(scripts.map(([name, script]) =>
    withAxiom(script, async (url) => {
      const { code, document } = await spam([...args, "--axiom-url", url], { AXIOM_TOKEN: "xaat-example" });
      assert.equal(code, 0, name);
      assert.deepEqual([document?.planned, document?.outcomes.accepted], [1000, 1000], name);
      // One that waited for Axiom would wait the ten seconds of a hanging request; a busy machine takes less than two.
      for (const clock of ["lag", "service", "response"] as const) {
        assert.ok(
          document!.latency_us[clock]!.max < 2_000_000,
          `${name}: ${clock} ${document!.latency_us[clock]!.max}`,
        );
      }
      const { delivered, lost, note } = delivery(document!, "axiom")!;
      assert.deepEqual([delivered, lost], [0, 1000], name);
      assert.notEqual(note, "", name);
    })
  ));
});

test("mllp spam that is told twice to stop does not wait for an Axiom that hangs", async () => {
  await withAxiom(() => {}, async (url) => {
    const running = start(
      ["spam", target(), "--rate", "50/s", "--axiom-dataset", "example", "--axiom-url", url, "--json"],
      { env: { AXIOM_TOKEN: "xaat-example" } },
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    process.kill(running.child.pid!, "SIGINT");
    await running.waitFor("stderr", /Ctrl-C again/);
    const { stdout } = await running.stop("SIGINT");
    assert.ok(delivery(JSON.parse(stdout), "axiom")!.lost > 0);
  });
});
