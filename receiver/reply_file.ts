/**
 * `--reply file:PATH`: a file's message as the reply. It knows where in the message the present
 * answer's own values go, and nothing of connections.
 *
 * # What is changed (our decision)
 *
 * A file that holds a message with an MSA segment is an answer, and becomes the answer to each
 * message: MSA-2 is that message's MSH-10 byte for byte, MSH-10 is fresh, MSH-7 is the time. Every
 * other byte, MSA-1 included, is as in the file. A file without an MSA is sent as it is.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { CR, FS } from "../lib/bytes.ts";
import { systemCode } from "../lib/errors.ts";
import { type AckCode } from "../lib/hl7/ack_code.ts";
import { AckScan } from "../lib/hl7/ack_scan.ts";
import { MessageTemplate } from "../lib/hl7/patch.ts";
import { splitMessages } from "../lib/hl7/split.ts";
import { localOffsetMinutes } from "../lib/hl7/timestamp.ts";

/** A file's message, ready to answer with. */
export interface ReplyTemplate {
  /** MSA-1 in the file; `file` where it has none. */
  readonly code: AckCode | "file";
  /** The reply to the message with this MSH-10; bytes of its own. */
  build(controlId: Uint8Array, sequence: number, at: Date): Uint8Array;
}

/**
 * Reads a reply file.
 *
 * @param prefix the beginning of the control ids of this receiver's replies
 * @throws RangeError for a file that cannot be read, is empty or holds several messages
 *
 * @example
 * ```ts
 * import { readReplyFile } from "./reply_file.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => readReplyFile("no/such/file", "RUN7"), RangeError);
 * ```
 */
export function readReplyFile(path: string, prefix: string): ReplyTemplate {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new RangeError(`Cannot read the reply file '${path}': ${readFault(error)}`);
  }
  if (content.length === 0) throw new RangeError(`Cannot reply with the file '${path}': it is empty`);
  const { messages, foundMsh } = splitMessages(content);
  if (!foundMsh) return { code: "file", build: () => content };
  if (messages.length !== 1) {
    throw new RangeError(`Cannot reply with the file '${path}': it holds ${messages.length} messages, wanted one`);
  }
  try {
    return replyTemplate(messages[0].bytes, prefix);
  } catch (error) {
    throw new RangeError(`Cannot reply with the file '${path}': ${(error as Error).message}`);
  }
}

function readFault(error: unknown): string {
  const code = systemCode(error);
  const words = { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a folder" }[code];
  return words ?? (code || String(error));
}

/**
 * A message made into a reply, as the file's would be.
 *
 * @throws RangeError for a message with an MSA whose header cannot be used
 *
 * @example
 * ```ts
 * import { replyTemplate } from "./reply_file.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const template = replyTemplate(utf8("MSH|^~\\&|LAB|MAIN|||||ACK|X|P|2.5\rMSA|AE|X|Ward unknown\r"), "RUN7");
 * assert.match(latin1(template.build(utf8("MSG1"), 1, new Date(0))), /\rMSA\|AE\|MSG1\|Ward unknown\r$/);
 * ```
 */
export function replyTemplate(message: Uint8Array, prefix: string): ReplyTemplate {
  const msa = new AckScan();
  if (!msa.scan(message)) return { code: "file", build: () => message };
  const template = MessageTemplate.compile(message, { prefix });
  const filled = new Uint8Array(template.length);
  template.fill(filled, 0, 0, 0, 0);
  // The control id and the time have a fixed width, so MSA-2 stands at one place in all replies.
  msa.scan(filled);
  const { code, idStart, idEnd } = msa;
  return {
    code: code ?? "file",
    build(controlId, sequence, at) {
      template.fill(filled, 0, sequence, at.getTime(), localOffsetMinutes(at));
      // 0x1C and CR would end the frame: an id that ends with 0x1C gets a separator after it.
      const ends = controlId[controlId.length - 1] === FS && (idEnd === filled.length || filled[idEnd] === CR);
      const behind = idStart + controlId.length + (ends ? 1 : 0);
      const reply = new Uint8Array(behind + filled.length - idEnd);
      reply.set(filled.subarray(0, idStart));
      reply.set(controlId, idStart);
      if (ends) reply[behind - 1] = filled[3];
      reply.set(filled.subarray(idEnd), behind);
      return reply;
    },
  };
}
