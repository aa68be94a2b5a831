/**
 * The decision: from a scenario and a message to the steps that are done with it, and why. Pure: what it depends on
 * besides the message are the time, which is an argument, and its own counts, state and phase.
 *
 * This module performs no I/O.
 *
 * # How it decides (faults.md section 3.1)
 *
 * A message with an MSA is an acknowledgement: no rule looks at it, and it gets at most a CA.
 * For any other, the rules are tried in order: the profiles and rules of the phase, then the scenario's. The first whose
 * conditions and trigger hold decides; one with `then: continue` contributes its steps and lets later rules decide too. Where
 * none decides, the default reply follows. The default delay goes before the first step unless the steps hold a
 * delay of their own or say nothing at all. A new state holds from the next event on.
 *
 * Every draw is keyed by seed, rule, control id, attempt and its number among that rule's draws for the
 * message. So connections may interleave as they like, and a rule more or less changes no other rule's draws. What is
 * counted (`watch.ts`) does depend on the order of arrival; `scenario/order.ts` tells which rules do.
 *
 * # While it runs
 *
 * Another scenario takes the place of this one as a whole and between two decisions (`adopt`); what goes on and what begins anew
 * says `watches.ts`. A rule that is fired by hand acts once on the next event that fits, before all others and whatever its trigger.
 *
 * @module
 */
import { latin1 } from "../../lib/bytes.ts";
import type { AcksDue } from "../../lib/hl7/ack_mode.ts";
import type { EventKind, Scenario } from "../scenario/scenario.ts";
import { cappedStep } from "../steps/capped.ts";
import { kindOf, type PlannedStep, planStep } from "../steps/registry.ts";
import type { ReplyTable } from "../scenario/reply.ts";
import type { StepRole } from "../steps/step.ts";
import { acknowledgements } from "./acknowledgements.ts";
import { sampleDelay } from "./distribution.ts";
import { IN_BAND, InBand } from "./in_band.ts";
import { type EventFacts, type MessageFacts, Moment } from "./moment.ts";
import type { Matcher } from "./passes.ts";
import { PhaseClock } from "./phases.ts";
import type { ConditionFound, Considered, Plan } from "./plan.ts";
import { MessageSampler } from "./sampler.ts";
import { type Active, type Anew, type RuleStanding, Watches } from "./watches.ts";
import type { Watch } from "./watch.ts";

export type { Anew, RuleStanding } from "./watches.ts";
export { type ConditionFound, type Considered, explain, type Plan } from "./plan.ts";

/** What is known of a message. */
export interface MessageContext {
  /** Which acknowledgements it asks for. */
  readonly due: AcksDue;
  /** Whether it has an MSA segment: an acknowledgement itself. */
  readonly isAnswer: boolean;
  /** Whose draws are taken: the control id, or a hash of the message where it has none. Asked for only where something is drawn or counted. */
  readonly scope: string;
  /** The how-manieth time this message comes, from 1. */
  readonly attempt: number;
  /** What conditions, counts and times look at; asked for only where `Decider.looks`. */
  readonly facts?: MessageFacts;
}

/** Reasons are wanted: each rule, condition by condition, and the values found if `values` (they are about patients). */
export interface Asked {
  readonly values: boolean;
}

/** What the default delay goes before. */
const AT_LAST: ReadonlySet<StepRole> = new Set(["answer", "end"]);

const NONE_CONSIDERED: readonly Considered[] = Object.freeze([]);
const NO_WATCHES: readonly Watch[] = Object.freeze([]);

/**
 * Decides for all messages of one scenario.
 *
 * @example
 * ```ts
 * import { Decider } from "./decide.ts";
 * import { scenarioFromFlags } from "../scenario/from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const decider = new Decider(scenarioFromFlags({ seed: 7, faults: [{ name: "no-reply", chance: 1 }] }));
 * const due = { mode: "original", accept: "NE", application: "AL" } as const;
 * const plan = decider.decide({ due, isAnswer: false, scope: "MSG1", attempt: 1 });
 * assert.equal(plan.rule, "no-reply");
 * assert.deepEqual(plan.steps, [{ verb: "hold" }]);
 * ```
 */
