/**
 * The series of several runs as one, exactly: from their encoded histograms, with the exact least,
 * greatest and mean of their figures.
 *
 * @module
 */
import { Latency } from "../load/latency.ts";
import type { EncodedHistograms, LatencyRow, RunDocument } from "../load/result.ts";

const ENCODING = "HdrHistogram V2, deflate, base64";
const ALWAYS = ["service", "negative", "connect", "unsent"] as const;
const SCHEDULED = ["lag", "response"] as const;
const NOTHING: LatencyRow = { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p99_9: 0, max: 0 };

/** A run, and what errors call it. */
export interface NamedRun {
  /** Mostly its file. */
  readonly name: string;
  readonly run: RunDocument;
}

/** The series of the merged run. */
export interface MergedSeries {
  readonly latency_us: RunDocument["latency_us"];
  readonly histograms: EncodedHistograms;
}

/**
 * Adds the series of runs of one load model. Throws a `RangeError` that names the run which has no
 * histograms, or one that does not go with its figures.
 *
 * @example
 * ```ts
 * import { mergeSeries } from "./merge_latency.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { latency_us: {} } as RunDocument;
 * assert.throws(() => mergeSeries([{ name: "old.json", run }]), /^RangeError: Cannot merge old.json: it has no histograms/);
 * ```
 */
export function mergeSeries(parts: readonly NamedRun[]): MergedSeries {
  for (const { name, run } of parts) {
    if (run.histograms === undefined) {
      throw new RangeError(`Cannot merge ${name}: it has no histograms, wanted a document that keeps them`);
    }
  }
  const scheduled = parts.every(({ run }) => run.model === "rate");
  const sums = {
    ...Object.fromEntries(ALWAYS.map((series) => [series, sum(parts, series, seriesOf(series))])),
    ...Object.fromEntries(SCHEDULED.map((series) => [series, scheduled ? sum(parts, series, seriesOf(series)) : null])),
  } as Record<typeof ALWAYS[number], Latency> & Record<typeof SCHEDULED[number], Latency | null>;
  const codes = [...new Set(parts.flatMap(({ run }) => Object.keys(run.histograms!.ack)))];
  const acks = codes.map((code) => [code, sum(parts, `ack.${code}`, ackOf(code))] as const);
  return {
    latency_us: {
      lag: sums.lag?.row() ?? null,
      service: sums.service.row(),
      response: sums.response?.row() ?? null,
      negative: sums.negative.row(),
      connect: sums.connect.row(),
      unsent: sums.unsent.row(),
      ack: Object.fromEntries(acks.map(([code, latency]) => [code, latency.row()])),
    },
    histograms: {
      encoding: ENCODING,
      lag: sums.lag?.encode() ?? null,
      service: sums.service.encode(),
      response: sums.response?.encode() ?? null,
      negative: sums.negative.encode(),
      connect: sums.connect.encode(),
      unsent: sums.unsent.encode(),
      ack: Object.fromEntries(acks.map(([code, latency]) => [code, latency.encode()])),
    },
  };
}

/** A series of one run: its counts and its figures; null where it has none of the two. */
type Find = (run: RunDocument) => readonly [text: string | null | undefined, row: LatencyRow | null | undefined];

function seriesOf(series: typeof ALWAYS[number] | typeof SCHEDULED[number]): Find {
  return ({ histograms, latency_us }) => [histograms![series], latency_us[series]];
}

function ackOf(code: string): Find {
  return ({ histograms, latency_us }) => [histograms!.ack[code], latency_us.ack?.[code]];
}

function sum(parts: readonly NamedRun[], series: string, find: Find): Latency {
  const total = new Latency();
  for (const { name, run } of parts) {
    const [text, row] = find(run);
    if (text === null || text === undefined) continue;
    try {
      total.add(Latency.decode(text, row ?? NOTHING));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`Cannot merge ${name}: histograms.${series}: ${error.message}`, { cause: error });
    }
  }
  return total;
}

/**
 * The figures of two series of which no histograms are kept, as one: counts, least, greatest and mean
 * are exact. Percentiles cannot be: the median is weighted by the values, of the higher ones the
 * greater is taken, as intervals are folded (our decision: adding must not make a run look better).
 *
 * @example
 * ```ts
 * import { foldLatencyRows } from "./merge_latency.ts";
 * import assert from "node:assert/strict";
 *
 * const a = { count: 1, min: 2, mean: 2, p50: 2, p90: 2, p95: 2, p99: 2, p99_9: 2, max: 2 };
 * const b = { count: 3, min: 6, mean: 6, p50: 6, p90: 6, p95: 6, p99: 6, p99_9: 6, max: 6 };
 * const { count, mean, p50, p99 } = foldLatencyRows(a, b);
 * assert.deepEqual([count, mean, p50, p99], [4, 5, 5, 6]);
 * ```
 */
export function foldLatencyRows(a: LatencyRow, b: LatencyRow): LatencyRow {
  if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a;
  const count = a.count + b.count;
  const weighted = (one: number, other: number) => (one * a.count + other * b.count) / count;
  return {
    count,
    min: Math.min(a.min, b.min),
    mean: weighted(a.mean, b.mean),
    p50: Math.round(weighted(a.p50, b.p50)),
    p90: Math.max(a.p90, b.p90),
    p95: Math.max(a.p95, b.p95),
    p99: Math.max(a.p99, b.p99),
    p99_9: Math.max(a.p99_9, b.p99_9),
    max: Math.max(a.max, b.max),
  };
}
