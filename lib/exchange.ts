/**
 * What became of a message, as data: an exchange, the warnings on the way, the end of one try.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { HexWindow } from "./bytes.ts";
import type { MllpError } from "./errors.ts";
import type { Outcome } from "./outcome.ts";

/** Something odd on the way to a result. */
export interface ExchangeWarning {
  /** A stable word: an anomaly (`stale`, `duplicate`, ...), a framing rule (`no-final-cr`, ...), `noise`, `echo`, ... */
  readonly word: string;
  /** What people read. */
  readonly detail: string;
}

/** How one try ended. */
export interface AttemptEnd {
  readonly outcome: Outcome;
  /** MSA-1 of what settled it, or of the last acknowledgement that came; null if none did. */
  readonly code: string | null;
  readonly reply: Uint8Array | null;
  readonly rttUs: number | null;
  readonly error: MllpError | null;
}

/** An end without anything to show for it. */
export const NO_ANSWER: Omit<AttemptEnd, "outcome"> = { code: null, reply: null, rttUs: null, error: null };

/**
 * Whether another try could do better: yes where no answer to the message was seen.
 *
 * @example
 * ```ts
 * import { isWorthARetry, NO_ANSWER } from "./exchange.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isWorthARetry({ ...NO_ANSWER, outcome: "timeout" }), true);
 * assert.equal(isWorthARetry({ ...NO_ANSWER, outcome: "error", code: "AE" }), false);
 * ```
 */
export function isWorthARetry({ outcome, reply }: AttemptEnd): boolean {
  if (outcome === "damaged") return reply === null;
  return RETRIED.has(outcome);
}

const RETRIED: ReadonlySet<Outcome> = new Set(["timeout", "closed", "reset", "refused", "wrong_id"]);

/** What became of one message. */
export interface Exchange {
  /** MSH-10, one character a byte; empty if the message has none. */
  readonly controlId: string;
  readonly outcome: Outcome;
  /** MSA-1 as sent; of the last one that came, if it was another message's; null if none came. */
  readonly code: string | null;
  /** The payload that settled it, or the last that came; null if none came. */
  readonly reply: Uint8Array | null;
  /** The bytes of the reply as they stood on the line, if `keepBytes` was asked for. */
  readonly replyBytes: Uint8Array | null;
  /** Microseconds from the write of the last try to its reply; null without a reply. */
  readonly rttUs: number | null;
  /** How often it was sent, or tried to be. */
  readonly attempts: number;
  readonly warnings: readonly ExchangeWarning[];
  /** Why there is no reply; null when there is one, be it negative. */
  readonly error: MllpError | null;
  /** The bytes around the damage, where that is the error. */
  readonly window: HexWindow | null;
}
