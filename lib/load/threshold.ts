/**
 * Thresholds: `--fail-if 'p99(response) > 250ms abort after 10s'`, from text to a verdict. A
 * threshold *fails* when its expression is true.
 *
 * This module performs no I/O.
 *
 * # The grammar (cli.md)
 *
 * ```text
 * EXPR   := METRIC OP VALUE ['abort' 'after' DURATION]
 * METRIC := FIGURE '(' SERIES ')' | errors | lost | rate | any outcome | any anomaly
 * FIGURE := p50 | p90 | p95 | p99 | p99.9 | min | mean | max
 * SERIES := lag | service | response | connect | ack.CA | ack.AA
 * OP     := > | >= | < | <=
 * ```
 *
 * VALUE is a duration for a latency; a count or a percentage of planned for messages and
 * acknowledgements; messages per second (`180`, `180/s`) or a percentage of asked for `rate`. A
 * percentage may be written `1%` or `1 %`.
 * Where the grammar is silent, our decisions: `wrong_id` is the outcome, `anomaly.wrong_id` the
 * acknowledgements; a latency of which nothing was measured makes no expression true; `rate` is
 * what was achieved.
 *
 * @module
 */
import { OUTCOMES } from "../outcome.ts";
import type { Outcome } from "../outcome.ts";
import { nearest, parseCount, parseDuration, parsePercent, parseRate } from "../values.ts";
import { isOneOf, Reader } from "./expression_reader.ts";
import type { Anomalies, LatencyRow, RunDocument, ThresholdVerdict } from "./result.ts";

/** The figures of a histogram, as the grammar names them, and where a `LatencyRow` keeps them. */
export const FIGURES = {
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
  "p99.9": "p99_9",
  min: "min",
  mean: "mean",
  max: "max",
} as const satisfies Record<string, keyof LatencyRow>;

/** The series of a run that the grammar knows. */
export const SERIES = ["lag", "service", "response", "connect", "ack.CA", "ack.AA"] as const;
/** How a value can be compared. */
export const OPERATORS = [">", ">=", "<", "<="] as const;

const ANOMALIES = ["stale", "duplicate", "unsolicited", "no_msa", "late", "commit"] as const;
const LOST: readonly Outcome[] = ["timeout", "closed", "reset", "unanswered"];

/** Metrics that count, by name, each with how it is counted. */
export const COUNTS: ReadonlyMap<string, (run: Measured) => number> = new Map([
  ["errors", (run: Measured) => sum(run, OUTCOMES.filter((outcome) => outcome !== "accepted"))],
  ["lost", (run: Measured) => sum(run, LOST)],
  ...OUTCOMES.map((name) => [name, (run: Measured) => run.outcomes[name]] as const),
  ...ANOMALIES.map((name) => [name, (run: Measured) => run.anomalies[name]] as const),
  ["anomaly.wrong_id", (run: Measured) => run.anomalies.wrong_id],
]);

/** What a threshold looks at. */
export type Metric =
  | {
    readonly kind: "latency";
    readonly name: string;
    readonly figure: keyof typeof FIGURES;
    readonly series: typeof SERIES[number];
  }
  | { readonly kind: "count"; readonly name: string }
  | { readonly kind: "rate"; readonly name: "rate" };

/** One `--fail-if`, read. */
export interface Threshold {
  /** As written, without blanks at its ends. */
  readonly expr: string;
  readonly metric: Metric;
  readonly operator: typeof OPERATORS[number];
  /** In `unit`. */
  readonly limit: number;
  /** Microseconds; messages or acknowledgements; a part of planned (of asked for `rate`); messages per second. */
  readonly unit: "us" | "count" | "fraction" | "per_second";
  /** How long the expression must have been true without interruption to end the run; null: never. */
  readonly abortAfterMs: number | null;
}

/** The part of a run, or of an interval of one, that thresholds look at. */
export interface Measured {
  readonly planned: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly anomalies: Readonly<Anomalies>;
  readonly rate: RunDocument["rate"];
  readonly latency_us: Pick<RunDocument["latency_us"], "lag" | "service" | "response" | "connect" | "ack">;
}

/**
 * Reads a threshold. Throws a `RangeError` that names the place (characters counted from 1), what
 * was found there and what was wanted.
 *
 * @example
 * ```ts
 * import { parseThreshold } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const threshold = parseThreshold("p99(response) > 250ms abort after 10s");
 * assert.equal(threshold.limit, 250_000);
 * assert.equal(threshold.abortAfterMs, 10_000);
 * assert.throws(() => parseThreshold("p99(respose) > 250ms"), /at character 5 .* is 'response' meant\?$/);
 * ```
 */
