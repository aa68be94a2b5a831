/**
 * Replies that are held back, from the program as users run it: how long it takes to heal a thousand connections, and what ten thousand
 * of them weigh.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import type { Program } from "./commands.ts";
import { type Acceptance, pause } from "./figures.ts";

const HEAL_CONNECTIONS = 1000;
const HEAL_RUNS = 5;
const HEAL_WANTED_MS = 100;
const HELD_CONNECTIONS = 10_000;
const HELD_WANTED_MB = 500;
/** The receiver and the client each need a descriptor for each connection, and some for themselves. */
const DESCRIPTORS = HELD_CONNECTIONS + 500;
/** A receiver at rest; then its memory is read. */
const REST_MS = 1000;

/** Each way of holding a reply back, and the type of message that gets it. */
const WAYS = {
  hold: ["ADT^A01", "[hold]"],
  delay: ["ADT^A03", "[{delay: 1h}, {reply: AE}]"],
} as const;

type Way = keyof typeof WAYS;
const ALL_WAYS = Object.keys(WAYS) as Way[];

/** From the request on, in milliseconds. */
interface Healing {
  /** Until the last reply was at its client. */
  readonly lastMs: number;
  /** Until the request was answered, which the receiver does when it has written every reply. */
  readonly answeredMs: number;
}

/** What was measured. */
export interface HeldFigures {
  /** Run by run. */
  readonly healed: readonly Healing[];
  /** Resident memory in MB, by the way in which replies are held back. */
  readonly residentMb: Readonly<Record<string, number>>;
  readonly acceptance: readonly Acceptance[];
}

function client(...args: readonly string[]): Child {
  return new Child([process.execPath, fileURLToPath(new URL("held_client.ts", import.meta.url)), ...args]);
}

/** A receiver that holds replies back in these ways, with its control API. */
async function holding(program: Program, folder: string, ways: readonly Way[]) {
  const path = join(folder, "held.yaml");
  const rules = ways.map((way) => `  - {id: ${way}, when: {type: ${WAYS[way][0]}}, do: ${WAYS[way][1]}}\n`);
  writeFileSync(path, `version: 1\nrules:\n${rules.join("")}`);
  const child = new Child([...program, "receive", path, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]);
  const [control, port] = await Promise.all([
    child.line(/control API on (http:\S+)/),
    child.line(/listening mllp on 127\.0\.0\.1:(\d+)/),
  ]);
  return { child, control, port };
}

async function healOnce(program: Program, folder: string): Promise<Healing> {
  const receiver = await holding(program, folder, ALL_WAYS);
  const types = ALL_WAYS.map((way) => WAYS[way][0]).join();
  const clients = client(receiver.port, `${HEAL_CONNECTIONS}`, types, receiver.control);
  try {
    const told = await clients.line(/^healed (.*) ms$/);
    const [, came, wanted, lastMs, answeredMs] = /^(\d+) of (\d+) in (\S+) ms, answered in (\S+)$/.exec(told)!;
    if (came !== wanted) throw new Error(`Cannot measure heal: ${came} of ${wanted} replies came`);
    return { lastMs: Number(lastMs), answeredMs: Number(answeredMs) };
  } finally {
    await clients.stop();
    await receiver.child.stop();
  }
}

async function weighOnce(program: Program, folder: string, way: Way): Promise<number> {
  const receiver = await holding(program, folder, [way]);
  const clients = client(receiver.port, `${HELD_CONNECTIONS}`, WAYS[way][0]);
  try {
    await clients.line(/^ready/);
    const url = `${receiver.control}/v1/status`;
    for (let messages = 0; messages < HELD_CONNECTIONS; await pause(50)) {
      receiver.child.check();
      const status = await (await fetch(url)).json() as { totals: { messages: number } };
      messages = status.totals.messages;
    }
    await pause(REST_MS);
    const { count } = await clients.count();
    if (count > 0) throw new Error(`Cannot weigh held connections: ${count} replies came`);
    return receiver.child.residentKib() / 1024;
  } finally {
    await clients.stop();
    await receiver.child.stop();
  }
}

/** Measures it all. */
export async function heldFigures(program: Program, progress: (text: string) => void): Promise<HeldFigures> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-bench-"));
  // What this process starts inherits it.
  spawnSync("prlimit", ["--pid", String(process.pid), `--nofile=${DESCRIPTORS}:`]);
  try {
    const healed: Healing[] = [];
    for (let run = 1; run <= HEAL_RUNS; run++) {
      progress(`held: heal, run ${run} of ${HEAL_RUNS}`);
      healed.push(await healOnce(program, folder));
    }
    const residentMb: Record<string, number> = {};
    for (const way of ALL_WAYS) {
      progress(`held: memory of ${HELD_CONNECTIONS.toLocaleString("en-US")} connections, ${way}`);
      residentMb[way] = await weighOnce(program, folder, way);
    }
    return { healed, residentMb, acceptance: [acceptHeal(healed), ...Object.entries(residentMb).map(acceptMemory)] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The fastest counts: who else is at work on the machine only adds. */
function acceptHeal(healed: readonly Healing[]): Acceptance {
  const whole = (times: readonly number[]) => times.map((ms) => ms.toFixed(0)).join(", ");
  const last = healed.map(({ lastMs }) => lastMs);
  const value = Math.min(...last);
  const answered = whole(healed.map(({ answeredMs }) => answeredMs));
  return {
    name: "heal, 1,000 connections with two replies held back each",
    value,
    shown: `${value.toFixed(0)} ms to the last reply (all: ${whole(last)}; to the answer: ${answered})`,
    wanted: `at most ${HEAL_WANTED_MS} ms`,
    pass: value <= HEAL_WANTED_MS,
  };
}

function acceptMemory([way, value]: [string, number]): Acceptance {
  return {
    name: `memory of 10,000 connections held by ${way}`,
    value,
    shown: `${value.toFixed(0)} MB`,
    wanted: `under ${HELD_WANTED_MB} MB`,
    pass: value < HELD_WANTED_MB,
  };
}
