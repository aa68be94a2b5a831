/**
 * The steps by name. To add one: a file with its types, its schema and its `StepKind`, and a line in each of the
 * three tables here. A word that is but another way to write steps that are here goes into `short.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Form } from "../scenario/form.ts";
import { acceptDelay, type AcceptDelaySpec, type PlannedAcceptDelay } from "./accept_delay.ts";
import { type Aside, aside } from "./aside.ts";
import { type Close, close } from "./close.ts";
import { delay, type DelaySpec, type PlannedDelay } from "./delay.ts";
import { type Discard, discard } from "./discard.ts";
import { type DropReply, dropReply } from "./drop_reply.ts";
import { duplicate, type DuplicateSpec, type PlannedDuplicate } from "./duplicate.ts";
import { type Forward, forward } from "./forward.ts";
import { type Greet, greet } from "./greet.ts";
import { type HalfClose, halfClose } from "./half_close.ts";
import { type Hold, hold } from "./hold.ts";
import { type Later, later } from "./later.ts";
import { type Limit, limit } from "./limit.ts";
import { type LinkAck, rint, wrongAck } from "./link_ack.ts";
import { type LinkCommit, linkCommit } from "./link_commit.ts";
import { type Eot, eot, type LinkNak, linkNak } from "./link_refusal.ts";
import { type LinkSent, linkSent } from "./link_sent.ts";
import { type PlannedProcessTime, processTime, type ProcessTimeSpec } from "./process_time.ts";
import { type PlannedQueue, queue, type QueueSpec } from "./queue.ts";
import { type PlannedQuota, quota, type QuotaSpec } from "./quota.ts";
import { type Rate, rate } from "./rate.ts";
import { type PlannedReply, reply, type ReplySpec } from "./reply.ts";
import { type Reset, reset } from "./reset.ts";
import { type PlannedSend, send, type SendSpec } from "./send.ts";
import { type Short, SHORTS } from "./short.ts";
import type { Files, Line, Sampler, StepKind } from "./step.ts";
import { type StopReading, stopReading } from "./stop_reading.ts";
import { type Tls, tls } from "./tls.ts";

/** A step as written in a rule. */
export type StepSpec =
  | AcceptDelaySpec
  | Aside
  | Close
  | DelaySpec
  | Discard
  | DropReply
  | DuplicateSpec
  | Eot
  | Forward
  | Greet
  | HalfClose
  | Hold
  | Later
  | Limit
  | LinkAck
  | LinkCommit
  | LinkNak
  | LinkSent
  | ProcessTimeSpec
  | QueueSpec
  | QuotaSpec
  | Rate
  | ReplySpec
  | Reset
  | SendSpec
  | StopReading
  | Tls;

/** A step as planned for one message. */
export type PlannedStep =
  | PlannedAcceptDelay
  | Aside
  | Close
  | PlannedDelay
  | Discard
  | DropReply
  | PlannedDuplicate
  | Eot
  | Forward
  | Greet
  | HalfClose
  | Hold
  | Later
  | Limit
  | LinkAck
  | LinkCommit
  | LinkNak
  | LinkSent
  | PlannedProcessTime
  | PlannedQueue
  | PlannedQuota
  | Rate
  | PlannedReply
  | Reset
  | PlannedSend
  | StopReading
  | Tls;

const STEPS = {
  ...linkSent,
  accept_delay: acceptDelay,
  aside,
  close,
  delay,
  discard,
  drop_reply: dropReply,
  duplicate,
  eot,
  forward,
  greet,
  half_close: halfClose,
  hold,
  later,
  limit,
  link_commit: linkCommit,
  link_nak: linkNak,
  process_time: processTime,
  queue,
  quota,
  rate,
  reply,
  reset,
  rint,
  send,
  stop_reading: stopReading,
  tls,
  wrong_ack: wrongAck,
} satisfies {
  [V in StepSpec["verb"]]: StepKind<Extract<StepSpec, { verb: V }>, Extract<PlannedStep, { verb: V }>>;
};

type AnyKind = StepKind<StepSpec, PlannedStep>;

/** The name of a step. */
export type Verb = StepSpec["verb"];

/** The names of all steps. */
export const VERBS: readonly Verb[] = Object.freeze(Object.keys(STEPS) as Verb[]);

/** How a step is written. */
export interface StepWord {
  /** In a few words, for the reference and the editor. */
  readonly about: string;
  /** Reads the value behind the word; `null` for a bare word alone. */
  readonly schema: Form<StepSpec | readonly StepSpec[]> | null;
  /** What the bare word stands for; `null` where a value is needed. */
  readonly bare: StepSpec | readonly StepSpec[] | null;
}

const WRITABLE = VERBS.filter((verb) => kindOf(verb).schema !== null || kindOf(verb).bare !== null);
const SHORT: Readonly<Record<string, Short>> = SHORTS;

/** The words that a step may be written with, in order: steps and what is short for them, but no step that is only a part of others. */
export const WORDS: readonly string[] = Object.freeze([...WRITABLE, ...Object.keys(SHORTS)].sort());

/**
 * What a word for a step stands for; `undefined` for a word that is none.
 *
 * @example
 * ```ts
 * import { wordOf } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(wordOf("hold")?.bare, { verb: "hold" });
 * assert.deepEqual(wordOf("twice")?.bare, [{ verb: "reply", reply: null, way: { twice: true } }]);
 * assert.equal(wordOf("aside"), undefined);
 * ```
 */
export function wordOf(word: string): StepWord | undefined {
  if (Object.hasOwn(SHORT, word)) return SHORT[word];
  return WRITABLE.includes(word as Verb) ? kindOf(word as Verb) : undefined;
}

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
 * const line = { reply: (item: unknown) => 0 * said.push(String(item)) } as never;
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
