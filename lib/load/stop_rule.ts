/**
 * When a run stops by itself: after a time, after a number of messages, whichever comes first, or
 * never. A value; the loop asks it, and a signal may always come before it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Pacer } from "./pacer.ts";

/** When a run stops. */
export interface StopRule {
  /** Milliseconds from t0 on in which messages fall due; `Infinity` for no such limit. */
  readonly durationMs: number;
  /** At most how many messages are planned; `Infinity` for no such limit. */
  readonly count: number;
}

/** A run that goes on until a signal ends it. */
export const UNTIL_STOPPED: StopRule = Object.freeze({ durationMs: Infinity, count: Infinity });

/**
 * How many arrivals of a schedule are planned by `elapsedMs`: those due, within the duration and the count.
 *
 * @example
 * ```ts
 * import { plannedBy } from "./stop_rule.ts";
 * import { ConstantPacer } from "./pacer.ts";
 * import assert from "node:assert/strict";
 *
 * const rule = { durationMs: 2000, count: Infinity };
 * assert.equal(plannedBy(rule, new ConstantPacer(100), 500), 50);
 * assert.equal(plannedBy(rule, new ConstantPacer(100), 9000), 200);
 * ```
 */
export function plannedBy(rule: StopRule, pacer: Pacer, elapsedMs: number): number {
  return Math.min(rule.count, pacer.dueBy(Math.min(elapsedMs, endsAt(rule, pacer))));
}

/**
 * When a run stops by time, in milliseconds since t0: at its duration, or where its schedule ends. `Infinity` for never.
 *
 * @example
 * ```ts
 * import { endsAt } from "./stop_rule.ts";
 * import { ConstantPacer } from "./pacer.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(endsAt({ durationMs: 2000, count: Infinity }, new ConstantPacer(100)), 2000);
 * ```
 */
export function endsAt(rule: StopRule, pacer: Pacer | null): number {
  return Math.min(rule.durationMs, pacer?.endsAt ?? Infinity);
}
