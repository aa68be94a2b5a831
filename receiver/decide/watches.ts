/**
 * The rules of a scenario at work, and which of them are tried for an event: those of the phase, of the kind of event and
 * of the message's type. So a hundred rules on other types cost a message nothing.
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
  readonly #rules: readonly Watch[];
  readonly #own: ReadonlyMap<Phase, readonly Watch[]>;
  /** Rules that hold in some phases alone. */
  readonly #bound: ReadonlySet<string>;
  #phase: Phase | null = null;
  #active: Map<EventKind, readonly Active[]> = new Map();
  readonly #ofType: Map<string, readonly Active[]> = new Map();

  constructor(scenario: Scenario, surroundings: Surroundings) {
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
    for (const watch of [...this.#rules, ...[...this.#own.values()].flat()]) watch.reset();
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

function isCounting({ trigger, sequence }: Rule): boolean {
  const { chance: _, burst: __, ramp: ___, betweenMs: ____, ...counts } = trigger;
  return sequence !== undefined || Object.keys(counts).length > 0;
}

/** Whether a rule needs a message's facts. */
function looks(rule: Rule): boolean {
  const { when, trigger: { chance: _, ...rest }, ttlMs, sequence, do: steps } = rule;
  const ramps = steps.some((step) => step.verb === "delay" && step.delay.kind === "ramp");
  return when !== undefined || ttlMs !== undefined || sequence !== undefined || ramps || Object.keys(rest).length > 0;
}
