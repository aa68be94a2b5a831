/**
 * The step `aside`: the message leaves the order of replies. Nobody writes it: it is a part of replies that wait for
 * something else than their turn (`late`, `swap`, `reorder`, `join`, `enhanced`).
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { StepKind } from "./step.ts";

/** As a part of other steps and as planned. */
export interface Aside {
  readonly verb: "aside";
}

/** Steps aside. */
export const aside: StepKind<Aside, Aside> = {
  verb: "aside",
  about: "leaves the order of replies",
  schema: null,
  bare: null,
  // What it is a part of says where that can be done.
  on: ["message", "open", "tls", "frame_fault", "idle", "close"],
  role: "wait",
  tell: () => "leave the order of replies",
  plan: (spec) => spec,
  perform(_step, line) {
    line.aside();
    return 0;
  },
  describe: () => "leave the order of replies",
};
