/** An invented run that has everything a run document can have. */
import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import type { LatencyRow, RunDocument } from "../../../../lib/load/result.ts";
import { badRun, outcomes } from "../runs.ts";

/** A histogram of these values, in microseconds, and its figures. */
export function histogramOf(values: readonly number[]): { encoded: string; row: LatencyRow } {
  const histogram: Histogram = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, autoResize: true });
  for (const value of values) histogram.recordValue(value);
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
  return {
    encoded: encodeIntoCompressedBase64(histogram),
    row: {
      count: values.length,
      min: sorted[0],
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      p50: at(0.5),
      p90: at(0.9),
      p95: at(0.95),
      p99: at(0.99),
      p99_9: at(0.999),
      max: sorted[sorted.length - 1],
    },
  };
}

/** The run. */
export function fullRun(changes: Partial<RunDocument> = {}): RunDocument {
  const run = badRun();
  const values = Array.from({ length: 2000 }, (_, i) => 1000 + i);
  const { encoded, row } = histogramOf(values);
  return {
    ...run,
    load: { kind: "search", text: "p99(response) < 250ms", arrivals: "poisson" },
    shard: { index: 1, of: 4 },
    merged: 3,
    resending: { retries: 1, on_timeout: "keep" },
    thresholds: [...run.thresholds, { expr: "lost > 9 abort after 2s", pass: false, stopped: true, value: 300 }],
    latency_us: { ...run.latency_us, lag: row, service: row, response: row, unsent: row, ack: { AA: row, CA: row } },
    generator: { ...run.generator, limited_s: 15 },
    warmup: {
      duration_s: 5.2,
      planned: 1000,
      sent: 990,
      outcomes: outcomes({ accepted: 980, timeout: 20 }),
      service: row,
      connect: row,
    },
    search: {
      expr: "p99(response) < 250ms",
      rate: 400,
      verdict: "p99(response) < 250ms holds up to 400/s",
      steps: [
        { asked: 400, achieved: 399.6, start_s: 0, duration_s: 10, value: 48_000, holds: true, why: "" },
        { asked: 800, achieved: 720, start_s: 10, duration_s: 10, value: null, holds: false, why: "rate not achieved" },
      ],
    },
    steering: [{ at_s: 80, speed: 1.1 }, { at_s: 95, speed: 0 }],
    deliveries: [{ to: "log", delivered: 23_000, lost: 400, note: "the disk was full" }],
    histograms: {
      encoding: "HdrHistogram V2, deflate, base64",
      lag: encoded,
      service: encoded,
      response: encoded,
      negative: encoded,
      connect: encoded,
      unsent: encoded,
      ack: { AA: encoded, CA: encoded },
    },
    intervals: run.intervals.map((each, i) => ({
      ...each,
      asked: 192,
      queue: i === 70 ? 600 : 0,
      failures: i === 71 ? { dropped: 600, timeout: 3 } : {},
      errors: i === 71 ? 603 : 0,
    })),
    ...changes,
  };
}
