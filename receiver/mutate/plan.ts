/**
 * A list of mutations in words, and settled for one message.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { MutationSpec, PlannedMutation } from "./mutation.ts";
import { mutationKind } from "./registry.ts";

/**
 * The mutations of one message's reply, with the draws of that message: one for each `corrupt`.
 *
 * @param draw the next draw, in [0, 1)
 *
 * @example
 * ```ts
 * import { planMutations } from "./plan.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(planMutations([{ kind: "bom" }, { kind: "corrupt", bytes: 2 }], () => 0.5), [
 *   { kind: "bom" },
 *   { kind: "corrupt", bytes: 2, draw: 0.5 },
 * ]);
 * ```
 */
export function planMutations(specs: readonly MutationSpec[], draw: () => number): readonly PlannedMutation[] {
  return specs.map((spec) => mutationKind(spec.kind).plan(spec, draw));
}

/**
 * What a frame is with these mutations, in words that stand behind "reply AA"; nothing for none.
 *
 * @example
 * ```ts
 * import { tellMutations } from "./plan.ts";
 * import assert from "node:assert/strict";
 *
 * const told = tellMutations([{ kind: "drop_end_data" }, { kind: "prefix", hex: "0d0a" }]);
 * assert.equal(told, "without the CR at its end, behind 0d0a");
 * ```
 */
export function tellMutations(specs: readonly MutationSpec[]): string {
  return specs.map((spec) => mutationKind(spec.kind).tell(spec)).join(", ");
}
