/**
 * A schedule in stages: `30s@50,2m@50..500,30s@500` holds a rate, ramps to another, holds that. Each stage
 * begins where the one before ended, in time and in the count of arrivals, whose fraction is carried
 * over: a boundary neither loses nor adds a message.
 *
 * This module performs no I/O.
 *
 * # The formulas (load.md section 1)
 *
 * With `k` arrivals and `t` seconds counted from the stage's start, a rate that goes from `r0` at the rate
 * of change `a` gives `k = r0 t + a t^2 / 2`, so `t = (-r0 + sqrt(r0^2 + 2 a k)) / a`. That subtracts two
 * numbers that are nearly equal when `a` is small; multiplied out it is `t = 2k / (r0 + sqrt(r0^2 + 2 a k))`,
 * which loses no digit and needs no case for `a = 0`.
 *
 * @module
 */
import { parseDuration, parseRate } from "../values.ts";
import type { Pacer } from "./pacer.ts";

/** One stage. Rates are messages per second; from one to another it is a straight line. */
export interface Stage {
  readonly durationMs: number;
  readonly from: number;
  readonly to: number;
}

/** More would be a schedule that nobody wrote (our decision). */
const MOST_STAGES = 1000;

/**
 * Reads stages: `DURATION@RATE` or `DURATION@RATE..RATE`, set apart by commas; a rate may be 0. Throws a
 * `RangeError` that names the place (characters counted from 1), what was found there and what was wanted.
 *
 * @example
 * ```ts
 * import { parseStages } from "./stages.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseStages("30s@50,2m@50..500"), [
 *   { durationMs: 30_000, from: 50, to: 50 },
 *   { durationMs: 120_000, from: 50, to: 500 },
 * ]);
 * assert.throws(() => parseStages("30s@50,2m"), /at character 8 found '2m', wanted DURATION@RATE/);
 * ```
 */
export function parseStages(text: string): Stage[] {
  const refuse = (at: number, found: string, wanted: string): RangeError =>
    new RangeError(
      `Cannot read the stages '${text}': at character ${at + 1} found ${
        found.trim() === "" ? "nothing" : `'${found.trim()}'`
      }, wanted ${wanted}`,
    );
  const read = (word: string, at: number, wanted: string, parse: (text: string) => number): number => {
    const start = at + word.length - word.trimStart().length;
    try {
      return parse(word.trim());
    } catch (error) {
      if (error instanceof RangeError) throw refuse(start, word, wanted);
      throw error;
    }
  };
  const stages: Stage[] = [];
  let at = 0;
  for (const item of text.split(",")) {
    const start = at + item.length - item.trimStart().length;
    const parts = item.split("@");
    if (parts.length !== 2) throw refuse(start, item, "DURATION@RATE or DURATION@RATE..RATE, such as 2m@50..500");
    const [length, rates] = parts;
    const durationMs = read(length, at, "a duration above 0, such as 30s", positiveDuration);
    const ratesAt = at + length.length + 1;
    const [first, ...rest] = rates.split("..");
    const from = read(first, ratesAt, "a rate, such as 50, 6/m or 0", rateOrNone);
    const lastAt = ratesAt + first.length + 2;
    const to = rest.length === 0 ? from : read(rest.join(".."), lastAt, "a rate, such as 50, 6/m or 0", rateOrNone);
    stages.push({ durationMs, from, to });
    at += item.length + 1;
  }
  if (stages.length > MOST_STAGES) {
    throw new RangeError(`Cannot keep ${stages.length} stages: wanted at most ${MOST_STAGES}`);
  }
  if (stages.every(isIdle)) {
    throw new RangeError(`Cannot send by the stages '${text}': found the rate 0 alone, wanted one above 0`);
  }
  return stages;
}

function isIdle({ from, to }: Stage): boolean {
  return from === 0 && to === 0;
}

function positiveDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === 0) throw new RangeError("0");
  return ms;
}

function rateOrNone(text: string): number {
  return /^0(\.0+)?(\/[smh])?$/.test(text) ? 0 : parseRate(text);
}

/** A stage in its place. */
interface Placed extends Stage {
  /** When it begins, in milliseconds, and how many arrivals are before it, with their fraction. */
  readonly startMs: number;
  readonly startCount: number;
}

