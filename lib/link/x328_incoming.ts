/**
 * A transfer being taken over X3.28: which block is due, what was answered last, the message put together so far.
 * Timers and turns are the link's business.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { sameBytes } from "../bytes.ts";
import { ReceiveBuffer } from "../framing/receive_buffer.ts";
import type { X328Block } from "../framing/x328_token.ts";

/** What was answered to a block. */
export interface X328Answer {
  readonly control: "ack" | "nak" | "rint";
  readonly number: number;
}

/**
 * The receiving side of one transfer.
 *
 * @example
 * ```ts
 * import { Incoming } from "./x328_incoming.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const incoming = new Incoming(99_999);
 * incoming.begin();
 * const block = { type: "block", number: 1, last: true, text: utf8("MSH|\r"), offset: 0 } as const;
 * assert.equal(incoming.judge(block), "due");
 * incoming.hold(block);
 * assert.equal(latin1(incoming.message), "MSH|\r");
 * incoming.accept();
 * assert.equal(incoming.judge(block), "repeat");
 * assert.equal(incoming.judge({ ...block, text: utf8("EVN|\r") }), "other");
 * ```
 */
export class Incoming {
  /** The number of the last block accepted in this transfer; `null` before the first. */
  last: number | null = null;
  /** The last answer to a block; `null` before the first. */
  answer: X328Answer | null = null;
  /** The answer to the last block accepted, which its repeats get; `null` before the first. */
  accepted: X328Answer | null = null;
  /** Whether the last positive answer was a RINT: there must not be two running. */
  interrupted = false;
  /** Whether the last block accepted ended a message. */
  ended = false;
  readonly #text: ReceiveBuffer;
  readonly #maxMessage: number;
  #held: X328Block | null = null;
  /** The last block accepted, its text a copy, which is one block's at most. */
  #last: X328Block | null = null;

  constructor(maxMessage: number) {
    this.#maxMessage = maxMessage;
    this.#text = new ReceiveBuffer(maxMessage);
  }

  /** A transfer begins; what was there of another is gone. */
  begin(): void {
    this.last = null;
    this.answer = null;
    this.accepted = null;
    this.interrupted = false;
    this.ended = false;
    this.#held = null;
    this.#last = null;
    this.#text.clear();
    this.#text.release();
  }

  /** Whether a block waits to be accepted or refused. */
  get holds(): boolean {
    return this.#held !== null;
  }

  /** Whether part of a message is here. */
  get partial(): boolean {
    return this.#text.length > 0;
  }

  /** The number of the block that is due. */
  get due(): number {
    return this.last === null ? 1 : (this.last + 1) & 7;
  }

  /** What a good block is: the one due, a repeat of the last accepted, or neither, as one with its number but another text. */
  judge(block: X328Block): "due" | "repeat" | "other" {
    if (block.number === this.due) return "due";
    const last = this.#last;
    if (last === null || block.number !== last.number || block.last !== last.last) return "other";
    return sameBytes(block.text, last.text) ? "repeat" : "other";
  }

  /** Whether a block would make the message longer than it may be. */
  overflows(block: X328Block): boolean {
    return this.#text.length + block.text.length > this.#maxMessage;
  }

  /** Takes the text of the block due, which waits for `accept` or `refuse`. */
  hold(block: X328Block): void {
    this.#held = { ...block, text: block.text.slice() };
    this.#text.append(block.text, 0, block.text.length);
  }

  /** The message as far as it has come; a view, valid until the next verb but `accept`. */
  get message(): Uint8Array {
    return this.#text.view(0, this.#text.length);
  }

  /** Accepts the block that waits, and returns its number. */
  accept(): number {
    if (this.#held === null) throw new TypeError("Cannot accept a block: none waits");
    const { number, last } = this.#held;
    this.#last = this.#held;
    this.last = number;
    this.ended = last;
    this.#held = null;
    if (last) this.#text.clear();
    return number;
  }

  /** Refuses the block that waits: it is due again. */
  refuse(): void {
    if (this.#held !== null) this.#text.length -= this.#held.text.length;
    this.#held = null;
  }
}
