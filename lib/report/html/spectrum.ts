/**
 * How latency is spread over the messages: value by percentile, from the run's histograms, closer and
 * closer to 100 %. Of a run without histograms, the few percentiles of its table.
 *
 * A percentile p is placed at `-log10(1 - p)`, so that 90 %, 99 %, 99.9 % are equally far apart (as
 * HdrHistogram's own plots have it).
 *
 * @module
 */
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { LatencyRow, RunDocument } from "../../load/result.ts";

/** One line of the spectrum: microseconds at places that grow. */
export interface SpectrumLine {
  readonly name: string;
  readonly points: readonly (readonly [place: number, us: number])[];
  /** False where only the table's percentiles are known. */
  readonly exact: boolean;
}

/** Points between 90 % and 99 %, and as many for each nine more. */
const POINTS_PER_NINE = 20;

/** The percentiles of a `LatencyRow`, by place. */
const KNOWN = [
  [0, "min"],
  [Math.log10(2), "p50"],
  [1, "p90"],
  [Math.log10(20), "p95"],
  [2, "p99"],
  [3, "p99_9"],
] as const satisfies readonly (readonly [number, keyof LatencyRow])[];

/**
 * The spectrum of each latency of which at least two values were measured; the last point of a line is its greatest
 * value, where one message in all of them lies.
 *
 * @example
 * ```ts
 * import { spectrum } from "./spectrum.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function names(run: RunDocument): string[] {
 *   return spectrum(run).map(({ name }) => name);
 * }
 * ```
 */
export function spectrum({ latency_us, histograms }: RunDocument): SpectrumLine[] {
  const { lag, service, response, ack } = latency_us;
  const lines: [name: string, row: LatencyRow | null, encoded: string | null][] = [
    ["response", response, histograms?.response ?? null],
    ["service", service, histograms?.service ?? null],
    ["lag", lag, histograms?.lag ?? null],
  ];
  // Apart only where both kinds came: else the line of service says the same.
  if (ack?.CA !== undefined && ack.AA !== undefined && ack.CA.count > 0 && ack.AA.count > 0) {
    for (const code of ["CA", "AA"]) lines.push([`ack ${code}`, ack[code], histograms?.ack?.[code] ?? null]);
  }
  return lines.flatMap(([name, row, encoded]) => row === null || row.count < 2 ? [] : [line(name, row, encoded)]);
}

function line(name: string, row: LatencyRow, encoded: string | null): SpectrumLine {
  const end = Math.log10(row.count);
  const last = [end, row.max] as const;
  const percentile = encoded === null ? null : reader(encoded);
  if (percentile === null) {
    return {
      name,
      points: [...KNOWN.filter(([at]) => at < end).map(([at, key]) => [at, row[key]] as const), last],
      exact: false,
    };
  }
  const points: [place: number, us: number][] = [[0, row.min]];
  for (let i = 1; i / POINTS_PER_NINE < end; i++) {
    const place = i / POINTS_PER_NINE;
    // A bucket is known by its highest value, which can lie beyond what was measured.
    const us = Math.max(row.min, Math.min(row.max, percentile(100 * (1 - 10 ** -place))));
    points.push([place, us]);
  }
  return { name, points: [...points, last], exact: true };
}

/** Null where the histogram cannot be read: the table's percentiles are there still. */
function reader(encoded: string): ((percent: number) => number) | null {
  try {
    const histogram = decodeFromCompressedBase64(encoded, 64, false);
    return (percent) => histogram.getValueAtPercentile(percent);
  } catch {
    return null;
  }
}