export class Decider {
  /** Whether anything is drawn or counted for a message at all. */
  draws = false;
  /** Whether a decision needs a message's facts. */
  looks = false;
  /** Which phase it is. `decide` moves it on; who must know of the change at once moves it by `advance`, too. */
  readonly phases: PhaseClock;
  readonly #matcher: Matcher | undefined;
  #scenario!: Scenario;
  #table!: ReplyTable;
  #moment!: Moment;
  #watches!: Watches;
  #sampler!: MessageSampler;
  /** What messages ask for themselves; `null` where the scenario does not let them. */
  #inBand: InBand | null = null;
  /** When the defaults were put in force. */
  #defaultsMs = 0;
  /** Where nothing is drawn, plans depend on what is due alone, and there are few of those. */
  #plans: WeakMap<AcksDue, Plan> = new WeakMap();
  /** The same of the default reply, where that is not drawn. */
  #plainPlans: WeakMap<AcksDue, Plan> = new WeakMap();
  #lastDue: AcksDue | null = null;
  #lastPlan: Plan = { rule: null, steps: [], considered: NONE_CONSIDERED };
  #messages = 0;

  /** Throws a `RangeError` for a scenario with regular expressions that the matcher cannot read, or without a matcher. */
  constructor(scenario: Scenario, options: { readonly matcher?: Matcher } = {}) {
    this.#matcher = options.matcher;
    this.#settle(scenario);
    this.phases = new PhaseClock(scenario);
  }

