/**
 * When messages are due: a schedule is a formula from one absolute start, `t_k = t0 + f(k)`, never a
 * sum of delays (load.md section 1), so that no timer's lateness adds up. Pure: it reads no clock and
 * sends nothing.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * A schedule of arrivals. Arrivals are numbered from 0; times are milliseconds since t0.
 *
 * The two views of it agree: `dueBy(t)` counts the arrivals before `t`, so arrival `k` is among
 * them exactly if `dueAt(k) < t`. The half-open reading makes `200/s for 5 s` a thousand messages,
 * not a thousand and one.
 */
export interface Pacer {
  /** When the schedule ends by itself; `Infinity` for one that goes on. Nothing is due from then on. */
  readonly endsAt: number;
  /**
   * When arrival `k` is due; `Infinity` for one that never is. Never falls with `k`. To be asked with
   * numbers that do not fall: a schedule of chance (Poisson's) holds none that is past.
   */
  dueAt(k: number): number;
  /** How many arrivals are due before `t`. To be asked with times that do not fall. */
  dueBy(t: number): number;
  /** The rate asked for at `t`, in messages per second, as a schedule without chance would have it. */
  rateAt(t: number): number;
  /** The mean rate asked for from t0 to `t`, in messages per second: of a constant rate that rate. */
  meanRate(t: number): number;
}

/**
 * A constant rate: arrival `k` is due at `k / rate`.
 *
 * @example
 * ```ts
 * import { ConstantPacer } from "./pacer.ts";
 * import assert from "node:assert/strict";
 *
 * const pacer = new ConstantPacer(200);
 * assert.equal(pacer.dueAt(3), 15);
 * assert.equal(pacer.dueBy(5000), 1000);
 * ```
 */
export class ConstantPacer implements Pacer {
  readonly endsAt = Infinity;
  readonly rate: number;

  /** `rate` in messages per second. Throws a `RangeError` unless it is above 0 and finite. */
  constructor(rate: number) {
    if (!(rate > 0 && rate < Infinity)) throw new RangeError(`Cannot send ${rate} messages per second: wanted above 0`);
    this.rate = rate;
  }

  dueAt(k: number): number {
    return k * 1000 / this.rate;
  }

  dueBy(t: number): number {
    if (t <= 0) return 0;
    let count = Math.ceil(t * this.rate / 1000);
    // Division and multiplication round apart by one unit in the last place; `dueAt` decides.
    while (count > 0 && this.dueAt(count - 1) >= t) count--;
    while (this.dueAt(count) < t) count++;
    return count;
  }

  rateAt(_t: number): number {
    return this.rate;
  }

  meanRate(_t: number): number {
    return this.rate;
  }
}
