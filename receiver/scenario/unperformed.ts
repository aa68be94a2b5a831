/**
 * What the language can say and the receiver cannot do: a scenario with such parts is read, checked and explained, and refused where
 * it would have to run. A part is taken from here when there is who does it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { rulesOf } from "./contents.ts";
import type { Scenario } from "./scenario.ts";

/**
 * The parts of a scenario that cannot be performed, each in a sentence; none where it can run.
 *
 * @example
 * ```ts
 * import { unperformed } from "./unperformed.ts";
 * import { scenarioFromFlags } from "./from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(unperformed(scenarioFromFlags({ seed: 1 })), []);
 * ```
 */
export function unperformed(scenario: Scenario): string[] {
  const { phases = [], phasesAtEnd, expect = [], control, limits } = scenario;
  const found: string[] = [];
  for (const { id, on } of rulesOf(scenario)) {
    if (on !== "message") found.push(`rule ${id}: on: ${on}`);
  }
  for (const { name, listeners } of phases) {
    if (Object.values(listeners).includes("refused")) found.push(`phase ${name}: listeners`);
  }
  if (phasesAtEnd === "stop") found.push("phases_at_end: stop");
  if (expect.length > 0) found.push("expect");
  if (control !== undefined) found.push("control");
  for (const key of ["activeFaults", "heldConnections", "journal"] as const) {
    if (limits[key] !== undefined) {
      found.push(`limits.${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
    }
  }
  return found.map((part) => `${part} is not available in this version`);
}
