/**
 * What a scenario holds, wherever it stands: every rule, every step, every file that it replies with.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepSpec } from "../steps/registry.ts";
import { isLinkFault } from "../steps/link_faults.ts";
import type { EventKind, Rule, Scenario } from "./scenario.ts";

/**
 * Every rule, those of phases included.
 *
 * @example
 * ```ts
 * import { rulesOf } from "./contents.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 0.1 }] });
 * assert.deepEqual(rulesOf(scenario).map(({ id }) => id), ["no-reply"]);
 * ```
 */
export function rulesOf({ rules, phases = [] }: Scenario): Rule[] {
  return [...rules, ...phases.flatMap((phase) => phase.rules)];
}

/**
 * Every step, those of sequences and profiles included.
 *
 * @example
 * ```ts
 * import { stepsOf } from "./contents.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 0.1 }] });
 * assert.deepEqual(stepsOf(scenario), [{ verb: "hold" }]);
 * ```
 */
export function stepsOf(scenario: Scenario): StepSpec[] {
  const ofRules = rulesOf(scenario).flatMap(({ do: steps, sequence }) => [...steps, ...sequence?.steps.flat() ?? []]);
  return [...Object.values(scenario.profiles ?? {}).flat(), ...ofRules];
}

/**
 * Every file whose message may be a reply, each once.
 *
 * @example
 * ```ts
 * import { replyFilesOf } from "./contents.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const scenario = scenarioFromFlags({ seed: 1, reply: [{ reply: { file: "ack.hl7" }, weight: 1 }] });
 * assert.deepEqual(replyFilesOf(scenario), ["ack.hl7"]);
 * ```
 */
export function replyFilesOf(scenario: Scenario): string[] {
  const tables = [
    scenario.defaults.reply,
    ...stepsOf(scenario).map((step) => step.verb === "reply" ? step.reply : null),
  ];
  const files = tables.flatMap((table) =>
    table === null || table === "echo"
      ? []
      : table.flatMap(({ reply }) => typeof reply === "string" ? [] : [reply.file])
  );
  return [...new Set(files)];
}

/** What a scenario makes necessary. */
export interface Uses {
  /** A connection's previous reply. */
  readonly previous: boolean;
  /** The whole of a message that waits. */
  readonly whole: boolean;
  /** What messages were answered with. */
  readonly answered: boolean;
  /** A say in what the lower layer says. */
  readonly link: boolean;
  /** The kinds of events that rules look at. */
  readonly events: ReadonlySet<EventKind>;
}

/**
 * What a scenario makes necessary, so that without it nothing is kept.
 *
 * @example
 * ```ts
 * import { usesOf } from "./contents.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(usesOf(scenarioFromFlags({ seed: 1 })).previous, false);
 * ```
 */
export function usesOf(scenario: Scenario): Uses {
  const steps = stepsOf(scenario);
  const ways = steps.flatMap((step) => step.verb === "reply" ? step.way ?? [] : []);
  return {
    previous: ways.some((way) => way.stale === true || way.controlId === "previous"),
    whole: ways.some((way) => way.as !== undefined) || steps.some((step) => step.verb === "forward"),
    answered: steps.some((step) => step.verb === "duplicate"),
    link: steps.some((step) => isLinkFault(step.verb)),
    events: new Set(rulesOf(scenario).map(({ on }) => on)),
  };
}
