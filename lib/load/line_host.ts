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
  /** Its number in the run; among several machines, in all of them together. */
  readonly k: number;
  /** One character a byte. */
  readonly controlId: string;
  /** What was sent, or would have been; a view, valid only during the call. */
  readonly message: Uint8Array;
  /** When it was due; null in a closed loop. */
  readonly due: Date | null;
  /** The time stamp that it bears: when it was given to its connection, or given up. */
  readonly sent: Date;
  readonly settled: Date;
  readonly outcome: Outcome;
  /** MSA-1 as sent by the peer; null where no acknowledgement settled it. */
  readonly code: string | null;
  /** Tries, those without a connection included; 0 for one that never got so far. */
  readonly attempts: number;
  /** Send minus due, in microseconds; NaN in a closed loop and where nothing was sent. */
  readonly lagUs: number;
  /** End minus the last write, in microseconds; NaN where nothing was sent. */
  readonly serviceUs: number;
  /** End minus due, in microseconds; NaN in a closed loop. */
  readonly responseUs: number;
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
