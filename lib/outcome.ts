/**
 * What became of a message: the one vocabulary that `send`, `spam`, their reports and the tests share.
 *
 * The words are public: they are keys of the run document and values in scripts. What exit status
 * follows from each is the command line's business (cli/exit_code.ts).
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * Every outcome, in the order in which reports list them. Each planned message has exactly one
 * (load.md section 6), so their counts add up to the messages planned.
 */
export const OUTCOMES = [
  /** A positive acknowledgement: AA, or CA where only an accept acknowledgement is due; under `--match any`, anything. */
  "accepted",
  /** AE or CE: the receiver reports an error. */
  "error",
  /** AR or CR: the receiver rejects the message. */
  "reject",
  /** Nothing by the deadline. */
  "timeout",
  /** The peer closed in order (FIN) before the reply. */
  "closed",
  /** The peer broke the connection (RST) before the reply. */
  "reset",
  /** There was no connection: refused, no route, name not found, TLS handshake failed. */
  "refused",
  /** Only damaged, unframed or foreign bytes by the deadline, or FIN after a part of a frame. */
  "damaged",
  /** Only acknowledgements of other messages by the deadline, or such that name none. */
  "wrong_id",
  /** Sent, but still without a reply when the time to drain was over (`spam`). */
  "unanswered",
  /** Due, but there was no room left in the queue (`spam`). */
  "dropped",
  /** Due and queued, but not sent before the end (`spam`). */
  "unsent",
] as const;

/** What became of a message. */
export type Outcome = typeof OUTCOMES[number];

/**
 * What an acknowledgement code makes of a message; `null` for what is no code of HL7 table 0008.
 *
 * @example
 * ```ts
 * import { outcomeOfCode } from "./outcome.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(outcomeOfCode("CE"), "error");
 * assert.equal(outcomeOfCode("OK"), null);
 * ```
 */
export function outcomeOfCode(code: string | null): Outcome | null {
  switch (code) {
    case "AA":
    case "CA":
      return "accepted";
    case "AE":
    case "CE":
      return "error";
    case "AR":
    case "CR":
      return "reject";
    default:
      return null;
  }
}

/**
 * Whether an acknowledgement code refuses: AE, AR, CE, CR.
 *
 * @example
 * ```ts
 * import { isNegative } from "./outcome.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isNegative("AR"), true);
 * assert.equal(isNegative("CA"), false);
 * ```
 */
export function isNegative(code: string | null): boolean {
  return code === "AE" || code === "AR" || code === "CE" || code === "CR";
}
