/**
 * How often rules acted, and what came of it: for who watches a run. It knows names and counts.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** What came of one rule. */
export interface FaultCount {
  /** How often what it asked for was not done, for there were as many faults as there may be. */
  overflowed: number;
  /** How often a connection ended before it was done. */
  cut: number;
  /** How many are under way. */
  active: number;
}

/**
 * The counts of all rules, and how many are under way at all.
 *
 * @example
 * ```ts
 * import { FaultLedger } from "./fault_ledger.ts";
 * import assert from "node:assert/strict";
 *
 * const ledger = new FaultLedger();
 * ledger.began("late");
 * assert.equal(ledger.active, 1);
 * ledger.ended("late", true);
 * assert.deepEqual(ledger.of("late"), { overflowed: 0, cut: 0, active: 0 });
 * ```
 */
export class FaultLedger {
  /** How many messages are under a fault. */
  active = 0;
  #counts: Map<string, FaultCount> = new Map();

  /** What came of a rule so far. */
  of(rule: string): FaultCount {
    let count = this.#counts.get(rule);
    if (count === undefined) this.#counts.set(rule, count = { overflowed: 0, cut: 0, active: 0 });
    return count;
  }

  /** A message is under what this rule asked for. */
  began(rule: string): void {
    this.active++;
    this.of(rule).active++;
  }

  /** It is no longer: all was done, or not. */
  ended(rule: string, done: boolean): void {
    this.active--;
    const count = this.of(rule);
    count.active--;
    if (!done) count.cut++;
  }

  /** A message was spared. */
  spared(rule: string): void {
    this.of(rule).overflowed++;
  }

  /** Forgets what is over. */
  reset(): void {
    for (const count of this.#counts.values()) count.overflowed = count.cut = 0;
  }
}
