/**
 * One figure of two runs side by side, and whether it is worse, better or the same but for noise.
 *
 * # What is noise (our decision)
 *
 * Two runs of the same thing on the same machine never give the same figures. A change counts where
 *
 * - a latency changed by 10 % and 100 µs at least, p99.9 and the greatest by 25 % and 1 ms, and each
 *   run has enough samples for it (10; for p99 100; for p99.9 1,000): what changed so, but of fewer, is
 *   said to be of few samples;
 * - a rate changed by 1 %; where other rates were asked for, its share of them;
 * - a count became something from nothing or nothing from something, or its share of planned changed
 *   by more than two standard errors.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { FIGURES, type Measured, type Metric, seriesOf, thresholdValue } from "../load/threshold.ts";

type Figure = keyof typeof FIGURES;

/** A figure of A and of B. */
export interface ComparedMetric {
  /** As a threshold names it: `p99(service)`, `errors`, `rate`. */
  readonly name: string;
  /** Microseconds; messages or acknowledgements; messages per second. */
  readonly unit: "us" | "count" | "per_second";
  /** Null where nothing was measured, or the run does not have it. */
  readonly a: number | null;
  readonly b: number | null;
  /** B minus A; null where one is missing. */
  readonly change: number | null;
  /** As a fraction; of counts that of their share of planned; null where one is missing, or A is 0 and B is not. */
  readonly relative: number | null;
  readonly verdict: "same" | "better" | "worse";
  /** Present where it changed, but one of the runs has too few samples to tell that from noise. */
  readonly few_samples?: true;
}

/** How a figure changed; `few`: as much as would count, of too few samples. */
type Change = ComparedMetric["verdict"] | "few";

const LATENCY_NOISE = { relative: 0.1, us: 100 };
const TAIL_NOISE = { relative: 0.25, us: 1000 };
const RATE_NOISE = 0.01;
const STANDARD_ERRORS = 2;
const SAMPLES: Readonly<Partial<Record<Figure, number>>> = { p99: 100, "p99.9": 1000, min: 1, max: 1 };
const FEWEST_SAMPLES = 10;

/** The same in a few words, for reports. */
export const NOISE_WORDS =
  "10 % and 0.1 ms of a latency (p99.9, max: 25 % and 1 ms), 1 % of a rate, 2 standard errors of a count";

/**
 * Compares a figure.
 *
 * @example
 * ```ts
 * import { compareMetric } from "./compare_metric.ts";
 * import type { Measured } from "../load/threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const run = (achieved: number) => ({ rate: { asked: 200, achieved } }) as Measured;
 * const { change, verdict } = compareMetric({ kind: "rate", name: "rate" }, run(200), run(150));
 * assert.deepEqual([change, verdict], [-50, "worse"]);
 * ```
 */
export function compareMetric(metric: Metric, runA: Measured, runB: Measured): ComparedMetric {
  const unit = metric.kind === "latency" ? "us" : metric.kind === "rate" ? "per_second" : "count";
  const a = thresholdValue({ metric, unit }, runA);
  const b = thresholdValue({ metric, unit }, runB);
  const known = { name: metric.name, unit, a, b } as const;
  if (a === null || b === null) return { ...known, change: null, relative: null, verdict: "same" };
  const weight = metric.kind === "count" && runA.planned > 0 && runB.planned > 0 ? runA.planned / runB.planned : 1;
  const relative = a === 0 ? (b === 0 ? 0 : null) : b * weight / a - 1;
  const change = b - a;
  const how = beyondNoise(metric, runA, runB, a, b, relative);
  return { ...known, change, relative, ...(how === "few" ? { verdict: "same", few_samples: true } : { verdict: how }) };
}

function beyondNoise(
  metric: Metric,
  runA: Measured,
  runB: Measured,
  a: number,
  b: number,
  relative: number | null,
): Change {
  const by = Math.abs(relative ?? Infinity);
  switch (metric.kind) {
    case "latency": {
      const { figure, series } = metric;
      const noise = figure === "p99.9" || figure === "max" ? TAIL_NOISE : LATENCY_NOISE;
      if (by < noise.relative || Math.abs(b - a) < noise.us) return "same";
      const samples = Math.min(seriesOf(runA, series)?.count ?? 0, seriesOf(runB, series)?.count ?? 0);
      if (samples < (SAMPLES[figure] ?? FEWEST_SAMPLES)) return "few";
      return b > a ? "worse" : "better";
    }
    case "rate": {
      const asked = runA.rate.asked && runB.rate.asked ? runA.rate.asked / runB.rate.asked : 1;
      const change = a === 0 ? Math.sign(b) : b * asked / a - 1;
      if (Math.abs(change) < RATE_NOISE) return "same";
      return change > 0 ? "better" : "worse";
    }
    case "count": {
      const [more, less] = metric.name === "accepted" ? ["better", "worse"] as const : ["worse", "better"] as const;
      const change = shareChange(a, runA.planned, b, runB.planned, metric.name === "accepted");
      return change === 0 ? "same" : change > 0 ? more : less;
    }
  }
}

/** Whether a share of planned rose (1) or fell (-1) by more than chance explains; else 0. */
function shareChange(a: number, plannedA: number, b: number, plannedB: number, usual: boolean): number {
  if (plannedA === 0 || plannedB === 0 || (a === 0 && b === 0)) return 0;
  const difference = b / plannedB - a / plannedA;
  if (!usual && (a === 0 || b === 0)) return Math.sign(difference);
  const together = (a + b) / (plannedA + plannedB);
  // Acknowledgements can be more than were planned.
  const spread = Math.max(0, together * (1 - Math.min(1, together)));
  const error = Math.sqrt(spread * (1 / plannedA + 1 / plannedB));
  return Math.abs(difference) > STANDARD_ERRORS * error ? Math.sign(difference) : 0;
}
