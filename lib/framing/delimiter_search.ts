/**
 * The search of a chunk for MLLP's two delimiters with the platform's own search, each place once. It knows where
 * they are, not what they mean there.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { FS, NO_BYTES, VT } from "../bytes.ts";

/**
 * Remembers the next EB and the next SB of the chunk until reading has passed them: looking for one never makes the
 * other be looked for again, so that no stream, however hostile, is searched in more than linear time.
 *
 * @example
 * ```ts
 * import { DelimiterSearch } from "./delimiter_search.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const search = new DelimiterSearch();
 * search.take(utf8("\x0bA\x1c\r"));
 * assert.equal(search.nextEnd(0), 2);
 * assert.equal(search.nextStart(1), 4, "none from there on: the chunk's length");
 * ```
 */
export class DelimiterSearch {
  #chunk: Uint8Array = NO_BYTES;
  /** The next EB or SB not passed; the chunk's length if there is none, -1 if it was not looked for. */
  #end = -1;
  #start = -1;

  /** A new chunk. Within one chunk `from` never goes back. */
  take(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#end = -1;
    this.#start = -1;
  }

  /** The index of the first EB at or after `from`; the chunk's length if there is none. */
  nextEnd(from: number): number {
    if (this.#end < from) this.#end = find(this.#chunk, FS, from);
    return this.#end;
  }

  /** The index of the first SB at or after `from`; the chunk's length if there is none. */
  nextStart(from: number): number {
    if (this.#start < from) this.#start = find(this.#chunk, VT, from);
    return this.#start;
  }
}

function find(chunk: Uint8Array, byte: number, from: number): number {
  // Of a Buffer too: its own indexOf first looks at what kind of value it was given, which costs as much again.
  const at = Uint8Array.prototype.indexOf.call(chunk, byte, from);
  return at < 0 ? chunk.length : at;
}
