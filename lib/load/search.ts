/**
 * The search for the highest rate at which an expression holds, such as `p99(response) < 250ms`. It is
 * given what each second measured and answers with the rate to ask for next; it reads no clock and sends
 * nothing.
 *
 * # A step
 *
 * Each rate has a second to settle, which is not judged, and is then measured for some seconds. It holds if the
 * expression is true of these, 99 % of what fell due was sent, nothing was dropped, and the generator was not
 * the limit. A step is given up early where it is hopeless: messages were dropped, or more wait than
 * fall due in a second. After one that does not hold nothing is asked for until all of it is answered, so that
 * the next does not pay for it.
 *
 * # The way
 *
 * From the start rate on it is doubled until it does not hold (or halved until it does), and the
 * bracket then halved until it is within 5 %, or 1/s (our decisions). A step in which the generator was
 * the limit is tried once more; if it was again, the search ends: nothing beyond can be known from here.
 *
 * @module
 */
import { formatDuration, formatRate } from "../values.ts";
import type { SearchResult, SearchStep } from "./result.ts";
import { Tally } from "./tally.ts";
import { isTrue, type Threshold, thresholdValue } from "./threshold.ts";
import { ACHIEVED_SHARE } from "./verdict.ts";

/** How long a rate is measured, if nothing else is said (our decision). */
export const STEP_MS = 5000;
/** How long a rate settles before it is measured (our decision). */
const SETTLE_MS = 1000;
/** How long the queue of a failed step may take to be answered (our decision: the default drain). */
const DRAIN_MS = 30_000;
/** The search is over when the bracket is narrower than this part of the rate that holds, or than 1/s (our decision). */
const BRACKET = 0.05;
const LEAST_BRACKET = 1;
/** A queue of fewer messages is not hopeless, however low the rate (our decision). */
const SHORT_QUEUE = 10;
/** No rate beyond is tried, if nothing else is said: far more than this program can send (our decision). */
const MOST_RATE = 1_000_000;

/** What is searched for, and how. */
export interface SearchPlan {
  /** What must hold; its `abort after` means nothing here. */
  readonly expression: Threshold;
  /** Messages per second to begin with. */
  readonly startRate: number;
  /** No rate above is tried. */
  readonly maxRate?: number;
  /** How long each rate is measured, in milliseconds: a second or more. */
  readonly stepMs?: number;
}

/** What a second of the run measured. */
export interface SearchSecond {
  /** Its end, in milliseconds since t0, and its length. */
  readonly endMs: number;
  readonly lengthMs: number;
  /** Of that second alone; it is not kept. */
  readonly tally: Tally;
  /** Whether the generator was the limit in it. */
  readonly limited: boolean;
  /** How many messages are due and not sent, and sent and not answered, at its end. */
  readonly queue: number;
  readonly inFlight: number;
}

/**
 * A search under way.
 *
 * @example
 * ```ts
 * import { RateSearch } from "./search.ts";
 * import { Tally } from "./tally.ts";
 * import { parseThreshold } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const search = new RateSearch({ expression: parseThreshold("p99(service) < 10ms"), startRate: 100, maxRate: 1000 });
 * let rate = search.startRate;
 * for (let endMs = 1000; !search.done; endMs += 1000) {
 *   const tally = new Tally();
 *   tally.planned = tally.sent = tally.outcomes.accepted = rate;
 *   for (let k = 0; k < rate; k++) tally.answer("AA", rate < 730 ? 8000 : 12_000, NaN);
 *   rate = search.feed({ endMs, lengthMs: 1000, tally, limited: false, queue: 0, inFlight: 0 });
 * }
 * const found = search.result().rate ?? 0;
 * assert.ok(found > 690 && found < 730);
 * ```
 */
export class RateSearch {
  readonly expression: Threshold;
  readonly startRate: number;
  readonly maxRate: number;
  readonly stepMs: number;
  /** The rate that is tried, in messages per second. */
  #rate: number;
  /** The rate to try when the pause is over. */
  #pending = 0;
  #phase: "settling" | "measuring" | "draining" | "done" = "settling";
  /** When the phase began, in milliseconds since t0. */
  #since = 0;
  readonly #measured = new Tally();
  #measuredMs = 0;
  #limited = false;
  #repeated = false;
  /** The highest rate that held, and the lowest that did not. */
  #holds: number | null = null;
  #fails: number | null = null;
  #verdict = "";
  readonly #steps: SearchStep[] = [];

  /** Throws a `RangeError` for rates that are not above 0, a start above the most, or a step below a second. */
  constructor({ expression, startRate, maxRate = MOST_RATE, stepMs = STEP_MS }: SearchPlan) {
    for (const rate of [startRate, maxRate]) {
      if (!(rate > 0 && rate < Infinity)) throw new RangeError(`Cannot search from or to ${rate}/s: wanted above 0`);
    }
    if (startRate > maxRate) {
      throw new RangeError(`Cannot search from ${formatRate(startRate)}: wanted at most ${formatRate(maxRate)}`);
    }
    if (!(stepMs >= 1000 && stepMs < Infinity)) {
      throw new RangeError(`Cannot measure a rate for ${formatDuration(stepMs)}: wanted a second or more`);
    }
    this.expression = expression;
    this.startRate = this.#rate = startRate;
    this.maxRate = maxRate;
    this.stepMs = stepMs;
  }

  /** Whether nothing more is to be asked for. */
  get done(): boolean {
    return this.#phase === "done";
  }

