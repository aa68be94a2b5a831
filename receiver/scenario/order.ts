/**
 * What a rule's fates depend on besides the message itself: the order of arrival, or the time. A rule that depends
 * on neither gives each message the same fate however connections interleave; `--check` names the others.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepSpec, Verb } from "../steps/registry.ts";
import type { Rule, Scenario, Scope } from "./scenario.ts";
import { tellScope } from "./tell.ts";

/** What something depends on. */
export interface Dependence {
  /** The rule's id, the phase's or `defaults`. */
  readonly name: string;
  readonly on: "order" | "time";
  /** In a few words: `every, counted for each connection`. */
  readonly why: string;
}

/**
 * Everything in a scenario that depends on the order of arrival or on the time.
 *
 * @example
 * ```ts
 * import { dependences } from "./order.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 0.1 }] });
 * assert.deepEqual(dependences(scenario), []);
 * const [rule] = scenario.rules;
 * const third = { ...scenario, rules: [{ ...rule, trigger: { chance: 1, nth: [3] } }] };
 * assert.deepEqual(dependences(third), [{ name: "no-reply", on: "order", why: "nth, counted for each listener" }]);
 * ```
 */
export function dependences(scenario: Scenario): Dependence[] {
  const { rules, phases = [], profiles = {}, defaults: { delay }, limits: { activeFaults, heldConnections } } =
    scenario;
  const bound = new Set(phases.flatMap(({ useRules }) => useRules));
  const found: Dependence[] = [
    ...ofSteps("defaults", [{ verb: "delay", delay }]),
    ...phases.flatMap(({ name, forMs, messages }): Dependence[] => [
      ...messages === undefined ? [] : [{ name, on: "order" as const, why: "messages, counted over all" }],
      ...forMs === undefined ? [] : [{ name, on: "time" as const, why: "for" }],
    ]),
    ...Object.entries(profiles).flatMap(([name, steps]) => ofSteps(name, steps)),
    ...[...rules, ...phases.flatMap((phase) => phase.rules)].flatMap((rule) => [
      ...ofRule(rule),
      ...ofSteps(rule.id, [...rule.do, ...rule.sequence?.steps.flat() ?? []]),
      ...bound.has(rule.id) ? [{ name: rule.id, on: "time" as const, why: "it holds in some phases alone" }] : [],
    ]),
    ...activeFaults === undefined
      ? []
      : [{ name: "limits.active_faults", on: "time" as const, why: "who is spared depends on who is under a fault" }],
    ...heldConnections === undefined
      ? []
      : [{ name: "limits.held_connections", on: "time" as const, why: "who is spared depends on who is held" }],
  ];
  // A step that stands at several places of a rule is told once.
  const told = new Set<string>();
  return found.filter((each) => {
    const text = JSON.stringify(each);
    return !told.has(text) && told.add(text);
  });
}

function ofRule({ id, trigger, sequence, inState, ttlMs }: Rule): Dependence[] {
  const { chance, nth, every, first, after, times, overPerSecond, betweenMs, ramp, per } = trigger;
  const counts = Object.entries({ nth, every, first, after, times, over: overPerSecond });
  const counted = counts.filter(([, value]) => value !== undefined).map(([key]) => key);
  const drawn = per !== undefined && (chance < 1 || ramp !== undefined) ? [ramp === undefined ? "chance" : "ramp"] : [];
  const found: Dependence[] = [];
  const inOrder = (what: readonly string[], scope: Scope) => {
    // The attempts of one message come in their order whatever else goes on.
    if (what.length === 0 || scope === "control_id") return;
    found.push({ name: id, on: "order", why: `${what.join(", ")}, counted ${tellScope(scope)}` });
  };
  inOrder([...counted, ...drawn], per ?? "listener");
  if (sequence !== undefined) inOrder(["sequence"], sequence.per ?? per ?? "listener");
  if (inState !== undefined) found.push({ name: id, on: "order", why: "in_state" });
  const timed = Object.entries({ between: betweenMs, ramp, over: overPerSecond, ttl: ttlMs });
  const ofTime = timed.filter(([, value]) => value !== undefined).map(([key]) => key);
  if (ofTime.length > 0) found.push({ name: id, on: "time", why: ofTime.join(", ") });
  return found;
}

function ofSteps(name: string, steps: readonly StepSpec[]): Dependence[] {
  return steps.flatMap((step): Dependence[] => {
    if (step.verb === "reply") return ofReply(name, step);
    const shared = SHARED[step.verb];
    if (shared !== undefined) return [{ name, on: "time", why: `${step.verb}, ${shared}` }, ...ofDelay(name, step)];
    return ofDelay(name, step);
  });
}

/** What steps depend on that all messages have together. */
const SHARED: Readonly<Partial<Record<Verb, string>>> = {
  limit: "how many connections are open",
  process_time: "how much else there is to do",
  queue: "how much else there is to do",
  quota: "how much else comes in the same second",
};

function ofDelay(name: string, step: StepSpec): Dependence[] {
  if (!("delay" in step)) return [];
  if (step.delay.kind === "trace") return [{ name, on: "order", why: "the delay's trace, one line after the other" }];
  return step.delay.kind === "ramp" ? [{ name, on: "time", why: "the delay's ramp" }] : [];
}

/** A reply that is made of what else came. */
function ofReply(name: string, { way }: Extract<StepSpec, { verb: "reply" }>): Dependence[] {
  if (way === undefined) return [];
  const why = way.stale !== undefined
    ? "stale, the reply before this one"
    : way.controlId === "previous"
    ? "control_id: previous, the message before this one"
    : way.gather === undefined
    ? null
    : `${way.gather.kind}, which replies meet`;
  return why === null ? [] : [{ name, on: "order", why }];
}
