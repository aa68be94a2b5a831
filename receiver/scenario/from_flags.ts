/**
 * From the command line's flags, already read as values, to the scenario they stand for.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Framing } from "../../lib/link/make.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { type Delay, NO_DELAY } from "./delay.ts";
import { type Fault, FAULTS } from "./fault.ts";
import type { ReplyTable } from "./reply.ts";
import { DEFAULT_LIMITS, type Limits, type ListenerSpec, type Rule, type Scenario } from "./scenario.ts";

/** What flags say of behaviour; everything but the seed has a default. */
export interface ScenarioFlags {
  readonly seed: number;
  /** Default: one, MLLP on 127.0.0.1:2575. */
  readonly listeners?: readonly ListenerSpec[];
  /** Default: AA. */
  readonly reply?: ReplyTable | "echo";
  /** Default: none. */
  readonly delay?: Delay;
  /** In the order in which they are tried; default: none. */
  readonly faults?: readonly Fault[];
  readonly limits?: Partial<Limits>;
}

/** Where a receiver listens if nothing else is said (cli.md). */
export const DEFAULT_LISTENER: ListenerSpec = Object.freeze({
  endpoint: parseEndpoint("127.0.0.1:2575"),
  link: {},
  tls: null,
});

/**
 * The scenario of some flags. Each fault becomes a rule of the same name.
 *
 * @throws RangeError for flags that exclude each other: a fault twice; `echo`, whose bytes go back before there is
 * a message, with a delay, a fault or MLLP release 2
 *
 * @example
 * ```ts
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 7, faults: [{ name: "close-before-ack", chance: 0.1 }] });
 * assert.deepEqual(scenario.rules[0].do, [{ verb: "close" }]);
 * ```
 */
export function scenarioFromFlags(flags: ScenarioFlags): Scenario {
  const { seed, listeners = [DEFAULT_LISTENER], delay = NO_DELAY, faults = [], limits } = flags;
  const reply = flags.reply ?? [{ reply: "AA", weight: 1 }];
  const rules = faultRules(faults);
  const scenario: Scenario = {
    seed,
    listeners,
    defaults: { reply, delay },
    rules,
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
  const conflict = echoConflict(scenario, "fault");
  if (conflict !== null) throw new RangeError(conflict);
  return scenario;
}

/** The framings whose lower layer says something of its own, and what that is. */
const ANSWERS: Readonly<Partial<Record<Framing, string>>> = {
  mllp2: "MLLP release 2: its commit blocks",
  hllp: "HLLP: its NAK blocks",
  x328: "X3.28: its bids and acknowledgements",
};

/**
 * Why a scenario cannot echo; `null` if it can, or does not.
 *
 * @param called what its rules are called
 *
 * @example
 * ```ts
 * import { echoConflict, scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(echoConflict(scenarioFromFlags({ seed: 1, reply: "echo" })), null);
 * ```
 */
export function echoConflict(scenario: Scenario, called = "rule"): string | null {
  const { defaults: { reply, delay }, rules, phases = [], listeners, control } = scenario;
  if (reply !== "echo") return null;
  const why = "its bytes go back before there is a message";
  if (delay.kind !== "fixed" || delay.ms > 0) return `Cannot delay an echo: ${why}`;
  if (rules.length > 0) return `Cannot use the ${called} ${rules[0].id} on an echo: ${why}`;
  if (phases.length > 0) return `Cannot use the phase ${phases[0].name} on an echo: ${why}`;
  if (control?.inBand !== undefined) return `Cannot use in-band control on an echo: ${why}`;
  const framing = listeners.map(({ link }) => link.framing).find((each) => each !== undefined && ANSWERS[each]);
  return framing === undefined ? null : `Cannot echo in ${ANSWERS[framing]} would come back as well`;
}

/**
 * A scenario with some flags over it: listeners, seed, limits and the defaults' reply and delay are replaced, faults
 * are tried behind the scenario's own rules.
 *
 * @throws RangeError for flags that exclude each other or something in the scenario
 *
 * @example
 * ```ts
 * import { scenarioFromFlags, withFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 7, reply: [{ reply: "AE", weight: 1 }] });
 * const changed = withFlags(scenario, { delay: { kind: "fixed", ms: 20 } });
 * assert.deepEqual(changed.defaults, { reply: [{ reply: "AE", weight: 1 }], delay: { kind: "fixed", ms: 20 } });
 * ```
 */
export function withFlags(scenario: Scenario, flags: Partial<ScenarioFlags>): Scenario {
  const { seed = scenario.seed, listeners = scenario.listeners, limits, reply, delay, faults = [] } = flags;
  const added = faultRules(faults);
  const taken = [...scenario.rules, ...(scenario.phases ?? []).flatMap(({ rules }) => rules)].map(({ id }) => id);
  for (const { id } of added) {
    if (taken.includes(id)) throw new RangeError(`Cannot use the fault ${id}: the scenario has a rule of that name`);
  }
  const changed: Scenario = {
    ...scenario,
    seed,
    listeners,
    defaults: { reply: reply ?? scenario.defaults.reply, delay: delay ?? scenario.defaults.delay },
    rules: [...scenario.rules, ...added],
    limits: { ...scenario.limits, ...limits },
  };
  const conflict = echoConflict(changed);
  if (conflict !== null) throw new RangeError(conflict);
  return changed;
}

function faultRules(faults: readonly Fault[]): Rule[] {
  const names = new Set<string>();
  return faults.map(({ name, chance }): Rule => {
    if (names.has(name)) throw new RangeError(`Cannot use the fault ${name} twice: wanted one chance for each`);
    names.add(name);
    return { id: name, on: "message", trigger: { chance }, do: FAULTS[name], then: "stop" };
  });
}
