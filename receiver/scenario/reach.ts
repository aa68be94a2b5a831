/**
 * Rules that can never fire, as far as that is plain from the scenario: a state that nothing enters, an earlier rule that takes
 * every message they could have.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { coversTypes } from "../decide/type_pattern.ts";
import { unknownWord } from "./form.ts";
import type { Finding } from "./issue.ts";
import { FIRST_STATE, type Rule, type Scenario } from "./scenario.ts";
import type { PathKey } from "./source.ts";
import type { When } from "./when.ts";

/**
 * A list has at most so many rules (our decision: each is held against each before it, and so many take a second; every message
 * looks at them one by one, too).
 */
const MOST_RULES = 2000;

/**
 * The rules that can never fire; or that there are too many of them.
 *
 * @example
 * ```ts
 * import { checkReach } from "./reach.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const faults = [{ name: "no-reply", chance: 1 }, { name: "close-before-ack", chance: 0.1 }] as const;
 * const [finding] = checkReach(scenarioFromFlags({ seed: 1, faults }));
 * assert.equal(finding.message, "can never fire: the rule 'no-reply' before it decides on every message");
 * ```
 */
export function checkReach(scenario: Scenario): Finding[] {
  const { rules, phases = [] } = scenario;
  const all = [...rules, ...phases.flatMap((phase) => phase.rules)];
  const states = new Set([FIRST_STATE, ...all.flatMap(({ toState }) => toState ?? [])]);
  /** The phases that a rule of the scenario is bound to; empty for always. */
  const boundTo = ({ id }: Rule) => phases.filter(({ useRules }) => useRules.includes(id)).map(({ name }) => name);
  const before = (earlier: Rule, later: Rule) => {
    const [wide, narrow] = [boundTo(earlier), boundTo(later)];
    return wide.length === 0 || (narrow.length > 0 && narrow.every((name) => wide.includes(name)));
  };
  return [
    ...within(rules, ["rules"], states, before),
    ...phases.flatMap((phase, i) => within(phase.rules, ["phases", i, "rules"], states, () => true)),
  ];
}

function within(
  rules: readonly Rule[],
  path: readonly PathKey[],
  states: ReadonlySet<string>,
  before: (earlier: Rule, later: Rule) => boolean,
): Finding[] {
  if (rules.length > MOST_RULES) {
    return [{ path, message: `there are ${rules.length} rules, wanted at most ${MOST_RULES}` }];
  }
  return rules.flatMap((rule, i): Finding[] => {
    if (rule.inState !== undefined && !states.has(rule.inState)) {
      const message = `can never fire: no rule goes to this state; ${unknownWord("state", rule.inState, states)}`;
      return [{ path: [...path, i, "in_state"], message }];
    }
    const taker = rules.slice(0, i).find((earlier) => takesAll(earlier, rule) && before(earlier, rule));
    if (taker === undefined) return [];
    const what = rule.on === "message" ? "message" : "event";
    const which = taker.when === undefined ? `every ${what}` : `every ${what} that this one looks at`;
    return [{ path: [...path, i], message: `can never fire: the rule '${taker.id}' before it decides on ${which}` }];
  });
}

/** Whether whatever the later rule looks at is decided by the earlier one. */
function takesAll(earlier: Rule, later: Rule): boolean {
  const { on, when, trigger, sequence, then, inState, enabled, ttlMs } = earlier;
  if (on !== later.on || then === "continue" || enabled === false || ttlMs !== undefined) return false;
  const { chance, per: _, ...conditions } = trigger;
  if (chance < 1 || Object.keys(conditions).length > 0 || sequence?.atEnd === "fall_through") return false;
  if (inState !== undefined && inState !== later.inState) return false;
  return when === undefined || covers(when, later.when);
}

/** Whether conditions hold wherever the others do, as far as that is plain. */
function covers(wide: When, narrow: When | undefined): boolean {
  const other: When = narrow ?? {};
  return (Object.keys(wide) as (keyof When)[]).every((key) => {
    if (key === "type") return coversTypes(wide.type ?? [], other.type ?? null);
    if (key === "fields") {
      return (wide.fields ?? []).every((field) => (other.fields ?? []).some((each) => same(field, each)));
    }
    return same(wide[key], other[key]);
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
