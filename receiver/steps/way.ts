/**
 * The ways of a reply: what is unusual about how it is made and how it is sent, as planned for one message. A reply
 * without a way is an acknowledgement at once, whole, as it should be.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { PlannedMutation } from "../mutate/mutation.ts";

/** A place in a reply's frame: behind its start, behind a fraction of all its bytes, before its end block, behind it, or its very end. */
export type FramePlace = "start" | "rest" | "end_block" | "end_data" | { readonly part: number };

/** How bytes leave in pieces. */
export type Pace =
  /** So many bytes every so often, the first at once. */
  | { readonly kind: "bytes"; readonly bytes: number; readonly everyMs: number }
  /** So many pieces of equal size, the first at once and the last at the end of the time. */
  | { readonly kind: "chunks"; readonly chunks: number; readonly overMs: number }
  /** Two pieces, the second begins at this place and leaves so much later. */
  | { readonly kind: "split"; readonly at: FramePlace; readonly pauseMs: number };

/** What MSA-2 says instead of the message's control id. */
export type OtherId = "empty" | "wrong" | "previous" | { readonly literal: string };

/** Replies that leave together with others. */
export interface Gathering {
  /**
   * `join`: those of so many messages of the connection in one write. `reorder`: those, the last first. `swap`: the reply
   * of this message goes to the next one that is to be swapped, whatever its connection, and its reply comes here.
   */
  readonly kind: "join" | "reorder" | "swap";
  /** How many; 2 for `swap`. */
  readonly count: number;
  /** Who has waited so long goes without the others; `Infinity` for never. */
  readonly withinMs: number;
}

/** The way of one message's reply. */
export interface Way {
  readonly controlId?: OtherId;
  /** MSH-9 of the reply, such as `ADR^A19`: a response with the query's own segments instead of a bare acknowledgement. */
  readonly as?: string;
  /** What is done to its frame, in order. */
  readonly mutate?: readonly PlannedMutation[];
  /** The connection's previous reply instead, byte for byte; where there was none, this message's own. */
  readonly stale?: true;
  /** It is sent two times. */
  readonly twice?: true;
  readonly pace?: Pace;
  readonly gather?: Gathering;
  /** An endpoint: the reply goes there over a connection of our own. */
  readonly via?: string;
  /** A connection for this reply alone, instead of one that stays open for the next. */
  readonly viaNew?: true;
}
