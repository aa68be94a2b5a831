/**
 * The intervals of several runs that went on at the same time, as one sequence, aligned by absolute
 * time. Each interval lies in the one place that its middle falls into, so that no count is split,
 * lost or counted twice.
 *
 * Percentiles of intervals cannot be added exactly, since no histograms are kept of them: they are
 * folded as neighbouring intervals are (`foldRows`): the median is weighted by the messages, of the
 * higher ones the greater is taken.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { foldRows } from "../load/intervals.ts";
import type { IntervalRow } from "../load/result.ts";

/** The intervals of a run. */
export interface PlacedIntervals {
  /** Seconds from the merged run's t0 to this run's. */
  readonly offset: number;
  readonly rows: readonly IntervalRow[];
}

/**
 * The merged intervals. They are as long as those of the run that keeps the longest; one that a stall
 * made longer stays in the one place.
 *
 * @example
 * ```ts
 * import { mergeIntervals } from "./merge_intervals.ts";
 * import type { IntervalRow } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const figures = { p50: 10, p90: 15, p99: 20, max: 30 };
 * const row: IntervalRow = {
 *   start: 0, length: 1, asked: 5, sent: 5, acknowledged: 5, accepted: 5, errors: 0, in_flight: 0, queue: 0, open: 1,
 *   service: figures, response: null, lag: null, generator_limited: false,
 * };
 * const [merged] = mergeIntervals([{ offset: 0, rows: [row] }, { offset: 0.004, rows: [row] }]);
 * assert.deepEqual([merged.sent, merged.asked, merged.open], [10, 10, 2]);
 * ```
 */
export function mergeIntervals(runs: readonly PlacedIntervals[]): IntervalRow[] {
  const length = Math.max(0, ...runs.map(({ rows }) => usual(rows)));
  if (length === 0) return [];
  const bins = new Map<number, IntervalRow>();
  for (const { offset, rows } of runs) {
    for (const [bin, row] of binned(offset, rows, length)) {
      const other = bins.get(bin);
      bins.set(bin, other === undefined ? row : together(other, row));
    }
  }
  return [...bins].sort(([a], [b]) => a - b).map(([bin, row]) => {
    const start = milliseconds(bin * length);
    return { ...row, start, length: milliseconds(Math.min(length, Math.max(0, row.start + row.length - start))) };
  });
}

/** The length that most rows have: the last may be shorter, one with a stall longer. */
function usual(rows: readonly IntervalRow[]): number {
  const lengths = rows.map((row) => row.length).sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)] ?? 0;
}

/** The rows of one run, one for each bin; they start and end where they did. */
function binned(offset: number, rows: readonly IntervalRow[], length: number): Map<number, IntervalRow> {
  const bins = new Map<number, IntervalRow>();
  for (const each of rows) {
    const row = { ...each, start: each.start + offset };
    // A hair's breadth of tolerance: 0.1 + 0.2 is not to fall out of its place.
    const bin = Math.floor((row.start + row.length / 2) / length + 1e-9);
    const before = bins.get(bin);
    bins.set(bin, before === undefined ? row : foldRows(before, row));
  }
  return bins;
}

/** Two rows of the same time: what is a state of each run is added up. */
function together(a: IntervalRow, b: IntervalRow): IntervalRow {
  const start = Math.min(a.start, b.start);
  const asked = a.asked === undefined && b.asked === undefined
    ? {}
    : { asked: typeof a.asked === "number" || typeof b.asked === "number" ? (a.asked ?? 0) + (b.asked ?? 0) : null };
  return {
    ...foldRows(a, b),
    ...asked,
    start,
    length: Math.max(a.start + a.length, b.start + b.length) - start,
    in_flight: a.in_flight + b.in_flight,
    queue: a.queue + b.queue,
    open: a.open + b.open,
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
