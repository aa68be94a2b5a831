/**
 * Delays: how long a message takes, as people write it and as a value. It draws nothing: what a
 * distribution comes to for one message is `decide/distribution.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatDuration, parseDuration } from "../../lib/values.ts";

/** A time, or a distribution of times; all in milliseconds. */
export type Delay =
  | { readonly kind: "fixed"; readonly ms: number }
  | { readonly kind: "weighted"; readonly choices: readonly WeightedTime[] }
  | { readonly kind: "uniform"; readonly fromMs: number; readonly toMs: number }
  /** Below zero counts as zero. */
  | { readonly kind: "normal"; readonly meanMs: number; readonly sdMs: number }
  /** `maxMs` is `Infinity` where none was given. */
  | { readonly kind: "lognormal"; readonly medianMs: number; readonly p99Ms: number; readonly maxMs: number }
  | { readonly kind: "exponential"; readonly meanMs: number }
  /** Evenly from the one to the other in the time since the start of the scenario, or of the rule's phase; then it stays. */
  | { readonly kind: "ramp"; readonly fromMs: number; readonly toMs: number; readonly overMs: number }
  /** The times of a file, one after the other, again and again; `timesMs` is empty until the file has been read. */
  | { readonly kind: "trace"; readonly file: string; readonly timesMs: readonly number[] };

/** One of several times, and how often it comes, relative to the others. */
export interface WeightedTime {
  readonly ms: number;
  readonly weight: number;
}

/** No delay at all. */
export const NO_DELAY: Delay = Object.freeze({ kind: "fixed", ms: 0 });

const FORMS = "a time (100ms), weighted times (2ms:90,5s:1), uniform(FROM,TO), normal(MEAN,SD), " +
  "lognormal(MEDIAN,P99[,MAX]) or exponential(MEAN)";

/**
 * Reads a delay: `100ms`, `2ms:90,150ms:9,5s:1` (a time and its weight), `uniform(10ms,50ms)`,
 * `normal(40ms,5ms)`, `lognormal(40ms,400ms)` (median and 99th percentile, optionally a largest
 * time), `exponential(40ms)`.
 *
 * @throws RangeError for anything else
 *
 * @example
 * ```ts
 * import { parseDelay } from "./delay.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseDelay("100ms"), { kind: "fixed", ms: 100 });
 * assert.deepEqual(parseDelay("uniform(10ms,1s)"), { kind: "uniform", fromMs: 10, toMs: 1000 });
 * ```
 */
export function parseDelay(text: string): Delay {
  const call = /^([a-z]+)\((.*)\)$/.exec(text.trim());
  if (call !== null) return parseDistribution(text, call[1], call[2].split(",").map((part) => part.trim()));
  if (!text.includes(":")) return text.includes(",") ? refuse(text) : { kind: "fixed", ms: parseDuration(text.trim()) };
  const choices = text.split(",").map((part) => {
    const [time, weight, ...rest] = part.trim().split(":");
    if (weight === undefined || rest.length > 0) refuse(text);
    return { ms: parseDuration(time), weight: parseWeight(weight, text) };
  });
  if (!choices.some((choice) => choice.weight > 0)) refuse(text, "at least one weight above 0");
  return { kind: "weighted", choices };
}

function parseDistribution(text: string, name: string, parts: readonly string[]): Delay {
  if (!isDistribution(name) || !fits(name, parts.length)) refuse(text);
  return distribution(name, parts.map(parseDuration), text);
}

/** How many times each distribution takes. */
const DISTRIBUTIONS = { uniform: [2, 2], normal: [2, 2], lognormal: [2, 3], exponential: [1, 1] } as const;

type Distribution = keyof typeof DISTRIBUTIONS;

function isDistribution(name: string): name is Distribution {
  return Object.hasOwn(DISTRIBUTIONS, name);
}

function fits(name: Distribution, count: number): boolean {
  const [least, most] = DISTRIBUTIONS[name];
  return count >= least && count <= most;
}