export function parseThreshold(text: string): Threshold {
  const reader = new Reader(text);
  const metric = readMetric(reader);
  const operator = reader.take();
  if (!isOneOf(OPERATORS, operator.text)) throw reader.refuse(operator, OPERATORS.join(" "));
  const { limit, unit } = readLimit(reader, metric);
  let abortAfterMs: number | null = null;
  const abort = reader.take();
  if (abort.text !== "") {
    if (abort.text !== "abort") throw reader.refuse(abort, "'abort after DURATION', or the end");
    const after = reader.take();
    if (after.text !== "after") throw reader.refuse(after, "'after'");
    const duration = reader.take();
    abortAfterMs = reader.value(duration, "a duration, such as 10s", parseDuration);
    const rest = reader.take();
    if (rest.text !== "") throw reader.refuse(rest, "the end");
  }
  return { expr: text.trim(), metric, operator: operator.text, limit, unit, abortAfterMs };
}

/**
 * The metric that an expression begins with. Throws a `RangeError` for what is none.
 *
 * @example
 * ```ts
 * import { readMetric } from "./threshold.ts";
 * import { Reader } from "./expression_reader.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readMetric(new Reader("p99(lag) > 5ms")).name, "p99(lag)");
 * ```
 */
export function readMetric(reader: Reader): Metric {
  const word = reader.take();
  const name = word.text;
  if (name === "rate") return { kind: "rate", name };
  if (COUNTS.has(name)) return { kind: "count", name };
  const inSeries = reader.peek().text === "(";
  if (!Object.hasOwn(FIGURES, name)) {
    const candidates = inSeries ? Object.keys(FIGURES) : ["rate", ...COUNTS.keys(), ...Object.keys(FIGURES)];
    const wanted = inSeries
      ? `one of ${candidates.join(" ")}`
      : `a metric, such as p99(response), errors, lost, rate or an outcome`;
    throw reader.refuse(word, wanted, nearest(name, candidates));
  }
  const open = reader.take();
  if (open.text !== "(") throw reader.refuse(open, `'(' and one of ${SERIES.join(" ")}`);
  const series = reader.take();
  if (!isOneOf(SERIES, series.text)) {
    throw reader.refuse(series, `one of ${SERIES.join(" ")}`, nearest(series.text, SERIES));
  }
  const close = reader.take();
  if (close.text !== ")") throw reader.refuse(close, "')'");
  return {
    kind: "latency",
    name: `${name}(${series.text})`,
    figure: name as keyof typeof FIGURES,
    series: series.text,
  };
}

/**
 * What may be wrong with a threshold that is none the less one: it fails where a latency or a number of errors is
 * *low*. Null where nothing is.
 *
 * @example
 * ```ts
 * import { parseThreshold, thresholdHint } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   thresholdHint(parseThreshold("p99(response) < 250ms")),
 *   "'p99(response) < 250ms' fails when p99(response) is below 250ms: meant '>'?",
 * );
 * assert.equal(thresholdHint(parseThreshold("rate < 99%")), null);
 * ```
 */
export function thresholdHint({ expr, metric, operator }: Threshold): string | null {
  if (metric.kind === "rate" || metric.name === "accepted" || !operator.startsWith("<")) return null;
  const [, limit] = expr.replace(/\s+abort\s.*$/s, "").split(/<=?\s*/);
  const low = operator === "<" ? "below" : "at most";
  return `'${expr}' fails when ${metric.name} is ${low} ${limit}: meant '${operator.replace("<", ">")}'?`;
}

function readLimit(reader: Reader, metric: Metric): Pick<Threshold, "limit" | "unit"> {
  const token = reader.takeAmount();
  if (metric.kind === "latency") {
    const wanted = `a duration for ${metric.name}, such as 250ms`;
    return { limit: reader.value(token, wanted, parseDuration) * 1000, unit: "us" };
  }
  if (metric.kind === "rate") {
    const wanted = "messages per second or a percentage for rate, such as 180/s or 99%";
    if (token.text.endsWith("%")) return { limit: reader.value(token, wanted, parsePercent), unit: "fraction" };
    return { limit: reader.value(token, wanted, parseRate), unit: "per_second" };
  }
  const wanted = `a count or a percentage for ${metric.name}, such as 0 or 0.1%`;
  if (token.text.endsWith("%")) return { limit: reader.value(token, wanted, parsePercent), unit: "fraction" };
  return { limit: reader.value(token, wanted, parseCount), unit: "count" };
}

/**
 * Refuses, before anything is sent, a metric that the load model does not have: a closed loop has
 * no intended send times, so neither lag nor response, and no rate that was asked for. Throws a
 * `RangeError` that says so.
 *
 * @example
 * ```ts
 * import { parseThreshold, requireAvailable } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const threshold = parseThreshold("p99(response) > 250ms");
 * requireAvailable(threshold, "rate");
 * assert.throws(() => requireAvailable(threshold, "closed"), RangeError);
 * ```
 */
export function requireAvailable(threshold: Threshold, model: RunDocument["model"]): void {
  if (model === "rate") return;
  const { metric, expr, unit } = threshold;
  if (metric.kind === "latency" && (metric.series === "lag" || metric.series === "response")) {
    throw new RangeError(
      `Cannot judge the threshold '${expr}': a closed loop has no intended send times, so no ${metric.series}; ` +
        `wanted ${metric.figure}(service), or a rate to send at`,
    );
  }
  if (metric.kind === "rate" && unit === "fraction") {
    throw new RangeError(
      `Cannot judge the threshold '${expr}': a closed loop asks for no rate to take a percentage of; ` +
        `wanted messages per second, such as 180/s, or a rate to send at`,
    );
  }
}

