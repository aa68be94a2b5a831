/**
 * The step `close`: ends the connection with FIN. What the peer still sends is read away first,
 * because closing with unread bytes would make the kernel send RST: for that there is `reset`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { endingForm } from "./ending.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface Close {
  readonly verb: "close";
}

/** Closes in order. */
export const close: StepKind<Close, Close> = {
  verb: "close",
  about: "ends the connection with FIN",
  schema: endingForm({ verb: "close" }),
  bare: { verb: "close" },
  on: ["message", "open", "tls", "frame_fault", "idle"],
  role: "end",
  tell: () => "close (FIN)",
  plan: (spec) => spec,
  perform(_step, line) {
    line.close();
    return 0;
  },
  describe: () => "close (FIN)",
};