  /** Makes everything of a scenario, and only then takes it. */
  #settle(scenario: Scenario, before?: { watches: Watches; nowMs: number; anew: Anew }): void {
    const { defaults: { reply, delay }, phases = [], listeners, control } = scenario;
    const moment = new Moment();
    const named = listeners.map(({ name }) => name);
    const watches = new Watches(scenario, { moment, listeners: named, matcher: this.#matcher }, before);
    this.#scenario = scenario;
    this.#moment = moment;
    this.#watches = watches;
    this.#table = reply === "echo" ? [{ reply: "none", weight: 1 }] : reply;
    this.#sampler = new MessageSampler(scenario.seed, this.#table);
    const inBand = control?.inBand === undefined ? null : new InBand(control.inBand, moment);
    if (inBand !== null && before !== undefined && before.anew !== "all") inBand.healed = this.#inBand?.healed ?? false;
    this.#inBand = inBand;
    this.draws = inBand !== null || watches.some || phases.length > 0 || this.#table.length > 1 ||
      delay.kind !== "fixed";
    this.looks = inBand !== null || watches.look || phases.length > 0 || delay.kind === "ramp";
    this.#plans = new WeakMap();
    this.#plainPlans = new WeakMap();
    this.#lastDue = null;
  }

  /**
   * Another scenario takes the place of this one, whole, for every decision from now on. Counts, times and firings of rules
   * that are as they were go on, and so do the state and the phase, if there is one of its name.
   *
   * @param anew the rules that are put in force by it even if they were switched off, healed or over; `all` begins phases that are over, too
   * @throws RangeError for regular expressions that cannot be read: then all stays as it is
   */
  adopt(scenario: Scenario, nowMs: number, anew: Anew): void {
    const { delay } = this.#scenario.defaults;
    this.#settle(scenario, { watches: this.#watches, nowMs, anew });
    if (JSON.stringify(delay) !== JSON.stringify(scenario.defaults.delay)) this.#defaultsMs = nowMs;
    this.phases.adopt(scenario, nowMs, anew === "all");
  }

  /** Ends every fault: the phase is over, and every rule off until it is put in force again; its counts stay. */
  heal(nowMs: number): void {
    this.#watches.heal();
    if (this.#inBand !== null) this.#inBand.healed = true;
    this.phases.advance(nowMs);
    if (this.phases.current !== null) this.phases.jump(null, nowMs);
  }

  /** A rule acts once on the next event of its kind whose conditions hold, in its state. Throws a `RangeError` for an unknown one, or if too many wait. */
  fire(id: string): void {
    this.#watches.arm(id);
  }

  /** How each rule stands. */
  standings(nowMs: number): RuleStanding[] {
    return this.#watches.standings(this.phases.current, nowMs);
  }

  /** When the next rule ends by its `ttl`; `Infinity` if none does. */
  get nextExpiryMs(): number {
    return this.#watches.nextExpiryMs;
  }

  /** The ids of the rules that have ended by their `ttl` since this was last asked. */
  takeExpired(nowMs: number): string[] {
    return this.#watches.takeExpired(nowMs);
  }

  /** The state that rules set and ask for. */
  get state(): string {
    return this.#watches.state;
  }

  /** Goes to a state. */
  set state(state: string) {
    this.#watches.state = state;
  }

  /** Forgets what was counted and goes to the first state; the phase stays. */
  reset(): void {
    this.#messages = 0;
    this.#watches.reset();
  }

  /** The plan for a message; with all reasons where they are asked for. */
  decide(message: MessageContext, asked: Asked | null = null): Plan {
    if (message.isAnswer) return this.#planAnswer(message.due);
    if (this.draws) return this.#plan(message, asked);
    const { due } = message;
    if (due === this.#lastDue) return this.#lastPlan;
    let plan = this.#plans.get(due);
    if (plan === undefined) this.#plans.set(due, plan = this.#plan(message, asked));
    this.#lastDue = due;
    return this.#lastPlan = plan;
  }

  /** The default reply to a message, at once, whatever the rules say: for who is spared or healed. Counts nothing. */
  plain(message: MessageContext): Plan {
    if (message.isAnswer) return this.#planAnswer(message.due);
    let plan = this.#plainPlans.get(message.due);
    if (plan !== undefined) return plan;
    const drawn = this.#table.length > 1;
    const sampler = this.#sampler;
    if (drawn) this.#moment.begin(message, this.looks ? factsOf(message) : null);
    sampler.begin(this.#moment, (reply) => acknowledgements(reply, message.due, false));
    plan = { rule: null, steps: [this.#defaultStep()], considered: NONE_CONSIDERED };
    if (drawn) this.#moment.end();
    else this.#plainPlans.set(message.due, plan);
    return plan;
  }

  /** What is done where no rule decides. */
  #defaultStep(): PlannedStep {
    const sampler = this.#sampler;
    return planStep(sampler.defaultReply() === "none" ? { verb: "hold" } : { verb: "reply", reply: null }, sampler);
  }

  /** What is done at something else that happens on a connection: the steps of the rules for it, often none. */
  decideEvent(kind: Exclude<EventKind, "message">, facts: EventFacts, asked: Asked | null = null): Plan {
    this.phases.advance(facts.nowMs);
    this.#moment.beginEvent(kind, facts);
    this.#sampler.begin(this.#moment, () => []);
    const considered: Considered[] = [];
    const steps: PlannedStep[] = [];
    const rule = this.#try(kind, facts.nowMs, steps, considered, asked);
    return { rule, steps, considered };
  }

  #planAnswer(due: AcksDue): Plan {
    const held = this.#table.length === 1 && this.#table[0].reply === "none";
    const items = held ? [] : acknowledgements("AA", due, true);
    const steps: PlannedStep[] = items.length === 0 ? [] : [{ verb: "reply", items }];
    return { rule: null, steps, considered: NONE_CONSIDERED };
  }

  #plan(message: MessageContext, asked: Asked | null): Plan {
    const { defaults, limits } = this.#scenario;
    const moment = this.#moment;
    const sampler = this.#sampler;
    const facts = this.looks ? factsOf(message) : null;
    const nowMs = facts?.nowMs ?? 0;
    this.phases.advance(nowMs);
    moment.begin(message, facts);
    sampler.begin(moment, (reply) => acknowledgements(reply, message.due, false));

    const steps: PlannedStep[] = [];
    const considered: Considered[] = [];
    const own = this.#inBand?.ask(moment, sampler, asked !== null) ?? null;
    if (own !== null) considered.push(own.considered);
    const wished = own?.steps ?? null;
    let decided = this.#try("message", nowMs, steps, considered, asked, wished === null ? null : IN_BAND);
    if (wished !== null) {
      steps.push(...wished);
      if (wished.length === 0) decided = null;
    }
    if (decided === null) {
      sampler.as("defaults", 0, nowMs, this.#messages);
      steps.push(this.#defaultStep());
    }
    const silent = steps.every((step) => kindOf(step.verb).role === "silence");
    if (!silent && !steps.some((step) => "ms" in step)) {
      sampler.as("defaults.delay", 0, nowMs - this.#defaultsMs, this.#messages);
      const ms = sampleDelay(defaults.delay, () => sampler.draw(), sampler.at);
      // Behind whatever is asked or done first: who refuses what is too much does so by when it came.
      const at = Math.max(0, steps.findIndex(({ verb }) => verb === "aside" || AT_LAST.has(kindOf(verb).role)));
      if (ms > 0) steps.splice(at, 0, { verb: "delay", ms });
    }
    if (limits.maxDelayMs !== undefined) shorten(steps, limits.maxDelayMs);
    this.#messages++;
    this.phases.message(nowMs);
    moment.end();
    return { rule: decided, steps, considered };
  }

  /** Tries the rules for this moment; the one that decides. Where that is settled before, they count and do nothing else. */
  #try(
    kind: EventKind,
    nowMs: number,
    steps: PlannedStep[],
    considered: Considered[],
    asked: Asked | null,
    settled: string | null = null,
  ): string | null {
    const watches = this.#watches;
    const moment = this.#moment;
    const sampler = this.#sampler;
    const phaseMs = this.phases.elapsedMs(nowMs);
    const tried = watches.at(this.phases.current, kind, asked === null ? moment : null);
    const { state } = watches;
    let next = state;
    let decided = settled;
    let fired = NO_WATCHES;
    if (watches.armed.length > 0 && settled === null) {
      fired = watches.takeArmed(kind, moment);
      for (const watch of fired) {
        const { rule } = watch;
        considered.push({ rule: rule.id, chance: 1, draw: null, held: true, fired: true });
        watch.force(moment);
        sampler.as(rule.id, 0, nowMs - watch.sinceMs, watch.firings);
        for (const step of watch.fires(moment)) steps.push(planStep(step, sampler));
        if (rule.toState !== undefined) next = rule.toState;
        if (rule.then === "stop") decided = rule.id;
      }
    }
    for (let i = 0; i < tried.length; i++) {
      const { watch, inPhase }: Active = tried[i];
      if (decided !== null || (fired.length > 0 && fired.includes(watch))) {
        if (watch.counts && fits(watch, moment, asked) && watch.sees(moment, state, nowMs)) watch.count(moment, nowMs);
        continue;
      }
      if (!fits(watch, moment, asked) || !watch.sees(moment, state, nowMs)) {
        if (asked !== null) considered.push(unseen(watch, moment, asked, watch.isOn(state, nowMs)));
        continue;
      }
      const elapsedMs = inPhase ? phaseMs : nowMs - watch.sinceMs;
      const held = watch.tries(moment, elapsedMs, nowMs);
      considered.push(reasoned(watch, held, asked === null ? null : conditionsOf(watch, moment, asked)));
      if (!held) continue;
      const { rule, firings } = watch;
      sampler.as(rule.id, watch.drewOfMessage ? 1 : 0, elapsedMs, firings);
      for (const step of watch.fires(moment)) steps.push(planStep(step, sampler));
      if (rule.toState !== undefined) next = rule.toState;
      if (rule.then === "stop") decided = rule.id;
    }
    watches.state = next;
    return decided;
  }
}

function factsOf({ facts }: MessageContext): MessageFacts {
  if (facts === undefined) throw new TypeError("Cannot decide: the scenario looks at messages, wanted their facts");
  return facts;
}

/** Whether the type fits, where the rules were not chosen by it. */
function fits(watch: Watch, moment: Moment, asked: Asked | null): boolean {
  return asked === null || watch.fitsType === null || watch.fitsType(moment.type);
}

function shorten(steps: PlannedStep[], mostMs: number): void {
  for (const [i, step] of steps.entries()) steps[i] = cappedStep(step, mostMs);
}

function reasoned(watch: Watch, held: boolean, conditions: readonly ConditionFound[] | null): Considered {
  const { rule, chance, draw, ordinal, missed } = watch;
  if (ordinal === 0 && (missed === null || missed === "chance") && conditions === null) {
    if (rule.when === undefined) return { rule: rule.id, chance, draw, held };
    return { rule: rule.id, chance, draw, held, matched: true };
  }
  return {
    rule: rule.id,
    chance,
    draw,
    held,
    ...(rule.when === undefined ? {} : { matched: true }),
    ...(ordinal === 0 ? {} : { ordinal }),
    ...(missed === null || missed === "chance" ? {} : { missed }),
    ...(conditions === null ? {} : { conditions }),
  };
}

function unseen(watch: Watch, moment: Moment, asked: Asked, isOn: boolean): Considered {
  const { rule } = watch;
  const plain = { rule: rule.id, chance: rule.trigger.chance, draw: null, held: false };
  if (!isOn) return { ...plain, missed: "off" };
  return { ...plain, missed: "when", conditions: conditionsOf(watch, moment, asked) };
}

function conditionsOf(watch: Watch, moment: Moment, asked: Asked): ConditionFound[] {
  return watch.conditions.map(({ text, slot, holds }) => {
    const held = holds(moment);
    if (!asked.values || slot === null) return { text, held };
    const value = moment.values.first(slot);
    return { text, held, found: value === null ? null : latin1(value) };
  });
}
