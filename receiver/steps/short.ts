/**
 * Options of `reply` that are steps of their own, too: each is short for `{reply: {OPTION: VALUE}}`, with the scenario's
 * default reply. The two that cut the reply into pieces begin where `send` has left off.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { mutationsForm } from "../mutate/form.ts";
import { delayForm } from "../scenario/delay_form.ts";
import { type Form, shapedAs } from "../scenario/form.ts";
import { yes } from "../scenario/units.ts";
import { enhancedForm } from "./enhanced.ts";
import { GATHER_WITHIN_MS, joinForm, reorderForm, swapForm } from "./gather.ts";
import { dripForm, splitForm } from "./pace.ts";
import type { StepSpec } from "./registry.ts";
import { replySteps } from "./reply_form.ts";
import type { WrittenReply } from "./reply_options.ts";
import type { Pace } from "./way.ts";

/** A word that stands for steps under other names. */
export interface Short {
  readonly about: string;
  /** Reads the value behind the word. */
  readonly schema: Form<readonly StepSpec[]>;
  /** What the bare word stands for; `null` where a value is needed. */
  readonly bare: readonly StepSpec[] | null;
}

function short<T>(about: string, form: Form<T>, steps: (value: T) => readonly StepSpec[], bare?: T): Short {
  // Published as the option is, which stands among the schema's parts if it is a large one.
  const schema = shapedAs(v.union([form]), () => v.pipe(form, v.transform(steps)));
  return { about, schema, bare: bare === undefined ? null : steps(bare) };
}

const option = <K extends keyof WrittenReply>(key: K) => (value: WrittenReply[K]) => replySteps({ [key]: value });

const rest = (pace: Pace): readonly StepSpec[] => [{ verb: "send", to: "end_data", pace }];

/** The words. */
export const SHORTS = {
  drip: short("sends the reply, or what is left of it, bit by bit", dripForm, rest),
  enhanced: short("sends the two acknowledgements of enhanced mode", enhancedForm, option("enhanced")),
  join: short("answers several messages in one write", joinForm, option("join")),
  late: short("answers late, even if a newer message has been answered", delayForm, option("late")),
  mutate: short("answers with a damaged frame", mutationsForm, option("mutate")),
  reorder: short("answers several messages in reverse order", reorderForm, option("reorder")),
  split_at: short("sends the reply, or what is left of it, in two pieces", splitForm, rest),
  stale: short("sends the previous reply again", yes, option("stale"), true as const),
  swap: short(
    "exchanges the replies of two messages",
    swapForm,
    option("swap"),
    {
      kind: "swap",
      count: 2,
      withinMs: GATHER_WITHIN_MS,
    } as const,
  ),
  twice: short("answers two times", yes, option("twice"), true as const),
} satisfies Readonly<Record<string, Short>>;
