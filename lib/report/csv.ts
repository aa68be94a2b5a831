/**
 * The run second by second, as a table for spreadsheets and scripts (RFC 4180).
 *
 * # Our decisions
 *
 * Lines end in LF alone: every reader takes that, and `awk` and `cut` would keep a CR as part of the
 * last cell. No cell holds a comma or a quote, so none is quoted. What was not measured, or does not
 * exist in a closed loop, is an empty cell. A cell that is true is 1, else 0.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { IntervalFigures, IntervalRow, RunDocument } from "../load/result.ts";
import { OUTCOMES } from "../outcome.ts";

type Cell = number | null;
type Column = readonly [name: string, cell: (row: IntervalRow) => Cell];

const FIGURES = ["p50", "p90", "p99", "max"] as const satisfies readonly (keyof IntervalFigures)[];
const SERIES = ["service", "response", "lag"] as const;

const COLUMNS: readonly Column[] = [
  ["start_s", (row) => row.start],
  ["length_s", (row) => row.length],
  ["asked_per_s", (row) => row.asked ?? null],
  ["sent", (row) => row.sent],
  ["acknowledged", (row) => row.acknowledged],
  ["accepted", (row) => row.accepted],
  ["errors", (row) => row.errors],
  ...OUTCOMES.filter((name) => name !== "accepted").map((name): Column => [
    name,
    ({ failures }) => failures === undefined ? null : failures[name] ?? 0,
  ]),
  ["in_flight", (row) => row.in_flight],
  ["queue", (row) => row.queue],
  ["open", (row) => row.open],
  ...SERIES.flatMap((series) =>
    FIGURES.map((figure): Column => [`${series}_${figure}_us`, (row) => row[series]?.[figure] ?? null])
  ),
  ["generator_limited", (row) => row.generator_limited ? 1 : 0],
];

/**
 * One line for each interval, under a header whose names bear their units.
 *
 * @example
 * ```ts
 * import { csvReport } from "./csv.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const csv = csvReport({ intervals: [] } as unknown as RunDocument);
 * assert.match(csv, /^start_s,length_s,asked_per_s,sent,.*,service_p99_us,.*\n$/);
 * ```
 */
export function csvReport(run: RunDocument): string {
  const lines = [COLUMNS.map(([name]) => name), ...run.intervals.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  return lines.map((line) => `${line.join(",")}\n`).join("");
}
