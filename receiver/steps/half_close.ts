/**
 * The step `half_close`: sends FIN and reads on. Nothing can be said to the peer after it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { endingForm } from "./ending.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface HalfClose {
  readonly verb: "half_close";
}

/** Closes one direction. */
export const halfClose: StepKind<HalfClose, HalfClose> = {
  verb: "half_close",
  about: "sends FIN and reads on",
  schema: endingForm({ verb: "half_close" }),
  bare: { verb: "half_close" },
  on: ["message", "open", "frame_fault", "idle"],
  role: "connection",
  tell: () => "close our direction (FIN) and read on",
  plan: (spec) => spec,
  perform(_step, line) {
    line.halfClose();
    return 0;
  },
  describe: () => "close our direction (FIN) and read on",
};
