/**
 * The step `quota`: messages beyond a rate get something else than the steps that follow. All messages that come to this step
 * are counted together, whatever their connections; one second's worth may come at once.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatRate } from "../../lib/values.ts";
import * as v from "valibot";
import { map } from "../scenario/form.ts";
import { rate } from "../scenario/units.ts";
import { type Otherwise, otherwiseForm, planOtherwise, tellOtherwise } from "./otherwise.ts";
import type { PlannedStep } from "./registry.ts";
import type { StepKind } from "./step.ts";

/** As written in a rule. */
export interface QuotaSpec {
  readonly verb: "quota";
  readonly perSecond: number;
  readonly otherwise: Otherwise;
}

/** As planned for one message. */
export interface PlannedQuota {
  readonly verb: "quota";
  /** By it, its messages are counted together. */
  readonly spec: QuotaSpec;
  /** What is done beyond the rate. */
  readonly steps: readonly PlannedStep[];
}

function told({ perSecond, otherwise }: QuotaSpec): string {
  return `at most ${formatRate(perSecond)}, beyond it ${tellOtherwise(otherwise)}`;
}

/** Lets so many pass. */
export const quota: StepKind<QuotaSpec, PlannedQuota> = {
  verb: "quota",
  about: "lets messages pass up to a rate, and does something else with the others",
  schema: v.pipe(
    map("a quota", { rate, then: otherwiseForm }),
    v.transform((read): QuotaSpec => ({ verb: "quota", perSecond: read.rate, otherwise: read.then })),
  ),
  bare: null,
  on: ["message"],
  role: "question",
  tell: told,
  plan: (spec, sampler) => ({
    verb: "quota",
    spec,
    steps: planOtherwise(spec.otherwise, `More than ${formatRate(spec.perSecond)}`, sampler),
  }),
  perform({ spec, steps }, line) {
    if (!line.household.within(spec, spec.perSecond, line.nowMs)) line.instead(steps);
    return 0;
  },
  describe: ({ spec }) => told(spec),
};
