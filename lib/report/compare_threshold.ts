/**
 * What may not change between two runs: `--fail-if 'p99 > +10%'` of `mllp compare`, from text to a
 * value. It *fails* when the expression is true of the change from A to B.
 *
 * # The grammar (our decision; METRIC and OP as in thresholds of a run)
 *
 * ```text
 * EXPR   := METRIC OP ['+'|'-'] VALUE
 * METRIC := FIGURE ['(' SERIES ')'] | errors | lost | rate | any outcome | any anomaly
 * VALUE  := PERCENT | a duration for a latency | a count | messages per second for rate
 * ```
 *
 * A figure without a series is that of `response` where both runs have it, else of `service`. A
 * percentage is the relative change; of counts that of their share of planned, so that runs of other
 * lengths can be compared. A latency of which nothing was measured in A makes no expression true; one
 * that was measured in A and not in B fails each, whatever it says.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { isOneOf, Reader } from "../load/expression_reader.ts";
import { FIGURES, type Metric, OPERATORS, readMetric, type Threshold } from "../load/threshold.ts";
import { parseCount, parseDuration, parseRate } from "../values.ts";

/** What is looked at; `series` is null where it follows from what the runs have. */
export type ChangeMetric =
  | Exclude<Metric, { kind: "latency" }>
  | (Omit<Extract<Metric, { kind: "latency" }>, "series"> & {
    readonly series: Extract<Metric, { kind: "latency" }>["series"] | null;
  });

/** One `--fail-if` of `mllp compare`, read. */
export interface ChangeThreshold {
  /** As written, without blanks at its ends. */
  readonly expr: string;
  readonly metric: ChangeMetric;
  readonly operator: Threshold["operator"];
  /** Of the change from A to B; in `unit`, with its sign. */
  readonly limit: number;
  /** A relative change; microseconds; messages or acknowledgements; messages per second. */
  readonly unit: Threshold["unit"];
}

/**
 * Reads an expression. Throws a `RangeError` that names the place (characters counted from 1), what
 * was found there and what was wanted.
 *
 * @example
 * ```ts
 * import { parseChange } from "./compare_threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const { limit, unit } = parseChange("p99 > +10%");
 * assert.deepEqual([limit, unit], [0.1, "fraction"]);
 * assert.equal(parseChange("rate < -5/s").limit, -5);
 * assert.throws(() => parseChange("p99 > +10"), /at character 7 found '\+10', wanted a percentage or a duration/);
 * ```
 */
export function parseChange(text: string): ChangeThreshold {
  const reader = new Reader(text);
  const metric = readChangeMetric(reader, text);
  const operator = reader.take();
  if (!isOneOf(OPERATORS, operator.text)) throw reader.refuse(operator, OPERATORS.join(" "));
  const { limit, unit } = readLimit(reader, metric);
  const rest = reader.take();
  if (rest.text !== "") throw reader.refuse(rest, "the end");
  return { expr: text.trim(), metric, operator: operator.text, limit, unit };
}

function readChangeMetric(reader: Reader, text: string): ChangeMetric {
  const word = reader.peek().text;
  if (!Object.hasOwn(FIGURES, word) || /^\s*\S+?\s*\(/.test(text)) return readMetric(reader);
  reader.take();
  return { kind: "latency", name: word, figure: word as keyof typeof FIGURES, series: null };
}

function readLimit(reader: Reader, metric: ChangeMetric): Pick<ChangeThreshold, "limit" | "unit"> {
  const apart = isOneOf(["+", "-"], reader.peek().text) ? reader.take().text : "";
  const token = reader.takeAmount();
  const [, sign, amount] = /^([+-]?)(.*)$/s.exec(apart + token.text)!;
  const read = (wanted: string, parse: (text: string) => number) => {
    const value = reader.value(token, wanted, () => parse(amount));
    return sign === "-" ? -value : value;
  };
  const { wanted, unit, parse } = VALUES[metric.kind];
  if (amount.endsWith("%")) return { limit: read(wanted, parseRelative), unit: "fraction" };
  return { limit: read(wanted, parse), unit };
}

const VALUES = {
  latency: {
    wanted: "a percentage or a duration, such as +10% or +5ms",
    unit: "us",
    parse: (text: string) => parseDuration(text) * 1000,
  },
  count: { wanted: "a percentage or a count, such as +10% or +3", unit: "count", parse: parseCount },
  rate: {
    wanted: "a percentage or messages per second, such as -1% or -5/s",
    unit: "per_second",
    parse: (text: string) => text === "0" ? 0 : parseRate(text),
  },
} as const;

/** Unlike a part of a whole, a change can be more than 100 %. */
function parseRelative(text: string): number {
  const found = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (found === null) throw new RangeError(`Cannot read '${text}' as a change: wanted a percentage, such as 10%`);
  return Number(found[1]) / 100;
}
