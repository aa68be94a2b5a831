/**
 * How long to wait before a connection is tried again: exponential with jitter, or a list. Pure: the
 * jitter is drawn by key, so that the same seed gives the same waits whatever else happens.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { draw } from "../random.ts";

/** Waits between tries, in milliseconds. */
export type Backoff =
  | {
    readonly kind: "exponential";
    /** The wait before the first new try. */
    readonly firstMs: number;
    /** No wait is longer than this, jitter aside. */
    readonly mostMs: number;
  }
  | {
    readonly kind: "list";
    /** One after the other; the last repeats. */
    readonly waitsMs: readonly number[];
  };

/** 100 ms, doubled up to 10 s (our decision: a restarted engine is found soon, a dead one is not hammered). */
export const DEFAULT_BACKOFF: Backoff = Object.freeze({ kind: "exponential", firstMs: 100, mostMs: 10_000 });

/**
 * The wait before a try.
 *
 * An exponential wait is multiplied by a factor between 0.5 and 1.5, drawn from seed, connection
 * and failure: a thousand connections that lost their receiver at once do not come back at once. A
 * list is taken as written.
 *
 * @param failures how many tries have failed in a row, from 1 on
 * @param connection whose wait it is
 *
 * @example
 * ```ts
 * import { backoffMs } from "./backoff.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(backoffMs({ kind: "list", waitsMs: [2000, 3000, 4000] }, 7, 7, 0), 4000);
 * const wait = backoffMs({ kind: "exponential", firstMs: 100, mostMs: 10_000 }, 3, 7, 0);
 * assert.ok(wait >= 200 && wait < 600);
 * ```
 */
export function backoffMs(backoff: Backoff, failures: number, seed: number, connection: number): number {
  if (backoff.kind === "list") {
    const { waitsMs } = backoff;
    return waitsMs[Math.min(failures, waitsMs.length) - 1] ?? 0;
  }
  // 2 ** 1000 is Infinity soon after; Math.min makes it the most.
  const wait = Math.min(backoff.mostMs, backoff.firstMs * 2 ** (failures - 1));
  return wait * (0.5 + draw(seed, "backoff", String(connection), failures));
}
