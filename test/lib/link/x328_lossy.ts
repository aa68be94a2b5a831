/**
 * Two X3.28 stations on a line that damages what it carries, each with messages for the other: who lost what. To be
 * run as a test, and longer as a task of its own: `lossyX328({ messages: 10_000, seed: 1 })`.
 */
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { X328Link, type X328Options } from "../../../lib/link/x328.ts";
import { RandomStream } from "../../../lib/random.ts";
import { type DamageCounts, LossyLine, seededDamage } from "./lossy_line.ts";
import type { Side } from "./wire.ts";

export interface LossyX328Options {
  /** How many messages each station has. */
  readonly messages: number;
  readonly seed: number;
  /** The share of bytes that is damaged; default 0.01 %. */
  readonly rate?: number;
  readonly near?: X328Options;
  readonly far?: X328Options;
}

export interface LossyX328Report {
  readonly damage: DamageCounts;
  /** Messages that were reported delivered, both ways together. */
  delivered: number;
  /** Messages that were reported as failed, by code; each is sent again. */
  readonly failed: Record<string, number>;
  /** Messages that never arrived, although reported delivered. */
  lost: number;
  /** Messages that arrived, but were never sent. */
  invented: number;
  /** Messages that arrived more than once. */
  arrivedTwice: number;
  /** Messages that arrived in another order than they were sent in. */
  outOfOrder: number;
  /** What both links counted. */
  readonly counts: Record<string, number>;
  /** The longest that a message waited from its sending to its delivery. */
  longestWaitMs: number;
  readonly elapsedMs: number;
}

/** Text to cut messages from. */
const POOL = (() => {
  const random = new RandomStream(0);
  return Array.from({ length: 5000 }, () => "ABCDEFabcdef 0123456789|^&"[random.integer(26)]).join("");
})();

/** A message of some segments, among them ends and letters that are one bit from a control character. */
function message(random: RandomStream, side: Side, number: number): Uint8Array {
  const lines = [`MSH|^~\\&|${side}|NORTH|EHR|MAIN|20261122||ORU^R01|${side}${number}|P|2.5`];
  for (let i = random.integer(6); i > 0; i--) {
    const from = random.integer(POOL.length - 100);
    lines.push(`OBX|${i}|${POOL.slice(from, from + 10 + random.integer(90))}|${"DESUW"[random.integer(5)]}`);
  }
  return utf8(`${lines.join("\r")}\r`);
}

/** Runs it to the end: one message after the other from each station, a failed one again until it is delivered. */
export function lossyX328(options: LossyX328Options): LossyX328Report {
  const { damage, counts: damaged } = seededDamage(options.seed, options.rate ?? 0.0001);
  const random = new RandomStream(options.seed + 1);
  const report: Omit<LossyX328Report, "elapsedMs"> = {
    damage: damaged,
    delivered: 0,
    failed: {},
    lost: 0,
    invented: 0,
    arrivedTwice: 0,
    outOfOrder: 0,
    counts: {},
    longestWaitMs: 0,
  };
  const arrived: Record<Side, Map<string, number>> = { near: new Map(), far: new Map() };
  const sent: Record<Side, string[]> = { near: [], far: [] };
  const since: Record<Side, number> = { near: 0, far: 0 };
  const next = (side: Side) => {
    if (sent[side].length === options.messages) return;
    const bytes = message(random, side, sent[side].length);
    sent[side].push(latin1(bytes));
    since[side] = line.clock.now();
    line.send(side, bytes);
  };
  const line: LossyLine = new LossyLine(new X328Link(options.near), new X328Link(options.far), {
    bytesPerMs: 1,
    damage,
    onEvent: (event, side, now) => {
      if (event.type === "message") {
        const from = side === "near" ? "far" : "near";
        const text = latin1(event.payload);
        if (text !== sent[from].at(-1)) report[sent[from].includes(text) ? "outOfOrder" : "invented"]++;
        arrived[from].set(text, (arrived[from].get(text) ?? 0) + 1);
      } else if (event.type === "delivered") {
        report.delivered++;
        report.longestWaitMs = Math.max(report.longestWaitMs, now - since[side]);
        if (!arrived[side].has(sent[side].at(-1) ?? "")) report.lost++;
        next(side);
      } else if (event.type === "failed") {
        report.failed[event.error.code] = (report.failed[event.error.code] ?? 0) + 1;
        line.send(side, Uint8Array.from(sent[side].at(-1) ?? "", (character) => character.charCodeAt(0)));
      }
    },
  });
  next("near");
  next("far");
  const elapsedMs = line.run();
  for (const side of ["near", "far"] as const) {
    for (const times of arrived[side].values()) if (times > 1) report.arrivedTwice++;
    for (const [name, count] of (line.links[side] as X328Link).counts) {
      report.counts[name] = (report.counts[name] ?? 0) + count;
    }
  }
  return { ...report, elapsedMs };
}
