/**
 * The step `drop_reply`: the message is taken, and its reply gets lost.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface DropReply {
  readonly verb: "drop_reply";
}

/** Loses the reply. */
export const dropReply: StepKind<DropReply, DropReply> = {
  verb: "drop_reply",
  about: "takes the message and loses the reply",
  schema: null,
  bare: { verb: "drop_reply" },
  on: ["message"],
  role: "silence",
  tell: () => "take the message, lose the reply",
  plan: (spec) => spec,
  perform(_step, line) {
    line.dropReply();
    return 0;
  },
  describe: () => "take the message, lose the reply",
};
