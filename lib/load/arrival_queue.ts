/**
 * The bounded queue between the schedule and the connections: arrivals that are due and wait for a
 * free connection, first come first served. What does not fit is the caller's to count.
 *
 * This module performs no I/O.
 *
 * @module
 */

const FIRST_CAPACITY = 1024;

/**
 * A ring of arrival numbers and the times they were due at. It grows up to its bound and then
 * allocates no more.
 *
 * @example
 * ```ts
 * import { ArrivalQueue } from "./arrival_queue.ts";
 * import assert from "node:assert/strict";
 *
 * const queue = new ArrivalQueue(1);
 * assert.equal(queue.push(0, 12.5), true);
 * assert.equal(queue.push(1, 25), false);
 * assert.equal(queue.headDueAt, 12.5);
 * assert.equal(queue.shift(), 0);
 * ```
 */
export class ArrivalQueue {
  /** How many arrivals may wait. */
  readonly bound: number;
  /** How many wait. */
  length = 0;
  #head = 0;
  #numbers: Float64Array;
  #dueAt: Float64Array;

  constructor(bound: number) {
    this.bound = bound;
    const capacity = Math.max(1, Math.min(bound, FIRST_CAPACITY));
    this.#numbers = new Float64Array(capacity);
    this.#dueAt = new Float64Array(capacity);
  }

  /** When the arrival at the head was due; NaN if none waits. */
  get headDueAt(): number {
    return this.length === 0 ? NaN : this.#dueAt[this.#head];
  }

  /** Adds an arrival at the end; whether there was room. */
  push(k: number, dueAt: number): boolean {
    if (this.length === this.bound) return false;
    if (this.length === this.#numbers.length) this.#grow();
    const at = (this.#head + this.length) % this.#numbers.length;
    this.#numbers[at] = k;
    this.#dueAt[at] = dueAt;
    this.length++;
    return true;
  }

  /** Takes the number of the arrival at the head; -1 if none waits. */
  shift(): number {
    if (this.length === 0) return -1;
    const k = this.#numbers[this.#head];
    this.#head = (this.#head + 1) % this.#numbers.length;
    this.length--;
    return k;
  }

  #grow(): void {
    const capacity = Math.min(this.bound, this.#numbers.length * 2);
    const numbers = new Float64Array(capacity);
    const dueAt = new Float64Array(capacity);
    for (let i = 0; i < this.length; i++) {
      const from = (this.#head + i) % this.#numbers.length;
      numbers[i] = this.#numbers[from];
      dueAt[i] = this.#dueAt[from];
    }
    this.#numbers = numbers;
    this.#dueAt = dueAt;
    this.#head = 0;
  }
}
