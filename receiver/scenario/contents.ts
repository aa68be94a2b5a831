/**
 * What a scenario holds, wherever it stands: every rule, every step, every file that it replies with.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepSpec } from "../steps/registry.ts";
import type { Rule, Scenario } from "./scenario.ts";

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
