/**
 * The lines that have room, the one that has waited longest first: a ring in which each line stands
 * at most once. Made once; it allocates nothing.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * A ring of line numbers.
 *
 * @example
 * ```ts
 * import { FreeLines } from "./free_lines.ts";
 * import assert from "node:assert/strict";
 *
 * const free = new FreeLines(2);
 * free.add(1);
 * free.add(0);
 * free.add(1);
 * assert.deepEqual([free.take(), free.take(), free.take()], [1, 0, -1]);
 * ```
 */
export class FreeLines {
  /** How many stand in it. */
  count = 0;
  #head = 0;
  readonly #ring: Int32Array;
  readonly #listed: Uint8Array;

  /** For lines numbered from 0 to `size - 1`. */
  constructor(size: number) {
    this.#ring = new Int32Array(size);
    this.#listed = new Uint8Array(size);
  }

  /** Adds a line at the end, unless it stands in the ring already. */
  add(line: number): void {
    if (this.#listed[line] === 1) return;
    this.#listed[line] = 1;
    this.#ring[(this.#head + this.count) % this.#ring.length] = line;
    this.count++;
  }

  /** Takes the line at the head; -1 if there is none. */
  take(): number {
    if (this.count === 0) return -1;
    const line = this.#ring[this.#head];
    this.#head = (this.#head + 1) % this.#ring.length;
    this.count--;
    this.#listed[line] = 0;
    return line;
  }
}
