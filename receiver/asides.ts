/**
 * The answers of a connection that wait for nobody else, nor anybody for them, with one timer for the first of them: they go on in
 * the order of their times, which timers of their own would not keep to the millisecond. And those that are held, for who may
 * heal them.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";
import type { Answer } from "./answer.ts";

/** A wait with an end. */
interface Wait {
  readonly answer: Answer;
  readonly at: number;
}

/** So many waits that nobody waits for any more are nothing to tidy up for. */
const FEW = 16;

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
  /** The present wait of each; `null` where somebody says when it is over. */
  readonly #waits: Map<Answer, Wait | null> = new Map();
  /** By their times; some may be waits no more. */
  #order: Wait[] = [];
  #timer: Timer | null = null;
  #timerAt = Infinity;
  #held: Answer[] = [];

  constructor(clock: Clock, wake: (answer: Answer) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** How many go on at some time; those that are held do not. */
  get size(): number {
    return this.#waits.size;
  }

  /** All that go on at some time, the oldest first. */
  get answers(): Answer[] {
    return this.#waits.size === 0 ? [] : [...this.#waits.keys()];
  }

  has(answer: Answer): boolean {
    return this.#waits.has(answer);
  }

  add(answer: Answer): void {
    this.#waits.set(answer, null);
  }

  delete(answer: Answer): void {
    this.#waits.delete(answer);
    if (this.#order.length <= 2 * this.#waits.size + FEW) return;
    this.#order = this.#order.filter((wait) => this.#waits.get(wait.answer) === wait);
  }

  /** Wakes the answer at its time, if that comes by itself. */
  wait(answer: Answer): void {
    const at = answer.readyAt;
    const wait = at === Infinity ? null : { answer, at };
    this.#waits.set(answer, wait);
    if (wait === null) return;
    const order = this.#order;
    let place = order.length;
    while (place > 0 && order[place - 1].at > at) place--;
    order.splice(place, 0, wait);
    this.#setTimer();
  }

  #setTimer(): void {
    const [first] = this.#order;
    if (first === undefined || first.at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = first.at;
    this.#timer = this.#clock.schedule(first.at, this.#look);
  }

  readonly #look = (): void => {
    this.#timerAt = Infinity;
    const now = this.#clock.now();
    while (this.#order.length > 0 && this.#order[0].at <= now) {
      const wait = this.#order.shift()!;
      if (this.#waits.get(wait.answer) === wait) this.#wake(wait.answer);
    }
    this.#setTimer();
  };

  /** Keeps an answer that says nothing; of more than so many, the oldest is forgotten. */
  hold(answer: Answer, most: number): void {
    this.#held.push(answer);
    if (this.#held.length > most) this.#held.shift();
  }

  /** Those that are held. */
  get held(): readonly Answer[] {
    return this.#held;
  }

  /** Those that are held; from now on, none are. */
  takeHeld(): Answer[] {
    return this.#held.splice(0);
  }

  /** All that go on at some time; from now on, none do. */
  takeAll(): Answer[] {
    const { answers } = this;
    this.#waits.clear();
    this.#order = [];
    this.#timer?.cancel();
    this.#timerAt = Infinity;
    this.#held = [];
    return answers;
  }
}
