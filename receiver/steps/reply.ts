/**
 * The step `reply`: answers the message, with each acknowledgement that is due.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { pickWeighted } from "../decide/distribution.ts";
import { formatReply, replyName, type ReplyTable } from "../scenario/reply.ts";
import { tellOtherId } from "./control_id.ts";
import { replyForm } from "./reply_form.ts";
import { plannedWay, settledWay, tellWay, type WaySpec } from "./reply_way.ts";
import type { Files, ReplyItem, Said, Sampler, StepKind } from "./step.ts";
import type { Way } from "./way.ts";

/** As written in a rule. */
export interface ReplySpec {
  readonly verb: "reply";
  /** `null` is the scenario's default. */
  readonly reply: ReplyTable | null;
  /** Just so, whatever the message asks for; only of a table with one acknowledgement. */
  readonly exact?: true;
  /** It comes late, out of the order of replies: the steps before it are `aside` and a wait. */
  readonly late?: true;
  /** What its acknowledgements say besides their code. */
  readonly said?: Said;
  /** What is unusual about it. */
  readonly way?: WaySpec;
}

/** As planned for one message. */
export interface PlannedReply {
  readonly verb: "reply";
  /** Frames in order; none where nothing is due. */
  readonly items: readonly ReplyItem[];
  readonly late?: true;
  readonly said?: Said;
  readonly way?: Way;
}

/** Answers. */
export const reply: StepKind<ReplySpec, PlannedReply> = {
  verb: "reply",
  about: "answers the message",
  schema: replyForm,
  bare: { verb: "reply", reply: null },
  on: ["message"],
  role: "answer",
  settle(spec, files) {
    const table = spec.reply === null ? null : settledTable(spec.reply, files);
    return spec.way === undefined
      ? { ...spec, reply: table }
      : { ...spec, reply: table, way: settledWay(spec.way, files) };
  },
  tell(spec) {
    const what = spec.reply === null ? "as by default" : formatReply(spec.reply);
    return told(spec.exact === undefined ? what : `just ${what}`, spec);
  },
  plan(spec, sampler) {
    const { reply: table, exact, late, said, way } = spec;
    const items = exact !== undefined && table !== null ? [table[0].reply as ReplyItem] : itemsOf(table, sampler);
    if (said === undefined && way === undefined && late === undefined) return { verb: "reply", items };
    return {
      verb: "reply",
      items,
      ...late === undefined ? {} : { late },
      ...said === undefined ? {} : { said },
      ...way === undefined ? {} : { way: plannedWay(way, sampler) },
    };
  },
  perform({ items, said, way }, line) {
    let leavesMs = 0;
    for (let i = 0; i < items.length; i++) {
      // What is wrong or unusual is the application's verdict: a CA before it says nothing of it.
      const usual = items[i] === "CA" && items.length > 1;
      const ms = usual || (said === undefined && way === undefined)
        ? line.reply(items[i])
        : way === undefined
        ? line.reply(items[i], said)
        : line.reply(items[i], said, way);
      if (ms > leavesMs) leavesMs = ms;
    }
    return leavesMs;
  },
  describe: (step) => step.items.length === 0 ? "reply nothing" : told(step.items.map(replyName).join(", "), step),
};

/** A reply in words. */
function told(
  what: string,
  { late, said, way }: { readonly late?: true; readonly said?: Said; readonly way?: WaySpec },
): string {
  const plain = `reply ${what}`;
  // Mostly that is all, and the journal has it of every message.
  const whole = said === undefined && way === undefined ? plain : toldInItsWay(plain, said, way ?? {});
  return late === undefined ? whole : `${whole}, late`;
}

function toldInItsWay(plain: string, said: Said | undefined, way: WaySpec): string {
  const head = way.stale === undefined ? plain : "repeat the previous reply";
  const as = way.as === undefined ? "" : ` as ${way.as}`;
  return `${head}${as}${toldOf(said, way)}${tellWay(way)}`;
}

/** What is said besides the code, for people. */
function toldOf(said: Said | undefined, { controlId }: Pick<Way, "controlId">): string {
  const errors = (said?.errors ?? []).map(({ code, location }) => {
    return `error ${code}${
      location === undefined ? "" : ` at ${typeof location === "string" ? location : location.text}`
    }`;
  });
  const parts = [
    ...controlId === undefined ? [] : [tellOtherId(controlId)],
    ...said?.text === undefined ? [] : [`the text '${said.text}'`],
    ...errors,
  ];
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
