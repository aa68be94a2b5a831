/**
 * `after`, as all verbs of the connection have it: a delay before the verb, or something that the connection must come to first.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount, formatDuration, formatSize } from "../../lib/values.ts";
import type { Delay } from "../scenario/delay.ts";
import { delayForm } from "../scenario/delay_form.ts";
import { byKey, type Form, map, shapedAs } from "../scenario/form.ts";
import { positive, size, wait } from "../scenario/units.ts";
import type { LaterStep } from "./later.ts";
import type { StepSpec } from "./registry.ts";
import type { After } from "./step.ts";

/** What stands behind `after`. */
export type PutOff = { readonly delay: Delay } | { readonly after: After };

/** A size above zero. */
const bytes: Form<number> = v.pipe(size, v.check((found) => found > 0, "found 0 bytes, wanted more than 0"));

const conditions = map("what to wait for", {
  messages: v.optional(positive),
  bytes: v.optional(bytes),
  idle: v.optional(wait),
  age: v.optional(wait),
});

const CONDITIONS = ["messages", "bytes", "idle", "age"];

const delayed: Form<PutOff> = v.pipe(delayForm, v.transform((delay: Delay): PutOff => ({ delay })));

const awaited: Form<PutOff> = v.pipe(
  conditions,
  v.transform(({ messages, bytes, idle, age }): PutOff => ({
    after: {
      ...messages === undefined ? {} : { messages },
      ...bytes === undefined ? {} : { bytes },
      ...idle === undefined ? {} : { idleMs: idle },
      ...age === undefined ? {} : { ageMs: age },
    },
  })),
);

/** For a map of which no key is known: every key that could have been meant is told of. */
const either: Form<PutOff> = byKey<PutOff>(
  "what to wait for",
  Object.fromEntries([
    ...CONDITIONS.map((key) => [key, awaited] as const),
    ...["uniform", "normal", "lognormal", "exponential", "ramp", "trace"].map((key) => [key, delayed] as const),
  ]),
);

/** The value behind `after`. */
export const afterForm: Form<PutOff> = shapedAs<PutOff>(v.union([delayForm, conditions]), (input) => {
  if (input === null || typeof input !== "object" || Array.isArray(input)) return delayed;
  return CONDITIONS.some((key) => Object.hasOwn(input, key)) ? awaited : either;
});

/**
 * A verb of the connection, put off if it is.
 *
 * @example
 * ```ts
 * import { putOff } from "./put_off.ts";
 * import assert from "node:assert/strict";
 *
 * const close = { verb: "close" } as const;
 * assert.deepEqual(putOff(undefined, close), [close]);
 * assert.deepEqual(putOff({ after: { messages: 10 } }, close), [{ verb: "later", after: { messages: 10 }, steps: [close] }]);
 * ```
 */
export function putOff(until: PutOff | undefined, step: LaterStep): readonly StepSpec[] {
  if (until === undefined) return [step];
  if ("delay" in until) return [{ verb: "delay", delay: until.delay }, step];
  return [{ verb: "later", after: until.after, steps: [step] }];
}

/**
 * Options of a verb as its steps, where nothing is wrong between them.
 *
 * @param problem what is wrong; `null` if nothing is
 *
 * @example
 * ```ts
 * import { steps } from "./put_off.ts";
 * import { map, text } from "../scenario/form.ts";
 * import { safeParse } from "valibot";
 * import assert from "node:assert/strict";
 *
 * const form = steps(map("options", { text: text("a text") }), ({ text }) => text === "a" ? "found a" : null, () => []);
 * assert.deepEqual(safeParse(form, { text: "b" }).output, []);
 * assert.equal(safeParse(form, { text: "a" }).issues?.[0].message, "found a");
 * ```
 */
export function steps<R>(
  options: Form<R>,
  problem: (read: R) => string | null,
  make: (read: R) => readonly StepSpec[],
): Form<readonly StepSpec[]> {
  return v.pipe(
    options,
    v.rawTransform<R, readonly StepSpec[]>(({ dataset, addIssue, NEVER }) => {
      const message = problem(dataset.value);
      if (message === null) return make(dataset.value);
      addIssue({ message });
      return NEVER;
    }),
  );
}

/**
 * What a connection must come to, in words.
 *
 * @example
 * ```ts
 * import { tellAfter } from "./put_off.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellAfter({ messages: 10, idleMs: 5000 }), "after 10 more messages or 5s of silence");
 * ```
 */
export function tellAfter({ messages, bytes, idleMs, ageMs }: After): string {
  const parts = [
    ...messages === undefined ? [] : [messages === 1 ? "one more message" : `${formatCount(messages)} more messages`],
    ...bytes === undefined ? [] : [`${formatSize(bytes)} more from the peer`],
    ...idleMs === undefined ? [] : [`${formatDuration(idleMs)} of silence`],
    ...ageMs === undefined ? [] : [`${formatDuration(ageMs)} more of its life`],
  ];
  return `after ${parts.join(" or ")}`;
}
