/**
 * The step `delay`: waits before the next step. Waits of several messages run at the same time; a
 * connection's replies keep the order of its messages all the same (see `connection.ts`).
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatDuration } from "../../lib/values.ts";
import { sampleDelay } from "../decide/distribution.ts";
import { type Delay, formatDelay, parseTrace } from "../scenario/delay.ts";
import { delayForm } from "../scenario/delay_form.ts";
import type { Files, StepKind } from "./step.ts";

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
  about: "waits before the next step",
  schema: v.pipe(delayForm, v.transform((delay: Delay): DelaySpec => ({ verb: "delay", delay }))),
  bare: null,
  on: ["message", "open", "tls", "frame_fault", "idle"],
  role: "wait",
  settle: (spec, files) => ({ ...spec, delay: settledDelay(spec.delay, files) }),
  tell: (spec) => `wait ${formatDelay(spec.delay)}`,
  plan: (spec, sampler) => ({ verb: "delay", ms: sampleDelay(spec.delay, () => sampler.draw(), sampler.at) }),
  perform: (step) => step.ms,
  describe: (step) => `wait ${formatDuration(step.ms)}`,
};

/**
 * A delay with the times of its trace, if it has one.
 *
 * @throws RangeError for a file that cannot be read or holds no times
 *
 * @example
 * ```ts
 * import { settledDelay } from "./delay.ts";
 * import assert from "node:assert/strict";
 *
 * const files = { resolve: (path: string) => `/data/${path}`, read: () => "20ms\n" };
 * const delay = settledDelay({ kind: "trace", file: "monday.txt", timesMs: [] }, files);
 * assert.deepEqual(delay, { kind: "trace", file: "/data/monday.txt", timesMs: [20] });
 * ```
 */
export function settledDelay(delay: Delay, files: Files): Delay {
  if (delay.kind !== "trace") return delay;
  const file = files.resolve(delay.file);
  return { kind: "trace", file, timesMs: parseTrace(files.read(file), delay.file) };
}
