/**
 * The step `accept_delay`: the connection is there and is not served for so long. Before a TLS handshake it is the handshake
 * that waits.
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
export interface AcceptDelaySpec {
  readonly verb: "accept_delay";
  readonly delay: Delay;
}

/** As planned for one connection. */
export interface PlannedAcceptDelay {
  readonly verb: "accept_delay";
  readonly ms: number;
}

/** Serves late. */
export const acceptDelay: StepKind<AcceptDelaySpec, PlannedAcceptDelay> = {
  verb: "accept_delay",
  about: "does not serve the connection for a time",
  schema: v.pipe(delayForm, v.transform((delay: Delay): AcceptDelaySpec => ({ verb: "accept_delay", delay }))),
  bare: null,
  on: ["open", "tls"],
  role: "wait",
  settle: (spec, files) => ({ ...spec, delay: settledDelay(spec.delay, files) }),
  tell: (spec) => `do not serve it for ${formatDelay(spec.delay)}`,
  plan: (spec, sampler) => ({ verb: "accept_delay", ms: sampleDelay(spec.delay, () => sampler.draw(), sampler.at) }),
  perform(step, line) {
    if (step.ms > 0) line.stopReading(step.ms);
    return step.ms;
  },
  describe: (step) => `do not serve it for ${formatDuration(step.ms)}`,
};
