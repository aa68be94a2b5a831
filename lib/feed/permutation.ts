/**
 * Orders drawn from a seed, one for each pass, of which any place can be asked without making the rest: so
 * a corpus of millions is shuffled without a pause at the end of each pass.
 *
 * It is a Feistel network of eight rounds over the next power of four; what falls outside of the range is
 * sent through again until it falls inside (cycle walking). Good for shuffling, and for no secret.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { draw } from "../random.ts";

/** With four, small corpora are shuffled unevenly (measured). */
const ROUNDS = 8;

/**
 * The orders of `size` things.
 *
 * @example
 * ```ts
 * import { Permutation } from "./permutation.ts";
 * import assert from "node:assert/strict";
 *
 * const order = new Permutation(5, 7);
 * const third = [0, 1, 2, 3, 4].map((place) => order.at(2, place));
 * assert.deepEqual([...third].sort(), [0, 1, 2, 3, 4]);
 * assert.equal(order.placeOf(2, third[4]), 4);
 * ```
 */
export class Permutation {
  readonly #half: number;
  readonly #mask: number;
  readonly #keys = new Int32Array(ROUNDS);
  #pass = NaN;

  /** `size` from 1 to 2^30. */
  constructor(readonly size: number, readonly seed: number) {
    let half = 1;
    while (2 ** (2 * half) < size) half++;
    this.#half = half;
    this.#mask = 2 ** half - 1;
  }

  /** What stands at a place, from 0, of a pass. */
  at(pass: number, place: number): number {
    this.#begin(pass);
    let value = place;
    do value = this.#forward(value); while (value >= this.size);
    return value;
  }

  /** At which place of a pass something stands. */
  placeOf(pass: number, thing: number): number {
    this.#begin(pass);
    let value = thing;
    do value = this.#backward(value); while (value >= this.size);
    return value;
  }

  #begin(pass: number): void {
    if (pass === this.#pass) return;
    this.#pass = pass;
    for (let i = 0; i < ROUNDS; i++) this.#keys[i] = draw(this.seed, "shuffle", String(i), pass) * 0x100000000;
  }

  #forward(value: number): number {
    let left = value >>> this.#half;
    let right = value & this.#mask;
    for (let i = 0; i < ROUNDS; i++) {
      const next = left ^ this.#round(right, i);
      left = right;
      right = next;
    }
    return (left << this.#half) | right;
  }

  #backward(value: number): number {
    let left = value >>> this.#half;
    let right = value & this.#mask;
    for (let i = ROUNDS - 1; i >= 0; i--) {
      const before = right ^ this.#round(left, i);
      right = left;
      left = before;
    }
    return (left << this.#half) | right;
  }

  #round(value: number, i: number): number {
    let hash = Math.imul(value ^ this.#keys[i], 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return (hash >>> 13) & this.#mask;
  }
}
