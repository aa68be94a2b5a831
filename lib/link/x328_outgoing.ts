/**
 * A message on its way out over X3.28: its blocks, which of them is due, how often it was tried. Whose turn it is
 * is the link's business.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { joined, latin1 } from "../bytes.ts";
import { blockEnds, encodeBlock } from "../framing/x328_encode.ts";

/** How much of a message a pause is drawn by: enough for its sender and its control id. */
const DISTINCT = 512;

/**
 * A message cut into blocks, numbered from 1, mod 8.
 *
 * @example
 * ```ts
 * import { Outgoing } from "./x328_outgoing.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const outgoing = new Outgoing(1, utf8("MSH|1\rPID|2\r"), 8);
 * assert.equal(latin1(outgoing.block()), "\x02100006MSH|1\r\x1706\r");
 * assert.ok(outgoing.advance());
 * assert.equal(outgoing.number, 2);
 * assert.equal(outgoing.last, true);
 * ```
 */
export class Outgoing {
  readonly ticket: number;
  /** How often the line was bid for. */
  bids = 0;
  /** How often the block in hand was sent. */
  tries = 0;
  readonly #message: Uint8Array;
  readonly #ends: readonly number[];
  #index = 0;

  /** The message is copied. */
  constructor(ticket: number, message: Uint8Array, maxBlock: number) {
    this.ticket = ticket;
    this.#message = new Uint8Array(message);
    this.#ends = blockEnds(message, maxBlock);
  }

  /** The number of the block in hand, 0 to 7. */
  get number(): number {
    return (this.#index + 1) & 7;
  }

  /** Whether the block in hand is the last. */
  get last(): boolean {
    return this.#index === this.#ends.length - 1;
  }

  /** The block in hand among all: `block 3 of 7`. */
  get place(): string {
    return `block ${this.#index + 1} of ${this.#ends.length}`;
  }

  /** How many bytes of text the block in hand has. */
  get size(): number {
    return this.#ends[this.#index] - this.#from;
  }

  get #from(): number {
    return this.#index === 0 ? 0 : this.#ends[this.#index - 1];
  }

  /** What tells this message from others, for draws. */
  get distinct(): string {
    return latin1(this.#message.subarray(0, DISTINCT));
  }

  /** The block in hand, as it stands on the line. */
  block(): Uint8Array {
    return encodeBlock(this.number, this.#message.subarray(this.#from, this.#ends[this.#index]), this.last);
  }

  /** The block in hand was acknowledged: takes the next, and says whether there is one. */
  advance(): boolean {
    if (this.last) return false;
    this.#index++;
    this.tries = 0;
    return true;
  }

  /** All blocks, one after the other. */
  blocks(): Uint8Array {
    const pieces = this.#ends.map((end, i) => {
      return encodeBlock(
        i + 1,
        this.#message.subarray(i === 0 ? 0 : this.#ends[i - 1], end),
        end === this.#ends.at(-1),
      );
    });
    return joined(pieces);
  }
}
