/**
 * Time, as a value that can be swapped: the system's clock for programs, a virtual one for tests.
 * The sans-I/O modules take `now` as an argument and know neither.
 *
 * @module
 */

/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

/** A source of time and of wake-ups. */
export interface Clock {
  /** Milliseconds of a clock that never goes back, with fractions; only differences mean anything. */
  now(): number;
  /** The date and time of day. */
  date(): Date;
  /** Calls `wake` once, at `at` (in `now()`'s time) or a little later, never within this call. */
  schedule(at: number, wake: () => void): Timer;
}

/**
 * The system's clock. A timer may fire a little early: who is woken looks at the clock again.
 *
 * @example
 * ```ts
 * import { systemClock } from "./clock.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(systemClock.now() <= systemClock.now());
 * ```
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  schedule(at, wake) {
    // setTimeout holds at most 2^31-1 ms; a longer wait is cut short, and who is woken looks again.
    const wait = Math.min(Math.max(0, at - performance.now()), 0x7fffffff);
    const timer = setTimeout(wake, wait);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * A clock that stands still until told to move; for tests and dry runs. Timers fire in order of
 * their time, and in order of their making where times are equal.
 *
 * @example
 * ```ts
 * import { VirtualClock } from "./clock.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const fired: number[] = [];
 * clock.schedule(50, () => fired.push(clock.now()));
 * clock.advance(100);
 * assert.deepEqual(fired, [50]);
 * assert.equal(clock.now(), 100);
 * ```
 */
export class VirtualClock implements Clock {
  #now = 0;
  #serial = 0;
  #timers: { at: number; serial: number; wake: () => void }[] = [];
  readonly #start: number;

  /** `start` is the date that `now() === 0` stands for. */
  constructor(start: Date = new Date("2026-01-31T12:00:00Z")) {
    this.#start = start.getTime();
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#start + this.#now);
  }

  schedule(at: number, wake: () => void): Timer {
    const timer = { at: Math.max(at, this.#now), serial: this.#serial++, wake };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** When the next timer fires; `Infinity` if none is set. */
  next(): number {
    return this.#timers.reduce((earliest, timer) => Math.min(earliest, timer.at), Infinity);
  }

  /** Moves `ms` on, firing what falls due on the way at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let at = this.next(); at <= end; at = this.next()) {
      this.#now = at;
      const due = this.#timers.filter((timer) => timer.at === at).sort((a, b) => a.serial - b.serial)[0];
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.wake();
    }
    this.#now = end;
  }
}

/**
 * Resolves after `ms`, or as soon as the signal aborts; never rejects.
 *
 * @example
 * ```ts
 * import { pause, VirtualClock } from "./clock.ts";
 *
 * const clock = new VirtualClock();
 * const paused = pause(clock, 5000, new AbortController().signal);
 * clock.advance(5000);
 * await paused;
 * ```
 */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.schedule(clock.now() + ms, done);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
