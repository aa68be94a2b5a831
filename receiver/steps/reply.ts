/**
 * The step `reply`: answers the message, with each acknowledgement that is due.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { pickWeighted } from "../decide/distribution.ts";
import { replyName, type ReplyTable } from "../scenario/reply.ts";
import type { ReplyItem, Sampler, StepKind } from "./step.ts";

/** As written in a rule. */
export interface ReplySpec {
  readonly verb: "reply";
  /** `null` is the scenario's default. */
  readonly reply: ReplyTable | null;
}

/** As planned for one message. */
export interface PlannedReply {
  readonly verb: "reply";
  /** Frames in order; none where nothing is due. */
  readonly items: readonly ReplyItem[];
}

/** Answers. */
export const reply: StepKind<ReplySpec, PlannedReply> = {
  verb: "reply",
  plan: (spec, sampler) => ({ verb: "reply", items: itemsOf(spec.reply, sampler) }),
  perform(step, line) {
    const { items } = step;
    for (let i = 0; i < items.length; i++) line.reply(items[i]);
    return 0;
  },
  describe: (step) => step.items.length === 0 ? "reply nothing" : `reply ${step.items.map(replyName).join(", ")}`,
};

/**
 * The frames of a table's reply to one message; `null` is the scenario's default.
 *
 * @example
 * ```ts
 * import { itemsOf } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * const sampler = { draw: () => 0, defaultReply: () => "AA", items: (reply: unknown) => [reply] } as never;
 * assert.deepEqual(itemsOf(null, sampler), ["AA"]);
 * ```
 */
export function itemsOf(table: ReplyTable | null, sampler: Sampler): readonly ReplyItem[] {
  if (table === null) return sampler.items(sampler.defaultReply());
  return sampler.items(table.length === 1 ? table[0].reply : pickWeighted(table, sampler.draw()).reply);
}
