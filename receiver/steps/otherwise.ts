/**
 * `then`: what is done with a message instead of the steps that are left. An acknowledgement is subject to what the message
 * asks for, like any reply.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Form, word } from "../scenario/form.ts";
import type { PlannedStep } from "./registry.ts";
import { reply } from "./reply.ts";
import type { Sampler } from "./step.ts";

/** A negative acknowledgement, silence, or the end. */
export type Otherwise = "AE" | "AR" | "CE" | "CR" | "hold" | "close" | "reset";

/** The value behind `then`. */
export const otherwiseForm: Form<Otherwise> = word("way to refuse", ["AE", "AR", "CE", "CR", "hold", "close", "reset"]);

/**
 * In words.
 *
 * @example
 * ```ts
 * import { tellOtherwise } from "./otherwise.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellOtherwise("AR"), "reply AR");
 * assert.equal(tellOtherwise("close"), "close (FIN)");
 * ```
 */
export function tellOtherwise(otherwise: Otherwise): string {
  switch (otherwise) {
    case "hold":
      return "say nothing";
    case "close":
      return "close (FIN)";
    case "reset":
      return "reset (RST)";
    default:
      return `reply ${otherwise}`;
  }
}

/**
 * As steps, planned for one message.
 *
 * @param text what an acknowledgement says in MSA-3
 *
 * @example
 * ```ts
 * import { planOtherwise } from "./otherwise.ts";
 * import assert from "node:assert/strict";
 *
 * const sampler = { items: (reply: unknown) => [reply] } as never;
 * assert.deepEqual(planOtherwise("AR", "Not now", sampler), [{ verb: "reply", items: ["AR"], said: { text: "Not now" } }]);
 * assert.deepEqual(planOtherwise("hold", "Not now", sampler), [{ verb: "hold" }]);
 * ```
 */
export function planOtherwise(otherwise: Otherwise, text: string, sampler: Sampler): readonly PlannedStep[] {
  if (otherwise === "hold" || otherwise === "close" || otherwise === "reset") return [{ verb: otherwise }];
  return [reply.plan({ verb: "reply", reply: [{ reply: otherwise, weight: 1 }], said: { text } }, sampler)];
}
