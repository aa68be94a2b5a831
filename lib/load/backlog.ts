/**
 * The arrivals that are due and wait for a connection: for any of them, or, where the order of
 * some matters, each for the one of its lane (message_source.ts). It knows when they were due and
 * nothing else of them.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { ArrivalQueue } from "./arrival_queue.ts";

/**
 * Arrivals in the order in which they fell due, at most `bound` of them.
 *
 * @example
 * ```ts
 * import { Backlog } from "./backlog.ts";
 * import assert from "node:assert/strict";
 *
 * const backlog = new Backlog(100, 4);
 * backlog.push(17, 12.5, 1);
 * assert.equal(backlog.headDueAt(0), NaN);
 * assert.deepEqual([backlog.headDueAt(1), backlog.shift(1)], [12.5, 17]);
 * ```
 */
export class Backlog {
  /** How many arrivals may wait. */
  readonly bound: number;
  /** How many wait. */
  length = 0;
  readonly #queues: readonly ArrivalQueue[];

  /** With so many lanes; with one, whoever is free takes the head. */
  constructor(bound: number, lanes: number) {
    this.bound = bound;
    this.#queues = Array.from({ length: lanes }, () => new ArrivalQueue(bound));
  }

  /** Whether arrivals keep to their lanes. */
  get hasLanes(): boolean {
    return this.#queues.length > 1;
  }

  /** Adds an arrival; whether there was room. */
  push(k: number, dueAt: number, lane: number): boolean {
    if (this.length === this.bound) return false;
    this.#queues[lane].push(k, dueAt);
    this.length++;
    return true;
  }

  /** When the arrival at the head of a lane was due; NaN if none waits. */
  headDueAt(lane: number): number {
    return this.#queues[lane].headDueAt;
  }

  /** When the one that has waited longest was due; NaN if none waits. */
  get oldestDueAt(): number {
    let oldest = Infinity;
    for (const { headDueAt } of this.#queues) if (headDueAt < oldest) oldest = headDueAt;
    return oldest === Infinity ? NaN : oldest;
  }

  /** Whether nothing waits in a lane. */
  isEmpty(lane: number): boolean {
    return this.#queues[lane].length === 0;
  }

  /** Takes the arrival at the head of a lane; -1 if none waits. */
  shift(lane: number): number {
    const k = this.#queues[lane].shift();
    if (k >= 0) this.length--;
    return k;
  }

  /** Takes all that were due before `dueAt`, milliseconds since t0. */
  takeDueBefore(dueAt: number, take: (k: number, dueAt: number) => void): void {
    for (let lane = 0; lane < this.#queues.length; lane++) {
      const queue = this.#queues[lane];
      while (queue.length > 0 && queue.headDueAt < dueAt) {
        const due = queue.headDueAt;
        take(this.shift(lane), due);
      }
    }
  }

  /** Forgets all that waits. */
  clear(): void {
    for (let lane = 0; lane < this.#queues.length; lane++) while (this.shift(lane) >= 0);
  }
}
