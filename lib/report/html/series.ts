/**
 * A run's intervals as columns over time, for charts and for the table of them. Too many rows are
 * folded, so that a page stays small however long the run. It knows nothing of a page.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { IntervalFigures, IntervalRow, RunDocument } from "../../load/result.ts";
import { type Outcome, OUTCOMES } from "../../outcome.ts";

/** One value for each point in time; null where nothing was measured. */
export type Column = readonly (number | null)[];

/** The columns of a latency, in microseconds. */
export interface FigureColumns {
  readonly p50: Column;
  readonly p90: Column;
  readonly p99: Column;
  readonly max: Column;
}

/** A run over time. */
export interface TimeSeries {
  /** Seconds from t0 to the start of each point, and its length. */
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
  /** Messages per second. */
  readonly asked: Column;
  readonly sent: Column;
  readonly acknowledged: Column;
  /** Messages and connections: of several rows the most in flight and queued, the fewest open. */
  readonly inFlight: Column;
  readonly queue: Column;
  readonly open: Column;
  readonly service: FigureColumns;
  readonly response: FigureColumns;
  readonly lag: FigureColumns;
  /** Messages, by what became of them; only what happened. Under `errors` where the document does not tell them apart. */
  readonly failures: ReadonlyMap<Outcome | "errors", readonly number[]>;
  readonly limited: readonly boolean[];
}

/**
 * Of a last point shorter than this part of the others a chart tells no rate and no state: a few messages more or less
 * would be a spike, and the connections are being closed.
 */
const SHORT = 0.5;

/**
 * The columns of a run, of at most `most` points. Where rows are folded, counts are added, the median is weighted by
 * messages, and of the higher percentiles the greatest is taken: folding does not make a run look better. Of a last
 * point that is short the rates and states are left out, and its latencies are those of the point before it, unless
 * they are to be told.
 *
 * @example
 * ```ts
 * import { timeSeries } from "./series.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function busiest(run: RunDocument): number {
 *   return Math.max(...timeSeries(run, 60).acknowledged.map((rate) => rate ?? 0));
 * }
 * ```
 */
export function timeSeries(run: RunDocument, most: number, short: "left out" | "told" = "left out"): TimeSeries {
  const size = Math.max(1, Math.ceil(run.intervals.length / most));
  const groups: IntervalRow[][] = [];
  for (let i = 0; i < run.intervals.length; i += size) groups.push(run.intervals.slice(i, i + size));
  const lengths = groups.map((rows) => sum(rows, (row) => row.length));
  const isShort = (i: number) => lengths[i] === 0 || short === "left out" && i > 0 && lengths[i] < SHORT * lengths[0];
  const rates = (count: (row: IntervalRow) => number) =>
    groups.map((rows, i) => isShort(i) ? null : sum(rows, count) / lengths[i]);
  const states = (choose: (...values: number[]) => number, state: (row: IntervalRow) => number) =>
    groups.map((rows, i) => isShort(i) ? null : choose(...rows.map(state)));
  // What a short end measured is told with the point before it: on its own, a few messages would be a spike.
  const last = groups.length - 1;
  const joined = last > 0 && isShort(last)
    ? [...groups.slice(0, last - 1), [...groups[last - 1], ...groups[last]], []]
    : groups;
  return {
    starts: groups.map((rows) => rows[0].start),
    lengths,
    asked: groups.map((rows, i) => {
      const known = rows.filter((row) => typeof (row.asked ?? constantRate(run)) === "number");
      const length = sum(known, (row) => row.length);
      if (length === 0 || rows[0].start >= run.duration_s || isShort(i)) return null;
      return sum(known, (row) => (row.asked ?? constantRate(run)!) * row.length) / length;
    }),
    sent: rates((row) => row.sent),
    acknowledged: rates((row) => row.acknowledged),
    inFlight: states(Math.max, (row) => row.in_flight),
    queue: states(Math.max, (row) => row.queue),
    open: states(Math.min, (row) => row.open),
    service: figures(joined, (row) => row.service, (row) => row.acknowledged),
    response: figures(joined, (row) => row.response, (row) => row.acknowledged),
    lag: figures(joined, (row) => row.lag, (row) => row.sent),
    failures: failures(groups),
    limited: groups.map((rows) => rows.some((row) => row.generator_limited)),
  };
}

/** Documents from before intervals knew the rate asked have it once: it was constant. */
function constantRate({ load, rate }: RunDocument): number | null {
  return load === undefined || load.kind === "constant" ? rate.asked : null;
}

function figures(
  groups: readonly (readonly IntervalRow[])[],
  figuresOf: (row: IntervalRow) => IntervalFigures | null,
  countOf: (row: IntervalRow) => number,
): FigureColumns {
  const measured = groups.map((rows) =>
    rows.map((row) => ({ figures: figuresOf(row), count: countOf(row) }))
      .filter((each): each is { figures: IntervalFigures; count: number } =>
        each.figures !== null && (each.count > 0 || each.figures.max > 0)
      )
  );
  const greatest = (key: keyof IntervalFigures) =>
    measured.map((rows) => {
      // A document of an older version knows fewer percentiles.
      const values = rows.map(({ figures }) => figures[key]).filter((value) => typeof value === "number");
      return values.length === 0 ? null : Math.max(...values);
    });
  const p50 = measured.map((rows) => {
    if (rows.length === 0) return null;
    const messages = sum(rows, ({ count }) => count);
    if (messages === 0) return Math.max(...rows.map(({ figures }) => figures.p50));
    return sum(rows, ({ figures, count }) => figures.p50 * count) / messages;
  });
  return { p50, p90: greatest("p90"), p99: greatest("p99"), max: greatest("max") };
}

function failures(groups: readonly (readonly IntervalRow[])[]): TimeSeries["failures"] {
  const columns = new Map<Outcome | "errors", number[]>();
  const told = groups.some((rows) => rows.some((row) => row.failures !== undefined));
  const names = told ? OUTCOMES.filter((name) => name !== "accepted") : ["errors" as const];
  for (const name of names) {
    const counts = groups.map((rows) =>
      sum(rows, (row) => name === "errors" ? row.errors : row.failures?.[name as Outcome] ?? 0)
    );
    if (counts.some((count) => count > 0)) columns.set(name, counts);
  }
  return columns;
}

function sum<T>(rows: readonly T[], value: (row: T) => number): number {
  let total = 0;
  for (const row of rows) total += value(row);
  return total;
}
