/**
 * Watches over a connection that says nothing: one timer, however much is said. It knows only times.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";

/** What a watch asks and tells. */
export interface IdleWatchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Whether there is work in hand, which is no idleness. */
  busy(): boolean;
  /** It was idle for too long. */
  idle(): void;
}

/**
 * A watch over idleness.
 *
 * @example
 * ```ts
 * import { IdleWatch } from "./idle_watch.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * let idle = false;
 * const watch = new IdleWatch({ clock, timeoutMs: 300, busy: () => false, idle: () => void (idle = true) });
 * clock.advance(200);
 * watch.active();
 * clock.advance(200);
 * assert.equal(idle, false);
 * clock.advance(100);
 * assert.equal(idle, true);
 * ```
 */
export class IdleWatch {
  readonly #options: IdleWatchOptions;
  #activeAt: number;
  #timer: Timer | null = null;

  /** Begins to watch. */
  constructor(options: IdleWatchOptions) {
    this.#options = options;
    this.#activeAt = options.clock.now();
    this.#wait(this.#activeAt + options.timeoutMs);
  }

  /** Something was said just now. */
  active(): void {
    this.#activeAt = this.#options.clock.now();
  }

  /** Watches no more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(at: number): void {
    this.#timer = this.#options.clock.schedule(at, () => this.#look());
  }

  #look(): void {
    const { clock, timeoutMs, busy, idle } = this.#options;
    const at = (busy() ? clock.now() : this.#activeAt) + timeoutMs;
    if (at > clock.now()) this.#wait(at);
    else idle();
  }
}
