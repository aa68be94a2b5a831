/**
 * The bytes waiting to be written, joined: many frames go out in one write per wake-up.
 * It knows neither frames nor sockets.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "./bytes.ts";

/** What a second message of the same wake-up makes room for. */
const SHARED_CAPACITY = 1024;

/**
 * Where there is a `Buffer`, bytes to be written are best made as one: a stream turns any other
 * array into one, and in Bun that costs ten times what making it so does (measured).
 */
const allocate: (size: number) => Uint8Array = globalThis.Buffer?.allocUnsafe ?? ((size) => new Uint8Array(size));

/**
 * A growing buffer that is filled at its end and taken whole. What `take` returned belongs to the
 * taker: it is never written to again, so a socket may keep it for as long as it likes. The only
 * message of a wake-up is written once, into a buffer of its own size, and handed over as it is.
 *
 * @example
 * ```ts
 * import { SendBuffer } from "./send_buffer.ts";
 * import assert from "node:assert/strict";
 *
 * const out = new SendBuffer();
 * const at = out.reserve(2);
 * out.bytes[at] = 0x1c;
 * out.bytes[at + 1] = 0x0d;
 * assert.deepEqual([...out.take() ?? []], [0x1c, 0x0d]);
 * assert.equal(out.take(), null);
 * ```
 */
export class SendBuffer {
  /** The storage; valid up to `length`, and only until the next `reserve` or `take`. */
  bytes: Uint8Array = NO_BYTES;
  /** How many bytes wait. */
  length = 0;

  /** Makes room for `size` more bytes and returns the index of the first; the caller fills them all. */
  reserve(size: number): number {
    const at = this.length;
    const needed = at + size;
    if (at === 0) this.bytes = allocate(size);
    else if (needed > this.bytes.length) {
      const grown = allocate(Math.max(needed, this.bytes.length * 2, SHARED_CAPACITY));
      grown.set(at === this.bytes.length ? this.bytes : this.bytes.subarray(0, at));
      this.bytes = grown;
    }
    this.length = needed;
    return at;
  }

  /** Adds a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Takes back what was reserved beyond `length`; for an encoder that reserved its upper bound. */
  trim(length: number): void {
    this.length = length;
  }

  /** All waiting bytes, handed over; `null` when there are none. */
  take(): Uint8Array | null {
    const { bytes, length } = this;
    if (length === 0) return null;
    this.bytes = NO_BYTES;
    this.length = 0;
    return length === bytes.length ? bytes : bytes.subarray(0, length);
  }
}
