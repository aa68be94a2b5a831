/**
 * Which phase of a scenario it is. Time is an argument: who asks says what time it is.
 *
 * This module performs no I/O.
 *
 * # How it goes (our decisions where faults.md is silent)
 *
 * The first phase begins at 0. One with `for` ends that long after it began, whenever it is asked; one with
 * `messages` ends with the last of them, and the next begins at that moment. A last phase with neither goes on. After the last,
 * `stop` says once that the receiver is to stop, `repeat` begins with the first, `stay` goes on without a phase. Each end is a
 * heal: the rules of the phase hold no longer. Paused, a phase goes on as it is: its time stands still and its messages are not
 * counted. Where another scenario takes the place of this one, a phase of the same name goes on.
 *
 * @module
 */
import type { Phase, Scenario } from "../scenario/scenario.ts";

/** The end of a phase, and what follows. */
export interface PhaseChange {
  /** Milliseconds since the start of the scenario. */
  readonly atMs: number;
  /** The phase that ended: what it had set going is to be healed. `null` at the start. */
  readonly ended: string | null;
  /** The phase that began; `null` for none. */
  readonly began: string | null;
  /** Whether the receiver is to stop. */
  readonly stop: boolean;
}

/** So many changes are kept for who asks for them; older ones are forgotten (our decision). */
const KEPT = 100;

/**
 * The course of a scenario's phases.
 *
 * @example
 * ```ts
 * import { PhaseClock } from "./phases.ts";
 * import assert from "node:assert/strict";
 *
 * const none = { listeners: {}, useRules: [], useProfiles: [], rules: [] };
 * const phases = [{ name: "well", forMs: 1000, ...none }, { name: "ill", messages: 2, ...none }];
 * const clock = new PhaseClock({ phases });
 * clock.advance(1500);
 * assert.equal(clock.current?.name, "ill");
 * assert.equal(clock.beganMs, 1000);
 * clock.message(1600);
 * clock.message(1700);
 * assert.equal(clock.current, null);
 * ```
 */
export class PhaseClock {
  #phases: readonly Phase[];
  #atEnd: "stop" | "repeat" | "stay";
  /** When it was paused; `null` while it goes on. */
  #pausedMs: number | null = null;
  #index = -1;
  #beganMs = 0;
  #messages = 0;
  #changes: PhaseChange[] = [];

  constructor({ phases = [], phasesAtEnd = "stay" }: Pick<Scenario, "phases" | "phasesAtEnd">) {
    this.#phases = phases;
    this.#atEnd = phasesAtEnd;
    if (phases.length > 0) this.#begin(0, 0);
  }

  /** The phase it is; `null` where there is none. */
  get current(): Phase | null {
    return this.#index < 0 ? null : this.#phases[this.#index];
  }

  /** When it began; pauses move it on. */
  get beganMs(): number {
    return this.#beganMs;
  }

  /** How long the phase has been going on. */
  elapsedMs(nowMs: number): number {
    return (this.#pausedMs ?? nowMs) - this.#beganMs;
  }

  /** Whether its time stands still. */
  get paused(): boolean {
    return this.#pausedMs !== null;
  }

  /** When the phase ends by itself; `Infinity` if it does not, or not while it is paused. */
  get endsMs(): number {
    if (this.#pausedMs !== null) return Infinity;
    return this.#beganMs + (this.current?.forMs ?? Infinity);
  }

  /** What has changed since this was last asked, the beginning of the first phase included. */
  takeChanges(): PhaseChange[] {
    return this.#changes.splice(0);
  }

  /** It is `nowMs`. */
  advance(nowMs: number): void {
    if (nowMs < this.endsMs) return;
    this.#skipRounds(nowMs);
    while (nowMs >= this.endsMs) this.#begin(this.#index + 1, this.endsMs);
  }

  /** A message has come. */
  message(nowMs: number): void {
    const { current } = this;
    if (current?.messages === undefined || this.#pausedMs !== null) return;
    if (++this.#messages >= current.messages) this.#begin(this.#index + 1, nowMs);
  }

  /** Lets the phase's time stand still. */
  pause(nowMs: number): void {
    this.advance(nowMs);
    this.#pausedMs ??= nowMs;
  }

  /** Goes on after a pause. */
  resume(nowMs: number): void {
    if (this.#pausedMs === null) return;
    this.#beganMs += nowMs - this.#pausedMs;
    this.#pausedMs = null;
  }

  /**
   * The phases of another scenario from now on. The phase of the same name goes on; where there is none, it begins with the
   * first. Out of all phases it stays there, unless it is to `restart`, or there were none before.
   */
  adopt(scenario: Pick<Scenario, "phases" | "phasesAtEnd">, nowMs: number, restart: boolean): void {
    this.advance(nowMs);
    const { phases = [], phasesAtEnd = "stay" } = scenario;
    const before = this.current;
    const none = this.#phases.length === 0;
    const index = before === null ? -1 : phases.findIndex(({ name }) => name === before.name);
    this.#phases = phases;
    this.#atEnd = phasesAtEnd;
    this.#index = index;
    if (index < 0) {
      const begins = phases.length > 0 && (before !== null || restart || none);
      if (begins || before !== null) this.#change(begins ? 0 : -1, nowMs, false, before?.name ?? null);
    } else if (this.endsMs <= nowMs) this.#begin(index + 1, nowMs);
  }

  /** Goes to a phase by its name, or out of all with `null`; what is paused stays paused. Throws a `RangeError` for a name that none has. */
  jump(name: string | null, nowMs: number): void {
    const index = name === null ? -1 : this.#phases.findIndex((phase) => phase.name === name);
    if (name !== null && index < 0) {
      const names = this.#phases.map((phase) => phase.name).join(", ");
      const wanted = names === "" ? "there are no phases" : `wanted one of ${names}`;
      throw new RangeError(`Cannot go to the phase '${name}': ${wanted}`);
    }
    this.#change(index, nowMs, false);
  }

  #begin(index: number, atMs: number): void {
    if (index < this.#phases.length) return this.#change(index, atMs, false);
    if (this.#atEnd === "repeat") return this.#change(0, atMs, false);
    this.#change(-1, atMs, this.#atEnd === "stop");
  }

  #change(index: number, atMs: number, stop: boolean, ended: string | null = this.current?.name ?? null): void {
    this.#index = index;
    this.#beganMs = atMs;
    if (this.#pausedMs !== null) this.#pausedMs = index < 0 ? null : atMs;
    this.#messages = 0;
    this.#changes.push({ atMs, ended, began: this.current?.name ?? null, stop });
    if (this.#changes.length > KEPT) this.#changes.shift();
  }

  /** A long silence may be millions of rounds: whole ones make no difference. */
  #skipRounds(nowMs: number): void {
    if (this.#atEnd !== "repeat") return;
    let roundMs = 0;
    for (const { forMs = Infinity } of this.#phases) roundMs += forMs;
    if (roundMs < Infinity) this.#beganMs += Math.floor((nowMs - this.#beganMs) / roundMs) * roundMs;
  }
}
