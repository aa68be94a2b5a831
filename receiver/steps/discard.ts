/**
 * The step `discard`: the message gets lost before anybody has taken it, and nothing is said.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface Discard {
  readonly verb: "discard";
}

/** Loses the message. */
export const discard: StepKind<Discard, Discard> = {
  verb: "discard",
  about: "loses the message and says nothing",
  schema: null,
  bare: { verb: "discard" },
  on: ["message"],
  role: "silence",
  tell: () => "lose the message",
  plan: (spec) => spec,
  perform(_step, line) {
    line.discard();
    return 0;
  },
  describe: () => "lose the message",
};
