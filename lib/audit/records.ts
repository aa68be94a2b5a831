/**
 * What an audit reads: a line of the log of `mllp spam --log`, a line of the journal of `mllp receive
 * --journal`. It looks only at what it needs, and knows no file.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Outcome, OUTCOMES } from "../outcome.ts";

/** A message in the sender's log. */
export interface SentMessage {
  readonly k: number;
  /** ISO 8601. */
  readonly at: string;
  /** One character a byte, as the key. */
  readonly controlId: string;
  readonly key: string | null;
  /** SHA-256 in hex, one final CR left out. */
  readonly hash: string;
  readonly outcome: Outcome;
  /** Tries, those without a connection included. */
  readonly attempts: number;
}

/** A message in the receiver's journal: each time it came. */
export interface ReceivedMessage {
  /** From 1, in order of arrival at one receiver. */
  readonly n: number;
  /** ISO 8601: when it had come in whole. */
  readonly at: string;
  readonly controlId: string;
  readonly key: string | null;
  readonly hash: string;
  readonly outcome: string;
  /** What went back; null where nothing did. */
  readonly reply: { readonly code: readonly string[]; readonly lastByteAt: string } | null;
}

/** What became of a received message later than its line, or otherwise than that had said. */
export interface Amendment extends Pick<ReceivedMessage, "n" | "at" | "outcome" | "reply"> {
  readonly note: "amended";
}

/** The head of a journal. */
export interface ReceivedHead {
  readonly journal: string;
  readonly at: string;
  readonly seed: number;
  readonly scenario: string;
  /** The same in all files that one run of the receiver wrote, and in no other's. */
  readonly run?: string;
  /** The path of the keys; null or missing if none was asked for. */
  readonly key?: string | null;
}

/** A line of a journal, told apart: `gap`, that so many messages are missing; `note`, nothing to an audit. */
export type ReceivedLine =
  | { readonly type: "head"; readonly head: ReceivedHead }
  | { readonly type: "message"; readonly message: ReceivedMessage }
  | { readonly type: "amended"; readonly amendment: Amendment }
  | { readonly type: "gap"; readonly messages: number; readonly reason: string }
  | { readonly type: "note" };

type Line = Readonly<Record<string, unknown>>;

/**
 * A line of a log. Throws a `RangeError` that names the key for what is none.
 *
 * @example
 * ```ts
 * import { readSent } from "./records.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => readSent({ k: -1 }), /^RangeError: k: found -1, wanted a whole number from 0 on$/);
 * ```
 */
export function readSent(line: Line): SentMessage {
  wholeNumber(line, "k");
  time(line, "at");
  text(line, "controlId");
  textOrNull(line, "key");
  text(line, "hash");
  if (!(OUTCOMES as readonly unknown[]).includes(line.outcome)) throw wrong(line, "outcome", "an outcome of spam");
  wholeNumber(line, "attempts");
  return line as unknown as SentMessage;
}

/**
 * A line of a journal. Throws a `RangeError` that names the key for what is none.
 *
 * @example
 * ```ts
 * import { readReceived } from "./records.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readReceived({ note: "close", at: "2026-01-31T12:00:00.000Z" }).type, "note");
 * ```
 */
export function readReceived(line: Line): ReceivedLine {
  if ("note" in line) return note(line);
  if ("journal" in line) {
    if (line.journal !== "mllp.journal/1") throw wrong(line, "journal", "'mllp.journal/1'");
    time(line, "at");
    if (line.key !== undefined) textOrNull(line, "key");
    return { type: "head", head: line as unknown as ReceivedHead };
  }
  wholeNumber(line, "n");
  time(line, "at");
  text(line, "controlId");
  textOrNull(line, "key");
  text(line, "hash");
  text(line, "outcome");
  if (line.reply !== null) reply(line);
  // What the receiver was told to lose counts as never having come.
  if (line.outcome === "discarded") return { type: "note" };
  return { type: "message", message: line as unknown as ReceivedMessage };
}

/**
 * When the receiver had acknowledged what came, in milliseconds since 1970; NaN where it never did, or refused
 * it: whoever sent it had reason to send it again. Where no answer was due it had been taken when it came.
 *
 * @example
 * ```ts
 * import { acknowledgedAt } from "./records.ts";
 * import assert from "node:assert/strict";
 *
 * const at = "2026-01-31T12:00:00.000Z";
 * const message = { n: 1, at, controlId: "M1", key: null, hash: "", outcome: "held", reply: null };
 * assert.ok(Number.isNaN(acknowledgedAt(message)));
 * assert.equal(acknowledgedAt({ ...message, outcome: "replied", reply: { code: ["AA"], lastByteAt: at } }), Date.parse(at));
 * ```
 */
export function acknowledgedAt({ at, outcome, reply }: Pick<ReceivedMessage, "at" | "outcome" | "reply">): number {
  if (outcome === "none") return Date.parse(at);
  if ((outcome !== "replied" && outcome !== "echoed") || reply === null) return NaN;
  // Bytes without a code, of a file or an echo, are an answer too.
  const refused = reply.code.length > 0 && !reply.code.some((code) => !/^[AC][ER]$/.test(code));
  return refused ? NaN : Date.parse(reply.lastByteAt);
}

function note(line: Line): ReceivedLine {
  text(line, "note");
  if (line.note === "amended") {
    wholeNumber(line, "n");
    time(line, "at");
    text(line, "outcome");
    if (line.reply !== null) reply(line);
    return { type: "amended", amendment: line as unknown as Amendment };
  }
  if (line.note === "stop") {
    const { failed } = (line.journal ?? {}) as { failed?: unknown };
    const messages = typeof failed === "number" ? failed : 0;
    return { type: "gap", messages, reason: "they could not be written" };
  }
  if (line.note !== "gap") return { type: "note" };
  wholeNumber(line, "messages");
  return { type: "gap", messages: line.messages as number, reason: String(line.reason ?? "") };
}

function reply(line: Line): void {
  const { reply } = line;
  if (typeof reply !== "object") throw wrong(line, "reply", "an object or null");
  const { code, lastByteAt } = reply as { code?: unknown; lastByteAt?: unknown };
  if (!Array.isArray(code)) throw new RangeError("reply.code: wanted a list of codes");
  if (typeof lastByteAt !== "string" || Number.isNaN(Date.parse(lastByteAt))) {
    throw new RangeError("reply.lastByteAt: wanted a time in ISO 8601");
  }
}

function wholeNumber(line: Line, key: string): void {
  const value = line[key];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(line, key, "a whole number from 0 on");
}

function time(line: Line, key: string): void {
  const value = line[key];
  if (typeof value !== "string" || Number.isNaN(Date.parse(value))) throw wrong(line, key, "a time in ISO 8601");
}

function text(line: Line, key: string): void {
  if (typeof line[key] !== "string") throw wrong(line, key, "a text");
}

function textOrNull(line: Line, key: string): void {
  const value = line[key];
  if (typeof value !== "string" && value !== null) throw wrong(line, key, "a text or null");
}

function wrong(line: Line, key: string, wanted: string): RangeError {
  const value = line[key];
  if (value === undefined) return new RangeError(`${key} is missing, wanted ${wanted}`);
  const found = JSON.stringify(value);
  return new RangeError(`${key}: found ${found.length > 60 ? `${found.slice(0, 60)}...` : found}, wanted ${wanted}`);
}
