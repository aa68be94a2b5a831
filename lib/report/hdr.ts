/**
 * The histograms of a run in the files that HdrHistogram's own tools read: the percentile
 * distribution of a series (`.hgrm`, for plotters) and the interval log (`.hlog`, version 1.3 with V2
 * histograms, for log processors).
 *
 * # Our decisions
 *
 * Values are milliseconds in the distributions, as their plotters expect, and microseconds in the
 * histograms of the log, as they were recorded; the column `Interval_Max` of the log is in
 * milliseconds. The log has one interval, the whole run, for each series under a tag: histograms are
 * kept of the whole run alone, so that memory is constant however long it takes.
 *
 * @module
 */
import { Latency } from "../load/latency.ts";
import type { RunDocument } from "../load/result.ts";

/** The series that have files and tags of their own. */
export const HDR_SERIES = ["service", "response", "lag"] as const;

/** One of them. */
export type HdrSeries = typeof HDR_SERIES[number];

const TAGGED = ["lag", "service", "response", "negative", "connect"] as const;

/**
 * The percentile distribution of a series, in milliseconds; null where the run has no such series (a
 * closed loop has neither lag nor response). Throws a `RangeError` for a document without histograms.
 *
 * @example
 * ```ts
 * import { percentileDistribution } from "./hdr.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => percentileDistribution({} as RunDocument, "service"), RangeError);
 * ```
 */
export function percentileDistribution(run: RunDocument, series: HdrSeries): string | null {
  const latency = seriesOf(run, series);
  if (latency === null) return null;
  return `#[mllp spam ${ascii(run.target)}, ${series}, Value in milliseconds]\n${latency.distribution()}`;
}

/**
 * The interval log: a line for each series that was measured, tagged with its name. Throws a
 * `RangeError` for a document without histograms.
 *
 * @example
 * ```ts
 * import { histogramLog } from "./hdr.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { version: "0.1.0", target: "tcp://127.0.0.1:2575", started: "2026-01-31T12:00:00.000Z" } as RunDocument;
 * assert.throws(() => histogramLog(run), RangeError);
 * ```
 */
export function histogramLog(run: RunDocument): string {
  const startedMs = Date.parse(run.started);
  const epoch = (startedMs / 1000).toFixed(3);
  const lines = [
    "#[Histogram log format version 1.3]",
    `#[Logged with mllp ${ascii(run.version)}: ${ascii(run.target)}, microseconds]`,
    `#[StartTime: ${epoch} (seconds since epoch), ${run.started}]`,
    `#[BaseTime: ${epoch} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  ];
  for (const series of TAGGED) {
    const latency = seriesOf(run, series);
    if (latency === null || latency.count === 0) continue;
    const max = (latency.max / 1000).toFixed(3);
    lines.push(`Tag=${series},0.000,${run.duration_s.toFixed(3)},${max},${latency.encode()}`);
  }
  return `${lines.join("\n")}\n`;
}

function seriesOf(run: RunDocument, series: typeof TAGGED[number]): Latency | null {
  if (run.histograms === undefined) {
    throw new RangeError("Cannot write the histograms of a run: the document has none");
  }
  const text = run.histograms[series];
  const row = run.latency_us[series];
  return text === null || row === null ? null : Latency.decode(text, row);
}

/** The log is a text of ASCII lines. */
function ascii(text: string): string {
  return text.replace(/[^ -~]/g, "?");
}
