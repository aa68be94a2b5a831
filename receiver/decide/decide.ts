/**
 * The decision: from a scenario and a message to the steps that are done with it, and why. Pure:
 * the same scenario and the same message give the same plan, whatever else goes on.
 *
 * This module performs no I/O.
 *
 * # How it decides (faults.md section 3.1)
 *
 * A message with an MSA is an acknowledgement: no rule looks at it, and it gets at most a CA.
 * For any other, the rules are tried in order. The first whose trigger holds decides; one with
 * `then: continue` contributes its steps and lets later rules decide too. Where none decides, the
 * default reply follows. The default delay goes before the first step unless the steps hold a
 * delay of their own or say nothing at all.
 *
 * Every draw is keyed by seed, rule, control id, attempt and its number among that rule's draws for the
 * message. So connections may interleave as they like, and a rule more or less changes no other rule's draws.
 *
 * @module
 */
import type { AcksDue } from "../../lib/hl7/ack_mode.ts";
import { draw } from "../../lib/random.ts";
import { formatPercent } from "../../lib/values.ts";
import type { Reply, ReplyTable } from "../scenario/reply.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ReplyItem, Sampler } from "../steps/step.ts";
import { describeStep, type PlannedStep, planStep, type StepSpec } from "../steps/registry.ts";
import { acknowledgements } from "./acknowledgements.ts";
import { pickWeighted, sampleDelay } from "./distribution.ts";

/** What is known of a message. */
export interface MessageContext {
  /** Which acknowledgements it asks for. */
  readonly due: AcksDue;
  /** Whether it has an MSA segment: an acknowledgement itself. */
  readonly isAnswer: boolean;
  /** Whose draws are taken: the control id, or a hash of the message where it has none. Asked for only where something is drawn. */
  readonly scope: string;
  /** The how-manieth time this message comes, from 1. */
  readonly attempt: number;
}

/** A rule that was tried for a message. */
export interface Considered {
  readonly rule: string;
  readonly chance: number;
  /** In [0, 1); the trigger held where it is below the chance. `null` where nothing needed to be drawn. */
  readonly draw: number | null;
  readonly held: boolean;
}

/** What is done with a message, and why. */
export interface Plan {
  /** The rule that decided; `null` for the defaults. */
  readonly rule: string | null;
  readonly steps: readonly PlannedStep[];
  /** The rules tried, in order. */
  readonly considered: readonly Considered[];
}

const NONE_CONSIDERED: readonly Considered[] = Object.freeze([]);

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
  /** Whether anything is drawn for a message at all. */
  readonly draws: boolean;
  readonly #scenario: Scenario;
  readonly #table: ReplyTable;
  /** Where nothing is drawn, plans depend on what is due alone, and there are few of those. */
  readonly #plans: WeakMap<AcksDue, Plan> = new WeakMap();
  #lastDue: AcksDue | null = null;
  #lastPlan: Plan = { rule: null, steps: [], considered: NONE_CONSIDERED };

  constructor(scenario: Scenario) {
    const { reply, delay } = scenario.defaults;
    this.#scenario = scenario;
    this.#table = reply === "echo" ? [{ reply: "none", weight: 1 }] : reply;
    this.draws = scenario.rules.length > 0 || this.#table.length > 1 || delay.kind !== "fixed";
  }

  /** The plan for a message. */
  decide(message: MessageContext): Plan {
    if (message.isAnswer) return this.#planAnswer(message.due);
    if (this.draws) return this.#plan(message);
    const { due } = message;
    if (due === this.#lastDue) return this.#lastPlan;
    let plan = this.#plans.get(due);
    if (plan === undefined) this.#plans.set(due, plan = this.#plan(message));
    this.#lastDue = due;
    return this.#lastPlan = plan;
  }

  #planAnswer(due: AcksDue): Plan {
    const held = this.#table.length === 1 && this.#table[0].reply === "none";
    const items = held ? [] : acknowledgements("AA", due, true);
    const steps: PlannedStep[] = items.length === 0 ? [] : [{ verb: "reply", items }];
    return { rule: null, steps, considered: NONE_CONSIDERED };
  }

  #plan(message: MessageContext): Plan {
    const { seed, rules, defaults } = this.#scenario;
    const keyed = (name: string): () => number => {
      let ordinal = 0;
      return () => draw(seed, name, `${message.scope}#${message.attempt}`, ordinal++);
    };
    let chosen: Reply | null = null;
    const samplerOf = (next: () => number): Sampler => ({
      draw: next,
      defaultReply: () => chosen ??= this.#defaultReply(keyed("defaults.reply")),
      items: (reply: Reply): readonly ReplyItem[] => acknowledgements(reply, message.due, false),
    });

    const steps: PlannedStep[] = [];
    const considered: Considered[] = [];
    let decided: string | null = null;
    for (const rule of rules) {
      const next = keyed(rule.id);
      const { chance } = rule.trigger;
      const drawn = chance > 0 && chance < 1 ? next() : null;
      const held = drawn === null ? chance >= 1 : drawn < chance;
      considered.push({ rule: rule.id, chance, draw: drawn, held });
      if (!held) continue;
      const sampler = samplerOf(next);
      for (const step of rule.do) steps.push(planStep(step, sampler));
      if (rule.then === "continue") continue;
      decided = rule.id;
      break;
    }
    if (decided === null) {
      const sampler = samplerOf(keyed("defaults"));
      const step: StepSpec = sampler.defaultReply() === "none" ? { verb: "hold" } : { verb: "reply", reply: null };
      steps.push(planStep(step, sampler));
    }
    const silent = steps.every((step) => step.verb === "hold");
    if (!silent && !steps.some((step) => step.verb === "delay")) {
      const ms = sampleDelay(defaults.delay, keyed("defaults.delay"));
      if (ms > 0) steps.unshift({ verb: "delay", ms });
    }
    return { rule: decided, steps, considered };
  }

  #defaultReply(next: () => number): Reply {
    return this.#table.length === 1 ? this.#table[0].reply : pickWeighted(this.#table, next()).reply;
  }
}

/**
 * A plan in one sentence for people.
 *
 * @example
 * ```ts
 * import { explain } from "./decide.ts";
 * import assert from "node:assert/strict";
 *
 * const plan = {
 *   rule: "close-before-ack",
 *   steps: [{ verb: "close" }],
 *   considered: [{ rule: "close-before-ack", chance: 0.1, draw: 0.0321, held: true }],
 * } as const;
 * assert.equal(explain(plan), "close-before-ack: drew 0.0321, below 10%; so close-before-ack decides: close (FIN)");
 * ```
 */
export function explain(plan: Plan): string {
  const tried = plan.considered.map(({ rule, chance, draw, held }) => {
    if (draw === null) return `${rule}: ${held ? "always" : "never"}`;
    return `${rule}: drew ${draw.toFixed(4)}, ${held ? "below" : "not below"} ${formatPercent(chance)}`;
  });
  const doing = plan.steps.length === 0 ? "nothing" : plan.steps.map(describeStep).join(", then ");
  const why = plan.rule === null ? "the defaults decide" : `${plan.rule} decides`;
  return tried.length === 0 ? `${why}: ${doing}` : `${tried.join("; ")}; so ${why}: ${doing}`;
}
