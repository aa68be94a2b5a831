/**
 * A rule at work: whether its conditions hold at a moment, whether its trigger does, and which steps it is then. What it has counted
 * so far is kept here.
 *
 * This module performs no I/O.
 *
 * # What is counted
 *
 * An event is counted when the rule's conditions hold for it, whichever rule decides. So the third event is the third
 * though others were decided by a rule before. A firing is counted when the rule acts: `times` and sequences go by firings.
 *
 * # Draws
 *
 * A draw is a pure function of seed, rule, scope and number. Without `per` the scope is the message and its
 * attempt, and nothing that happened before matters: a burst then runs over the attempts of the same message. With `per` it is the
 * event's number in that scope, and a burst runs over its events.
 *
 * @module
 */
import { draw } from "../../lib/random.ts";
import type { Rule, Scope } from "../scenario/scenario.ts";
import type { StepSpec } from "../steps/registry.ts";
import { KeyedNumbers } from "./counters.ts";
import { progress } from "./distribution.ts";
import type { Moment } from "./moment.ts";
import { compileTypes } from "./type_pattern.ts";
import { compileWhen, type Condition, type Surroundings } from "./when.ts";

/** Why a rule whose conditions hold does not act: its number is none of its own; not at this time; within the rate; acted often enough; the sequence is over; not drawn. */
export type Missed = "order" | "time" | "rate" | "times" | "sequence" | "chance";

/** How much of its rate may come at once (our decision: one second's worth, so that arrivals need not be even). */
const BURST_MS = 1000;
/** A third of a second three times is a second, whatever sums of fractions say. */
const ROUNDING_MS = 1e-6;

/** What a scope is in terms of a moment. */
interface Keying {
  readonly scope: Scope;
  readonly slot: number;
}

/**
 * A rule at work. After `tries`, its outcome stands in `draw`, `chance`, `ordinal` and `missed`.
 *
 * @example
 * ```ts
 * import { Watch } from "./watch.ts";
 * import { Moment } from "./moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const rule = { id: "half", on: "message", trigger: { chance: 0.5 }, do: [{ verb: "hold" }], then: "stop" } as const;
 * const watch = new Watch(rule, 7, 1000, { moment, listeners: [] });
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * assert.equal(watch.sees(moment, "normal", 0), true);
 * assert.equal(watch.tries(moment, 0, 0), (watch.draw ?? 1) < 0.5);
 * ```
 */
export class Watch {
  readonly rule: Rule;
  /** Whether a message of this type may fit; `null` for any. */
  readonly fitsType: ((type: string) => boolean) | null;
  /** All of its conditions, that of the type first. */
  readonly conditions: readonly Condition[];
  /** Whether it counts events, so that it must see those too that others decide. */
  readonly counts: boolean;
  /** The last draw, in [0, 1); `null` where none was needed. */
  draw: number | null = null;
  /** The chance it was held against. */
  chance = 1;
  /** The event's number in its scope; 0 where none is counted. */
  ordinal = 0;
  missed: Missed | null = null;
  /** How often it has acted. */
  firings = 0;
  /** When it was put in force, from which its times count. */
  sinceMs = 0;
  /** Off, whatever the scenario says, until it is put in force again. */
  healed = false;
  /** Whether its end by `ttl` has been told. */
  told = false;
  readonly #seed: number;
  readonly #others: readonly Condition[];
  readonly #gate: number | null;
  readonly #gateSlot: number;
  #events: KeyedNumbers | null;
  #due: KeyedNumbers | null;
  #acted: KeyedNumbers | null;
  #turns: KeyedNumbers | null;
  readonly #keying: Keying;
  readonly #sequenceKeying: Keying;
  #key = "";

