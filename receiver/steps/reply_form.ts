/**
 * The value behind `reply`: a code or a table of codes as flags have it, or a map of what the acknowledgement says.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import type { ErrorEntry } from "../../lib/hl7/ack_error.ts";
import { type Form, map, oneOrMore, scalar, shapedAs, text, word } from "../scenario/form.ts";
import { parseReply, type ReplyTable } from "../scenario/reply.ts";
import { path } from "../scenario/units.ts";
import type { StepSpec } from "./registry.ts";

const table: Form<ReplyTable> = scalar("a reply such as AE, file:PATH or AA:98,AE:2", (found) => {
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

const answer = map("a reply", {
  code: v.optional(table),
  text: v.optional(text("a text for MSA-3")),
  err: v.optional(oneOrMore(error)),
});

const ofMap: Form<StepSpec> = v.pipe(
  answer,
  v.rawTransform<v.InferOutput<typeof answer>, StepSpec>(({ dataset, addIssue }) => {
    const { code = null, text, err } = dataset.value;
    const says = text !== undefined || err !== undefined;
    if (code === null && !says) addIssue({ message: "found an empty reply, wanted one of code, text, err" });
    const acknowledges = code === null || code.some(({ reply }) => typeof reply === "string" && reply !== "none");
    if (says && !acknowledges) {
      addIssue({ message: "text and err go into an acknowledgement, and this reply sends none" });
    }
    const said = { ...text === undefined ? {} : { text }, ...err === undefined ? {} : { errors: err } };
    if (!says && isSilent(code)) return { verb: "hold" };
    return { verb: "reply", reply: code, ...says ? { said } : {} };
  }),
);

/** Whether a table holds nothing but `none`. */
function isSilent(table: ReplyTable | null): boolean {
  return table !== null && table.every(({ reply }) => reply === "none");
}

const ofText: Form<StepSpec> = v.pipe(
  table,
  v.transform((reply: ReplyTable): StepSpec => isSilent(reply) ? { verb: "hold" } : { verb: "reply", reply }),
);

/** A reply as a step; `none` alone is the step `hold`. */
export const replyForm: Form<StepSpec> = shapedAs<StepSpec>(
  v.union([table, answer]),
  (input) => input !== null && typeof input === "object" && !Array.isArray(input) ? ofMap : ofText,
);
