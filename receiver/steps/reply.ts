/**
 * The step `reply`: answers the message, with each acknowledgement that is due.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { pickWeighted } from "../decide/distribution.ts";
import { formatReply, replyName, type ReplyTable } from "../scenario/reply.ts";
import { replyForm } from "./reply_form.ts";
import type { Files, ReplyItem, Said, Sampler, StepKind } from "./step.ts";

/** As written in a rule. */
export interface ReplySpec {
  readonly verb: "reply";
  /** `null` is the scenario's default. */
  readonly reply: ReplyTable | null;
  /** What its acknowledgements say besides their code. */
  readonly said?: Said;
}

/** As planned for one message. */
export interface PlannedReply {
  readonly verb: "reply";
  /** Frames in order; none where nothing is due. */
  readonly items: readonly ReplyItem[];
  readonly said?: Said;
}

/** Answers. */
export const reply: StepKind<ReplySpec, PlannedReply> = {
  verb: "reply",
  about: "answers the message",
  schema: replyForm,
  bare: { verb: "reply", reply: null },
  on: ["message"],
  role: "answer",
  settle: (spec, files) => spec.reply === null ? spec : { ...spec, reply: settledTable(spec.reply, files) },
  tell: (spec) => `reply ${spec.reply === null ? "as by default" : formatReply(spec.reply)}${toldOf(spec.said)}`,
  plan(spec, sampler) {
    const items = itemsOf(spec.reply, sampler);
    return spec.said === undefined ? { verb: "reply", items } : { verb: "reply", items, said: spec.said };
  },
  perform(step, line) {
    const { items, said } = step;
    for (let i = 0; i < items.length; i++) {
      // What is wrong is the application's verdict: a CA before it says nothing.
      if (said === undefined || (items[i] === "CA" && items.length > 1)) line.reply(items[i]);
      else line.reply(items[i], said);
    }
    return 0;
  },
  describe: (step) =>
    step.items.length === 0 ? "reply nothing" : `reply ${step.items.map(replyName).join(", ")}${toldOf(step.said)}`,
};

/** What is said besides the code, for people. */
function toldOf(said: Said | undefined): string {
  const errors = (said?.errors ?? []).map(({ code, location }) => {
    return `error ${code}${
      location === undefined ? "" : ` at ${typeof location === "string" ? location : location.text}`
    }`;
  });
  const parts = [...said?.text === undefined ? [] : [`the text '${said.text}'`], ...errors];
  return parts.length === 0 ? "" : ` with ${parts.join(" and ")}`;
}

/**
 * A table with the paths of its files looked up.
 *
 * @example
 * ```ts
 * import { settledTable } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * const files = { resolve: (path: string) => `/data/${path}`, read: () => "" };
 * const [{ reply }] = settledTable([{ reply: { file: "ack.hl7" }, weight: 1 }], files);
 * assert.deepEqual(reply, { file: "/data/ack.hl7" });
 * ```
 */
export function settledTable(table: ReplyTable, files: Files): ReplyTable {
  return table.map((row) =>
    typeof row.reply === "string" ? row : { ...row, reply: { file: files.resolve(row.reply.file) } }
  );
}

/**
 * The frames of a table's reply to one message; `null` is the scenario's default.
 *
 * @example
 * ```ts
 * import { itemsOf } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * const sampler = { draw: () => 0, defaultReply: () => "AA", items: (reply: unknown) => [reply] } as never;
 * assert.deepEqual(itemsOf(null, sampler), ["AA"]);
 * ```
 */
export function itemsOf(table: ReplyTable | null, sampler: Sampler): readonly ReplyItem[] {
  if (table === null) return sampler.items(sampler.defaultReply());
  return sampler.items(table.length === 1 ? table[0].reply : pickWeighted(table, sampler.draw()).reply);
}