  /**
   * @param seed of the scenario
   * @param remembered how many keys of each kind are kept
   */
  constructor(rule: Rule, seed: number, remembered: number, surroundings: Surroundings) {
    const { trigger, sequence } = rule;
    const { nth, every, first, after, times, overPerSecond, per } = trigger;
    this.rule = rule;
    this.#seed = seed;
    this.conditions = rule.when === undefined ? [] : compileWhen(rule.when, surroundings);
    this.fitsType = rule.when?.type === undefined ? null : compileTypes(rule.when.type);
    this.#others = this.fitsType === null ? this.conditions : this.conditions.slice(1);
    const gated = this.#others.find(({ gate }) => gate !== null);
    this.#gate = gated?.gate ?? null;
    this.#gateSlot = gated?.slot ?? -1;
    const numbered = [nth, every, first, after].some((part) => part !== undefined);
    const drawnInOrder = per !== undefined && (trigger.chance < 1 || trigger.ramp !== undefined);
    const keyed = (needed: boolean) => needed ? new KeyedNumbers(remembered) : null;
    this.#events = keyed(numbered || drawnInOrder);
    this.#due = keyed(overPerSecond !== undefined);
    this.#acted = keyed(times !== undefined);
    this.#turns = keyed(sequence !== undefined);
    this.counts = this.#events !== null || this.#due !== null;
    const keyingOf = (scope: Scope): Keying => ({
      scope,
      slot: typeof scope === "string" ? -1 : surroundings.moment.values.slot(scope.path),
    });
    this.#keying = keyingOf(per ?? "listener");
    this.#sequenceKeying = keyingOf(sequence?.per ?? per ?? "listener");
  }

  /** Whether the last draw was taken from the message's own, so that its steps' draws begin with the next. */
  get drewOfMessage(): boolean {
    return this.draw !== null && this.rule.trigger.per === undefined;
  }

  /** Whether it looks at this at all: switched on, in its state, and all conditions hold but that of the type, which who asks has looked at. */
  sees(moment: Moment, state: string, nowMs: number): boolean {
    return this.isOn(state, nowMs) && this.fits(moment);
  }