/**
 * The schedule of stages. `dueAt` takes fractions of an arrival too: a schedule of chance maps its own through it.
 *
 * @example
 * ```ts
 * import { parseStages, StagesPacer } from "./stages.ts";
 * import assert from "node:assert/strict";
 *
 * const pacer = new StagesPacer(parseStages("10s@0..100,1s@100"));
 * assert.equal(pacer.dueAt(125), 5000);
 * assert.equal(pacer.dueBy(10_000), 500);
 * assert.equal(pacer.dueAt(600), Infinity);
 * ```
 */
export class StagesPacer implements Pacer {
  readonly endsAt: number;
  readonly #stages: readonly Placed[];
  /** All arrivals, with their fraction. */
  readonly #total: number;

  /** Throws a `RangeError` for no stage, a duration that is not above 0, a rate below 0, or no rate above 0. */
  constructor(stages: readonly Stage[]) {
    if (stages.every(isIdle)) throw new RangeError("Cannot send by these stages: found no rate above 0");
    const placed: Placed[] = [];
    let [startMs, startCount] = [0, 0];
    for (const stage of stages) {
      const { durationMs, from, to } = stage;
      if (!(durationMs > 0 && durationMs < Infinity)) {
        throw new RangeError(`Cannot keep a stage of ${durationMs} ms: wanted above 0`);
      }
      for (const rate of [from, to]) {
        if (!(rate >= 0 && rate < Infinity)) {
          throw new RangeError(`Cannot send ${rate} messages per second: wanted 0 or above`);
        }
      }
      placed.push({ ...stage, startMs, startCount });
      startMs += durationMs;
      startCount = settled(startCount + (from + to) / 2 * durationMs / 1000);
    }
    this.#stages = placed;
    this.endsAt = startMs;
    this.#total = startCount;
  }

  dueAt(k: number): number {
    if (k >= this.#total) return Infinity;
    const stage = this.#last(({ startCount }) => startCount <= k);
    const due = stage.startMs + timeOf(stage, Math.max(0, k - stage.startCount));
    return due < this.endsAt ? due : Infinity;
  }

  dueBy(t: number): number {
    if (t <= 0) return 0;
    let count = Math.ceil(this.#countAt(t));
    // What is rounded apart by one unit in the last place, `dueAt` decides.
    while (count > 0 && this.dueAt(count - 1) >= t) count--;
    while (this.dueAt(count) < t) count++;
    return count;
  }

  rateAt(t: number): number {
    if (t >= this.endsAt) return 0;
    const stage = this.#last(({ startMs }) => startMs <= t);
    return stage.from + (stage.to - stage.from) * Math.max(0, t - stage.startMs) / stage.durationMs;
  }

  meanRate(t: number): number {
    const [{ from, to, durationMs }] = this.#stages;
    if (t <= 0 || (from === to && t <= durationMs)) return from;
    return this.#countAt(t) * 1000 / t;
  }

  /** The arrivals before `t`, with their fraction. */
  #countAt(t: number): number {
    if (t >= this.endsAt) return this.#total;
    const { startMs, startCount, durationMs, from, to } = this.#last((stage) => stage.startMs <= t);
    const ms = t - startMs;
    return startCount + (from + (to - from) * ms / durationMs / 2) * ms / 1000;
  }

  /** The last stage of which it is true; it is of the first, and then of all up to that one. */
  #last(isTrue: (stage: Placed) => boolean): Placed {
    let [low, high] = [0, this.#stages.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (isTrue(this.#stages[middle])) low = middle;
      else high = middle;
    }
    return this.#stages[low];
  }
}

/** A count that misses a whole number by rounding alone is that number: `30s@6/m` is 3, not a hair more, and so no fourth. */
function settled(count: number): number {
  const whole = Math.round(count);
  return Math.abs(count - whole) <= Math.max(1e-9, count * 1e-14) ? whole : count;
}

/** When `k` arrivals of a stage are due, in milliseconds from its start, and not behind its end. */
function timeOf({ durationMs, from, to }: Stage, k: number): number {
  if (from === to) return Math.min(durationMs, k * 1000 / from);
  if (k === 0) return 0;
  const change = (to - from) * 1000 / durationMs;
  return Math.min(durationMs, 2000 * k / (from + Math.sqrt(Math.max(0, from * from + 2 * change * k))));
}
