/**
 * What the messages of all connections share: the rates that they count against, the one processor that works on them. It keeps
 * times and nothing of messages.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Household } from "./steps/step.ts";

/** One second's worth may come at once. */
const BURST_MS = 1000;
/** Times are sums of fractions. */
const ROUNDING_MS = 1e-6;

/** So many works are counted; beyond, `working` says this many (our decision: whoever asks for a depth asks for less). */
const MOST_WORKS = 100_000;

/**
 * The household of one receiver.
 *
 * @example
 * ```ts
 * import { OneHousehold } from "./household.ts";
 * import assert from "node:assert/strict";
 *
 * const household = new OneHousehold(() => 1);
 * assert.equal(household.work(50, 0), 50);
 * assert.equal(household.work(50, 10), 90);
 * assert.equal(household.working(20), 2);
 * assert.equal(household.working(100), 0);
 * ```
 */
export class OneHousehold implements Household {
  readonly #openAt: (listener: number) => number;
  /** By key, when its next event is due at the rate. */
  #due: WeakMap<object, number> = new WeakMap();
  /** When the works end, in order; those before `#first` are over. */
  #ends: number[] = [];
  #first = 0;
  /** When the processor has done all that it has. */
  #freeAt = -Infinity;

  /** `open` says how many connections are open at a listener. */
  constructor(open: (listener: number) => number) {
    this.#openAt = open;
  }

  within(key: object, perSecond: number, nowMs: number): boolean {
    const intervalMs = 1000 / perSecond;
    const due = this.#due.get(key) ?? -Infinity;
    if (due - nowMs > Math.max(0, BURST_MS - intervalMs) + ROUNDING_MS) return false;
    this.#due.set(key, Math.max(due, nowMs) + intervalMs);
    return true;
  }

  work(ms: number, nowMs: number): number {
    this.#freeAt = Math.max(this.#freeAt, nowMs) + ms;
    if (this.working(nowMs) < MOST_WORKS) this.#ends.push(this.#freeAt);
    return this.#freeAt - nowMs;
  }

  working(nowMs: number): number {
    const ends = this.#ends;
    while (this.#first < ends.length && ends[this.#first] <= nowMs) this.#first++;
    if (this.#first * 2 > ends.length) {
      this.#ends = ends.slice(this.#first);
      this.#first = 0;
    }
    return this.#ends.length - this.#first;
  }

  open(listener: number): number {
    return this.#openAt(listener);
  }

  /** Forgets what was counted, and all work. */
  reset(): void {
    this.#due = new WeakMap();
    this.#ends = [];
    this.#first = 0;
    this.#freeAt = -Infinity;
  }
}
