/**
 * Which frames a reply comes to: the configured reply against what the message asks for.
 *
 * This module performs no I/O.
 *
 * # The rules (protocols.md section 8; where it is silent, our decision)
 *
 * | the message | configured AA, AE, AR or a file | configured CA, CE, CR |
 * |---|---|---|
 * | has an MSA | CA if its own MSH-15 asks for one on success; never anything else | the same |
 * | original mode | as configured | as configured |
 * | only the accept acknowledgement is due | its C* code | as configured |
 * | only the application acknowledgement is due | as configured | as configured, wrong as it is |
 * | both are due | CA, then as configured | as configured, and no more |
 *
 * An acknowledgement that is asked for on error or on success only (ER, SU) is left out where the
 * verdict is the other one. In "both are due" the accept acknowledgement is always CA: the
 * message is taken, what is wrong with it is the application's verdict.
 *
 * @module
 */
import { type AckCode, commitCode } from "../../lib/hl7/ack_code.ts";
import { type AcksDue, wants } from "../../lib/hl7/ack_mode.ts";
import type { FileReply, Reply } from "../scenario/reply.ts";

/** Nothing to send. */
const NOTHING: readonly never[] = Object.freeze([]);

/**
 * The frames of a reply, in order.
 *
 * @param isAnswer whether the message has an MSA segment itself
 *
 * @example
 * ```ts
 * import { acknowledgements } from "./acknowledgements.ts";
 * import assert from "node:assert/strict";
 *
 * const both = { mode: "enhanced", accept: "AL", application: "AL" } as const;
 * assert.deepEqual(acknowledgements("AE", both, false), ["CA", "AE"]);
 * assert.deepEqual(acknowledgements("AE", { ...both, application: "NE" }, false), ["CE"]);
 * ```
 */
export function acknowledgements(reply: Reply, due: AcksDue, isAnswer: boolean): readonly (AckCode | FileReply)[] {
  if (reply === "none") return NOTHING;
  if (isAnswer) return wants(due.accept, true) ? ["CA"] : NOTHING;
  if (due.mode === "original") return [reply];
  const { accept, application } = due;
  const code: AckCode = typeof reply === "string" ? reply : "AA";
  const good = code === "AA" || code === "CA";
  if (commitCode(code) === code) return wants(accept, good) || wants(application, good) ? [reply] : NOTHING;
  if (application === "NE") return wants(accept, good) ? [commitCode(code)] : NOTHING;
  const items: (AckCode | FileReply)[] = wants(accept, true) ? ["CA"] : [];
  if (wants(application, good)) items.push(reply);
  return items;
}
