/**
 * The rules of a scenario at work, and which of them are tried for an event: those of the phase, of the kind of event and
 * of the message's type. So a hundred rules on other types cost a message nothing.
 *
 * # Another scenario while it runs (our decisions)
 *
 * The rules of another scenario are put together as a whole before they take the place of these. A rule of the same id and the same content goes on with its counts and
 * its times, whether it is switched on, how long it lasts and its note aside. Its times begin anew where it is put in force again: it is written once more, or it was off.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type EventKind, FIRST_STATE, type Phase, type Rule, type Scenario } from "../scenario/scenario.ts";
import { REMEMBERED_KEYS } from "./counters.ts";
import type { Moment } from "./moment.ts";
import { Watch } from "./watch.ts";
import type { Surroundings } from "./when.ts";

/** A rule that is tried. */
export interface Active {
  readonly watch: Watch;
  /** Whether its time is that of the phase. */
  readonly inPhase: boolean;
}

/** Which rules are put in force by a change: these, whatever they were before; or all, of which those that are as they were and on just go on. */
export type Anew = "all" | ReadonlySet<string>;

/** How a rule stands. */
export interface RuleStanding {
  readonly id: string;
  /** The phase that it belongs to; `null` for the scenario's own. */
  readonly phase: string | null;
  /** Whether it may act on the next event; else why not: switched off, healed, past its ttl, in another state or in another phase. */
  readonly standing: "on" | "off" | "healed" | "expired" | "state" | "phase";
  /** How often it has acted. */
  readonly firings: number;
  /** How often it is still to act by hand. */
  readonly armed: number;
  /** When it was put in force, in milliseconds since the start. */
  readonly sinceMs: number;
  /** When it ends by itself; `Infinity` if it does not. */
  readonly endsMs: number;
}

/** At most so many firings by hand wait for their events. */
const MOST_ARMED = 1000;

/** So many message types are remembered with their rules (our decision: HL7 has some hundreds; beyond it is somebody's noise). */
const TYPES_REMEMBERED = 1000;

/** At least so many keys are remembered by each rule. */
const LEAST_KEYS = 1000;

/**
 * The rules of a scenario at work.
 *
 * @example
 * ```ts
 * import { Watches } from "./watches.ts";
 * import { Moment } from "./moment.ts";
 * import { scenarioFromFlags } from "../scenario/from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 0.5 }] });
 * const watches = new Watches(scenario, { moment: new Moment(), listeners: [] });
 * assert.equal(watches.look, false);
 * assert.deepEqual(watches.at(null, "message", null).map(({ watch }) => watch.rule.id), ["no-reply"]);
 * ```
 */
export class Watches {
  /** Whether there are any. */
  readonly some: boolean;
  /** Whether one of them looks at more than a message's id and attempt. */
  readonly look: boolean;
  state: string = FIRST_STATE;
  /** Rules that act on the next event that fits, whatever their triggers, in the order in which that was asked for. */
  armed: Watch[] = [];
  readonly #rules: readonly Watch[];
  readonly #own: ReadonlyMap<Phase, readonly Watch[]>;
  /** Rules that hold in some phases alone. */
  readonly #bound: ReadonlySet<string>;
  #phase: Phase | null = null;
  #active: Map<EventKind, readonly Active[]> = new Map();
  readonly #ofType: Map<string, readonly Active[]> = new Map();

  /**
   * @param before whose place this one takes
   * @throws RangeError for a regular expression that cannot be read
   */
  constructor(
    scenario: Scenario,
    surroundings: Surroundings,
    before?: { readonly watches: Watches; readonly nowMs: number; readonly anew: Anew },
  ) {
    const { rules, phases = [], seed, profiles = {} } = scenario;
    const ofPhase = phases.map((phase) =>
      [
        phase,
        [...phase.useProfiles.map((name) => profileRule(name, profiles[name])), ...phase.rules],
      ] as const
    );
    const all = [...rules, ...ofPhase.flatMap(([, own]) => own)];
    const remembered = Math.max(LEAST_KEYS, Math.floor(REMEMBERED_KEYS / Math.max(1, all.filter(isCounting).length)));
    const watch = (rule: Rule) => new Watch(rule, seed, remembered, surroundings);
    this.#rules = rules.map(watch);
    this.#own = new Map(ofPhase.map(([phase, own]) => [phase, own.map(watch)]));
    this.#bound = new Set(phases.flatMap((phase) => phase.useRules));
    this.some = all.length > 0;
    this.look = all.some(looks);
    this.#activate(phases[0] ?? null);
    if (before !== undefined) this.#succeed(before.watches, before.nowMs, before.anew);
  }

