/**
 * The contract of a dialogue: whose turn it is, acknowledgements of the lower layer, retries, timers.
 *
 * This module performs no I/O.
 *
 * # The contract
 *
 * A link sits on a framer and speaks the protocol around frames. **Time is an argument**: every
 * verb that may start, stop or meet a timer takes `now`, in milliseconds of any clock that never
 * goes back; `deadline()` says when the link wants to be woken, and `tick(now)` wakes it. No
 * socket, no timer, no wall clock: two links wired back to back on a virtual clock play a whole
 * night of retries in no time.
 *
 * - `receive(chunk, now, sink)` takes bytes of the peer; `end(now, sink)` its end of stream.
 * - Events go to the sink of the call that caused them. Views in them are valid only during that
 *   call, as the framer's are: an event list to be fetched later would need a copy of each message.
 * - The sink may call `send` (a reply goes out with the same wake-up's write); it must not call
 *   `receive`, `tick` or `end`.
 * - `send(message, now)` takes a message to be delivered and returns its ticket, a number that
 *   counts from 1. The message is copied before `send` returns. Where `confirms` is true the
 *   ticket is settled later by one `delivered` or one `failed` event; where it is false, the
 *   protocol has no acknowledgement of its own and no event follows.
 * - `output()` hands out what is to be done on the line now, one action a call, `null` when there
 *   is none: `bytes` to write, `endWrite` (half-close), `close`. The caller asks until `null` after
 *   every other verb. Bytes handed out belong to the caller.
 * - `deadline()` is the time of the earliest timer, `Infinity` if none runs. A `tick` before it does
 *   nothing; a late one acts as of now.
 * - `encode(message)` is the message as it would stand on the line, without sending it: for a
 *   caller who breaks it on purpose and writes the pieces itself.
 *
 * @module
 */
import type { HexWindow } from "../bytes.ts";
import type { FrameFault, FrameWarning, NoiseReceived } from "../framing/framer.ts";
import type { LinkError } from "../errors.ts";

/** A message of the peer. */
export interface MessageReceived {
  readonly type: "message";
  /** A view, valid only during the sink's call. */
  readonly payload: Uint8Array;
  /** Whether it holds nothing but, at most, a final CR. */
  readonly empty: boolean;
  readonly warnings: readonly FrameWarning[];
  /** For how many milliseconds its last byte had been there already: the silence, where that ended it, else 0. */
  readonly heldMs: number;
}

/** The peer's lower layer has confirmed a message. */
export interface MessageDelivered {
  readonly type: "delivered";
  readonly ticket: number;
}

/** A message could not be delivered; no more is tried. */
export interface MessageFailed {
  readonly type: "failed";
  readonly ticket: number;
  readonly error: LinkError;
}

/** Something of the dialogue itself, for traces, counters and warnings: a retry, a commit block, a dropped partial. */
export interface DialogueNote {
  readonly type: "note";
  /** A stable word: `commit_ack`, `commit_nak`, `resend`, `duplicate`, `partial_dropped`, ... */
  readonly note: string;
  /** What people read. */
  readonly detail: string;
}

/** What a link tells its sink. */
export type LinkEvent = MessageReceived | MessageDelivered | MessageFailed | DialogueNote | NoiseReceived | FrameFault;

/** Where a link's events go. */
export type LinkSink = (event: LinkEvent) => void;

/** What a link wants done on the line. */
export type LinkOutput =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | { readonly type: "endWrite" }
  | { readonly type: "close" };

/** The dialogue over one stream; the contract is this module's text. */
export interface Link {
  /** Whether the protocol itself confirms each message. */
  readonly confirms: boolean;
  /** Whether a strict framer has stopped at a fault: nothing the peer sends is read any more. */
  readonly stopped: boolean;
  /** The last bytes of the peer's frame under way, as the framer has them; `null` if none is. */
  readonly unfinished: HexWindow | null;
  /** Bytes of the peer. */
  receive(chunk: Uint8Array, now: number, sink: LinkSink): void;
  /** A message to deliver; returns its ticket. Throws a `RangeError` for one that cannot be framed. */
  send(message: Uint8Array, now: number): number;
  /** The next thing to be done on the line. */
  output(): LinkOutput | null;
  /** When to call `tick`; `Infinity` if no timer runs. */
  deadline(): number;
  /** Time has passed. */
  tick(now: number, sink: LinkSink): void;
  /** The peer has ended its stream; `cut` where that was no end in order: it broke off, or was broken. */
  end(now: number, sink: LinkSink, cut?: boolean): void;
  /** A message as it would stand on the line. Throws a `RangeError` for one that cannot be framed. */
  encode(message: Uint8Array): Uint8Array;
}
