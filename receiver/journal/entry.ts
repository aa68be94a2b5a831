/**
 * What a receiver writes down of each message and of everything else that happened, one JSON object a line
 * (faults.md section 5). Keys are public: `mllp audit`, `mllp send --from-journal` and scripts
 * read them; additions are welcome, changes are not.
 *
 * # The story of a run (our decisions)
 *
 * Each run begins with a head; a file that is appended to holds several, and `n` begins anew with
 * each run, though not with each file of a rotated set: those of one run bear the same `run`.
 *
 * A message's line is written *before* anything of its reply leaves. So it tells what is about to
 * be sent; where it came otherwise (the peer had gone, a step after a wait), an `amended` note with the
 * same `n` follows. Lines come in the order in which replies were due, `n` is the order of arrival.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Considered } from "../decide/decide.ts";
import type { MessageOutcome } from "../events.ts";
import type { PlannedStep } from "../steps/registry.ts";

/** How much of each message a journal keeps: all of it, its MSH, MSA and ERR segments, or only the hash. */
export const PAYLOAD_FORMS = ["full", "headers", "hash"] as const;

/** How much of each message a journal keeps. */
export type PayloadForm = typeof PAYLOAD_FORMS[number];

/** The first line of each journal file, and of each run that is appended to one: what wrote it. */
export interface JournalHead {
  readonly journal: "mllp.journal/1";
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly version: string;
  /** Deno, Bun or Node, and its version. */
  readonly runtime: string;
  readonly seed: number;
  /** SHA-256 of the scenario in its canonical form, in hex. */
  readonly scenario: string;
  /** What is kept of each message. */
  readonly payload: PayloadForm;
  /** The path whose value is `key`; null if none was asked for. */
  readonly key: string | null;
  /** The same in all files that one run wrote, and in no other's. */
  readonly run?: string;
}

/** Something that was done, and when. */
export interface JournalStep {
  readonly verb: string;
  /** Milliseconds after the message's arrival. */
  readonly at_ms: number;
  /** In a few words, for people. */
  readonly detail: string;
}

/** What was sent in answer to a message. */
export interface JournalReply {
  /** MSA-1 of each frame; `file` for a file without an MSA. */
  readonly code: readonly string[];
  /** Frame bytes not counted, as in `bytesIn`. */
  readonly bytesOut: number;
  /** When its first byte was ready for the system; it left as soon as the entry was written (under `--fsync`: was durable). */
  readonly firstByteAt: string;
  readonly lastByteAt: string;
}

/** What a message came to; `pending` where steps were left for later, of which an `amended` note tells. */
export type JournalOutcome = MessageOutcome | "pending";

/** A message. */
export interface JournalMessage {
  /** From 1, in order of arrival over all connections. */
  readonly n: number;
  /** When it had come in whole. */
  readonly at: string;
  readonly connection: number;
  /** The listener's endpoint. */
  readonly listener: string;
  readonly peer: string;
  readonly attempt: number;
  readonly controlId: string;
  /** MSH-9 as `ADT^A01`. */
  readonly type: string;
  /** The message's length, frame bytes not counted. */
  readonly bytesIn: number;
  /** SHA-256 of the message without one final CR, in hex, as in `mllp spam --log`. */
  readonly hash: string;
  /** The value at the path that was asked for; null where it has none. */
  readonly key: string | null;
  readonly warnings: readonly string[];
  readonly rule: string | null;
  readonly considered: readonly Considered[];
  /** Whose draws were taken, where that is not the control id: of a message that has none. */
  readonly scope?: string;
  /** What was decided to be done, so that it can be repeated; absent where nothing is drawn, counted or looked at. */
  readonly plan?: readonly PlannedStep[];
  readonly steps: readonly JournalStep[];
  /** MSA-1 of what was sent, and when its first and last byte were handed to the system; null where nothing was. */
  readonly reply: JournalReply | null;
  readonly outcome: JournalOutcome;
  /** The first message with the same control id. */
  readonly duplicateOf?: number;
  /** The name of its file in the folder of `--store`. */
  readonly stored?: string;
  /** The whole message, or its MSH, MSA and ERR segments, as ISO 8859-1; absent under `hash`. */
  readonly payload?: string;
}

/** Anything else: a connection, damage on the line, a change by hand, an end. */
export interface JournalNote {
  readonly note: string;
  readonly at: string;
  readonly [detail: string]: unknown;
}

/** What became of a message otherwise than its line had said, or later. */
export interface JournalAmendment extends JournalNote {
  readonly note: "amended";
  readonly n: number;
  readonly steps: readonly JournalStep[];
  readonly reply: JournalReply | null;
  readonly outcome: MessageOutcome;
}

/** A time in which the file could not be written, told when it could be again. */
export interface JournalGap extends JournalNote {
  readonly note: "gap";
  /** How many messages have no line; none of them was acknowledged AA or CA. */
  readonly messages: number;
  /** How many notes are missing. */
  readonly notes: number;
  readonly since: string;
  readonly reason: string;
}

/** A line of a journal. */
export type JournalLine = JournalHead | JournalMessage | JournalNote;

/**
 * Whether a line is a head.
 *
 * @example
 * ```ts
 * import { isHead } from "./entry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isHead({ note: "open", at: "2026-01-31T12:00:00.000Z" }), false);
 * ```
 */
export function isHead(line: JournalLine): line is JournalHead {
  return "journal" in line;
}

/**
 * Whether a line is a note.
 *
 * @example
 * ```ts
 * import { isNote } from "./entry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isNote({ note: "open", at: "2026-01-31T12:00:00.000Z" }));
 * ```
 */
export function isNote(line: JournalLine): line is JournalNote {
  return "note" in line;
}

/**
 * Whether a line is a message.
 *
 * @example
 * ```ts
 * import { isMessage } from "./entry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isMessage({ note: "open", at: "2026-01-31T12:00:00.000Z" }), false);
 * ```
 */
export function isMessage(line: JournalLine): line is JournalMessage {
  return !isHead(line) && !isNote(line);
}
