/**
 * The control API of the compiled binary, as others than `mllp ctl` see it: who may use it, what it says of itself, and that no client of it
 * holds up a message.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { run, start } from "../binary.ts";
import { acks } from "../receiver/caller.ts";
import { type Controlled, withReceiver } from "./controlled.ts";

const timeout = 120_000;

/** A request as its bytes say; the status, and the rest of the answer. */
function request(url: string, lines: readonly string[]): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("data", (data) => text += data.toString("latin1"));
    socket.on("error", reject);
    socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }));
    socket.write([...lines, "Connection: close", "", ""].join("\r\n"));
  });
}

test("The control API is for this machine alone, and for no page that a browser shows", { timeout }, async () => {
  await withReceiver(null, async ({ url }) => {
    const { host } = new URL(url);
    const get = "GET /v1/status HTTP/1.1";
    assert.equal((await request(url, [get, `Host: ${host}`])).status, 200);
    assert.equal((await request(url, [get, "Host: localhost:1"])).status, 200);
    const foreign = await request(url, [get, "Host: evil.example"]);
    assert.deepEqual([foreign.status, /This is not the host 'evil\.example'/.test(foreign.text)], [403, true]);
    const heal = "POST /v1/heal HTTP/1.1";
    assert.equal((await request(url, [heal, `Host: ${host}`, "Origin: http://evil.example"])).status, 403);
    assert.equal((await request(url, [heal, `Host: ${host}`, "Sec-Fetch-Site: cross-site"])).status, 403);
    assert.equal((await request(url, ["TRACE /v1/heal HTTP/1.1", `Host: ${host}`])).status, 405);
    assert.equal((await request(url, ["GET /v2 HTTP/1.1", `Host: ${host}`])).status, 404);
  });
});

test("The control API off loopback wants a token, and so does the start", { timeout }, async () => {
  const args = ["receive", "--listen", "127.0.0.1:0", "--json", "--control", "0.0.0.0:0"];
  const without = await run(args, { env: { MLLP_CONTROL_TOKEN: "" } });
  assert.deepEqual(
    [without.code, /wanted a token: MLLP_CONTROL_TOKEN/.test(without.stderr)],
    [2, true],
    without.stderr,
  );
  const running = start(args, { env: { MLLP_CONTROL_TOKEN: "sesame" } });
  const [, port] = await running.waitFor("stdout", /^{"event":"control","url":"http:\/\/0\.0\.0\.0:(\d+)"}$/m);
  await running.waitFor("stderr", /can be reached from other machines/);
  const control = ["--control", `127.0.0.1:${port}`];
  const none = await run(["ctl", "status", ...control], { env: { MLLP_CONTROL_TOKEN: "" } });
  assert.deepEqual([none.code, none.stderr], [2, "mllp ctl: The bearer token is missing\n"]);
  const wrong = await run(["ctl", "heal", ...control], { env: { MLLP_CONTROL_TOKEN: "sesam" } });
  assert.deepEqual([wrong.code, wrong.stderr], [2, "mllp ctl: The bearer token is wrong\n"]);
  assert.equal((await run(["ctl", "status", ...control], { env: { MLLP_CONTROL_TOKEN: "sesame" } })).code, 0);
  assert.equal((await run(["ctl", "status", ...control, "--control-token", "sesame"])).code, 0);
  const { stdout, stderr } = await running.stop();
  assert.doesNotMatch(stdout + stderr, /sesam/);
});

test("The control API describes itself, and its metrics count", { timeout }, async () => {
  const scenario = "{version: 1, rules: [{id: bad, when: {MSH-10: {starts: E}}, do: [{reply: AE}]}]}";
  await withReceiver(scenario, async (receiver) => {
    await receiver.ask("M1", "M2", "E1");
    const described = await (await fetch(`${receiver.url}/v1/openapi.json`)).json();
    assert.match(described.openapi, /^3\.1/);
    const paths = Object.keys(described.paths);
    for (const path of ["/v1/status", "/v1/heal", "/v1/rules/{id}", "/v1/wait", "/v1/events", "/metrics"]) {
      assert.ok(paths.includes(path), path);
    }
    const metrics = await (await fetch(`${receiver.url}/metrics`)).text();
    assert.match(metrics, /^mllp_receive_messages_total 3$/m);
    assert.match(metrics, /^mllp_receive_replies_total\{code="AA"\} 2$/m);
    assert.match(metrics, /^mllp_receive_faults_asked_total\{rule="bad"\} 1$/m);
    assert.match(metrics, /^mllp_receive_faults_injected_total\{rule="bad"\} 1$/m);
    assert.match(metrics, /^mllp_receive_connections_open 1$/m);
  });
});

/** Resident memory, in MB. */
function memoryOf({ running: { child } }: Controlled): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) / 1024;
}

/** A client of events that never reads. */
function deaf(url: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      resolve(socket);
    });
  });
}

const MESSAGES = 20_000;
/** Above a receiver at rest: what may wait for each client that does not read, and a collector's slack. */
const MOST_MB = 200;

test("The control API holds up no message for clients of events that never read", {
  timeout,
  skip: process.platform !== "linux" && "memory is read in /proc, which is Linux's",
}, async (t) => {
  await withReceiver(null, async (receiver) => {
    const before = memoryOf(receiver);
    const sockets = await Promise.all(Array.from({ length: 5 }, () => deaf(receiver.url)));
    const long = "X".repeat(200);
    for (let sent = 0; sent < MESSAGES; sent += 500) {
      const ids = Array.from({ length: 500 }, (_, i) => `${long}${sent + i}`);
      const caller = await receiver.ask(...ids);
      assert.deepEqual(acks(caller.text), ids.map((id) => `AA ${id}`));
      caller.stream.destroy();
    }
    const after = memoryOf(receiver);
    t.diagnostic(`${Math.round(before)} MB before, ${Math.round(after)} MB after`);
    assert.ok(after - before < MOST_MB, `${before} MB before, ${after} MB after`);
    assert.equal((await receiver.status()).totals.replies.AA, MESSAGES);
    // Who reads at last is told that it was dropped, and what came before that.
    const [socket] = sockets;
    let text = "";
    const ended = new Promise((resolve) => socket.once("end", resolve));
    socket.on("data", (data) => text = (text + data.toString("latin1")).slice(-200)).resume();
    await ended;
    assert.match(text, /: this is the end: it was not read fast enough/);
    for (const each of sockets) each.destroy();
    await receiver.ask("LAST");
  });
});
