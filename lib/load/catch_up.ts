/**
 * How fast late messages may be sent (`--catchup`, load.md section 1). Pure: times in, yes or no out.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Pacer } from "./pacer.ts";

/** Without catching up, a message later than this is dropped (our decision: far more than a tick, less than anybody waits). */
export const LATEST_MS = 100;
/** A message is late from here on (our decision: what a timer and a busy moment take). */
const LATE_MS = 10;
/** Sends that may be saved up, in milliseconds of twice the rate; at least one. */
const SAVED_MS = 10;

/**
 * Catching up at twice the rate at most: each send costs one, each moment earns twice what the
 * schedule asks for in it; where that asks for nothing (a pause, the drain), what it last asked for. What
 * is on time goes out whatever is left.
 *
 * @example
 * ```ts
 * import { CatchUpBudget } from "./catch_up.ts";
 * import { ConstantPacer } from "./pacer.ts";
 * import assert from "node:assert/strict";
 *
 * const budget = new CatchUpBudget(new ConstantPacer(100));
 * budget.accrue(1000);
 * assert.deepEqual([budget.allows(500), budget.allows(500), budget.allows(500), budget.allows(2)], [true, true, false, true]);
 * ```
 */
export class CatchUpBudget {
  readonly #pacer: Pacer;
  #left = 0;
  #at = 0;
  #rate = 0;

  constructor(pacer: Pacer) {
    this.#pacer = pacer;
  }

  /** Time has come to `elapsed`, in milliseconds since t0. */
  accrue(elapsed: number): void {
    this.#rate = this.#pacer.rateAt(elapsed) || this.#rate;
    const perMs = 2 * this.#rate / 1000;
    this.#left = Math.min(this.#left + perMs * (elapsed - this.#at), Math.max(1, perMs * SAVED_MS));
    this.#at = elapsed;
  }

  /** Whether a message that is `lateMs` late may be sent now; if so, it is taken as sent. */
  allows(lateMs: number): boolean {
    if (lateMs > LATE_MS && this.#left < 1) return false;
    this.#left = Math.max(0, this.#left - 1);
    return true;
  }
}
