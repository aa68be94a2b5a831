/**
 * From the command line's flags, already read as values, to the scenario they stand for.
 *
 * This module performs no I/O.
 *
 * @module
 */
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
  if (reply === "echo") {
    const why = "its bytes go back before there is a message";
    if (delay.kind !== "fixed" || delay.ms > 0) throw new RangeError(`Cannot delay an echo: ${why}`);
    if (faults.length > 0) throw new RangeError(`Cannot use the fault ${faults[0].name} on an echo: ${why}`);
    if (listeners.some((listener) => listener.link.framing === "mllp2")) {
      throw new RangeError("Cannot echo in MLLP release 2: its commit blocks would come back as well");
    }
  }
  const names = new Set<string>();
  const rules = faults.map(({ name, chance }): Rule => {
    if (names.has(name)) throw new RangeError(`Cannot use the fault ${name} twice: wanted one chance for each`);
    names.add(name);
    return { id: name, on: "message", trigger: { chance }, do: FAULTS[name], then: "stop" };
  });
  return { seed, listeners, defaults: { reply, delay }, rules, limits: { ...DEFAULT_LIMITS, ...limits } };
}
