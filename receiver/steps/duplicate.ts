/**
 * The step `duplicate`: what becomes of a message whose control id was taken before, and answered well.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { type Form, word } from "../scenario/form.ts";
import { planOtherwise } from "./otherwise.ts";
import type { PlannedStep } from "./registry.ts";
import type { StepKind } from "./step.ts";

/** It is taken like any other, refused, or answered as it was the first time. */
export type DuplicatePolicy = "accept" | "AE" | "AR" | "cached_ack";

/** As written in a rule. */
export interface DuplicateSpec {
  readonly verb: "duplicate";
  readonly policy: DuplicatePolicy;
}

/** As planned for one message. */
export interface PlannedDuplicate {
  readonly verb: "duplicate";
  readonly policy: DuplicatePolicy;
  /** What is done with a duplicate that is refused. */
  readonly steps: readonly PlannedStep[];
}

const TEXT = "A message with this control id was taken before";

const policies: Form<DuplicatePolicy> = word("way with duplicates", ["accept", "AE", "AR", "cached_ack"]);

function told({ policy }: { readonly policy: DuplicatePolicy }): string {
  if (policy === "accept") return "take a duplicate like any message";
  return policy === "cached_ack" ? "answer a duplicate as it was answered before" : `to a duplicate reply ${policy}`;
}

/** Knows what it has had. */
export const duplicate: StepKind<DuplicateSpec, PlannedDuplicate> = {
  verb: "duplicate",
  about: "says what becomes of a message that was taken before",
  schema: v.pipe(policies, v.transform((policy: DuplicatePolicy): DuplicateSpec => ({ verb: "duplicate", policy }))),
  bare: null,
  on: ["message"],
  role: "question",
  tell: told,
  plan: ({ policy }, sampler) => ({
    verb: "duplicate",
    policy,
    steps: policy === "accept" || policy === "cached_ack" ? [] : planOtherwise(policy, TEXT, sampler),
  }),
  perform({ policy, steps }, line) {
    if (policy === "accept" || !line.isDuplicate) return 0;
    line.instead(steps);
    return policy === "cached_ack" ? line.replyAgain() : 0;
  },
  describe: told,
};