/**
 * A distribution by its name and its times, in the order of its form as a text.
 *
 * @param text what was written, for the error
 * @throws RangeError for times that make none
 *
 * @example
 * ```ts
 * import { distribution } from "./delay.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(distribution("uniform", [10, 20], ""), { kind: "uniform", fromMs: 10, toMs: 20 });
 * ```
 */
export function distribution(name: Distribution, times: readonly number[], text: string): Delay {
  const [first, second, third = Infinity] = times;
  switch (name) {
    case "uniform":
      if (first > second) refuse(text, "the shorter time first");
      return { kind: "uniform", fromMs: first, toMs: second };
    case "normal":
      return { kind: "normal", meanMs: first, sdMs: second };
    case "lognormal":
      if (first === 0) refuse(text, "a median above 0");
      if (second < first) refuse(text, "a 99th percentile that is not below the median");
      if (third < first) refuse(text, "a largest time that is not below the median");
      return { kind: "lognormal", medianMs: first, p99Ms: second, maxMs: third };
    case "exponential":
      return { kind: "exponential", meanMs: first };
  }
}

/**
 * The times of a trace: a duration on each line; empty lines and such as begin with `#` are passed over.
 *
 * @param file what errors call it
 * @throws RangeError for a line that holds no duration, with its number, and for a trace without any
 *
 * @example
 * ```ts
 * import { parseTrace } from "./delay.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseTrace("# Monday\n20ms\n1.5s\n", "monday.txt"), [20, 1500]);
 * ```
 */
export function parseTrace(text: string, file: string): number[] {
  const times: number[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const said = line.trim();
    if (said === "" || said.startsWith("#")) continue;
    try {
      times.push(parseDuration(said));
    } catch (error) {
      throw new RangeError(`${file}:${i + 1}: ${(error as Error).message}`);
    }
  }
  if (times.length === 0) throw new RangeError(`Cannot use '${file}' as a trace: it holds no duration`);
  return times;
}

/**
 * A weight: any number from 0 on, relative to the other weights of its table.
 *
 * @param whole the text it stands in, for the error
 * @throws RangeError for anything else
 *
 * @example
 * ```ts
 * import { parseWeight } from "./delay.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseWeight("1.5", "AE:1.5"), 1.5);
 * ```
 */
export function parseWeight(text: string, whole: string): number {
  const weight = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(weight < Infinity)) {
    throw new RangeError(`Cannot read '${whole}': found the weight '${text}', wanted a number such as 90 or 1.5`);
  }
  return weight;
}

function refuse(text: string, wanted = FORMS): never {
  throw new RangeError(`Cannot read '${text}' as a delay: wanted ${wanted}`);
}

/**
 * A delay as text, in the form that `parseDelay` reads; a ramp and a trace, which only files have, in one like it.
 *
 * @example
 * ```ts
 * import { formatDelay, parseDelay } from "./delay.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatDelay(parseDelay("lognormal(40ms, 400ms)")), "lognormal(40ms,400ms)");
 * ```
 */
export function formatDelay(delay: Delay): string {
  switch (delay.kind) {
    case "fixed":
      return formatDuration(delay.ms);
    case "weighted":
      return delay.choices.map(({ ms, weight }) => `${formatDuration(ms)}:${weight}`).join(",");
    case "uniform":
      return `uniform(${formatDuration(delay.fromMs)},${formatDuration(delay.toMs)})`;
    case "normal":
      return `normal(${formatDuration(delay.meanMs)},${formatDuration(delay.sdMs)})`;
    case "lognormal": {
      const max = delay.maxMs === Infinity ? "" : `,${formatDuration(delay.maxMs)}`;
      return `lognormal(${formatDuration(delay.medianMs)},${formatDuration(delay.p99Ms)}${max})`;
    }
    case "exponential":
      return `exponential(${formatDuration(delay.meanMs)})`;
    case "ramp": {
      const [from, to, over] = [delay.fromMs, delay.toMs, delay.overMs].map(formatDuration);
      return `ramp(${from},${to},${over})`;
    }
    case "trace":
      return `trace(${delay.file})`;
  }
}
