/**
 * Expectations: what must have happened by the end, as written and as a value. Whether it has is not judged here.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { ACK_CODES, type AckCode } from "../../lib/hl7/ack_code.ts";
import type { MessageOutcome } from "../events.ts";
import { byKey, type Entries, type Form, list, map, type Read, word } from "./form.ts";
import type { Scope } from "./scenario.ts";
import { scopeForm } from "./trigger.ts";
import { count, path, wait } from "./units.ts";
import { type When, whenForm } from "./when.ts";

/** How many of something there must be. */
export interface Bounds {
  readonly atLeast: number;
  /** `Infinity` where there is none. */
  readonly atMost: number;
}

/** What must have happened. What each means to the last detail is told where it is judged: `receiver/verify`. */
export type Expectation =
  /** So many messages, within this time of the start; each coming counts. */
  | { readonly kind: "count"; readonly when: When; readonly bounds: Bounds; readonly withinMs?: number }
  /** Messages that fit these conditions came in this order: in each scope none before the first of the kind before it. Without a scope, all of them came. */
  | { readonly kind: "order"; readonly when: readonly When[]; readonly per?: Scope }
  /** No two messages have the same value there; the same control id again is the same message, but where MSH-10 itself is looked at. */
  | { readonly kind: "no_duplicates"; readonly path: string }
  /** Each such message, known by its control id, got this answer at one of its attempts, within this time of its first coming. */
  | { readonly kind: "every"; readonly when: When; readonly gets: AckCode; readonly withinMs?: number }
  /** Each such message came so many times again. */
  | { readonly kind: "retries"; readonly when: When; readonly bounds: Bounds }
  /** No such message came. */
  | { readonly kind: "none"; readonly when: When }
  /** So many messages came to this. */
  | { readonly kind: "outcome"; readonly outcome: MessageOutcome; readonly bounds: Bounds };

/** What a message can come to, each with its word in the language. */
const OUTCOME_WORDS: Readonly<Record<MessageOutcome, string>> = {
  replied: "replied",
  partial: "partial",
  reply_lost: "reply_lost",
  discarded: "discarded",
  undelivered: "undelivered",
  none: "none",
  held: "held",
  echoed: "echoed",
  fin: "close",
  rst: "reset",
  peer_closed: "peer_closed",
  refused: "refused",
  dropped: "dropped",
};
const OUTCOMES = Object.keys(OUTCOME_WORDS) as MessageOutcome[];

/** Every word that an outcome has: that of the language where it is another, and its own. */
const OUTCOME_NAMES: readonly string[] = [
  ...OUTCOMES.map((each) => OUTCOME_WORDS[each]).filter((each) => !(OUTCOMES as string[]).includes(each)),
  ...OUTCOMES,
];

/**
 * What an outcome is called in the language.
 *
 * @example
 * ```ts
 * import { outcomeWord } from "./expectation.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(outcomeWord("rst"), "reset");
 * ```
 */
export function outcomeWord(outcome: MessageOutcome): string {
  return OUTCOME_WORDS[outcome];
}

const pairs = list(count, "two numbers such as [1, 3]");

/** Two whole numbers, the smaller first. */
const between: Form<number[]> = v.pipe(
  pairs,
  v.rawTransform<number[], number[]>(({ dataset, addIssue }) => {
    const [from, to, ...rest] = dataset.value;
    const fine = to !== undefined && rest.length === 0 && from <= to;
    if (!fine) addIssue({ message: "wanted two numbers, the smaller first, such as [1, 3]" });
    return dataset.value;
  }),
);

const BOUNDS = {
  is: v.optional(count),
  at_least: v.optional(count),
  at_most: v.optional(count),
  between: v.optional(between),
} as const satisfies Entries;

interface WrittenBounds {
  is?: number;
  at_least?: number;
  at_most?: number;
  between?: number[];
}

