/**
 * What the load loop needs of the system it runs on: time, a tick, a chance for others. A value, so
 * that tests can turn the clock themselves.
 *
 * @module
 */
import { type Clock, systemClock, type Timer } from "../clock.ts";

/** Time and turns. */
export interface Surroundings {
  readonly clock: Clock;
  /** How often the loop looks what is due, in milliseconds. */
  readonly tickMs: number;
  /** Calls `tick` every `ms` milliseconds or so, until cancelled; `ready`, if there is one, resolves when it does. */
  every(ms: number, tick: () => void): Timer & { readonly ready?: Promise<void> };
  /** Calls `resume` when replies that have come were read. */
  yield(resume: () => void): void;
}

/** The system's clock and timers. `setInterval` holds a rate that a timer for each message cannot (load.md section 2). */
export const systemSurroundings: Surroundings = {
  clock: systemClock,
  tickMs: 1,
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    return { cancel: () => clearInterval(timer) };
  },
  yield: (resume) => void setImmediate(resume),
};
