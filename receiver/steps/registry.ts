/**
 * The steps by name. To add one: a file with its types, its schema and its `StepKind`, and a line in each of the
 * three tables here.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Close, close } from "./close.ts";
import { delay, type DelaySpec, type PlannedDelay } from "./delay.ts";
import { type Hold, hold } from "./hold.ts";
import { type PlannedReply, reply, type ReplySpec } from "./reply.ts";
import { type Reset, reset } from "./reset.ts";
import { type PlannedSend, send, type SendSpec } from "./send.ts";
import type { Files, Line, Sampler, StepKind } from "./step.ts";

/** A step as written in a rule. */
export type StepSpec = Close | DelaySpec | Hold | ReplySpec | Reset | SendSpec;

/** A step as planned for one message. */
export type PlannedStep = Close | PlannedDelay | Hold | PlannedReply | Reset | PlannedSend;

const STEPS = { close, delay, hold, reply, reset, send } satisfies {
  [V in StepSpec["verb"]]: StepKind<Extract<StepSpec, { verb: V }>, Extract<PlannedStep, { verb: V }>>;
};

type AnyKind = StepKind<StepSpec, PlannedStep>;

/** The name of a step. */
export type Verb = StepSpec["verb"];

/** The names of all steps. */
export const VERBS: readonly Verb[] = Object.freeze(Object.keys(STEPS) as Verb[]);

/**
 * What is known of a kind of step apart from its messages: how it is written, when it can be done.
 *
 * @example
 * ```ts
 * import { kindOf } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(kindOf("reset").role, "end");
 * ```
 */
export function kindOf(verb: Verb): Pick<StepKind<StepSpec, PlannedStep>, "about" | "schema" | "bare" | "on" | "role"> {
  return STEPS[verb] as AnyKind;
}

/**
 * A step of a rule in a few words.
 *
 * @example
 * ```ts
 * import { tellStep } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellStep({ verb: "delay", delay: { kind: "fixed", ms: 1500 } }), "wait 1.5s");
 * ```
 */
export function tellStep(spec: StepSpec): string {
  return (STEPS[spec.verb] as AnyKind).tell(spec);
}

/**
 * A step with the files looked up that it names.
 *
 * @throws RangeError for a file that cannot be used
 *
 * @example
 * ```ts
 * import { settleStep } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * const files = { resolve: (path: string) => path, read: () => "" };
 * assert.deepEqual(settleStep({ verb: "hold" }, files), { verb: "hold" });
 * ```
 */
export function settleStep(spec: StepSpec, files: Files): StepSpec {
  return (STEPS[spec.verb] as AnyKind).settle?.(spec, files) ?? spec;
}

/**
 * One message's form of a step, with the draws of that message.
 *
 * @example
 * ```ts
 * import { planStep } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * const at = { elapsedMs: 0, firing: 0 };
 * const sampler = { draw: () => 0.5, at, defaultReply: () => "AA" as const, items: () => [] };
 * const delay = { kind: "uniform", fromMs: 10, toMs: 20 } as const;
 * assert.deepEqual(planStep({ verb: "delay", delay }, sampler), { verb: "delay", ms: 15 });
 * ```
 */
export function planStep(spec: StepSpec, sampler: Sampler): PlannedStep {
  return (STEPS[spec.verb] as AnyKind).plan(spec, sampler);
}

/**
 * Does a step; returns how many milliseconds to wait before the next.
 *
 * @example
 * ```ts
 * import { performStep } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * const said: string[] = [];
 * const line = { reply: (item: unknown) => said.push(String(item)) } as never;
 * assert.equal(performStep({ verb: "reply", items: ["CA", "AA"] }, line), 0);
 * assert.deepEqual(said, ["CA", "AA"]);
 * ```
 */
export function performStep(step: PlannedStep, line: Line): number {
  return (STEPS[step.verb] as AnyKind).perform(step, line);
}

/**
 * A planned step in a few words.
 *
 * @example
 * ```ts
 * import { describeStep } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(describeStep({ verb: "delay", ms: 1500 }), "wait 1.5s");
 * ```
 */
export function describeStep(step: PlannedStep): string {
  return (STEPS[step.verb] as AnyKind).describe(step);
}
