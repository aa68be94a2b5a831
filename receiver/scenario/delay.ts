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
  | { readonly kind: "exponential"; readonly meanMs: number };

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
  const times = (least: number, most = least): number[] => {
    if (parts.length < least || parts.length > most) refuse(text);
    return parts.map(parseDuration);
  };
  switch (name) {
    case "uniform": {
      const [fromMs, toMs] = times(2);
      if (fromMs > toMs) refuse(text, "the shorter time first");
      return { kind: "uniform", fromMs, toMs };
    }
    case "normal": {
      const [meanMs, sdMs] = times(2);
      return { kind: "normal", meanMs, sdMs };
    }
    case "lognormal": {
      const [medianMs, p99Ms, maxMs = Infinity] = times(2, 3);
      if (medianMs === 0) refuse(text, "a median above 0");
      if (p99Ms < medianMs) refuse(text, "a 99th percentile that is not below the median");
      if (maxMs < medianMs) refuse(text, "a largest time that is not below the median");
      return { kind: "lognormal", medianMs, p99Ms, maxMs };
    }
    case "exponential": {
      const [meanMs] = times(1);
      return { kind: "exponential", meanMs };
    }
    default:
      return refuse(text);
  }
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
 * A delay as text, in the form that `parseDelay` reads.
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
  }
}
