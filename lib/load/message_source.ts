/**
 * Where the messages of a run come from, as the loop sees it. What they are made of (files, templates,
 * invented patients) is the business of who implements it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Awaited } from "../hl7/ack_awaited.ts";

/**
 * A source of messages, numbered from 0 without an end.
 *
 * Message `k` as of a time is always the same bytes, whatever was asked for before: a retry and a
 * line of a log make it again. The views that `render` leaves behind are valid until the next call.
 * Everything that can be wrong is found before: `render` does not throw.
 */
export interface MessageSource {
  /** So many messages from 0 on show every kind of message there is. */
  readonly size: number;
  /** Whether every message has a control id, so that its acknowledgement can be told by it. */
  readonly hasIds: boolean;
  /** Whether some message asks for both acknowledgements, the accept and the application one. */
  readonly asksForBoth: boolean;
  /** The control id of the message last rendered; a view. */
  readonly controlId: Uint8Array;
  /** The acknowledgement that settles the message last rendered. */
  readonly awaited: Awaited;
  /** Message `k` as of `epochMs`, milliseconds since 1970; a view. */
  render(k: number, epochMs: number): Uint8Array;
  /**
   * Numbers of messages that between them show every kind once, in any order: these are rendered and framed before
   * t0. Absent where the first `size` messages do.
   */
  kinds?(): Iterable<number>;
  /**
   * Messages of the same lane go out one after the other, in the order of their numbers, over the
   * same connection. Any whole number from 0 on; the loop takes it modulo the connections. Absent
   * where the order does not matter.
   */
  laneOf?(k: number): number;
}
