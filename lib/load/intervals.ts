/**
 * The run second by second: rows of figures, at most an hour of them. When they are full,
 * neighbours are folded into one and rows become twice as long, so that memory is constant however
 * long the run (load.md section 3).
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Outcome } from "../outcome.ts";
import type { IntervalFigures, IntervalRow } from "./result.ts";

/** An hour of seconds. */
const MOST_ROWS = 3600;

/**
 * Two neighbouring rows as one. Counts are added and states are those of the later row. Percentiles
 * cannot be folded exactly: the median is weighted by the messages, of the higher ones the
 * greater is taken (our decision: folding must not make a run look better).
 *
 * @example
 * ```ts
 * import { foldRows } from "./intervals.ts";
 * import type { IntervalRow } from "./result.ts";
 * import assert from "node:assert/strict";
 *
 * const figures = { p50: 10, p90: 15, p99: 20, max: 30 };
 * const row: IntervalRow = {
 *   start: 0, length: 1, sent: 5, acknowledged: 5, accepted: 5, errors: 0, in_flight: 0, queue: 0, open: 1,
 *   service: figures, response: null, lag: null, generator_limited: false,
 * };
 * const folded = foldRows(row, { ...row, start: 1, service: { ...figures, p99: 50 } });
 * assert.deepEqual([folded.length, folded.sent, folded.service.p99], [2, 10, 50]);
 * ```
 */
export function foldRows(a: IntervalRow, b: IntervalRow): IntervalRow {
  return {
    start: a.start,
    length: a.length + b.length,
    sent: a.sent + b.sent,
    acknowledged: a.acknowledged + b.acknowledged,
    accepted: a.accepted + b.accepted,
    errors: a.errors + b.errors,
    in_flight: b.in_flight,
    queue: b.queue,
    open: b.open,
    asked: foldAsked(a, b),
    failures: foldFailures(a.failures, b.failures),
    service: foldFigures(a.service, a.acknowledged, b.service, b.acknowledged),
    response: foldNullable(a.response, a.acknowledged, b.response, b.acknowledged),
    lag: foldNullable(a.lag, a.sent, b.lag, b.sent),
    generator_limited: a.generator_limited || b.generator_limited,
  };
}

function foldAsked(a: IntervalRow, b: IntervalRow): number | null {
  const [asked, next] = [a.asked ?? null, b.asked ?? null];
  if (asked === null || next === null) return asked ?? next;
  const length = a.length + b.length;
  return length === 0 ? next : (asked * a.length + next * b.length) / length;
}

function foldFailures(a: IntervalRow["failures"] = {}, b: IntervalRow["failures"] = {}): IntervalRow["failures"] {
  const sum: Partial<Record<Outcome, number>> = { ...a };
  for (const [outcome, count] of Object.entries(b) as [Outcome, number][]) sum[outcome] = (sum[outcome] ?? 0) + count;
  return sum;
}

function foldNullable(
  a: IntervalFigures | null,
  na: number,
  b: IntervalFigures | null,
  nb: number,
): IntervalFigures | null {
  return a === null || b === null ? a ?? b : foldFigures(a, na, b, nb);
}

function foldFigures(a: IntervalFigures, na: number, b: IntervalFigures, nb: number): IntervalFigures {
  const messages = na + nb;
  return {
    p50: messages === 0 ? Math.max(a.p50, b.p50) : Math.round((a.p50 * na + b.p50 * nb) / messages),
    p90: Math.max(a.p90, b.p90),
    p99: Math.max(a.p99, b.p99),
    max: Math.max(a.max, b.max),
  };
}

/**
 * The rows of a run.
 *
 * @example
 * ```ts
 * import { Intervals } from "./intervals.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(new Intervals().rows, []);
 * ```
 */
export class Intervals {
  #rows: IntervalRow[] = [];
  /** How many rows as they come make one that is kept. */
  #fold = 1;
  #open: IntervalRow | null = null;
  #held = 0;

  /** At most `most` rows are kept; an even number. */
  constructor(readonly most: number = MOST_ROWS) {}

  /** All rows so far, in order. */
  get rows(): readonly IntervalRow[] {
    return this.#open === null ? this.#rows : [...this.#rows, this.#open];
  }

  /** Adds the row of the next second. What has no length, because the run ended then, belongs to the row before it. */
  add(row: IntervalRow): void {
    const last = this.#rows.length - 1;
    if (row.length === 0 && this.#open === null && last >= 0) {
      this.#rows[last] = foldRows(this.#rows[last], row);
      return;
    }
    this.#open = this.#open === null ? row : foldRows(this.#open, row);
    this.#held++;
    if (this.#held < this.#fold) return;
    this.#rows.push(this.#open);
    this.#open = null;
    this.#held = 0;
    if (this.#rows.length < this.most) return;
    const folded: IntervalRow[] = [];
    for (let i = 0; i < this.#rows.length; i += 2) folded.push(foldRows(this.#rows[i], this.#rows[i + 1]));
    this.#rows = folded;
    this.#fold *= 2;
  }
}
