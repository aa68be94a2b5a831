/**
 * Arrivals at random about another schedule, as independent senders make them: a Poisson process whose
 * rate is that schedule's. Seeded; it reads no clock and sends nothing.
 *
 * The distances of a process of rate 1 are `-ln(u)` (load.md section 1). Their sum is the count of arrivals,
 * with its fraction, at which the other schedule is asked for its time, so that it works over a
 * constant rate (where it is `-ln(u) / R`) and over ramps alike.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { draw, RandomStream } from "../random.ts";
import type { Pacer } from "./pacer.ts";

/** A place in the process: the arrival `k`, due at `at`. It goes forward only. */
class Place {
  k = 0;
  at: number;
  readonly #base: Pacer;
  readonly #random: RandomStream;
  #sum = 0;

  constructor(base: Pacer, seed: number) {
    this.#base = base;
    // A stream of its own: ids and patients are drawn by the same seed.
    this.#random = new RandomStream(Math.floor(draw(seed, "arrivals", "", 0) * 2 ** 32));
    this.at = this.#draw(0);
  }

  next(): void {
    this.k++;
    this.at = this.#draw(this.at);
  }

  #draw(before: number): number {
    this.#sum -= Math.log1p(-this.#random.next());
    // Arrivals that fall together must not change places by rounding.
    return Math.max(before, this.#base.dueAt(this.#sum));
  }
}

/**
 * A schedule of chance about another.
 *
 * It holds no arrival, so it can be asked forward only: `dueAt` for numbers, `dueBy` for times that do not
 * fall; the two independently of each other.
 *
 * @example
 * ```ts
 * import { ConstantPacer } from "./pacer.ts";
 * import { PoissonPacer } from "./poisson.ts";
 * import assert from "node:assert/strict";
 *
 * const pacer = new PoissonPacer(new ConstantPacer(100), 7);
 * const due = pacer.dueBy(60_000);
 * assert.ok(due > 5700 && due < 6300);
 * assert.equal(pacer.dueAt(0), new PoissonPacer(new ConstantPacer(100), 7).dueAt(0));
 * assert.equal(pacer.rateAt(0), 100);
 * ```
 */
export class PoissonPacer implements Pacer {
  readonly #base: Pacer;
  /** Where `dueAt` is, and where `dueBy` is: of the same process, since they are asked at different places. */
  readonly #asked: Place;
  readonly #counted: Place;
  #countedTo = 0;

  /** `base` must give times for fractions of an arrival: a constant rate, or stages. */
  constructor(base: Pacer, seed: number) {
    this.#base = base;
    this.#asked = new Place(base, seed);
    this.#counted = new Place(base, seed);
  }

  get endsAt(): number {
    return this.#base.endsAt;
  }

  /** Throws a `RangeError` for an arrival before the last one asked for. */
  dueAt(k: number): number {
    if (k < this.#asked.k) {
      throw new RangeError(`Cannot tell when arrival ${k} was due after ${this.#asked.k} was asked for`);
    }
    while (this.#asked.k < k) {
      if (this.#asked.at === Infinity) return Infinity;
      this.#asked.next();
    }
    return this.#asked.at;
  }

  /** Throws a `RangeError` for a time before the last one asked for. */
  dueBy(t: number): number {
    if (t < this.#countedTo) {
      throw new RangeError(`Cannot count arrivals before ${t} ms after ${this.#countedTo} ms was asked for`);
    }
    this.#countedTo = Math.max(0, t);
    while (this.#counted.at < t) this.#counted.next();
    return this.#counted.k;
  }

  rateAt(t: number): number {
    return this.#base.rateAt(t);
  }

  meanRate(t: number): number {
    return this.#base.meanRate(t);
  }
}
