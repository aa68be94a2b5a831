/**
 * The step `stop_reading`: takes nothing more from the peer, whose writes then back up.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatDuration } from "../../lib/values.ts";
import { type Form, map, shapedAs } from "../scenario/form.ts";
import { wait } from "../scenario/units.ts";
import { afterForm, putOff, steps } from "./put_off.ts";
import type { StepSpec } from "./registry.ts";
import type { StepKind } from "./step.ts";

/** As written and as planned. */
export interface StopReading {
  readonly verb: "stop_reading";
  /** How long; absent for until somebody heals it. */
  readonly forMs?: number;
}

const options = map("for how long and after what", { for: v.optional(wait), after: v.optional(afterForm) });

const ofMap = steps(
  options,
  (read) => Object.keys(read).length > 0 ? null : "found nothing, wanted for or after, or the bare word stop_reading",
  (read) => putOff(read.after, stopping(read.for)),
);

const ofTime: Form<readonly StepSpec[]> = v.pipe(wait, v.transform((forMs: number) => [stopping(forMs)]));

function stopping(forMs: number | undefined): StopReading {
  return forMs === undefined ? { verb: "stop_reading" } : { verb: "stop_reading", forMs };
}

function told({ forMs }: StopReading): string {
  return forMs === undefined ? "stop reading" : `stop reading for ${formatDuration(forMs)}`;
}

/** Reads nothing. */
export const stopReading: StepKind<StopReading, StopReading> = {
  verb: "stop_reading",
  about: "takes nothing more from the peer, for a time or until it is healed",
  schema: shapedAs<readonly StepSpec[]>(
    v.union([wait, options]),
    (input) => input !== null && typeof input === "object" && !Array.isArray(input) ? ofMap : ofTime,
  ),
  bare: { verb: "stop_reading" },
  on: ["message", "open", "frame_fault", "idle"],
  role: "connection",
  tell: told,
  plan: (spec) => spec,
  perform(step, line) {
    line.stopReading(step.forMs ?? Infinity);
    return 0;
  },
  describe: told,
};
