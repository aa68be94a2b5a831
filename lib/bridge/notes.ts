/**
 * What the notes of the links mean to the driver: which counter each raises, and whether people are told. One table for
 * all protocols; a word that is not in it is told and not counted.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { DialogueNote } from "../link/link.ts";
import type { OpenCounters } from "./context.ts";

/** What a note raises; `quiet` ones are part of every exchange. */
type Meaning = { readonly counts?: keyof OpenCounters; readonly level: "quiet" | "info" | "warning" };

const NOTES: Readonly<Record<string, Meaning>> = {
  // MLLP 2
  commit_ack: { level: "quiet" },
  commit_nak: { counts: "naksIn", level: "warning" },
  commit_unexpected: { level: "warning" },
  partial_dropped: { counts: "timeouts", level: "warning" },
  // HLLP
  block: { level: "quiet" },
  nak: { counts: "naksIn", level: "warning" },
  nak_sent: { counts: "naksOut", level: "warning" },
  nak_unexpected: { counts: "naksIn", level: "warning" },
  timeout: { counts: "timeouts", level: "warning" },
  crossing: { level: "info" },
  empty_unexpected: { level: "warning" },
  late_reply: { level: "warning" },
  repeated_reply: { counts: "duplicates", level: "warning" },
  unanswered: { level: "warning" },
  echo: { level: "warning" },
  // X3.28
  enq_received: { level: "quiet" },
  enq_sent: { level: "quiet" },
  ack_received: { level: "quiet" },
  ack_sent: { level: "quiet" },
  eot_received: { level: "quiet" },
  eot_sent: { level: "quiet" },
  block_received: { counts: "blocksIn", level: "quiet" },
  block_sent: { counts: "blocksOut", level: "quiet" },
  nak_received: { counts: "naksIn", level: "warning" },
  timer_a: { counts: "timeouts", level: "warning" },
  timer_b: { counts: "timeouts", level: "warning" },
  timer_d: { counts: "timeouts", level: "warning" },
  bid_again: { counts: "retries", level: "info" },
  bid_refused: { level: "warning" },
  message_aborted: { level: "warning" },
  block_aborted: { level: "warning" },
  partial_discarded: { level: "warning" },
  hold_abandoned: { level: "warning" },
  // All
  resend: { counts: "retries", level: "warning" },
  duplicate: { counts: "duplicates", level: "warning" },
};

/** Whether a note says that the peer asks for the line. */
export function isBid({ note }: DialogueNote): boolean {
  return note === "bid";
}

const TRANSFER_OVER: ReadonlySet<string> = new Set([
  "eot_received",
  "message_aborted",
  "message_too_large",
  "partial_discarded",
  "timer_d",
]);

/** Whether a note says that what the peer had bid for is over, with a message or without. */
export function isTransferOver({ note }: DialogueNote): boolean {
  return TRANSFER_OVER.has(note);
}

/** Whether a note says that the peer waits no more for the acknowledgement that is held. */
export function isAbandoned({ note }: DialogueNote): boolean {
  return note === "hold_abandoned";
}

/**
 * Counts a note; how it is to be told, `null` for not at all.
 *
 * @example
 * ```ts
 * import { countNote } from "./notes.ts";
 * import { zeroCounters } from "./context.ts";
 * import assert from "node:assert/strict";
 *
 * const counters = zeroCounters();
 * assert.equal(countNote({ type: "note", note: "resend", detail: "block 1, try 2" }, counters), "warning");
 * assert.equal(counters.retries, 1);
 * ```
 */
export function countNote({ note }: DialogueNote, counters: OpenCounters): "info" | "warning" | null {
  const { counts, level } = NOTES[note] ?? { level: "info" };
  if (counts !== undefined) counters[counts]++;
  return level === "quiet" ? null : level;
}
