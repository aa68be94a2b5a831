/**
 * The course of a scenario's time: wakes when a phase ends or a rule expires, and says what has changed since. It decides nothing
 * and touches no connection.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";
import type { Decider } from "./decide/decide.ts";
import type { PhaseChange } from "./decide/phases.ts";
import type { ListenerState } from "./scenario/scenario.ts";

/** Who is told. */
export interface CourseOptions {
  readonly clock: Clock;
  readonly decider: Pick<Decider, "phases" | "nextExpiryMs" | "takeExpired">;
  /** Milliseconds since the start of the scenario. */
  elapsedMs(): number;
  /** A phase has ended, or one has begun. */
  changed(change: PhaseChange): void;
  /** Whether each listener takes connections from now on, as the phase that began says. */
  listeners(states: Readonly<Record<string, ListenerState>>): void;
  /** Rules have ended by their `ttl`. */
  expired(ids: readonly string[]): void;
}

/**
 * A scenario's course.
 *
 * @example
 * ```ts
 * import { Course } from "./course.ts";
 * import { PhaseClock } from "./decide/phases.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const none = { listeners: {}, useRules: [], useProfiles: [], rules: [] };
 * const phases = new PhaseClock({ phases: [{ name: "ill", forMs: 500, ...none }] });
 * const told: (string | null)[] = [];
 * const course = new Course({
 *   clock,
 *   decider: { phases, nextExpiryMs: Infinity, takeExpired: () => [] },
 *   elapsedMs: () => clock.now(),
 *   changed: ({ began }) => told.push(began),
 *   listeners: () => {},
 *   expired: () => {},
 * });
 * course.start();
 * clock.advance(500);
 * assert.deepEqual(told, ["ill", null]);
 * ```
 */
export class Course {
  readonly #options: CourseOptions;
  #timer: Timer | null = null;
  #timerAt = Infinity;
  #stopped = true;

  constructor(options: CourseOptions) {
    this.#options = options;
  }

  /** Begins with the first phase. */
  start(): void {
    this.#stopped = false;
    this.look();
  }

  /** Wakes no more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Something may have changed: a message was decided on, or somebody changed something by hand. */
  look(): void {
    if (this.#stopped) return;
    const { decider, clock, elapsedMs, changed, listeners, expired } = this.#options;
    const { phases } = decider;
    const now = elapsedMs();
    phases.advance(now);
    const changes = phases.takeChanges();
    for (const change of changes) changed(change);
    if (changes.length > 0 && !this.#stopped) listeners(phases.current?.listeners ?? {});
    const gone = decider.takeExpired(now);
    if (gone.length > 0) expired(gone);
    const next = Math.min(phases.endsMs, decider.nextExpiryMs);
    if (this.#stopped || (next === this.#timerAt && this.#timer !== null)) return;
    this.#timer?.cancel();
    this.#timerAt = next;
    this.#timer = next === Infinity ? null : clock.schedule(clock.now() + Math.max(0, next - now), () => {
      this.#timer = null;
      this.look();
    });
  }
}
