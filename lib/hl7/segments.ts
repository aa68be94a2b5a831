/**
 * The segments of a message, one after the other, as ranges of bytes.
 * It knows where a segment ends and what its three letters are; fields are not its business.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, LF, NO_BYTES } from "../bytes.ts";

/**
 * A walk over the segments of a message; made once, used for any number of messages, allocates
 * nothing.
 *
 * What ends the first segment ends all (our decision): after a CR, or CR LF, a lone LF is text
 * and not a segment end; after an LF both CR and LF end a segment. So neither a message with LF
 * ends is lost, nor is a line of text that happens to begin like a segment taken for one.
 *
 * @example
 * ```ts
 * import { SegmentWalk } from "./segments.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const message = utf8("MSH|^~\\&|\rEVN|A01\rPID|1\r");
 * const walk = new SegmentWalk();
 * const names: string[] = [];
 * walk.begin(message);
 * while (walk.next()) names.push(latin1(message, walk.from, walk.from + 3));
 * assert.deepEqual(names, ["MSH", "EVN", "PID"]);
 * ```
 */
export class SegmentWalk {
  /** Index of the segment's first byte. */
  from = 0;
  /** Index after its last byte, its end character not counted. */
  to = 0;
  #message: Uint8Array = NO_BYTES;
  #next = 0;
  #firstEnd = 0;
  #lineFeeds = false;

  /** Starts over with a message, which is kept until the next call. */
  begin(message: Uint8Array): void {
    this.#message = message;
    this.#next = 0;
    let at = 0;
    while (at < message.length && message[at] !== CR && message[at] !== LF) at++;
    this.#firstEnd = at;
    this.#lineFeeds = message[at] === LF;
  }

  /** Goes to the next segment that is not empty; `false` when there is none. */
  next(): boolean {
    const message = this.#message;
    let from = this.#next;
    while (from < message.length && (message[from] === CR || message[from] === LF)) from++;
    if (from >= message.length) {
      this.#next = from;
      return false;
    }
    let to: number;
    if (from === 0) to = this.#firstEnd;
    else if (this.#lineFeeds) {
      to = from;
      while (to < message.length && message[to] !== CR && message[to] !== LF) to++;
    } else {
      to = message.indexOf(CR, from);
      if (to < 0) to = message.length;
    }
    this.from = from;
    this.to = to;
    this.#next = to + 1;
    return true;
  }

  /** Whether the segment's name is these three bytes: followed by the field separator, or all there is. */
  is(first: number, second: number, third: number, separator: number): boolean {
    const message = this.#message;
    const from = this.from;
    return message[from] === first && message[from + 1] === second && message[from + 2] === third &&
      (from + 3 === this.to || (from + 3 < this.to && message[from + 3] === separator));
  }
}
