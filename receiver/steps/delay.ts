/**
 * The step `delay`: waits before the next step. Waits of several messages run at the same time; a
 * connection's replies keep the order of its messages all the same (see `connection.ts`).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatDuration } from "../../lib/values.ts";
import { sampleDelay } from "../decide/distribution.ts";
import type { Delay } from "../scenario/delay.ts";
import type { StepKind } from "./step.ts";

/** As written in a rule. */
export interface DelaySpec {
  readonly verb: "delay";
  readonly delay: Delay;
}

/** As planned for one message. */
export interface PlannedDelay {
  readonly verb: "delay";
  readonly ms: number;
}

/** Waits. */
export const delay: StepKind<DelaySpec, PlannedDelay> = {
  verb: "delay",
  plan: (spec, sampler) => ({ verb: "delay", ms: sampleDelay(spec.delay, () => sampler.draw()) }),
  perform: (step) => step.ms,
  describe: (step) => `wait ${formatDuration(step.ms)}`,
};
