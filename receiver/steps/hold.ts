/**
 * The step `hold`: says nothing and stays open. Nothing is kept of the message, so any number of
 * them may be held.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface Hold {
  readonly verb: "hold";
}

/** Says nothing. */
export const hold: StepKind<Hold, Hold> = {
  verb: "hold",
  about: "says nothing and stays open",
  schema: null,
  bare: { verb: "hold" },
  on: ["message"],
  role: "silence",
  tell: () => "say nothing",
  plan: (spec) => spec,
  perform(_step, line) {
    line.hold();
    return 0;
  },
  describe: () => "say nothing",
};
