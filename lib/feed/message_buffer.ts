/**
 * The buffer that messages of varying length are written into, one after the other: it grows to the longest
 * and is used again for each.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import { writeSequence } from "../hl7/patch.ts";

const FIRST_CAPACITY = 1024;
/** Below this a loop beats the call of `set` (measured). */
const SHORT = 32;

/**
 * A buffer that is filled from its beginning.
 *
 * @example
 * ```ts
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const out = new MessageBuffer();
 * out.put(utf8("OBX|"));
 * out.decimal(417);
 * assert.equal(latin1(out.view()), "OBX|417");
 * ```
 */
export class MessageBuffer {
  /** The storage; valid up to `length`, and only until more is written. */
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  /** How many bytes have been written. */
  length = 0;
  #view: Uint8Array = NO_BYTES;

  /** Begins anew. */
  clear(): void {
    this.length = 0;
  }

  /** Makes room for `size` more bytes and returns the index of the first; the caller fills them all. */
  reserve(size: number): number {
    const at = this.length;
    this.length = at + size;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
    }
    return at;
  }

  /** Adds a copy of `bytes`. */
  put(bytes: Uint8Array): void {
    const size = bytes.length;
    const at = this.reserve(size);
    const target = this.bytes;
    if (size < SHORT) { for (let i = 0; i < size; i++) target[at + i] = bytes[i]; }
    else target.set(bytes, at);
  }

  /** Adds a whole number in decimal, with a minus if it is below 0. */
  decimal(n: number): void {
    if (n < 0) {
      this.bytes[this.reserve(1)] = 0x2d;
      n = -n;
    }
    let width = 1;
    for (let rest = n; rest >= 10; rest = Math.floor(rest / 10)) width++;
    this.digits(n, width);
  }

  /** Adds the last `width` digits of a whole number from 0 on, with leading zeros. */
  digits(n: number, width: number): void {
    const at = this.reserve(width);
    writeSequence(this.bytes, at, width, n);
  }

  /** What has been written: a view, valid until more is. */
  view(): Uint8Array {
    const view = this.#view;
    if (view.length === this.length && view.buffer === this.bytes.buffer) return view;
    return this.#view = this.bytes.subarray(0, this.length);
  }
}