/** What was written of bounds; a text says what is wrong with it. */
function boundsOf({ is, at_least, at_most, between }: WrittenBounds, required: boolean): Bounds | string {
  const range = at_least === undefined && at_most === undefined ? 0 : 1;
  const given = (is === undefined ? 0 : 1) + (between === undefined ? 0 : 1) + range;
  if (given > 1) return "wanted one of is, between, and at_least with at_most";
  if (given === 0 && required) return "wanted one of is, at_least, at_most, between";
  if (is !== undefined) return { atLeast: is, atMost: is };
  if (between !== undefined) return { atLeast: between[0], atMost: between[1] };
  const bounds = { atLeast: at_least ?? (at_most === undefined ? 1 : 0), atMost: at_most ?? Infinity };
  return bounds.atLeast <= bounds.atMost ? bounds : "can never hold: at_least is above at_most";
}

/** A form with bounds among its keys. */
function bounded<R, E extends Expectation>(
  form: Form<R>,
  required: boolean,
  make: (read: R, bounds: Bounds) => E,
): Form<E> {
  return v.pipe(
    form,
    v.rawTransform<R, E>(({ dataset, addIssue, NEVER }) => {
      const bounds = boundsOf(dataset.value as WrittenBounds, required);
      if (typeof bounds !== "string") return make(dataset.value, bounds);
      addIssue({ message: bounds });
      return NEVER;
    }),
  );
}

const COUNT = { when: whenForm, ...BOUNDS, within: v.optional(wait) };
const EVERY = { when: whenForm, gets: word("code", ACK_CODES), within: v.optional(wait) };
const RETRIES = { when: whenForm, ...BOUNDS };

const within = (ms: number | undefined) => ms === undefined ? {} : { withinMs: ms };

const counted = bounded(
  map("a count", COUNT),
  true,
  (read: Read<typeof COUNT>, bounds) => ({ kind: "count", when: read.when, bounds, ...within(read.within) }),
);
const every: Form<Expectation> = v.pipe(
  map("an expectation of every message", EVERY),
  v.transform(({ when, gets, within: ms }): Expectation => ({ kind: "every", when, gets, ...within(ms) })),
);
const retries = bounded(
  map("a count of retries", RETRIES),
  true,
  (read: Read<typeof RETRIES>, bounds) => ({ kind: "retries", when: read.when, bounds }),
);

const outcomeForm: Form<MessageOutcome> = v.pipe(
  word("outcome", OUTCOME_NAMES),
  v.transform((found): MessageOutcome => OUTCOMES.find((each) => OUTCOME_WORDS[each] === found || each === found)!),
);

const OUTCOME = { outcome: outcomeForm, ...BOUNDS };

/** An expectation. */
export const expectationForm: Form<Expectation> = byKey<Expectation>("an expectation", {
  count: v.pipe(map("an expectation", { count: counted }), v.transform(({ count }) => count)),
  order: v.pipe(
    map("an expectation", { order: list(whenForm), per: v.optional(scopeForm) }),
    v.transform(({ order, per }): Expectation => ({
      kind: "order",
      when: order,
      ...(per === undefined ? {} : { per }),
    })),
  ),
  no_duplicates: v.pipe(
    map("an expectation", { no_duplicates: path }),
    v.transform(({ no_duplicates }): Expectation => ({ kind: "no_duplicates", path: no_duplicates })),
  ),
  every: v.pipe(map("an expectation", { every }), v.transform(({ every }) => every)),
  retries: v.pipe(map("an expectation", { retries }), v.transform(({ retries }) => retries)),
  none: v.pipe(
    map("an expectation", { none: whenForm }),
    v.transform(({ none }): Expectation => ({ kind: "none", when: none })),
  ),
  outcome: bounded(
    map("an expectation", OUTCOME),
    false,
    (read: Read<typeof OUTCOME>, bounds) => ({ kind: "outcome", outcome: read.outcome, bounds }),
  ),
});
