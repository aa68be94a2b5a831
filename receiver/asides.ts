/**
 * The answers of a connection that wait for nobody else, nor anybody for them: one timer for each that has a time. And those
 * that are held, for who may heal them.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";
import type { Answer } from "./answer.ts";

/** What is known of a wait. */
type Waiting = Pick<Answer, "readyAt">;

/**
 * Answers that go on by themselves.
 *
 * @example
 * ```ts
 * import { Asides } from "./asides.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const woken: unknown[] = [];
 * const asides = new Asides(clock, (answer) => woken.push(answer));
 * const late = { readyAt: 12_000 } as never;
 * asides.add(late);
 * asides.wait(late);
 * clock.advance(12_000);
 * assert.deepEqual(woken, [late]);
 * ```
 */
export class Asides {
  readonly #clock: Clock;
  readonly #wake: (answer: Answer) => void;
  readonly #timers: Map<Answer, Timer | null> = new Map();
  #held: Answer[] = [];

  constructor(clock: Clock, wake: (answer: Answer) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many go on at some time; those that are held do not. */
  get size(): number {
    return this.#timers.size;
  }

  /** All that go on at some time, the oldest first. */
  get answers(): Answer[] {
    return [...this.#timers.keys()];
  }

  has(answer: Answer): boolean {
    return this.#timers.has(answer);
  }

  add(answer: Answer): void {
    this.#timers.set(answer, null);
  }

  delete(answer: Answer): void {
    this.#timers.get(answer)?.cancel();
    this.#timers.delete(answer);
  }

  /** Wakes the answer at its time, if that comes by itself. */
  wait(answer: Answer): void {
    const { readyAt }: Waiting = answer;
    this.#timers.get(answer)?.cancel();
    this.#timers.set(answer, readyAt === Infinity ? null : this.#clock.schedule(readyAt, () => this.#wake(answer)));
  }

  /** Keeps an answer that says nothing; of more than so many, the oldest is forgotten. */
  hold(answer: Answer, most: number): void {
    this.#held.push(answer);
    if (this.#held.length > most) this.#held.shift();
  }

  /** Those that are held; from now on, none are. */
  takeHeld(): Answer[] {
    return this.#held.splice(0);
  }

  /** All that go on at some time; from now on, none do. */
  takeAll(): Answer[] {
    const { answers } = this;
    for (const answer of answers) this.delete(answer);
    this.#held = [];
    return answers;
  }
}
