/**
 * Which notes of a dialogue are part of every exchange, and which say that something was out of the ordinary.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { DialogueNote } from "./link.ts";

const ROUTINE: ReadonlySet<string> = new Set([
  // Release 2 of MLLP.
  "commit_ack",
  // X3.28.
  "enq_received",
  "enq_sent",
  "ack_received",
  "ack_sent",
  "block_received",
  "block_sent",
  "eot_received",
  "eot_sent",
]);

/**
 * Whether a note is one that every message causes: for a trace, and no warning.
 *
 * @example
 * ```ts
 * import { isRoutine } from "./routine.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isRoutine({ type: "note", note: "enq_sent", detail: "ENQ" }), true);
 * assert.equal(isRoutine({ type: "note", note: "resend", detail: "block 1 of 2, try 2" }), false);
 * ```
 */
export function isRoutine({ note }: DialogueNote): boolean {
  return ROUTINE.has(note);
}
