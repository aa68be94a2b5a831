/**
 * The step `queue`: where too many messages are in the hands of the one processor (`process_time`), further ones get something else
 * than the steps that follow.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount } from "../../lib/values.ts";
import { map } from "../scenario/form.ts";
import { count } from "../scenario/units.ts";
import { type Otherwise, otherwiseForm, planOtherwise, tellOtherwise } from "./otherwise.ts";
import type { PlannedStep } from "./registry.ts";
import type { StepKind } from "./step.ts";

/** As written in a rule. */
export interface QueueSpec {
  readonly verb: "queue";
  /** How many messages may wait behind the one that is worked on. */
  readonly depth: number;
  readonly otherwise: Otherwise;
}

/** As planned for one message. */
export interface PlannedQueue {
  readonly verb: "queue";
  readonly depth: number;
  readonly otherwise: Otherwise;
  /** What is done where the queue is full. */
  readonly steps: readonly PlannedStep[];
}

function told({ depth, otherwise }: Omit<QueueSpec, "verb">): string {
  const most = depth === 0 ? "nobody may" : `at most ${formatCount(depth)} may`;
  return `${most} wait for the processor, beyond it ${tellOtherwise(otherwise)}`;
}

/** Lets wait only so many. */
export const queue: StepKind<QueueSpec, PlannedQueue> = {
  verb: "queue",
  about: "lets so many messages wait for the processor, and does something else with the others",
  schema: v.pipe(
    map("a queue", { depth: count, then: otherwiseForm }),
    v.transform((read): QueueSpec => ({ verb: "queue", depth: read.depth, otherwise: read.then })),
  ),
  bare: null,
  on: ["message"],
  role: "question",
  tell: told,
  plan: ({ depth, otherwise }, sampler) => ({
    verb: "queue",
    depth,
    otherwise,
    steps: planOtherwise(otherwise, `More than ${formatCount(depth)} messages wait`, sampler),
  }),
  perform({ depth, steps }, line) {
    if (line.household.working(line.nowMs) > depth) line.instead(steps);
    return 0;
  },
  describe: told,
};
