/**
 * The step `send`: sends the reply up to a place in its frame. `drip` and `split_at` as steps of their own are
 * one, too: they send what is left of it, in pieces.
 *
 * This module performs no I/O.
 *
 * # Which frame
 *
 * The first frame of the default reply, from where an earlier `send` of the message left it. With
 * its last byte the further frames of that reply follow, so that all the places one after the other are what `reply` is.
 *
 * @module
 */
import * as v from "valibot";
import { formatPercent } from "../../lib/values.ts";
import { type Form, map, shapedAs, word } from "../scenario/form.ts";
import { replyName } from "../scenario/reply.ts";
import { percent } from "../scenario/units.ts";
import { tellPace } from "./pace.ts";
import { PLACES } from "./place.ts";
import { itemsOf } from "./reply.ts";
import type { ReplyItem, StepKind } from "./step.ts";
import type { FramePlace, Pace } from "./way.ts";

/** As written in a rule. */
export interface SendSpec {
  readonly verb: "send";
  /** Up to where. */
  readonly to: FramePlace;
  readonly pace?: Pace;
}

/** As planned for one message. */
export interface PlannedSend {
  readonly verb: "send";
  readonly to: FramePlace;
  readonly pace?: Pace;
  /** The frames of the reply; none where nothing is due. */
  readonly items: readonly ReplyItem[];
}

const place = word("place", PLACES);
const part = map("what to send", { part: percent });

const partForm: Form<FramePlace> = v.pipe(
  part,
  v.check(({ part }) => part > 0, "0% of the reply is nothing, wanted more"),
  v.transform(({ part }: { part: number }): FramePlace => ({ part })),
);

const sendForm: Form<SendSpec> = v.pipe(
  shapedAs<FramePlace>(
    v.union([place, part]),
    (input) =>
      input !== null && typeof input === "object" && !Array.isArray(input) ? partForm : place as Form<FramePlace>,
  ),
  v.transform((to: FramePlace): SendSpec => ({ verb: "send", to })),
);

/** Sends a part. */
export const send: StepKind<SendSpec, PlannedSend> = {
  verb: "send",
  about: "sends the reply up to a place in its frame",
  schema: sendForm,
  bare: null,
  on: ["message"],
  role: "answer",
  tell: (spec) => told("the reply", spec),
  plan({ to, pace }, sampler) {
    const items = itemsOf(null, sampler);
    return pace === undefined ? { verb: "send", to, items } : { verb: "send", to, pace, items };
  },
  perform({ items, to, pace }, line) {
    if (items.length === 0) return 0;
    let leavesMs = pace === undefined ? line.send(items[0], to) : line.send(items[0], to, pace);
    for (let i = 1; i < items.length && to === "end_data"; i++) {
      leavesMs = Math.max(leavesMs, line.reply(items[i]));
    }
    return leavesMs;
  },
  describe: (step) => step.items.length === 0 ? "send nothing: no reply is due" : told(replyName(step.items[0]), step),
};

const WORDS: Readonly<Record<Exclude<FramePlace, object>, string>> = {
  start: "the start block of WHAT",
  rest: "WHAT up to its end block",
  end_block: "WHAT up to and with its end block",
  end_data: "WHAT to its end",
};

function told(what: string, { to, pace }: { readonly to: FramePlace; readonly pace?: Pace }): string {
  if (pace !== undefined) return `send what is left of ${what}, ${tellPace(pace)}`;
  if (typeof to === "object") return `send ${formatPercent(to.part)} of ${what}`;
  return `send ${WORDS[to].replace("WHAT", () => what)}`;
}