  /** How far it is, in a few words. */
  get summary(): string {
    const known = this.#holds === null ? "" : `, holds at ${formatRate(this.#holds)}`;
    if (this.#phase === "done") return `done${known}`;
    return `${this.#phase === "draining" ? "pausing after" : "trying"} ${formatRate(this.#rate)}${known}`;
  }

  /**
   * Takes what a second measured, and answers with the rate to ask for from now on: 0 for a pause, and
   * when it is done. The first second is one at the start rate.
   */
  feed(second: SearchSecond): number {
    switch (this.#phase) {
      case "settling":
        if (isHopeless(second, this.#rate)) {
          this.#measure(second);
          this.#judge(second);
        } else if (second.endMs - this.#since >= SETTLE_MS) this.#phase = "measuring";
        break;
      case "measuring":
        this.#measure(second);
        if (this.#measuredMs >= this.stepMs || isHopeless(second, this.#rate)) this.#judge(second);
        break;
      case "draining":
        if (second.queue + second.inFlight === 0) this.#begin(second);
        else if (second.endMs - this.#since >= DRAIN_MS) {
          this.#end(
            `${this.#found()}; what was sent at ${formatRate(this.#fails ?? this.#rate)} was not answered ` +
              `within ${formatDuration(DRAIN_MS)}`,
          );
        }
    }
    return this.#phase === "settling" || this.#phase === "measuring" ? this.#rate : 0;
  }

  /** What was found; before it is done, as far as it came. */
  result(): SearchResult {
    const verdict = this.done ? this.#verdict : `${this.#found()}; the run ended before the search did`;
    return { expr: this.expression.expr, rate: this.#holds, verdict, steps: [...this.#steps] };
  }

  #measure({ tally, lengthMs, limited }: SearchSecond): void {
    this.#measured.add(tally);
    this.#measuredMs += lengthMs;
    if (limited) this.#limited = true;
  }

  /** The step is over: writes it down, and decides what comes next. */
  #judge(second: SearchSecond): void {
    const step = this.#step(second);
    this.#steps.push(step);
    if (this.#limited && this.#repeated) {
      return this.#end(
        `${this.#found()}; at ${formatRate(this.#rate)} the generator was the limit, so the target may take more`,
      );
    }
    if (!this.#limited && step.holds) this.#holds = this.#rate;
    if (!this.#limited && !step.holds) this.#fails = this.#rate;
    this.#repeated = this.#limited;
    const next = this.#repeated ? this.#rate : this.#next();
    if (next === null) return this.#end(this.#found());
    this.#pending = next;
    if (step.holds || second.queue + second.inFlight === 0) return this.#begin(second);
    this.#phase = "draining";
    this.#since = second.endMs;
  }

  #begin({ endMs }: SearchSecond): void {
    this.#rate = this.#pending;
    this.#phase = "settling";
    this.#since = endMs;
    this.#measured.clear();
    this.#measuredMs = 0;
    this.#limited = false;
  }

  #end(verdict: string): void {
    this.#phase = "done";
    this.#verdict = verdict;
  }

  #step({ endMs }: SearchSecond): SearchStep {
    const { planned, sent, outcomes, anomalies } = this.#measured;
    const seconds = this.#measuredMs / 1000;
    const settled = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    const rate = { asked: planned / seconds, achieved: sent / seconds };
    const latency_us = this.#measured.latencyRows(true);
    const value = planned === 0 || settled === 0
      ? null
      : thresholdValue(this.expression, { planned, outcomes, anomalies, rate, latency_us });
    const why: string[] = [];
    if (this.#limited) why.push("the generator was the limit");
    if (outcomes.dropped > 0) why.push(`${outcomes.dropped} messages were dropped`);
    // One message more or less is a matter of where the second ends.
    if (planned - sent > Math.max(1, (1 - ACHIEVED_SHARE) * planned)) {
      why.push(`${sent} of ${planned} messages that fell due were sent`);
    }
    if (value === null) why.push("nothing was measured");
    return {
      asked: this.#rate,
      achieved: rate.achieved,
      start_s: Math.round(endMs - this.#measuredMs) / 1000,
      duration_s: Math.round(this.#measuredMs) / 1000,
      value,
      holds: why.length === 0 && isTrue(this.expression, value),
      why: why.join("; "),
    };
  }

  /** The next rate; null when there is none to try. */
  #next(): number | null {
    const [holds, fails] = [this.#holds, this.#fails];
    if (fails === null) return this.#rate < this.maxRate ? Math.min(this.#rate * 2, this.maxRate) : null;
    if (holds === null) return fails > LEAST_BRACKET ? Math.max(LEAST_BRACKET, fails / 2) : null;
    if (fails - holds <= Math.max(LEAST_BRACKET, BRACKET * holds)) return null;
    const middle = (holds + fails) / 2;
    // Whole numbers read better, where there is one between.
    return Math.round(middle) > holds && Math.round(middle) < fails ? Math.round(middle) : middle;
  }

  /** What is known so far. */
  #found(): string {
    const { expr } = this.expression;
    const [holds, fails] = [this.#holds, this.#fails];
    if (holds === null) {
      return fails === null
        ? `it is not known whether '${expr}' holds`
        : `'${expr}' does not hold, not even at ${formatRate(fails)}`;
    }
    if (fails !== null) return `'${expr}' holds at ${formatRate(holds)}, and not at ${formatRate(fails)}`;
    return `'${expr}' holds at ${formatRate(holds)}` + (holds >= this.maxRate ? ", the most that was to be tried" : "");
  }
}

/** Whether a step need not be measured to its end. */
function isHopeless({ tally, queue }: SearchSecond, rate: number): boolean {
  return tally.outcomes.dropped > 0 || queue > Math.max(SHORT_QUEUE, rate);
}
