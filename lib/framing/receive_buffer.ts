/**
 * The bytes of one unfinished frame, put together from the chunks they came in. It knows neither
 * delimiters nor offsets of the stream, and searches nothing: each byte is written once.
 *
 * This module performs no I/O.
 *
 * # Who holds how much
 *
 * A buffer keeps its storage for the next frame up to 16 KiB. Larger storage goes, once its frame
 * is done, to a few spares that all buffers share, and comes from there: a stream of large messages
 * is read without an allocation each time, while a thousand idle connections that each once carried
 * a large one hold on to nothing. The spares take 32 MiB at most, in the whole program.
 *
 * @module
 */

import { NO_BYTES } from "../bytes.ts";

/** The longest payload held if nothing else is asked for: 16 MiB (our decision, architecture.md section 6). */
export const DEFAULT_MAX_FRAME: number = 16 * 1024 * 1024;

const FIRST_CAPACITY = 4096;
/** The largest storage that a buffer keeps for itself (our decision: most messages are shorter than this). */
const OWN_CAPACITY = 16 * 1024;
/** How much is kept in spares, and in how many (our decision: two frames of the default limit). */
const SPARE_CAPACITY = 2 * DEFAULT_MAX_FRAME;
const SPARES = 16;
/** Below this a loop copies faster than a native call with a view made for it (measured). */
const SMALL = 48;

/** The smallest first. */
const spares: Uint8Array[] = [];
let spareBytes = 0;

/**
 * A reused buffer that grows by doubling and holds up to `limit` bytes, never more.
 *
 * @example
 * ```ts
 * import { ReceiveBuffer } from "./receive_buffer.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const buffer = new ReceiveBuffer(1024);
 * buffer.append(utf8("..MSH|"), 2, 6);
 * buffer.append(utf8("^~\\&"), 0, 4);
 * assert.deepEqual(buffer.view(0, buffer.length), utf8("MSH|^~\\&"));
 * buffer.clear();
 * assert.equal(buffer.length, 0);
 * ```
 */
export class ReceiveBuffer {
  /** How many bytes are held. */
  length = 0;
  #storage: Uint8Array = NO_BYTES;
  readonly #limit: number;

  /** Holds at most `limit` bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bytes of memory are taken. */
  get capacity(): number {
    return this.#storage.length;
  }

  /** Adds a copy of `bytes[start..end)`. Throws a `RangeError` where that exceeds the limit. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const at = this.length;
    const needed = at + (end - start);
    if (needed > this.#limit) {
      throw new RangeError(`Cannot hold ${needed} bytes of a frame: expected at most ${this.#limit}`);
    }
    if (needed > this.#storage.length) this.#grow(needed);
    if (end - start <= SMALL) {
      const storage = this.#storage;
      for (let from = start, to = at; from < end; from++, to++) storage[to] = bytes[from];
    } else if (start === 0 && end === bytes.length) {
      this.#storage.set(bytes, at);
    } else {
      this.#storage.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start), at);
    }
    this.length = needed;
  }

  /** The byte at an index below `length`. */
  at(index: number): number {
    return this.#storage[index];
  }

  /** A view of some of the bytes; valid until `release` or the next `append` after a `clear`. */
  view(start: number, end: number): Uint8Array {
    return this.#storage.subarray(start, end);
  }

  /** Forgets the bytes; views of them stay valid. */
  clear(): void {
    this.length = 0;
  }

  /** Gives large storage away if no bytes are held: to be called when no view is in use any more. */
  release(): void {
    if (this.length > 0 || this.#storage.length <= OWN_CAPACITY) return;
    giveSpare(this.#storage);
    this.#storage = NO_BYTES;
  }

  #grow(needed: number): void {
    const old = this.#storage;
    let grown = needed > OWN_CAPACITY ? takeSpare(needed) : null;
    grown ??= new Uint8Array(Math.min(this.#limit, Math.max(needed, old.length * 2, FIRST_CAPACITY)));
    grown.set(old.subarray(0, this.length));
    this.#storage = grown;
    if (old.length > OWN_CAPACITY) giveSpare(old);
  }
}

/** The largest spare, so that what takes it does not soon outgrow it. */
function takeSpare(needed: number): Uint8Array | null {
  const largest = spares.at(-1);
  if (largest === undefined || largest.length < needed) return null;
  spares.pop();
  spareBytes -= largest.length;
  return largest;
}

/** Of too many the smallest go. */
function giveSpare(storage: Uint8Array): void {
  if (storage.length > SPARE_CAPACITY) return;
  let index = spares.length;
  while (index > 0 && spares[index - 1].length > storage.length) index--;
  spares.splice(index, 0, storage);
  spareBytes += storage.length;
  while (spares.length > SPARES || spareBytes > SPARE_CAPACITY) spareBytes -= spares.shift()?.length ?? 0;
}