  /** Whether all conditions hold but that of the type. */
  fits(moment: Moment): boolean {
    // Most rules on a value want another one than this message has.
    if (this.#gate !== null && moment.values.hash(this.#gateSlot) !== this.#gate) return false;
    const others = this.#others;
    for (let i = 0; i < others.length; i++) if (!others[i].holds(moment)) return false;
    return true;
  }

  /** Whether it is switched on and in its state. */
  isOn(state: string, nowMs: number): boolean {
    const { inState } = this.rule;
    return (inState === undefined || inState === state) && this.inForce(nowMs);
  }

  /** Whether it is switched on, in whichever state. */
  inForce(nowMs: number): boolean {
    return !this.healed && this.rule.enabled !== false && nowMs < this.endsMs;
  }

  /** When it ends by itself; `Infinity` if it does not. */
  get endsMs(): number {
    const { ttlMs } = this.rule;
    return ttlMs === undefined ? Infinity : this.sinceMs + ttlMs;
  }

  /** Goes on with the counts of another one, which is given up. */
  inherit(before: Watch): void {
    this.firings = before.firings;
    this.#events = before.#events;
    this.#due = before.#due;
    this.#acted = before.#acted;
    this.#turns = before.#turns;
  }

  /** Counts an event that another rule has decided. */
  count(moment: Moment, nowMs: number): void {
    this.#key = moment.key(this.#keying.scope, this.#keying.slot);
    this.#events?.add(this.#key);
    if (this.#due !== null) this.#exceeds(nowMs);
  }

  /**
   * Whether its trigger holds for an event that it sees.
   *
   * @param elapsedMs since the start of the scenario, or of its phase
   */
  tries(moment: Moment, elapsedMs: number, nowMs: number): boolean {
    const { trigger, sequence } = this.rule;
    this.draw = null;
    this.chance = trigger.chance;
    if (trigger.ramp !== undefined) {
      const { from, to, overMs } = trigger.ramp;
      this.chance = from + (to - from) * progress(elapsedMs, overMs);
    }
    if (this.counts || this.#acted !== null) this.#key = moment.key(this.#keying.scope, this.#keying.slot);
    this.ordinal = this.#events === null ? 0 : this.#events.add(this.#key);
    const exceeds = this.#due === null || this.#exceeds(nowMs);
    this.missed = this.#misses(elapsedMs, exceeds);
    if (this.missed === null && sequence?.atEnd === "fall_through") {
      const turns = this.#turns?.get(moment.key(this.#sequenceKeying.scope, this.#sequenceKeying.slot)) ?? 0;
      if (turns >= sequence.steps.length) this.missed = "sequence";
    }
    if (this.missed === null && !this.#isDrawn(moment)) this.missed = "chance";
    return this.missed === null;
  }

  /** As if its trigger had held for an event that fits. */
  force(moment: Moment): void {
    this.draw = null;
    this.chance = 1;
    this.ordinal = 0;
    this.missed = null;
    if (this.#acted !== null) this.#key = moment.key(this.#keying.scope, this.#keying.slot);
  }

  /** It acts: the steps, whichever turn of a sequence it is. */
  fires(moment: Moment): readonly StepSpec[] {
    const { rule } = this;
    this.firings++;
    this.#acted?.add(this.#key);
    if (rule.sequence === undefined || this.#turns === null) return rule.do;
    const { steps, atEnd } = rule.sequence;
    const turn = this.#turns.add(moment.key(this.#sequenceKeying.scope, this.#sequenceKeying.slot)) - 1;
    return steps[atEnd === "cycle" ? turn % steps.length : Math.min(turn, steps.length - 1)];
  }

  /** Forgets everything it has counted. */
  reset(): void {
    this.firings = 0;
    for (const numbers of [this.#events, this.#due, this.#acted, this.#turns]) numbers?.clear();
  }

  #misses(elapsedMs: number, exceeds: boolean): Missed | null {
    const { nth, every, first, after, times, betweenMs } = this.rule.trigger;
    const n = this.ordinal;
    if (nth !== undefined && !nth.includes(n)) return "order";
    if (every !== undefined && n % every !== 0) return "order";
    if (first !== undefined && n > first) return "order";
    if (after !== undefined && n <= after) return "order";
    if (betweenMs !== undefined && (elapsedMs < betweenMs[0] || elapsedMs >= betweenMs[1])) return "time";
    if (!exceeds) return "rate";
    if (times !== undefined && this.#acted !== null && this.#acted.get(this.#key) >= times) return "times";
    return null;
  }

  #isDrawn(moment: Moment): boolean {
    const { chance } = this;
    if (chance >= 1 || chance <= 0) return chance >= 1;
    const { burst = 1, per } = this.rule.trigger;
    for (let back = 0; back < burst; back++) {
      const drawn = per === undefined ? this.#drawOfMessage(moment, back) : this.#drawInOrder(back);
      if (back === 0 || (drawn !== null && drawn < chance)) this.draw = drawn;
      if (drawn !== null && drawn < chance) return true;
    }
    return false;
  }

  #drawOfMessage(moment: Moment, back: number): number | null {
    if (back === 0) return draw(this.#seed, this.rule.id, moment.drawKey, 0);
    const attempt = moment.attempt - back;
    return attempt < 1 ? null : draw(this.#seed, this.rule.id, `${moment.scope}#${attempt}`, 0);
  }

  #drawInOrder(back: number): number | null {
    const n = this.ordinal - back;
    // No control id begins so: these draws are no message's own.
    return n < 1 ? null : draw(this.#seed, this.rule.id, `\u0000per ${this.#key}`, n);
  }

  /** Whether this event goes beyond the rate: its scope's next one within it would be due later (the generic cell rate algorithm). */
  #exceeds(nowMs: number): boolean {
    const numbers = this.#due;
    const { overPerSecond } = this.rule.trigger;
    if (numbers === null || overPerSecond === undefined) return false;
    const intervalMs = 1000 / overPerSecond;
    const due = numbers.get(this.#key);
    if (due - nowMs > Math.max(0, BURST_MS - intervalMs) + ROUNDING_MS) return true;
    numbers.set(this.#key, Math.max(due, nowMs) + intervalMs);
    return false;
  }
}
