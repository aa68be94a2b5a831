/**
 * Waiting for something for so long and no longer, on any clock.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** How a wait ended: with what was waited for, because the time was up, or because the signal said so. */
export type Waited<T> =
  | { readonly how: "done"; readonly value: T }
  | { readonly how: "late" }
  | { readonly how: "stopped" };

/**
 * Waits for a promise; rejects as it does. What comes after the wait is over is dropped, a rejection too.
 *
 * @param ms how long; `Infinity` for ever, 0 or less for what is there already
 *
 * @example
 * ```ts
 * import { within } from "./wait.ts";
 * import { VirtualClock } from "../clock.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const waited = within(clock, 5000, new Promise<string>(() => {}), new AbortController().signal);
 * clock.advance(5000);
 * assert.deepEqual(await waited, { how: "late" });
 * ```
 */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, signal: AbortSignal): Promise<Waited<T>> {
  return new Promise((resolve, reject) => {
    const over = (end: () => void) => {
      timer?.cancel();
      signal.removeEventListener("abort", stop);
      end();
    };
    const stop = () => over(() => resolve({ how: "stopped" }));
    const late = () => over(() => resolve({ how: "late" }));
    const timer = ms === Infinity ? null : clock.schedule(clock.now() + Math.max(0, ms), late);
    promise.then(
      (value) => over(() => resolve({ how: "done", value })),
      (error) => over(() => reject(error)),
    );
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
}
