/**
 * Groups of messages mixed in exact proportions: a pattern with as many places for each group as it weighs,
 * shuffled once, and repeated. Which group message `k` is of, and the how-manieth of it, is looked up.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { RandomStream } from "../random.ts";

/** Our decision: percentages to four places. */
const LONGEST_PERIOD = 1_000_000;

/**
 * The groups of a run's messages.
 *
 * @example
 * ```ts
 * import { Mix } from "./mix.ts";
 * import assert from "node:assert/strict";
 *
 * const mix = new Mix([75, 25], 7);
 * assert.equal(mix.period, 4);
 * const groups = Array.from({ length: 4 }, (_, k) => mix.groupOf(400 + k));
 * assert.deepEqual(groups.sort(), [0, 0, 0, 1]);
 * ```
 */
export class Mix {
  /** After so many messages the proportions are exact; the pattern begins anew. */
  readonly period: number;
  /** How many messages of each group there are in a period. */
  readonly counts: readonly number[];
  /** By place in the period: the group. */
  readonly #groups: Uint32Array;
  /** By place in the period: how many of the same group come before. */
  readonly #ordinals: Uint32Array;
  /** By group, for `numberOf`: its places in the period, found when they are asked for. */
  readonly #places = new Map<number, Uint32Array>();

  /** `weights` by group, whole numbers from 1 on. Throws a `RangeError` for others, none, or a period above a million. */
  constructor(weights: readonly number[], seed: number) {
    const odd = weights.find((weight) => !(Number.isSafeInteger(weight) && weight > 0));
    if (weights.length === 0 || odd !== undefined) {
      throw new RangeError(`Cannot mix in proportions of ${odd ?? "nothing"}: wanted whole numbers from 1 on`);
    }
    const divisor = weights.reduce(commonDivisor);
    this.counts = weights.map((weight) => weight / divisor);
    this.period = this.counts.reduce((sum, count) => sum + count, 0);
    if (this.period > LONGEST_PERIOD) {
      throw new RangeError(
        `Cannot mix in these proportions: they are exact after ${this.period} messages only, wanted ${LONGEST_PERIOD} at most`,
      );
    }
    const groups = new Uint32Array(this.period);
    let filled = 0;
    this.counts.forEach((count, group) => groups.fill(group, filled, filled += count));
    shuffle(groups, seed);
    const seen = this.counts.map(() => 0);
    this.#ordinals = Uint32Array.from(groups, (group) => seen[group]++);
    this.#groups = groups;
  }

  /** The group of message `k`. */
  groupOf(k: number): number {
    return this.#groups[k % this.period];
  }

  /** How many messages of its group come before message `k`. */
  ordinalOf(k: number): number {
    const place = k % this.period;
    return Math.floor(k / this.period) * this.counts[this.#groups[place]] + this.#ordinals[place];
  }

  /** The number of the message that is the `ordinal`th of its group, from 0: what `groupOf` and `ordinalOf` are for, the other way round. */
  numberOf(group: number, ordinal: number): number {
    const pass = Math.floor(ordinal / this.counts[group]);
    return pass * this.period + this.#placesOf(group)[ordinal % this.counts[group]];
  }

  /** For each place of the period, how many messages of `group` come before it in the period. */
  placesBefore(group: number): Uint32Array {
    let seen = 0;
    return this.#groups.map((other) => other === group ? seen++ : seen);
  }

  #placesOf(group: number): Uint32Array {
    const known = this.#places.get(group);
    if (known !== undefined) return known;
    const places = new Uint32Array(this.counts[group]);
    let found = 0;
    this.#groups.forEach((other, place) => {
      if (other === group) places[found++] = place;
    });
    this.#places.set(group, places);
    return places;
  }
}

/**
 * Puts the values in an order drawn from the seed, in place (Fisher and Yates).
 *
 * @example
 * ```ts
 * import { shuffle } from "./mix.ts";
 * import assert from "node:assert/strict";
 *
 * const values = Uint32Array.of(1, 2, 3);
 * shuffle(values, 7);
 * assert.deepEqual([...values].sort(), [1, 2, 3]);
 * ```
 */
export function shuffle(values: Uint32Array, seed: number): void {
  const stream = new RandomStream(seed);
  for (let last = values.length - 1; last > 0; last--) {
    const other = stream.integer(last + 1);
    const value = values[last];
    values[last] = values[other];
    values[other] = value;
  }
}

function commonDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
