/**
 * A schedule that can be sped up, slowed down and paused while it is kept: its own clock runs at `speed`
 * times the real one, 1 as planned, 0 paused. What was due before a change keeps its time. Pure: it reads
 * no clock, time is an argument.
 *
 * This module performs no I/O.
 *
 * # Two clocks
 *
 * Between two changes the schedule's time is a straight line over the real time: from the change at
 * real time `T`, schedule time `S`, on it is `S + (t - T) * speed`. An arrival is due at the last real
 * moment at which the schedule's clock has not gone beyond its time; defined so, `dueAt` and `dueBy` agree
 * to the last bit, however division and multiplication round.
 *
 * @module
 */
import type { Pacer } from "./pacer.ts";

/** Changes kept; older ones no longer tell when long past arrivals were due (our decision). */
const MOST_CHANGES = 1000;

/** A change of speed, as the run document has it. */
export interface SpeedChange {
  /** Seconds from t0. */
  readonly at_s: number;
  readonly speed: number;
}

/** From a change on. */
interface Leg {
  /** Real time and schedule time at its start, in milliseconds. */
  readonly realMs: number;
  readonly planMs: number;
  readonly speed: number;
}

/**
 * A schedule that can be steered. While it never was, it is its base to the last bit.
 *
 * @example
 * ```ts
 * import { ConstantPacer } from "./pacer.ts";
 * import { SteeredPacer } from "./steered.ts";
 * import assert from "node:assert/strict";
 *
 * const pacer = new SteeredPacer(new ConstantPacer(100));
 * pacer.setSpeed(0, 1000);
 * assert.equal(pacer.dueBy(5000), 100);
 * assert.equal(pacer.dueAt(100), Infinity);
 * pacer.setSpeed(2, 5000);
 * assert.equal(pacer.dueAt(101), 5005);
 * assert.equal(pacer.rateAt(6000), 200);
 * assert.deepEqual(pacer.changes, [{ at_s: 1, speed: 0 }, { at_s: 5, speed: 2 }]);
 * ```
 */
export class SteeredPacer implements Pacer {
  readonly #base: Pacer;
  #legs: Leg[] = [{ realMs: 0, planMs: 0, speed: 1 }];
  #changes: SpeedChange[] = [];

  constructor(base: Pacer) {
    this.#base = base;
  }

  /** How fast it goes now. */
  get speed(): number {
    return this.#legs[this.#legs.length - 1].speed;
  }

  /** The changes so far, at most the last 1,000. */
  get changes(): readonly SpeedChange[] {
    return this.#changes;
  }

  /**
   * Goes on at `speed` from `t` on, in milliseconds since t0; the same speed again changes nothing. A `t`
   * before the last change counts as that. Throws a `RangeError` for a speed below 0 or endless.
   */
  setSpeed(speed: number, t: number): void {
    if (!(speed >= 0 && speed < Infinity)) throw new RangeError(`Cannot go ${speed} times as fast: wanted 0 or above`);
    if (speed === this.speed) return;
    const last = this.#legs[this.#legs.length - 1];
    const realMs = Math.max(t, last.realMs);
    if (realMs === last.realMs) this.#legs.pop();
    this.#legs.push({ realMs, planMs: planTime(last, realMs), speed });
    if (this.#legs.length > MOST_CHANGES + 1) this.#legs.shift();
    this.#changes.push({ at_s: Math.round(realMs) / 1000, speed });
    if (this.#changes.length > MOST_CHANGES) this.#changes.shift();
  }

  get endsAt(): number {
    return this.#realTime(this.#base.endsAt);
  }

  dueAt(k: number): number {
    return this.#realTime(this.#base.dueAt(k));
  }

  dueBy(t: number): number {
    return this.#base.dueBy(this.#planTime(t));
  }

  rateAt(t: number): number {
    const leg = this.#legAt(t);
    return leg.speed === 0 ? 0 : this.#base.rateAt(planTime(leg, t)) * leg.speed;
  }

  meanRate(t: number): number {
    if (this.#changes.length === 0) return this.#base.meanRate(t);
    if (t <= 0) return this.rateAt(0);
    const planMs = this.#planTime(t);
    return this.#base.meanRate(planMs) * planMs / t;
  }

  #planTime(t: number): number {
    return planTime(this.#legAt(t), t);
  }

  /** The leg at a real time; the first one kept, if that is long past. */
  #legAt(t: number): Leg {
    let at = this.#legs.length - 1;
    while (at > 0 && this.#legs[at].realMs > t) at--;
    return this.#legs[at];
  }

  /** The last real moment at which the schedule's clock has not gone beyond `planMs`. */
  #realTime(planMs: number): number {
    if (planMs === Infinity) return Infinity;
    let at = this.#legs.length - 1;
    while (at > 0 && this.#legs[at].planMs > planMs) at--;
    const leg = this.#legs[at];
    if (leg.speed === 0) return Infinity;
    const real = leg.realMs + (planMs - leg.planMs) / leg.speed;
    if (leg.speed === 1 && leg.realMs === 0) return real;
    return lastMoment(real, (t) => planTime(leg, t) <= planMs);
  }
}

function planTime({ realMs, planMs, speed }: Leg, t: number): number {
  return planMs + (t - realMs) * speed;
}

/** The last moment of which it is true, by bisection about one that misses it by rounding alone. */
function lastMoment(near: number, isTrue: (t: number) => boolean): number {
  let [low, high] = [near, near];
  for (let step = Math.max(Math.abs(near), 1) * Number.EPSILON; !isTrue(low); step *= 2) low -= step;
  for (let step = Math.max(Math.abs(near), 1) * Number.EPSILON; isTrue(high); step *= 2) high += step;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (isTrue(middle)) low = middle;
    else high = middle;
  }
  return low;
}
