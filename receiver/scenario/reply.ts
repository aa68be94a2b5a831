/**
 * Replies: what a message is answered with, as people write it and as a value. Which
 * acknowledgements that comes to for a given message is `decide/acknowledgements.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { ACK_CODES, type AckCode, isAckCode } from "../../lib/hl7/ack_code.ts";
import { parseWeight } from "./delay.ts";

/** A file whose message is the reply (`reply_file.ts` says how). */
export interface FileReply {
  readonly file: string;
}

/** What one message is answered with: an acknowledgement, a file's message, or nothing. */
export type Reply = AckCode | FileReply | "none";

/** One of several replies, and how often it comes, relative to the others. */
export interface WeightedReply {
  readonly reply: Reply;
  readonly weight: number;
}

/** Replies by weight; mostly a single one. */
export type ReplyTable = readonly WeightedReply[];

const FORMS = `${ACK_CODES.join(", ")}, echo, none, file:PATH, or codes with weights such as AA:98,AE:1.5,AR:0.5`;

/**
 * Reads a reply: a code, `none`, `file:PATH`, a table such as `AA:98,AE:1.5,none:0.5`, or `echo`,
 * which is no reply to a message but sends any bytes back as they come.
 *
 * @throws RangeError for anything else
 *
 * @example
 * ```ts
 * import { parseReply } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseReply("AE"), [{ reply: "AE", weight: 1 }]);
 * assert.equal(parseReply("echo"), "echo");
 * ```
 */
export function parseReply(text: string): ReplyTable | "echo" {
  if (text === "echo") return "echo";
  if (text.startsWith("file:")) {
    const file = text.slice(5);
    if (file === "") throw new RangeError("Cannot read 'file:' as a reply: wanted a path behind it");
    return [{ reply: { file }, weight: 1 }];
  }
  if (!text.includes(":")) return [{ reply: parseWord(text, text), weight: 1 }];
  const table = text.split(",").map((part) => {
    const [word, weight, ...rest] = part.trim().split(":");
    if (weight === undefined || rest.length > 0) refuse(text, part);
    return { reply: parseWord(word, text), weight: parseWeight(weight, text) };
  });
  if (!table.some((row) => row.weight > 0)) {
    throw new RangeError(`Cannot read '${text}' as a reply: wanted at least one weight above 0`);
  }
  return table;
}

function parseWord(word: string, whole: string): AckCode | "none" {
  if (word === "none" || isAckCode(word)) return word;
  return refuse(whole, word);
}

function refuse(whole: string, part: string): never {
  const found = part === whole ? "" : ` found '${part}',`;
  throw new RangeError(`Cannot read '${whole}' as a reply:${found} wanted ${FORMS}`);
}

/**
 * A reply table as text, in the form that `parseReply` reads.
 *
 * @example
 * ```ts
 * import { formatReply } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatReply([{ reply: "AA", weight: 98 }, { reply: "none", weight: 2 }]), "AA:98,none:2");
 * ```
 */
export function formatReply(table: ReplyTable | "echo"): string {
  if (table === "echo") return "echo";
  if (table.length === 1) return replyName(table[0].reply);
  return table.map(({ reply, weight }) => `${replyName(reply)}:${weight}`).join(",");
}

/**
 * One reply as text: `AA`, `none`, `file:PATH`.
 *
 * @example
 * ```ts
 * import { replyName } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(replyName({ file: "ack.hl7" }), "file:ack.hl7");
 * ```
 */
export function replyName(reply: Reply): string {
  return typeof reply === "string" ? reply : `file:${reply.file}`;
}
