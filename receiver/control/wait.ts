/**
 * Waiting for an expectation: looked at again when something has happened, until it passes, can no longer pass, or the time
 * is over. One about what must not happen passes when the time is over and it has not. However much happens, most of the time goes to the messages: one look costs a small share of the time between two.
 *
 * @module
 */
import { type Clock, systemClock, type Timer } from "../../lib/clock.ts";
import type { Expectation } from "../scenario/expectation.ts";
import type { Standing } from "../verify/verdict.ts";
import { isLasting } from "../verify/verifier.ts";
import type { ControlSurface } from "./surface.ts";

/** How long after something happened it is looked at again, at least. */
const LOOK_AFTER_MS = 10;
/** Looking may take one part in so many of the time. */
const SHARE = 10;

/** What a wait came to. */
export interface Waited {
  readonly verdict: Standing;
  readonly waitedMs: number;
}

/**
 * Waits for an expectation.
 *
 * @param options.signal ends the wait: it then comes to what there is
 *
 * @example
 * ```ts
 * import { waitFor } from "./wait.ts";
 * import assert from "node:assert/strict";
 *
 * const expectation = { kind: "outcome", outcome: "rst", bounds: { atLeast: 1, atMost: Infinity } } as const;
 * const verdict = { expr: "", pass: true, decided: false, detail: "found 1" };
 * const surface = { verify: () => verdict, settled: () => Promise.resolve(), subscribe: () => () => {} } as never;
 * const { signal } = new AbortController();
 * assert.equal((await waitFor(surface, expectation, { timeoutMs: 1000, signal })).verdict.pass, true);
 * ```
 */
export async function waitFor(
  surface: ControlSurface,
  expectation: Expectation,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly clock?: Clock },
): Promise<Waited> {
  const { timeoutMs, signal, clock = systemClock } = options;
  const lasting = isLasting(expectation);
  const begun = clock.now();
  const end = begun + timeoutMs;
  const events = new Signpost(clock);
  // Before the first look, so that nothing happens between the two unseen.
  const unsubscribe = surface.subscribe(() => events.happened());
  const stop = () => events.stop();
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      await surface.settled();
      const before = clock.now();
      const verdict = surface.verify(expectation);
      const now = clock.now();
      const over = verdict.decided || now >= end || signal.aborted;
      if (over || (verdict.pass && !lasting)) return { verdict, waitedMs: now - begun };
      await events.next(end, now + Math.max(LOOK_AFTER_MS, (now - before) * SHARE));
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", stop);
    events.stop();
  }
}

/** Something happened, or has happened since it was last asked. */
class Signpost {
  readonly #clock: Clock;
  #happened = false;
  #stopped = false;
  #look: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  happened(): void {
    this.#happened = true;
    this.#look?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#look?.();
  }

  /** Resolves at `end`; or when something has happened, though not before `notBefore`. */
  next(end: number, notBefore: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const look = () => {
        const now = this.#clock.now();
        const due = this.#happened ? Math.min(end, notBefore) : end;
        timer?.cancel();
        if (!this.#stopped && now < due) {
          timer = this.#clock.schedule(due, look);
          return;
        }
        this.#look = null;
        this.#happened = false;
        resolve();
      };
      // Events while a look is due already change nothing: no timer for each of them.
      let scheduled = this.#happened;
      this.#look = () => {
        if (scheduled && !this.#stopped) return;
        scheduled = true;
        look();
      };
      look();
    });
  }
}
