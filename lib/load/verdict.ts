/**
 * The verdict on the generator itself (load.md section 5): was what was measured the target, or us?
 * Pure: figures in, words out.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatRate } from "../values.ts";

/** Lateness up to this is healthy, whatever the target (load.md section 5). */
const LATE_US = 5000;
/** Of the service time's median, this part of lateness is healthy too. */
const LATE_SHARE = 0.1;
/** Above this share of one core, the generator may have been the limit. */
const BUSY = 0.8;
/** An interval with fewer arrivals is not judged by its lateness (our decision: its 99th percentile is its greatest value, one late wake-up by chance). */
const FEWEST_ARRIVALS = 100;
/** What is achieved below this part of what was asked is a shortfall. */
export const ACHIEVED_SHARE = 0.99;

/** Processor time over less wall time than this says nothing (our decision: a runtime that starts compiles on other cores, 159 % was seen). */
export const SHORTEST_CPU_MS = 1000;

/** What is known of an interval. */
export interface GeneratorFigures {
  readonly lengthMs: number;
  /** How late arrivals were noticed; `count` is 0 in a closed loop. */
  readonly lateness: { readonly count: number; readonly p99: number };
  /** The median of the service time, in microseconds. */
  readonly serviceP50: number;
  /** Processor time over wall time; 1 is a whole core. */
  readonly cpu: number;
}

/**
 * Whether the generator was the limit: it noticed arrivals late, or the processor was its own
 * bottleneck. That it achieved less than was asked with a connection free follows from the first:
 * what is noticed in time is sent at once if a connection is free.
 *
 * @example
 * ```ts
 * import { isLimited } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isLimited({ lengthMs: 1000, lateness: { count: 1000, p99: 900 }, serviceP50: 2000, cpu: 0.3 }), false);
 * assert.equal(isLimited({ lengthMs: 1000, lateness: { count: 1000, p99: 41_000 }, serviceP50: 2000, cpu: 0.3 }), true);
 * ```
 */
export function isLimited(figures: GeneratorFigures): boolean {
  const { lengthMs, lateness, serviceP50, cpu } = figures;
  if (cpu > BUSY && lengthMs >= SHORTEST_CPU_MS) return true;
  return lateness.count >= FEWEST_ARRIVALS && lateness.p99 > Math.max(LATE_US, LATE_SHARE * serviceP50);
}

/** What the verdict of a whole run is made of. */
export interface RunFigures {
  /** Seconds in which the generator was the limit, and how many were judged. */
  readonly limitedSeconds: number;
  readonly seconds: number;
  /** Of those seconds, the worst 99th percentile of the lateness, in microseconds; null in a closed loop. */
  readonly latenessP99: number | null;
  /** Of those seconds, the most processor time over wall time; null if none was long enough to tell. */
  readonly cpu: number | null;
}

/**
 * The verdict in one plain sentence.
 *
 * @example
 * ```ts
 * import { generatorVerdict } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(generatorVerdict({ limitedSeconds: 0, seconds: 60, latenessP99: 0, cpu: null }), "healthy");
 * assert.equal(
 *   generatorVerdict({ limitedSeconds: 7, seconds: 60, latenessP99: 41_000, cpu: 0.98 }),
 *   "generator was the limit for 12 % of the run (worst second: late by p99 41 ms, CPU 98 %); those seconds are marked",
 * );
 * ```
 */
export function generatorVerdict(figures: RunFigures): string {
  const { limitedSeconds, seconds, latenessP99, cpu } = figures;
  if (limitedSeconds === 0) return "healthy";
  const share = Math.max(1, Math.round(100 * limitedSeconds / seconds));
  const worst: string[] = [];
  if (latenessP99 !== null) worst.push(`late by p99 ${milliseconds(latenessP99)} ms`);
  if (cpu !== null) worst.push(`CPU ${Math.round(cpu * 100)} %`);
  const seen = worst.length === 0 ? "" : ` (worst second: ${worst.join(", ")})`;
  return `generator was the limit for ${share} % of the run${seen}; those seconds are marked`;
}

/** What decides whether the machine stalled. */
export interface StallFigures {
  readonly limitedSeconds: number;
  /** As in `RunFigures`. */
  readonly cpu: number | null;
  /** Longest gap of the event loop in those seconds, in milliseconds. */
  readonly gapMs: number;
  /** Messages per second; null in a closed loop. */
  readonly asked: number | null;
  readonly achieved: number;
}

/**
 * If the generator was late though the processor had time and the rate held, why: it was not let run. Else null.
 *
 * @example
 * ```ts
 * import { stallReason } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * const figures = { limitedSeconds: 1, cpu: 0.09, gapMs: 246.3, asked: 200, achieved: 200 };
 * assert.equal(
 *   stallReason(figures),
 *   "this machine stalled for up to 246 ms; in those seconds service is the better guide",
 * );
 * assert.equal(stallReason({ ...figures, cpu: 0.97 }), null);
 * ```
 */
export function stallReason(figures: StallFigures): string | null {
  const { limitedSeconds, cpu, gapMs, asked, achieved } = figures;
  if (limitedSeconds === 0 || (cpu ?? 0) > BUSY || asked === null || achieved < ACHIEVED_SHARE * asked) return null;
  return `this machine stalled for up to ${milliseconds(gapMs * 1000)} ms; ` +
    "in those seconds service is the better guide";
}

/** What decides whether the connections were the limit. */
export interface ConnectionFigures {
  readonly asked: number;
  /** The highest rate that was asked for, where it changed; else that one. */
  readonly peak: number;
  readonly achieved: number;
  /** Mean time that a message occupies its place on a connection, in microseconds. */
  readonly occupiedUs: number;
  readonly connections: number;
  readonly inFlight: number;
  /** Messages that were due and not sent, or dropped. */
  readonly leftOver: number;
}

/**
 * If the connections were the limit, that, by Little's law; else null.
 *
 * @example
 * ```ts
 * import { connectionsReason } from "./verdict.ts";
 * import assert from "node:assert/strict";
 *
 * const rates = { asked: 500, peak: 500, achieved: 198 };
 * const figures = { ...rates, occupiedUs: 40_000, connections: 8, inFlight: 1, leftOver: 700 };
 * assert.equal(connectionsReason(figures), "500/s x 40 ms needs at least 20 connections; there were 8");
 * assert.equal(connectionsReason({ ...figures, connections: 20, achieved: 500, leftOver: 0 }), null);
 * ```
 */
export function connectionsReason(figures: ConnectionFigures): string | null {
  const { asked, peak, achieved, occupiedUs, connections, inFlight, leftOver } = figures;
  if (leftOver === 0 && achieved >= ACHIEVED_SHARE * asked) return null;
  const needed = Math.ceil(peak * occupiedUs / 1e6 / inFlight - 1e-9);
  if (needed <= connections) return null;
  const each = inFlight === 1 ? "" : ` with ${inFlight} in flight on each`;
  return `${formatRate(peak)} x ${milliseconds(occupiedUs)} ms needs at least ${needed} connections${each}; ` +
    `there were ${connections}`;
}

function milliseconds(us: number): string {
  const ms = us / 1000;
  return String(ms >= 10 ? Math.round(ms) : Number(ms.toFixed(1)));
}
