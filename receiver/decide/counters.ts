/**
 * Numbers by key in bounded memory: how many events a scope has had, when its next one is within the rate.
 *
 * This module performs no I/O.
 *
 * # How it forgets
 *
 * Two maps, the young and the old. When the young one is full it becomes the old one, and what the old one
 * held is forgotten. So the keys used last are known, `remembered` at least and twice as many at most; one that
 * is forgotten begins anew at 0.
 *
 * @module
 */

/** Keys that all rules of a scenario may remember together (our decision: as many control ids as the receiver's own count of attempts). */
export const REMEMBERED_KEYS = 100_000;

/**
 * Numbers by key; one that was never set is 0.
 *
 * @example
 * ```ts
 * import { KeyedNumbers } from "./counters.ts";
 * import assert from "node:assert/strict";
 *
 * const counts = new KeyedNumbers(1000);
 * assert.equal(counts.add("MSG1"), 1);
 * assert.equal(counts.add("MSG1"), 2);
 * assert.equal(counts.get("MSG2"), 0);
 * ```
 */
export class KeyedNumbers {
  readonly #remembered: number;
  #young: Map<string, number> = new Map();
  #old: Map<string, number> = new Map();

  constructor(remembered: number) {
    this.#remembered = remembered;
  }

  /** A key's number. */
  get(key: string): number {
    return this.#young.get(key) ?? this.#old.get(key) ?? 0;
  }

  /** Gives a key a number. */
  set(key: string, value: number): void {
    this.#young.set(key, value);
    if (this.#young.size <= this.#remembered) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** Adds one to a key's number and gives it. */
  add(key: string): number {
    const value = this.get(key) + 1;
    this.set(key, value);
    return value;
  }

  /** Forgets all. */
  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
