/**
 * Draws turned into times and choices.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Delay } from "../scenario/delay.ts";

/** Where something is drawn. */
export interface Occasion {
  /** Since the start of the scenario, or of the rule's phase. */
  readonly elapsedMs: number;
  /** How often the rule has acted before. */
  readonly firing: number;
}

const START: Occasion = Object.freeze({ elapsedMs: 0, firing: 0 });

/** The standard normal distribution's 99th percentile. */
const Z99 = 2.3263478740408408;

/**
 * One time out of a distribution, in milliseconds, never below zero.
 *
 * @param draw gives the next draw in [0, 1); a fixed time takes none, the normal and lognormal two
 * (the method of Box and Muller), the others one; a ramp and a trace take none
 * @param at where in time and in its rule's firings this one is: of use to a ramp and to a trace
 *
 * @example
 * ```ts
 * import { sampleDelay } from "./distribution.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(sampleDelay({ kind: "uniform", fromMs: 10, toMs: 20 }, () => 0.5), 15);
 * ```
 */
export function sampleDelay(delay: Delay, draw: () => number, at: Occasion = START): number {
  switch (delay.kind) {
    case "fixed":
      return delay.ms;
    case "weighted":
      return pickWeighted(delay.choices, draw()).ms;
    case "uniform":
      return delay.fromMs + (delay.toMs - delay.fromMs) * draw();
    case "normal":
      return Math.max(0, delay.meanMs + delay.sdMs * normal(draw));
    case "lognormal": {
      const sigma = Math.log(delay.p99Ms / delay.medianMs) / Z99;
      return Math.min(delay.maxMs, delay.medianMs * Math.exp(sigma * normal(draw)));
    }
    case "exponential":
      // 1 - draw is never 0.
      return -delay.meanMs * Math.log(1 - draw());
    case "ramp":
      return delay.fromMs + (delay.toMs - delay.fromMs) * progress(at.elapsedMs, delay.overMs);
    case "trace":
      return delay.timesMs.length === 0 ? 0 : delay.timesMs[at.firing % delay.timesMs.length];
  }
}

/**
 * How far something is that takes `overMs`, from 0 to 1.
 *
 * @example
 * ```ts
 * import { progress } from "./distribution.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(progress(15, 60), 0.25);
 * assert.equal(progress(90, 60), 1);
 * ```
 */
export function progress(elapsedMs: number, overMs: number): number {
  return Math.min(1, Math.max(0, elapsedMs / overMs));
}

function normal(draw: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  return radius * Math.cos(2 * Math.PI * draw());
}

/**
 * One of several by their weights.
 *
 * @param draw in [0, 1)
 *
 * @example
 * ```ts
 * import { pickWeighted } from "./distribution.ts";
 * import assert from "node:assert/strict";
 *
 * const rows = [{ name: "often", weight: 90 }, { name: "seldom", weight: 10 }];
 * assert.equal(pickWeighted(rows, 0.95).name, "seldom");
 * ```
 */
export function pickWeighted<Row extends { readonly weight: number }>(rows: readonly Row[], draw: number): Row {
  let total = 0;
  for (const row of rows) total += row.weight;
  let at = draw * total;
  let last = rows[0];
  for (const row of rows) {
    if (row.weight === 0) continue;
    last = row;
    at -= row.weight;
    if (at < 0) break;
  }
  return last;
}
