/**
 * The step `later`: what `after: {messages: 10}` makes of a verb of the connection. Nobody writes it by its name.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Close, close } from "./close.ts";
import { type Greet, greet } from "./greet.ts";
import { type HalfClose, halfClose } from "./half_close.ts";
import { tellAfter } from "./put_off.ts";
import { type Rate, rate } from "./rate.ts";
import { type Reset, reset } from "./reset.ts";
import type { After, StepKind } from "./step.ts";
import { type StopReading, stopReading } from "./stop_reading.ts";

/** What can be put off: as written as planned. */
export type LaterStep = Close | Greet | HalfClose | Rate | Reset | StopReading;

/** As written and as planned. */
export interface Later {
  readonly verb: "later";
  /** The same object for every message: by it, a rule that acts on many of them is known to have asked already. */
  readonly after: After;
  readonly steps: readonly LaterStep[];
}

const KINDS = { close, greet, half_close: halfClose, rate, reset, stop_reading: stopReading };

function told({ after, steps }: Later): string {
  const parts = steps.map((step) => (KINDS[step.verb] as StepKind<LaterStep, LaterStep>).tell(step));
  return `${tellAfter(after)} ${parts.join(", then ")}`;
}

/** Puts steps off. */
export const later: StepKind<Later, Later> = {
  verb: "later",
  about: "does a step when the connection has come to something",
  schema: null,
  bare: null,
  on: ["message", "open", "frame_fault", "idle"],
  role: "connection",
  tell: told,
  plan: (spec) => spec,
  perform(step, line) {
    line.later(step.after, step.steps);
    return 0;
  },
  describe: told,
};
