/**
 * A wait for a peer: over at a time, or after a silence. It knows what to call when it is over, and not what was waited for.
 *
 * @module
 */
import type { Clock, Timer } from "./clock.ts";

/**
 * One wait at a time.
 *
 * @example
 * ```ts
 * import { Wait } from "./wait.ts";
 * import { VirtualClock } from "./clock.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const wait = new Wait(clock);
 * let over = 0;
 * wait.beginSilence(5000, 60_000, () => over++);
 * clock.advance(3000);
 * wait.heard();
 * clock.advance(3000);
 * assert.equal(over, 0);
 * clock.advance(2000);
 * assert.equal(over, 1);
 * ```
 */
export class Wait {
  readonly #clock: Clock;
  #timer: Timer | null = null;
  /** How long a silence may be; 0 where the time alone counts. */
  #silenceMs = 0;
  #until = Infinity;
  /** When it is over whatever is heard. */
  #latest = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins, instead of any before: it is over at this time of the clock. */
  begin(until: number, over: () => void): void {
    this.end();
    this.#silenceMs = 0;
    this.#until = until;
    this.#watch(over);
  }

  /**
   * Begins, instead of any before: it is over when nothing was heard for so many milliseconds, or after `mostMs` whatever was;
   * `over` is told whether it was a silence.
   */
  beginSilence(silenceMs: number, mostMs: number, over: (silent: boolean) => void): void {
    const now = this.#clock.now();
    this.begin(now + Math.min(silenceMs, mostMs), () => over(this.#until < this.#latest));
    this.#silenceMs = silenceMs;
    this.#latest = now + mostMs;
  }

  /** Something came from the peer. */
  heard(): void {
    if (this.#silenceMs > 0) this.#until = Math.min(this.#clock.now() + this.#silenceMs, this.#latest);
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  // A time that has moved on meanwhile, or a timer that came too early, is looked at again.
  #watch(over: () => void): void {
    if (this.#until === Infinity) return;
    this.#timer = this.#clock.schedule(this.#until, () => {
      if (this.#clock.now() < this.#until) return this.#watch(over);
      this.#timer = null;
      over();
    });
  }
}
