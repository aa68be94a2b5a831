/**
 * Watching a run from another thread: what it shares to be seen, and when it counts as stuck. A case that never ends
 * cannot be told of by the thread that it holds.
 *
 * @module
 */
import fc from "fast-check";
import type { Failure, Pulse } from "./fuzzing.ts";
import { type AnyTarget, MOST_MS } from "./target.ts";

const BEATS = 0;
const TARGET = 1;
const SEED = 2;
const INDEX = 3;
const STOP = 4;

/** A case may take `MOST_MS` and is told of by its own thread; so much longer, and it does not end. In milliseconds. */
export const STUCK_MS = 4 * MOST_MS;

/** What two threads share of a run. */
export class SharedPulse implements Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(5 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** The number of the target that is fuzzed. */
  set target(index: number) {
    Atomics.store(this.#cells, TARGET, index);
  }

  get target(): number {
    return Atomics.load(this.#cells, TARGET);
  }

  beat(sliceSeed: number, index: number): void {
    Atomics.store(this.#cells, SEED, sliceSeed);
    Atomics.store(this.#cells, INDEX, index);
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** How many cases have begun, the last one's slice and its number in that. */
  get last(): { readonly beats: number; readonly seed: number; readonly index: number } {
    const [beats, seed, index] = [BEATS, SEED, INDEX].map((cell) => Atomics.load(this.#cells, cell));
    return { beats, seed, index };
  }

  /** Asks the run to end. */
  stop(): void {
    Atomics.store(this.#cells, STOP, 1);
  }

  /** Whether it is asked to. */
  get stopped(): boolean {
    return Atomics.load(this.#cells, STOP) === 1;
  }
}

/** Looks at a pulse from time to time. */
export class Watch {
  readonly #pulse: SharedPulse;
  readonly #stuckMs: number;
  #beats = -1;
  #since = 0;

  constructor(pulse: SharedPulse, stuckMs: number = STUCK_MS) {
    this.#pulse = pulse;
    this.#stuckMs = stuckMs;
  }

  /** Whether no case has begun for too long. */
  isStuck(nowMs: number): boolean {
    const { beats } = this.#pulse.last;
    if (beats !== this.#beats) [this.#beats, this.#since] = [beats, nowMs];
    return nowMs - this.#since >= this.#stuckMs;
  }

  /** The failure of the case that it is stuck at; the case is drawn again, and not run. */
  failure(targets: readonly AnyTarget[]): Failure {
    const target = targets[this.#pulse.target];
    const { seed, index } = this.#pulse.last;
    const known = index >= 0;
    return {
      target: target.name,
      message: `It does not end: nothing was heard for ${this.#stuckMs / 1000} s`,
      minimal: known ? fc.sample(target.cases, { seed, path: String(index), numRuns: 1 })[0] : undefined,
      replay: `${target.name}:${seed}:${known ? index : ""}`,
      stack: "",
    };
  }
}