  /** Every rule at work, with the phase that it belongs to; profiles have none of their own. */
  *#all(): Generator<{ readonly watch: Watch; readonly phase: string | null; readonly profile: boolean }> {
    for (const watch of this.#rules) yield { watch, phase: null, profile: false };
    for (const [{ name, useProfiles }, own] of this.#own) {
      for (const [i, watch] of own.entries()) yield { watch, phase: name, profile: i < useProfiles.length };
    }
  }

  #succeed(older: Watches, nowMs: number, anew: Anew): void {
    this.state = older.state;
    const keyOf = (watch: Watch, phase: string | null) => `${phase ?? ""}\u0000${watch.rule.id}`;
    const known = new Map<string, Watch>();
    for (const { watch, phase } of older.#all()) known.set(keyOf(watch, phase), watch);
    const successors = new Map<Watch, Watch>();
    for (const { watch, phase } of this.#all()) {
      watch.sinceMs = nowMs;
      const before = known.get(keyOf(watch, phase));
      if (before === undefined || !isAlike(watch.rule, before.rule)) continue;
      watch.inherit(before);
      successors.set(before, watch);
      const isWritten = anew === "all" ? !before.inForce(nowMs) : anew.has(watch.rule.id);
      if (isWritten || !isAsLong(watch.rule, before.rule)) continue;
      watch.sinceMs = before.sinceMs;
      watch.healed = before.healed;
      watch.told = before.told;
    }
    this.armed = older.armed.flatMap((watch) => successors.get(watch) ?? []);
  }

  /** The rule of this id acts once on the next event whose conditions hold. Throws a `RangeError` for an unknown one, or if too many wait. */
  arm(id: string): void {
    for (const { watch, profile } of this.#all()) {
      if (profile || watch.rule.id !== id) continue;
      if (this.armed.length >= MOST_ARMED) {
        throw new RangeError(`Cannot fire the rule '${id}': ${MOST_ARMED} firings wait for their events already`);
      }
      this.armed.push(watch);
      return;
    }
    throw new RangeError(`Cannot fire the rule '${id}': there is none of that id`);
  }

  /** Those of the armed rules that act on this event, which they do not wait for any longer: up to the first that decides. */
  takeArmed(kind: EventKind, moment: Moment): Watch[] {
    const taken: Watch[] = [];
    const waiting: Watch[] = [];
    let decided = false;
    for (const watch of this.armed) {
      const { on, inState, then } = watch.rule;
      const acts = !decided && on === kind && (inState === undefined || inState === this.state) &&
        !taken.includes(watch) && (watch.fitsType === null || watch.fitsType(moment.type)) && watch.fits(moment);
      (acts ? taken : waiting).push(watch);
      if (acts) decided = then === "stop";
    }
    if (taken.length > 0) this.armed = waiting;
    return taken;
  }