/**
 * The metric's value in the threshold's unit; null when nothing of it was measured.
 *
 * @example
 * ```ts
 * import { type Measured, parseThreshold, thresholdValue } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { planned: 1000, outcomes: { timeout: 4 } } as unknown as Measured;
 * assert.equal(thresholdValue(parseThreshold("timeout > 0.1%"), run), 0.004);
 * assert.equal(thresholdValue(parseThreshold("timeout > 3"), run), 4);
 * ```
 */
export function thresholdValue(threshold: Pick<Threshold, "metric" | "unit">, run: Measured): number | null {
  const { metric, unit } = threshold;
  if (metric.kind === "latency") {
    const row = seriesOf(run, metric.series);
    return row === null || row.count === 0 ? null : row[FIGURES[metric.figure]];
  }
  if (metric.kind === "rate") {
    if (unit !== "fraction") return run.rate.achieved;
    // Of nothing asked for there is no part.
    return run.rate.asked ? run.rate.achieved / run.rate.asked : null;
  }
  const count = COUNTS.get(metric.name)?.(run) ?? 0;
  if (unit !== "fraction") return count;
  return run.planned === 0 ? 0 : count / run.planned;
}

/**
 * The figures of a series; null where the run has none.
 *
 * @example
 * ```ts
 * import { type Measured, seriesOf } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(seriesOf({ latency_us: { lag: null } } as Measured, "lag"), null);
 * ```
 */
export function seriesOf(run: Measured, series: typeof SERIES[number]): LatencyRow | null {
  switch (series) {
    case "ack.CA":
      return run.latency_us.ack?.CA ?? null;
    case "ack.AA":
      return run.latency_us.ack?.AA ?? null;
    default:
      return run.latency_us[series];
  }
}

function sum(run: Measured, outcomes: readonly Outcome[]): number {
  return outcomes.reduce((total, outcome) => total + run.outcomes[outcome], 0);
}

/**
 * Whether the expression is true of a value; never of null. Two numbers that differ by rounding
 * alone are equal: 7 of 1,000 are not more than 0.7%, which binary fractions would have it.
 *
 * @example
 * ```ts
 * import { isTrue, parseThreshold } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isTrue(parseThreshold("errors > 0.7%"), 7 / 1000), false);
 * assert.equal(isTrue(parseThreshold("errors >= 0.7%"), 7 / 1000), true);
 * ```
 */
export function isTrue(threshold: Pick<Threshold, "operator" | "limit">, value: number | null): boolean {
  if (value === null) return false;
  const { limit, operator } = threshold;
  const same = Math.abs(value - limit) <= 1e-9 * Math.max(Math.abs(value), Math.abs(limit));
  switch (operator) {
    case ">":
      return !same && value > limit;
    case ">=":
      return same || value > limit;
    case "<":
      return !same && value < limit;
    case "<=":
      return same || value < limit;
  }
}

/**
 * The verdict at the end of a run: it passes unless the expression is true. Of what was not measured nothing is true:
 * `value` is null then.
 *
 * @example
 * ```ts
 * import { evaluate, type Measured, parseThreshold } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { rate: { asked: 200, achieved: 190 } } as Measured;
 * const verdict = evaluate(parseThreshold("rate < 99%"), run);
 * assert.deepEqual(verdict, { expr: "rate < 99%", pass: false, value: 0.95 });
 * ```
 */
export function evaluate(threshold: Threshold, run: Measured): ThresholdVerdict {
  const value = thresholdValue(threshold, run);
  return { expr: threshold.expr, pass: !isTrue(threshold, value), value };
}

/**
 * `abort after D`: tells when the expression has been true for D without interruption. It is fed
 * with values of the run so far, or better of its last interval, so that a recovery is seen.
 *
 * @example
 * ```ts
 * import { AbortWatch, parseThreshold } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const watch = new AbortWatch(parseThreshold("lost > 0 abort after 2s"));
 * assert.equal(watch.feed(0, 1), false);
 * assert.equal(watch.feed(1000, 1), false);
 * assert.equal(watch.feed(2000, 1), true);
 * ```
 */
export class AbortWatch {
  readonly threshold: Threshold;
  #since = NaN;

  constructor(threshold: Threshold) {
    this.threshold = threshold;
  }

  /** The value at `now`, in milliseconds of a clock that never goes back; null when nothing was measured. Returns whether the run is to end. */
  feed(now: number, value: number | null): boolean {
    const { abortAfterMs } = this.threshold;
    if (abortAfterMs === null) return false;
    if (!isTrue(this.threshold, value)) {
      this.#since = NaN;
      return false;
    }
    if (Number.isNaN(this.#since)) this.#since = now;
    return now - this.#since >= abortAfterMs;
  }
}
