/**
 * The load models of `mllp spam` from the compiled binary, and what must hold of them: honest clocks,
 * sums that add up whatever happens, several machines that are one load.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { parseAllDocuments } from "yaml";
import type { RunDocument } from "../../lib/load/result.ts";
import { BINARY, run, start, startReceiver, tell } from "../binary.ts";
import { ack, closedPort, framed, idOf, type Peer, type Script, startPeer } from "../peer.ts";

let folder: string;
let accepting: Peer;

const accept: Script = (message, socket) => void socket.write(framed(ack(idOf(message))));

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-load-"));
  accepting = await startPeer(accept);
});

after(async () => {
  await accepting.close();
  rmSync(folder, { recursive: true });
});

/** Runs spam to its end; the document, checked to add up. */
async function load(port: number, args: readonly string[]): Promise<{ run: RunDocument; code: number | null }> {
  const { code, stdout, stderr } = await run(["spam", `127.0.0.1:${port}`, "--json", "--quiet", ...args]);
  assert.notEqual(stdout, "", stderr);
  return { run: checked(JSON.parse(stdout)), code };
}

function checked(document: RunDocument): RunDocument {
  const sum = Object.values(document.outcomes).reduce((total, count) => total + count, 0);
  assert.equal(sum, document.planned, JSON.stringify(document.outcomes));
  return document;
}

/** What a peer was sent, message by message. */
function messagesOf(peer: Peer): string[] {
  return peer.received().split("\u001c\r").filter((text) => text !== "").map((text) => text.replace("\v", ""));
}

test("mllp spam times a receiver that takes 50 ms as no less, in service and in response", async () => {
  const peer = await startPeer((message, socket) => {
    setTimeout(() => socket.write(framed(ack(idOf(message)))), 51);
  });
  const { run: document } = await load(peer.port, ["--rate", "10/s", "--duration", "2s"]);
  await peer.close();
  const { service, response } = document.latency_us;
  assert.ok(service.p50 >= 50_000 && response!.p50 >= service.p50, JSON.stringify({ service, response }));
});

test("mllp spam shows a freeze of two seconds in the response, while most service times stay as they were", async () => {
  let frozenUntil = 0;
  const peer = await startPeer((message, socket, ordinal) => {
    if (ordinal === 50) frozenUntil = performance.now() + 2000;
    setTimeout(() => socket.write(framed(ack(idOf(message)))), Math.max(0, frozenUntil - performance.now()));
  });
  const { run: document, code } = await load(peer.port, ["--rate", "100/s", "--duration", "4s"]);
  await peer.close();
  assert.equal(code, 0);
  const { service, response } = document.latency_us;
  assert.ok(response!.max >= 1_900_000 && response!.p99 >= 1_500_000, JSON.stringify(response));
  assert.ok(service.p50 < 500_000, JSON.stringify(service));
});

test("mllp spam by stages sends what they add up to, and ends with the last", async () => {
  const { run: document, code } = await load(accepting.port, [
    "--stages",
    "500ms@100,1s@100..300,500ms@6/m",
    "--connections",
    "8",
  ]);
  assert.equal(code, 0);
  assert.equal(document.planned, 251);
  assert.deepEqual(document.load, { kind: "stages", text: "500ms@100,1s@100..300,500ms@6/m", arrivals: "regular" });
  assert.equal(document.duration_s, 2);
});

test("mllp spam with Poisson arrivals plans the same for the same seed, with the precise pacer too", async () => {
  const args = ["--rate", "300/s", "--arrivals", "poisson", "--duration", "1s", "--connections", "8", "--seed", "9"];
  const runs = [await load(accepting.port, args), await load(accepting.port, [...args, "--pacer", "precise"])];
  const [ticked, precise] = runs.map(({ run }) => run.planned);
  assert.equal(ticked, precise);
  assert.notEqual(ticked, 300);
  for (const { run: document } of runs) assert.equal(document.outcomes.accepted, document.planned);
});

test("mllp spam by bursts sends each at once", async () => {
  const { run: document } = await load(accepting.port, [
    "--burst",
    "40/500ms",
    "--duration",
    "1s",
    "--connections",
    "40",
  ]);
  assert.deepEqual([document.planned, document.outcomes.accepted], [80, 80]);
});

test("mllp spam finds the highest rate at which an expression holds, as far as it may go", async () => {
  const peer = await startPeer((message, socket) => {
    setTimeout(() => socket.write(framed(ack(idOf(message)))), 5);
  });
  const { run: document, code } = await load(
    peer.port,
    ["--search", "errors <= 0", "--rate", "20/s", "--search-step", "1s", "--search-max", "40/s"],
  );
  await peer.close();
  assert.equal(code, 0);
  assert.deepEqual(document.search?.steps.map(({ asked, holds }) => [asked, holds]), [[20, true], [40, true]]);
  assert.deepEqual([document.search?.rate, document.load?.kind], [40, "search"]);
});

