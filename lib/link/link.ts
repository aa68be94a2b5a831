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
 *   protocol has no acknowledgement of its own and no event follows. The ticket of a message sent
 *   in answer to one of the peer's is settled only where `confirmsReplies` is true as well.
 * - `output()` hands out what is to be done on the line now, one action a call, `null` when there
 *   is none: `bytes` to write, `endWrite` (half-close), `close`. The caller asks until `null` after
 *   every other verb. Bytes handed out belong to the caller.
 * - `deadline()` is the time of the earliest timer, `Infinity` if none runs. A `tick` before it does
 *   nothing; a late one acts as of now.
 * - `encode(message)` is the message as it would stand on the line, without sending it: for a
 *   caller who breaks it on purpose and writes the pieces itself. A link that must know that an
 *   answer of its own left in that way has `wrotePast`; after it, outputs and the deadline are asked
 *   for as after any verb.
 * - A link whose protocol says yes or no to each message has `commit`: `false` refuses the message
 *   that is in the sink's hands, or the one that waits for its word where that was left to the
 *   caller; `true` acknowledges it. Where the answer itself is the acknowledgement, `true` does
 *   nothing, and `owesAnswer` says whether one is due: a message to which there is nothing to say is
 *   answered by an empty one. The caller asks for outputs and the deadline after it.
 * - A link that can commit faults of its layer on purpose has `fault`. One of a message sent strikes the next that is given
 *   to `send` or `encode`, with every try of it, and no other; one of an answer, the message in the caller's hands when that
 *   is answered, or else the next.
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
  /** Whether the ticket of a message sent in answer to one of the peer's is settled too. */
  readonly confirmsReplies: boolean;
  /** Whether a message handed to `send` waits for its turn on the line, or is on its way; absent where each is written at once. */
  readonly holdsBack?: boolean;
  /** Whether a message of the peer waits for an answer without which the line is not free; absent where no protocol says so. */
  readonly owesAnswer?: boolean;
  /** Whether a strict framer has stopped at a fault: nothing the peer sends is read any more. */
  readonly stopped: boolean;
  /** How long a message that is the next may take to be settled, whatever the peer sends, in milliseconds; absent where no sum says so. */
  readonly settlesWithinMs?: number;
  /** The last bytes of the peer's frame under way, as the framer has them; `null` if none is. */
  readonly unfinished: HexWindow | null;
  /** What ends a frame, in words; absent where that is 0x1C 0x0D. */
  readonly frameEnd?: string;
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
  /** Acknowledges, or with `false` refuses, the message in the sink's hands or the one left to the caller; nothing if there is none. */
  commit?(accepted: boolean): void;
  /**
   * Commits a fault of this name on purpose, with the next thing that it fits. `value` is how often, how many, or how many
   * milliseconds, as the fault has it; `code` what a refusal says where the protocol has words for it. Throws a
   * `RangeError` for a fault that there is none of, and a value or a code that it cannot have.
   */
  fault?(name: string, value: number, code?: string): void;
  /** Bytes that stand for an answer were written past the link. */
  wrotePast?(): void;
}

/**
 * How long the user of a link waits for a message to be settled before it takes the link for stuck, in milliseconds: a
 * second more than the link says, or an hour (our decision: never for ever, and never less than timers of a link add up to).
 *
 * @example
 * ```ts
 * import { settleLimitMs } from "./link.ts";
 * import { linkMaker } from "./make.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(settleLimitMs(linkMaker({ framing: "hllp", hllp: { readTimeoutMs: 1000 } })()), 19_000);
 * assert.equal(settleLimitMs(linkMaker({ framing: "mllp2" })()), 3_600_000);
 * ```
 */
export function settleLimitMs({ settlesWithinMs }: Pick<Link, "settlesWithinMs">): number {
  return settlesWithinMs === undefined ? 3_600_000 : settlesWithinMs + 1000;
}
