/**
 * The bytes waiting to be written, joined: many frames go out in one write per wake-up.
 * It knows neither frames nor sockets.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "./bytes.ts";

const FIRST_CAPACITY = 1024;
/** Storage that grew beyond this is let go when it has been taken (our decision: one big message must not stay in memory). */
const LARGEST_KEPT = 256 * 1024;

/**
 * A growing buffer that is filled at its end and taken whole. What `take` returned belongs to the
 * taker: it is never written to again, so a socket may keep it for as long as it likes. The storage
 * is reused: in Bun a small copy costs half of what new storage and a view of it do (measured).
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
 * assert.deepEqual(out.take(), new Uint8Array([0x1c, 0x0d]));
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
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2, FIRST_CAPACITY));
      grown.set(this.bytes.subarray(0, at));
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
    this.length = 0;
    if (bytes.length > LARGEST_KEPT) {
      this.bytes = NO_BYTES;
      return bytes.subarray(0, length);
    }
    return bytes.slice(0, length);
  }
}
