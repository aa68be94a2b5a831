/**
 * The line driver on a line with the speed of 115,200 bit/s: how near it comes to what the line can carry, what it
 * costs while nothing happens, and whether two directions at once get their turns.
 *
 * What a transaction cannot be faster than is the time of its bytes, and for each change of direction the turn that
 * two programs without a protocol need on the same line, measured just before and just after.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { utf8 } from "../lib/bytes.ts";
import { HllpFramer } from "../lib/framing/hllp.ts";
import { blockEnds, encodeControl, X328_MAX_BLOCK } from "../lib/framing/x328_encode.ts";
import { X328Link } from "../lib/link/x328.ts";
import { Child } from "./child.ts";
import type { Program } from "./commands.ts";
import { type Acceptance, median, pause } from "./figures.ts";
import { acknowledgementOf, type Station, station } from "./line_station.ts";

/** What a serial line of 115,200 bit/s carries, of ten bits each. */
const BYTES_PER_SECOND = 11_520;
const TURN_ROUNDS = 200;
const MESSAGES = 12;
const WANTED_SHARE = 0.9;
const BOTH_WAYS = 1000;
const IDLE_MS = 10_000;
const WANTED_IDLE = 0.02;

const PROTOCOLS = { "X3.28": "-a", HLLP: "-h" } as const;
type Protocol = keyof typeof PROTOCOLS;

/** What was measured of one round on a line. */
interface Round {
  readonly turnMs: number;
  /** What the line needs, and what it took. */
  readonly leastMs: number;
  readonly tookMs: number;
  /** What the protocol asks for, and what passed. */
  readonly bytes: readonly [wanted: number, seen: number];
  readonly turns: readonly [wanted: number, seen: number];
}

/** What was measured. */
export interface LineFigures {
  readonly rounds: Readonly<Record<string, readonly Round[]>>;
  readonly idle: Readonly<Record<string, number>>;
  readonly bothWays: Readonly<Record<string, unknown>>;
  readonly acceptance: readonly Acceptance[];
}

/** An invented result of a laboratory, about 2 KB, as an analyser sends them. */
function result(id: string): string {
  const head = `MSH|^~\\&|ANALYSER|LAB|HIS|HOSP|20260131120000||ORU^R01|${id}|P|2.3\rPID|1||900417||Muster^Max\r`;
  const rows = Array.from(
    { length: 32 },
    (_, i) => `OBX|${i + 1}|NM|A${i}^Analyte ${i}^L||${i}.5|mmol/l|0-${i}||||F\r`,
  );
  return head + rows.join("");
}

/** An invented query, as short as they come. */
function query(id: string): string {
  return `MSH|^~\\&|LAB|WARD|HIS|HOSP|20260131120000||QRY^Q01|${id}|P|2.3\rQRD|20260131|R|I|1\r`;
}

/** The bytes and turns of a message and its reply. */
function needs(protocol: Protocol, messages: readonly string[]): { bytes: number; turns: number } {
  const all = messages.flatMap((message) => [message, acknowledgementOf(message)]).map(utf8);
  if (protocol === "HLLP") {
    return { bytes: all.reduce((sum, each) => sum + new HllpFramer().encode(each).length, 0), turns: all.length };
  }
  let bytes = 0;
  let turns = 0;
  for (const each of all) {
    const blocks = blockEnds(each, X328_MAX_BLOCK).length;
    const [enq, ack, eot] = [encodeControl("enq"), encodeControl("ack", 0), encodeControl("eot")];
    bytes += new X328Link().encode(each).length + enq.length + ack.length * (blocks + 1) + eot.length;
    // ENQ, its ACK0, each block and its ACK, EOT: every one is the other side's turn.
    turns += 1 + 1 + 2 * blocks + 1;
  }
  return { bytes, turns };
}

function script(name: string, ...args: string[]): Child {
  return new Child([process.execPath, fileURLToPath(new URL(name, import.meta.url)), ...args]);
}

