/**
 * What `reply` takes besides its code: each option's form, and which of them exclude each other. Some are steps of their
 * own, too (`short.ts`); both are read by the same form.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import type { ErrorEntry } from "../../lib/hl7/ack_error.ts";
import { mutationsForm } from "../mutate/form.ts";
import { messageTypeForm } from "../response.ts";
import { delayForm } from "../scenario/delay_form.ts";
import { type Form, map, oneOrMore, type Read, scalar, text, word } from "../scenario/form.ts";
import { parseReply, type ReplyTable } from "../scenario/reply.ts";
import { path, yes } from "../scenario/units.ts";
import { connectionForm, endpointForm } from "./destination.ts";
import { enhancedForm } from "./enhanced.ts";
import { joinForm, reorderForm, swapForm } from "./gather.ts";
import { controlIdForm } from "./control_id.ts";
import { dripForm, splitForm } from "./pace.ts";

/** A reply as a text: a code, a file, or a table of codes. */
export const tableForm: Form<ReplyTable> = scalar("a reply such as AE, file:PATH or AA:98,AE:2", (found) => {
  const reply = parseReply(found);
  if (reply !== "echo") return reply;
  throw new RangeError(
    "Cannot echo in a rule: an echo sends bytes back before there is a message, wanted defaults.reply",
  );
});

const error: Form<ErrorEntry> = map("an error", {
  code: scalar("a code of HL7 table 0357, such as 207", (found) => found),
  location: v.optional(path),
  severity: v.optional(word("severity", ["E", "W", "I", "F"])),
  text: v.optional(text("a text for people")),
  diagnostic: v.optional(text("a text for developers")),
});

/** The keys of a reply's map. */
export const REPLY_OPTIONS = {
  code: v.optional(tableForm),
  file: v.optional(text("the path of a file that holds the reply")),
  text: v.optional(text("a text for MSA-3")),
  err: v.optional(oneOrMore(error)),
  control_id: v.optional(controlIdForm),
  as: v.optional(messageTypeForm),
  late: v.optional(delayForm),
  stale: v.optional(yes),
  swap: v.optional(swapForm),
  twice: v.optional(yes),
  reorder: v.optional(reorderForm),
  join: v.optional(joinForm),
  drip: v.optional(dripForm),
  split_at: v.optional(splitForm),
  via: v.optional(endpointForm),
  on: v.optional(connectionForm),
  enhanced: v.optional(enhancedForm),
  mutate: v.optional(mutationsForm),
};

/** A reply's map as its parts were read. */
export type WrittenReply = Read<typeof REPLY_OPTIONS>;

/** The name of an option. */
export type ReplyOption = keyof WrittenReply;

/** Options that cannot stand together, and why. */
interface Exclusion {
  readonly one: ReplyOption;
  readonly others: readonly ReplyOption[];
  readonly why: string;
}

const GATHERINGS = ["swap", "reorder", "join"] as const;

const EXCLUSIONS: readonly Exclusion[] = [
  { one: "code", others: ["file"], why: "both say what is sent" },
  {
    one: "stale",
    others: ["code", "file", "text", "err", "control_id", "as"],
    why: "stale repeats the previous reply byte for byte",
  },
  { one: "as", others: ["file"], why: "as builds a reply, and the file has one" },
  {
    one: "enhanced",
    others: ["code", "file", "late", "stale", "as", "via", "on", ...GATHERINGS],
    why: "enhanced says of each of its acknowledgements what it is, when it comes and where it goes",
  },
  { one: "swap", others: ["reorder", "join"], why: "both say which replies a reply waits for" },
  { one: "reorder", others: ["join"], why: "both say which replies a reply waits for" },
  { one: "late", others: GATHERINGS, why: "late waits for a time, the other for other replies" },
  { one: "via", others: GATHERINGS, why: "via takes the reply away from the others" },
  { one: "twice", others: GATHERINGS, why: "a reply that leaves with others leaves once" },
  { one: "drip", others: ["split_at"], why: "both cut the reply into pieces" },
  { one: "drip", others: GATHERINGS, why: "a reply that leaves with others leaves whole" },
  { one: "split_at", others: GATHERINGS, why: "a reply that leaves with others leaves whole" },
  { one: "via", others: ["drip", "split_at"], why: "what goes via another connection leaves whole" },
];

/**
 * What excludes each other among the options of a reply: the option told of, and what is wrong with it.
 *
 * @param keys in the order in which they are told
 *
 * @example
 * ```ts
 * import { exclusionsAmong } from "./reply_options.ts";
 * import assert from "node:assert/strict";
 *
 * const [found] = exclusionsAmong(["code", "stale"]);
 * assert.equal(found.key, "stale");
 * assert.equal(found.message, "code and stale exclude each other: stale repeats the previous reply byte for byte");
 * ```
 */
export function exclusionsAmong(keys: readonly string[]): { readonly key: string; readonly message: string }[] {
  return EXCLUSIONS.flatMap(({ one, others, why }) =>
    others.filter((other) => keys.includes(one) && keys.includes(other)).map((other) => {
      const [first, second] = keys.indexOf(one) < keys.indexOf(other) ? [one, other] : [other, one];
      return { key: second, message: `${first} and ${second} exclude each other: ${why}` };
    })
  );
}
