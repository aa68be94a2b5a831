/**
 * The step `reset`: breaks the connection with a real RST, where the medium has one.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { endingForm } from "./ending.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface Reset {
  readonly verb: "reset";
}

/** Breaks the connection. */
export const reset: StepKind<Reset, Reset> = {
  verb: "reset",
  about: "breaks the connection with RST",
  schema: endingForm({ verb: "reset" }),
  bare: { verb: "reset" },
  on: ["message", "open", "tls", "frame_fault", "idle"],
  role: "end",
  tell: () => "reset (RST)",
  plan: (spec) => spec,
  perform(_step, line) {
    line.reset();
    return 0;
  },
  describe: () => "reset (RST)",
};