/** A line with two ends, at this speed or as fast as it goes. */
class Line {
  readonly near: string;
  readonly far: string;
  readonly #pacer: Child;

  private constructor(near: string, far: string, pacer: Child) {
    this.near = near;
    this.far = far;
    this.#pacer = pacer;
  }

  static async make(folder: string, name: string): Promise<Line> {
    const [near, far] = [join(folder, `${name}-near`), join(folder, `${name}-far`)];
    const pacer = script("line_pacer.ts", near, far, String(BYTES_PER_SECOND));
    await pacer.line(/^ready$/);
    return new Line(near, far, pacer);
  }

  /** The bytes and turns that have passed. */
  async carried(): Promise<{ bytes: number; turns: number }> {
    const [out, back, turns] = (await this.#pacer.ask(/^carried (.*)$/)).split(" ").map(Number);
    return { bytes: out + back, turns };
  }

  /** The time of one turn without a protocol. */
  async turnMs(): Promise<number> {
    const answerer = script("line_turn.ts", "answer", this.far);
    await answerer.line(/^ready$/);
    const asker = script("line_turn.ts", "ask", this.near, String(TURN_ROUNDS));
    try {
      const round = Number(await asker.line(/^round (\S+) ms$/));
      return round / 2 - 1000 / BYTES_PER_SECOND;
    } finally {
      await asker.stop();
      await answerer.stop();
    }
  }

  async stop(): Promise<void> {
    await this.#pacer.stop();
  }
}

/** A driver at each end; the far one goes first where both begin at once. */
async function stations(program: Program, line: Line, protocol: Protocol): Promise<[Station, Station]> {
  const words = [PROTOCOLS[protocol]];
  return [
    await station(program, line.near, words),
    await station(program, line.far, [...words, "--priority", "host"]),
  ];
}

async function measureRound(program: Program, folder: string, protocol: Protocol, round: number): Promise<Round> {
  const line = await Line.make(folder, `${protocol}${round}`);
  const ends: Station[] = [];
  try {
    const turnBeforeMs = await line.turnMs();
    ends.push(...await stations(program, line, protocol));
    await ends[0].send([query("FIRST")]);
    const messages = Array.from({ length: MESSAGES }, (_, i) => result(`R${i}`));
    const before = await line.carried();
    const tookMs = await ends[0].send(messages);
    // The last EOT may still be under way.
    await pause(200);
    const after = await line.carried();
    const wanted = needs(protocol, messages);
    for (const each of ends.splice(0)) await each.stop();
    const turnMs = (turnBeforeMs + await line.turnMs()) / 2;
    return {
      turnMs,
      leastMs: wanted.bytes * 1000 / BYTES_PER_SECOND + wanted.turns * turnMs,
      tookMs,
      bytes: [wanted.bytes, after.bytes - before.bytes],
      turns: [wanted.turns, after.turns - before.turns],
    };
  } finally {
    for (const each of ends) await each.stop();
    await line.stop();
  }
}

function shareOf({ leastMs, tookMs }: Round): number {
  return leastMs / tookMs;
}

function acceptRounds(protocol: Protocol, rounds: readonly Round[]): Acceptance {
  const value = median(rounds.map(shareOf));
  const { bytes: [wanted, seen], turns: [turns, turned] } = rounds[0];
  const turnMs = median(rounds.map((round) => round.turnMs));
  return {
    name: `${protocol} at 11,520 bytes a second, of what the line can carry`,
    value,
    shown: `${percent(value)} (${MESSAGES} results: ${seen} of ${wanted} bytes, ${turned} of ${turns} turns of ${
      turnMs.toFixed(1)
    } ms)`,
    wanted: `at least ${percent(WANTED_SHARE)}`,
    pass: value >= WANTED_SHARE,
  };
}

/** Both ends send at once, each so many messages. */
async function measureBothWays(program: Program, folder: string, protocol: Protocol) {
  const line = await Line.make(folder, `${protocol}-both`);
  const ends: Station[] = [];
  try {
    ends.push(...await stations(program, line, protocol));
    const ids = (prefix: string) => Array.from({ length: BOTH_WAYS }, (_, i) => query(`${prefix}${i}`));
    const tookMs = await Promise.all([ends[0].send(ids("N")), ends[1].send(ids("F"))]);
    const waits = await Promise.all(ends.map((each) => each.longestWaitMs()));
    return { tookMs, longestWaitMs: Math.max(...waits.flatMap((wait) => [wait.in, wait.out])) };
  } finally {
    for (const each of ends) await each.stop();
    await line.stop();
  }
}

/** Neither has starved where both were done at about the same time. */
function acceptBothWays(
  protocol: Protocol,
  { tookMs, longestWaitMs }: { readonly tookMs: readonly number[]; readonly longestWaitMs: number },
): Acceptance {
  const value = Math.min(...tookMs) / Math.max(...tookMs);
  return {
    name: `${protocol}, ${BOTH_WAYS.toLocaleString("en-US")} transactions each way at once`,
    value,
    shown: `${tookMs.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(" and ")}, the longest wait for the line ${
      Math.round(longestWaitMs)
    } ms`,
    wanted: "all answered, neither way done in less than half the other's time",
    pass: value >= 0.5,
  };
}

/** The share of a core that a driver takes while nothing happens: on a device, and on a pty that it has made. */
async function measureIdle(program: Program, folder: string): Promise<Record<string, number>> {
  const pty = join(folder, "idle");
  const places = ["--to", "9", "--dist", "0"];
  const started = /"event":"started"/;
  const maker = new Child([...program, "llpdrv", "-Ya", "--json", "--pty", pty, ...places]);
  try {
    await maker.line(started);
    const opener = new Child([...program, "llpdrv", "-Ya", "--json", "--device", pty, ...places]);
    try {
      await opener.line(started);
      const all = { "a pty of its own": maker, "a device": opener };
      // What the start still does is no idling.
      await pause(2000);
      const before = Object.values(all).map((each) => each.processorMs());
      const since = performance.now();
      await pause(IDLE_MS);
      const tookMs = performance.now() - since;
      return Object.fromEntries(
        Object.entries(all).map(([name, each], i) => [name, (each.processorMs() - before[i]) / tookMs]),
      );
    } finally {
      await opener.stop();
    }
  } finally {
    await maker.stop();
  }
}

function acceptIdle([name, value]: [string, number]): Acceptance {
  return {
    name: `idle driver on ${name}`,
    value,
    shown: `${percent(value)} of a core`,
    wanted: `under ${percent(WANTED_IDLE)}`,
    pass: value < WANTED_IDLE,
  };
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** Measures it all. */
export async function lineFigures(
  program: Program,
  count: number,
  progress: (text: string) => void,
): Promise<LineFigures> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-bench-"));
  const acceptance: Acceptance[] = [];
  const rounds: Record<string, Round[]> = {};
  const bothWays: Record<string, unknown> = {};
  try {
    for (const protocol of Object.keys(PROTOCOLS) as Protocol[]) {
      rounds[protocol] = [];
      for (let round = 1; round <= count; round++) {
        const measured = await measureRound(program, folder, protocol, round);
        rounds[protocol].push(measured);
        progress(`line: ${protocol}, round ${round} of ${count}: ${percent(shareOf(measured))}`);
      }
      acceptance.push(acceptRounds(protocol, rounds[protocol]));
    }
    for (const protocol of Object.keys(PROTOCOLS) as Protocol[]) {
      progress(`line: ${protocol}, ${BOTH_WAYS} transactions each way at once`);
      const both = await measureBothWays(program, folder, protocol);
      bothWays[protocol] = both;
      acceptance.push(acceptBothWays(protocol, both));
    }
    progress(`line: idle for ${IDLE_MS / 1000} s`);
    const idle = await measureIdle(program, folder);
    acceptance.push(...Object.entries(idle).map(acceptIdle));
    return { rounds, idle, bothWays, acceptance };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
