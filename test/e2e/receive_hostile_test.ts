/**
 * `mllp receive` from the compiled binary among peers that mean it no good: crowds, dawdlers, frames without
 * end, strangers. Whatever they do, the others are served, memory stays bounded, and the log says what it was.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { type Running, startReceiver } from "../binary.ts";
import { framed } from "../peer.ts";

const skip = process.platform !== "linux" && "memory and limits are read in /proc, which is Linux's";
const timeout = 120_000;
/** The issue's crowd. */
const CROWD = 10_000;
/** Of a receiver with nobody connected; it is mostly the runtime. */
const QUIET_MB = 250;

type Receiver = Running & { readonly port: number };

const message = (id: string) => `MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^A01^ADT_A01|${id}|P|2.5\rPID|1||900417\r`;

/** How many descriptors a process may open here, once the limit is as high as it gets. */
function descriptors(): number {
  const limits = () => /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
  const [, soft, hard] = limits();
  // What this process starts inherits it.
  if (soft !== hard) spawnSync("prlimit", ["--pid", String(process.pid), `--nofile=${hard}:${hard}`]);
  return Number(limits()[1]);
}

/** Resident memory of a process, in MB. */
function memoryOf({ child }: Running): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))!;
  return Number(kb) / 1024;
}

/** Opens a connection from one of several addresses, so that the ports of none run out. */
function dial(port: number, ordinal = 0): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: `127.0.0.${2 + ordinal % 16}` });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject).on("error", () => {});
      resolve(socket);
    });
  });
}

/** Very many connections, each of which does the same. */
async function crowd(port: number, size: number, opened: (socket: Socket, ordinal: number) => void): Promise<Socket[]> {
  const all: Socket[] = [];
  while (all.length < size) {
    const width = Math.min(250, size - all.length);
    const sockets = await Promise.all(Array.from({ length: width }, (_, i) => dial(port, all.length + i)));
    for (const socket of sockets) opened(socket, all.push(socket));
  }
  return all;
}

/** Whether an honest peer gets its acknowledgement. */
async function serves(port: number, id: string): Promise<boolean> {
  const socket = await dial(port);
  try {
    return await new Promise((resolve) => {
      let heard = "";
      socket.on("data", (data) => {
        heard += data.toString("latin1");
        if (heard.endsWith("\u001c\r")) resolve(heard.includes(`MSA|AA|${id}`));
      });
      socket.on("close", () => resolve(false));
      socket.write(framed(message(id)));
    });
  } finally {
    socket.destroy();
  }
}

/** What the tests look at in a summary. */
interface Summary {
  readonly messages: number;
  readonly refused: number;
  readonly frameFaults: Readonly<Record<string, number>>;
}