  /** Switches every rule off until it is put in force again. */
  heal(): void {
    for (const { watch } of this.#all()) watch.healed = true;
    this.armed = [];
  }

  /** When the next rule ends by itself; `Infinity` if none does. */
  get nextExpiryMs(): number {
    let next = Infinity;
    for (const { watch } of this.#all()) if (mayEnd(watch)) next = Math.min(next, watch.endsMs);
    return next;
  }

  /** The rules that have ended by themselves since this was last asked. */
  takeExpired(nowMs: number): string[] {
    const ended: string[] = [];
    for (const { watch } of this.#all()) {
      if (!mayEnd(watch) || nowMs < watch.endsMs) continue;
      watch.told = true;
      ended.push(watch.rule.id);
    }
    return ended;
  }

  /** How each rule stands, in the order of the scenario, those of phases last. */
  standings(phase: Phase | null, nowMs: number): RuleStanding[] {
    const found: RuleStanding[] = [];
    const used = new Set(phase?.useRules);
    for (const { watch, phase: own, profile } of this.#all()) {
      if (profile) continue;
      const { rule: { id, enabled, inState }, firings, sinceMs, endsMs, healed } = watch;
      const bound = own === null ? this.#bound.has(id) && !used.has(id) : own !== phase?.name;
      const standing = enabled === false
        ? "off"
        : healed
        ? "healed"
        : nowMs >= endsMs
        ? "expired"
        : bound
        ? "phase"
        : inState !== undefined && inState !== this.state
        ? "state"
        : "on";
      const armed = this.armed.filter((each) => each === watch).length;
      found.push({ id, phase: own, standing, firings, armed, sinceMs, endsMs });
    }
    return found;
  }

  /** The rules to be tried in this phase for an event of this kind, in order: with a moment given, those alone that may fit its type. */
  at(phase: Phase | null, kind: EventKind, moment: Moment | null): readonly Active[] {
    if (phase !== this.#phase) this.#activate(phase);
    const all = this.#active.get(kind) ?? [];
    if (moment === null || kind !== "message" || !this.look) return all;
    const { type } = moment;
    let found = this.#ofType.get(type);
    if (found === undefined) {
      found = all.filter(({ watch }) => watch.fitsType === null || watch.fitsType(type));
      if (this.#ofType.size >= TYPES_REMEMBERED) this.#ofType.clear();
      this.#ofType.set(type, found);
    }
    return found;
  }

  /** Forgets what was counted, and goes to the first state. */
  reset(): void {
    this.state = FIRST_STATE;
    this.armed = [];
    for (const { watch } of this.#all()) watch.reset();
  }

  #activate(phase: Phase | null): void {
    this.#phase = phase;
    this.#ofType.clear();
    const own = phase === null ? [] : this.#own.get(phase) ?? [];
    const used = new Set(phase?.useRules);
    const active = [
      ...own.map((watch) => ({ watch, inPhase: true })),
      ...this.#rules
        .filter(({ rule: { id } }) => !this.#bound.has(id) || used.has(id))
        .map((watch) => ({ watch, inPhase: this.#bound.has(watch.rule.id) })),
    ];
    this.#active = new Map();
    for (const each of active) {
      const { on } = each.watch.rule;
      this.#active.set(on, [...this.#active.get(on) ?? [], each]);
    }
  }
}

/** A profile as a rule: its steps come with whatever else is done. */
function profileRule(name: string, steps: Rule["do"]): Rule {
  return { id: name, on: "message", trigger: { chance: 1 }, do: steps, then: "continue" };
}

/** Whether one rule may go on with the counts of the other: the same but for whether, how long and why it is on. */
function isAlike(a: Rule, b: Rule): boolean {
  const content = (rule: Rule) => {
    const { enabled: _, ttlMs: __, note: ___, ...rest } = rule;
    return JSON.stringify(rest);
  };
  return content(a) === content(b);
}

function isAsLong(a: Rule, b: Rule): boolean {
  return a.enabled === b.enabled && a.ttlMs === b.ttlMs;
}

/** Whether a rule's end by itself is still to be told. */
function mayEnd({ rule, healed, told, endsMs }: Watch): boolean {
  return endsMs < Infinity && rule.enabled !== false && !healed && !told;
}

function isCounting({ trigger, sequence }: Rule): boolean {
  const { chance: _, burst: __, ramp: ___, betweenMs: ____, ...counts } = trigger;
  return sequence !== undefined || Object.keys(counts).length > 0;
}

/** Whether a rule needs a message's facts. */
function looks(rule: Rule): boolean {
  const { when, trigger: { chance: _, ...rest }, ttlMs, sequence, do: steps } = rule;
  const ramps = steps.some((step) => "delay" in step && step.delay.kind === "ramp");
  return when !== undefined || ttlMs !== undefined || sequence !== undefined || ramps || Object.keys(rest).length > 0;
}