test("mllp spam keeps its warm-up out of the figures", async () => {
  const { run: document } = await load(accepting.port, ["--rate", "50/s", "--duration", "1s", "--warmup", "1s"]);
  assert.deepEqual([document.planned, document.outcomes.accepted], [50, 50]);
  assert.equal(document.warmup?.planned, 50);
});

test("mllp spam adds up when its target is killed in mid-run and comes back", async () => {
  const first = await startReceiver(["--quiet"]);
  const out = join(folder, "killed.json");
  const spam = start([
    "spam",
    `127.0.0.1:${first.port}`,
    "--rate",
    "200/s",
    "--duration",
    "3s",
    "--connections",
    "4",
    "--retries",
    "2",
    "--out",
    out,
  ]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await first.stop("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const second = start(["receive", "--listen", `127.0.0.1:${first.port}`, "--quiet"]);
  await second.waitFor("stderr", /listening/);
  const { code, stderr } = await spam.finished;
  await second.stop();
  const document = checked(JSON.parse(readFileSync(out, "utf8")));
  assert.equal(document.planned, 600, stderr);
  assert.ok(document.connections.reconnects >= 4, JSON.stringify(document.connections));
  assert.ok(document.outcomes.accepted > 300, JSON.stringify(document.outcomes));
  assert.equal(code, 0);
});

test("mllp spam adds up after Ctrl-C, and the second Ctrl-C ends it at once, with a report", async () => {
  const silent = await startPeer(() => {});
  const out = join(folder, "interrupted.json");
  const args = ["--rate", "100/s", "--connections", "10", "--timeout", "60s", "--out", out];
  const spam = start(["spam", `127.0.0.1:${silent.port}`, ...args]);
  while (messagesOf(silent).length < 10) await new Promise((resolve) => setTimeout(resolve, 20));
  tell(spam.child, "SIGINT");
  await spam.waitFor("stderr", /again stops at once/);
  tell(spam.child, "SIGINT");
  const { code, stdout } = await spam.finished;
  await silent.close();
  assert.equal(code, 4);
  assert.match(stdout, /Ended by SIGINT/);
  const document = checked(JSON.parse(readFileSync(out, "utf8")));
  assert.deepEqual([document.interrupted, document.outcomes.unanswered], ["SIGINT", 10]);
});

test("mllp spam exits 6 under --strict-generator only if it was the limit itself", async () => {
  const healthy = await load(accepting.port, ["--rate", "5/s", "--duration", "1s", "--strict-generator"]);
  assert.deepEqual([healthy.run.generator.verdict, healthy.code], ["healthy", 0]);
  const out = join(folder, "stalled.json");
  const args = ["--rate", "400/s", "--duration", "3s", "--connections", "8", "--strict-generator", "--out", out];
  const stalled = start(["spam", `127.0.0.1:${accepting.port}`, ...args]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  tell(stalled.child, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 600));
  tell(stalled.child, "SIGCONT");
  const { code, stdout } = await stalled.finished;
  assert.match(stdout, /generator was the limit for \d+ % of the run/);
  const document = checked(JSON.parse(readFileSync(out, "utf8")));
  assert.deepEqual([document.outcomes.accepted, document.planned, code], [1200, 1200, 6]);
});

test("mllp spam connects from the addresses it is told to", async () => {
  const from = new Set<string | undefined>();
  const peer = await startPeer(accept, (socket) => void from.add(socket.remoteAddress));
  const args = ["--source-ip", "127.0.0.2", "--source-ip", "127.0.0.3", "--connections", "4", "--count", "4"];
  const { code } = await load(peer.port, [...args, "--rate", "100/s"]);
  await peer.close();
  assert.equal(code, 0);
  assert.deepEqual([...from].sort(), ["127.0.0.2", "127.0.0.3"]);
});

/** A job of a manifest: what its container is run with. */
interface ManifestJob {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly completions: number;
}

function jobOf(path: string): ManifestJob {
  const text = readFileSync(new URL(`../../deploy/k8s/${path}`, import.meta.url), "utf8");
  const job = parseAllDocuments(text).map((document) => document.toJS()).find(({ kind }) => kind === "Job");
  const [{ args, env = [] }] = job.spec.template.spec.containers;
  const set = (env as { name: string; value: string }[]).map(({ name, value }) => [name, value]);
  return { args, env: Object.fromEntries(set), completions: job.spec.completions };
}

/** The arguments as Kubernetes would hand them over, in a folder of ours and with less to do. */
function shortened(args: readonly string[], env: Readonly<Record<string, string>>): string[] {
  const less = { "--rate=4000/s": "--rate=300/s", "--duration=10m": "--duration=1s", "--warmup=5s": "--warmup=200ms" };
  for (const long of Object.keys(less)) assert.ok(args.includes(long), `${long} is not among ${args}`);
  return args.map((arg) => less[arg as keyof typeof less] ?? arg)
    .map((arg) => arg.replace("--connections=64", "--connections=4").replace("/runs/", `${folder}/`))
    .map((arg) => arg.replace(/\$\((\w+)\)/g, (_, name) => env[name]));
}

test("the pods of the Kubernetes manifest send together what one process would, and merge to its report", async () => {
  const { args, env, completions } = jobOf("spam.yaml");
  assert.equal(env.JOB_COMPLETIONS, `${completions}`);
  const one = await startPeer(accept);
  const alone = { ...env, MLLP_TARGET: `127.0.0.1:${one.port}`, MLLP_START_AT: "+1s", JOB_COMPLETION_INDEX: "all" };
  const whole = await run(shortened(args, alone));
  assert.equal(whole.code, 0, whole.stderr);

  const many = await startPeer(accept);
  const at = new Date(Date.now() + 2500).toISOString();
  const pods = await Promise.all(Array.from({ length: completions }, (_, index) => {
    const own = { ...env, MLLP_TARGET: `127.0.0.1:${many.port}`, MLLP_START_AT: at, JOB_COMPLETION_INDEX: `${index}` };
    return run(shortened(args, own), { env: own });
  }));
  for (const { code, stderr } of pods) assert.equal(code, 0, stderr);

  const merge = jobOf("merge.yaml").args.map((arg) => arg.replace("/runs/", `${folder}/`));
  const merged = await run(merge.filter((arg) => !arg.startsWith("--fail-if=p99")));
  assert.equal(merged.code, 0, merged.stderr);
  await Promise.all([one.close(), many.close()]);

  const [total, single] = ["run.json", "run-all.json"]
    .map((name) => checked(JSON.parse(readFileSync(join(folder, name), "utf8"))));
  assert.deepEqual([total.planned, total.merged, total.shard], [300, completions, undefined]);
  const counts = ({ planned, sent, outcomes, acks, rate }: RunDocument) => ({
    planned,
    sent,
    outcomes,
    acks,
    rate: rate.asked,
  });
  assert.deepEqual(counts(total), counts(single));
  assert.equal(total.latency_us.response?.count, 300);
  assert.equal(total.started, new Date(at).toISOString());
  // The same messages, whoever sent them, but for their time stamps and the warm-up's.
  const ids = (peer: Peer) => messagesOf(peer).map(idOf).filter((id) => !/9\d{11}$/.test(id)).sort();
  assert.deepEqual(ids(many), ids(one));
});

test("mllp spam on a terminal is steered by keys, and its live view says so", async () => {
  // `script` gives the program a terminal; what it shows comes back on standard output.
  const out = join(folder, "keys.json");
  const line = `${BINARY} spam 127.0.0.1:${accepting.port} --rate 50/s --out ${out}`;
  const child = spawn("script", ["-qefc", line, "/dev/null"], {
    env: { ...process.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.on("data", (data) => shown += data);
  const until = async (pattern: RegExp) => {
    for (let tries = 0; !pattern.test(shown); tries++) {
      assert.ok(tries < 500, `no ${pattern} in ${shown.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    shown = "";
  };
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  await until(/p pause/);
  child.stdin.write("+");
  await until(/110 % of the plan by hand/);
  child.stdin.write("p");
  await until(/PAUSED/);
  child.stdin.write("p");
  await until(/110 % of the plan by hand/);
  child.stdin.write("q");
  assert.equal(await ended, 0);
  const document = checked(JSON.parse(readFileSync(out, "utf8")));
  assert.deepEqual(document.steering?.map(({ speed }) => speed), [1.1, 0, 1.1]);
  assert.equal(document.interrupted, "q");
});

test("mllp spam to a port where nothing listens leaves no file behind", async () => {
  const out = join(folder, "refused.json");
  const { code } = await run(["spam", `127.0.0.1:${await closedPort()}`, "--out", out, "--html", `${out}.html`]);
  assert.equal(code, 3);
  assert.throws(() => readFileSync(out), /ENOENT/);
});