/** Stops it; its totals. */
async function finish(receiver: Receiver): Promise<Summary> {
  const { code, stdout, stderr } = await receiver.stop();
  assert.equal(code, 0, stderr.slice(-2000));
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test(
  "mllp receive serves among 10,000 connections that begin a message and go silent",
  { skip, timeout },
  async (t) => {
    const size = Math.min(CROWD, descriptors() - 500);
    t.diagnostic(`${size} connections`);
    const receiver = await startReceiver(["--quiet", "--json", "--max-connections", String(size + 1)]);
    const start = new TextEncoder().encode(`\v${message("X").slice(0, 40)}`);
    const sockets = await crowd(receiver.port, size, (socket, i) => i % 2 === 0 && socket.write(start));
    assert.ok(await serves(receiver.port, "AMONG"));
    const memory = memoryOf(receiver);
    assert.ok(memory < 500, `${memory} MB with ${size} connections`);
    t.diagnostic(`${Math.round(memory)} MB`);
    const last = await dial(receiver.port);
    // One more than there may be.
    const beyond = await dial(receiver.port);
    assert.equal(await new Promise((resolve) => beyond.once("close", () => resolve("closed")).resume()), "closed");
    last.destroy();
    for (const socket of sockets) socket.destroy();
    while (!await serves(receiver.port, "AFTER").catch(() => false)) await pause(50);
    const summary = await finish(receiver);
    assert.ok(summary.messages >= 2);
    assert.ok(summary.refused >= 1);
  },
);

test("mllp receive serves beside 500 peers that send a byte a second", { skip, timeout }, async (t) => {
  const receiver = await startReceiver(["--quiet", "--json"]);
  const bytes = framed(message("SLOW"));
  const sockets = await crowd(receiver.port, 500, (socket) => socket.write(bytes.subarray(0, 1)));
  for (let second = 1; second <= 3; second++) {
    for (const socket of sockets) socket.write(bytes.subarray(second, second + 1));
    for (let i = 0; i < 20; i++) assert.ok(await serves(receiver.port, `FAST${second}-${i}`));
    await pause(1000);
  }
  t.diagnostic(`${Math.round(memoryOf(receiver))} MB`);
  assert.ok(memoryOf(receiver) < QUIET_MB);
  // The dawdlers, too, get their answer in the end.
  const [first] = sockets;
  const answer = new Promise<string>((resolve) => first.once("data", (data) => resolve(data.toString("latin1"))));
  first.write(bytes.subarray(4));
  assert.match(await answer, /MSA\|AA\|SLOW/);
  for (const socket of sockets) socket.destroy();
  const summary = await finish(receiver);
  assert.equal(summary.messages, 61);
});

test("mllp receive reads frames without end in bounded memory, and rejects each once", { skip, timeout }, async (t) => {
  const receiver = await startReceiver(["--quiet", "--json", "--max-frame", "64KB"]);
  const chunk = new Uint8Array(1_000_000).fill(0x78);
  const heard: string[] = [];
  const endless = await crowd(receiver.port, 8, (socket, i) => {
    socket.on("data", (data) => heard[i] = (heard[i] ?? "") + data.toString("latin1"));
    socket.write(`\v${message(`BIG${i}`)}NTE|1||`);
  });
  let most = 0;
  for (let megabyte = 0; megabyte < 25; megabyte++) {
    await Promise.all(endless.map((socket) => new Promise((resolve) => socket.write(chunk, resolve))));
    most = Math.max(most, memoryOf(receiver));
    if (megabyte % 5 === 0) assert.ok(await serves(receiver.port, `M${megabyte}`));
  }
  t.diagnostic(`${Math.round(most)} MB`);
  assert.ok(most < QUIET_MB, `${most} MB`);
  while (heard.filter(Boolean).length < 8) await pause(10);
  for (const socket of endless) socket.destroy();
  const summary = await finish(receiver);
  for (let i = 1; i <= 8; i++) assert.deepEqual(heard[i].match(/MSA\|\w+\|\w*/g), [`MSA|AR|BIG${i}`]);
  assert.deepEqual(summary.frameFaults, { frame_too_large: 8 });
});

/** What speaks first on the plain port, and what it is taken for. */
const STRANGERS: readonly (readonly [who: string, what: string, speak: (port: number) => Promise<() => void>])[] = [
  ["a TLS client", "a TLS handshake", async (port) => {
    const socket = tlsConnect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    return () => socket.destroy();
  }],
  ["an HTTP client", "an HTTP request", async (port) => {
    const socket = await dial(port);
    socket.write("GET / HTTP/1.1\r\nHost: lab.example\r\n\r\n");
    return () => socket.destroy();
  }],
  ["50 MB of NULs", "NUL bytes", async (port) => {
    const socket = await dial(port);
    const nothing = new Uint8Array(1_000_000);
    for (let i = 0; i < 50; i++) await new Promise((resolve) => socket.write(nothing, resolve));
    return () => socket.destroy();
  }],
];

for (const [who, what, speak] of STRANGERS) {
  test(
    `mllp receive serves beside ${who} on the plain port, and says in one line what that is`,
    { skip, timeout },
    async () => {
      const receiver = await startReceiver();
      const leave = await speak(receiver.port);
      assert.ok(await serves(receiver.port, "BESIDE"));
      assert.ok(memoryOf(receiver) < QUIET_MB);
      leave();
      const { code, stderr } = await receiver.stop();
      assert.equal(code, 0);
      assert.equal(stderr.split("\n").filter((line) => line.includes(what)).length, 1, stderr);
    },
  );
}

test("mllp receive among 500 strangers says of a few what they are, and serves on", { skip, timeout }, async () => {
  const receiver = await startReceiver();
  const sockets = await crowd(receiver.port, 500, (socket) => socket.write("GET / HTTP/1.1\r\n\r\n"));
  assert.ok(await serves(receiver.port, "AMONG"));
  for (const socket of sockets) socket.destroy();
  const { code, stderr } = await receiver.stop();
  assert.equal(code, 0);
  const said = stderr.split("\n").filter((line) => line.includes("an HTTP request")).length;
  assert.ok(said >= 1 && said <= 100, `${said} lines`);
});
