/**
 * The step `send`: sends the first part of the reply's first frame and no more.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatPercent } from "../../lib/values.ts";
import { map } from "../scenario/form.ts";
import { replyName } from "../scenario/reply.ts";
import { percent } from "../scenario/units.ts";
import { itemsOf } from "./reply.ts";
import type { ReplyItem, StepKind } from "./step.ts";

/** As written in a rule. */
export interface SendSpec {
  readonly verb: "send";
  /** How much of the frame's bytes, 0 to 1; rounded down to whole bytes. */
  readonly part: number;
}

/** As planned for one message. */
export interface PlannedSend {
  readonly verb: "send";
  readonly part: number;
  /** `null` where no reply is due. */
  readonly item: ReplyItem | null;
}

/** Sends a part. */
export const send: StepKind<SendSpec, PlannedSend> = {
  verb: "send",
  about: "sends the first part of the reply",
  schema: v.pipe(
    map("what to send", { part: percent }),
    v.transform(({ part }: { part: number }): SendSpec => ({ verb: "send", part })),
  ),
  bare: null,
  on: ["message"],
  role: "answer",
  tell: (spec) => `send ${formatPercent(spec.part)} of the reply`,
  plan: (spec, sampler) => ({ verb: "send", part: spec.part, item: itemsOf(null, sampler)[0] ?? null }),
  perform(step, line) {
    if (step.item !== null) line.replyPart(step.item, step.part);
    return 0;
  },
  describe: (step) => `send ${formatPercent(step.part)} of ${step.item === null ? "nothing" : replyName(step.item)}`,
};
