/**
 * The step `process_time`: the time that the one processor of the receiver takes for the message. It takes them one after the
 * other, whatever their connections, so replies come the later the more there is to do.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatDuration } from "../../lib/values.ts";
import { sampleDelay } from "../decide/distribution.ts";
import { type Delay, formatDelay } from "../scenario/delay.ts";
import { delayForm } from "../scenario/delay_form.ts";
import { settledDelay } from "./delay.ts";
import type { StepKind } from "./step.ts";

/** As written in a rule. */
export interface ProcessTimeSpec {
  readonly verb: "process_time";
  readonly delay: Delay;
}

/** As planned for one message. */
export interface PlannedProcessTime {
  readonly verb: "process_time";
  /** The time of this message alone. */
  readonly ms: number;
}

/** Works. */
export const processTime: StepKind<ProcessTimeSpec, PlannedProcessTime> = {
  verb: "process_time",
  about: "waits for the one processor, and then for its work",
  schema: v.pipe(delayForm, v.transform((delay: Delay): ProcessTimeSpec => ({ verb: "process_time", delay }))),
  bare: null,
  on: ["message"],
  role: "wait",
  settle: (spec, files) => ({ ...spec, delay: settledDelay(spec.delay, files) }),
  tell: (spec) => `work on it for ${formatDelay(spec.delay)}, one message at a time`,
  plan: (spec, sampler) => ({ verb: "process_time", ms: sampleDelay(spec.delay, () => sampler.draw(), sampler.at) }),
  perform: (step, line) => line.household.work(step.ms, line.nowMs),
  describe: (step) => `work on it for ${formatDuration(step.ms)}, one message at a time`,
};
