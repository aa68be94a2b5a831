/**
 * What a line of the load needs of the loop that it is part of.
 *
 * @module
 */
import type { Outcome } from "../outcome.ts";
import type { Line } from "./line.ts";
import type { WholePlan } from "./plan.ts";
import type { RepliesHost } from "./replies.ts";

/** A message that has its outcome, told to who asked for each. */
export interface SettledMessage {
  /** One character a byte. */
  readonly controlId: string;
  readonly sent: Date;
  readonly settled: Date;
  readonly outcome: Outcome;
  /** What settled it; a view, valid only during the call; null if nothing came. */
  readonly reply: Uint8Array | null;
  /** Why there is no reply; empty if there is one. */
  readonly error: string;
}

/** What a line needs of the loop. */
export interface LineHost extends RepliesHost {
  readonly plan: WholePlan;
  /** Whether acknowledgements are timed by code too. */
  readonly timesAcks: boolean;
  /** t0 on the clock. */
  readonly t0: number;
  /** Milliseconds since 1970 at the clock's zero. */
  readonly epochAtZero: number;
  /** The line can take a message. */
  room(line: Line): void;
  /** Whether there is, or will be, any message for a connection to carry. */
  wantsConnections(): boolean;
  /** An error that nobody foresaw. */
  fail(error: unknown): void;
  /** Told of each message, if somebody wants to know; with its bytes from the line if `keepBytes`. */
  readonly onSettled: ((message: SettledMessage) => void) | null;
  readonly keepBytes: boolean;
}
