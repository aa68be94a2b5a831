/**
 * Numbers of one kind, a great many of them: an audit holds a few bytes of each message, and no object.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** The typed arrays that a column can be made of. */
export type Cells = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Numbers on a page: it grows by pages, so that nothing is ever copied (measured: half the memory). */
const BITS = 15;
const MASK = (1 << BITS) - 1;

/**
 * A list of numbers that grows.
 *
 * @example
 * ```ts
 * import { Column } from "./column.ts";
 * import assert from "node:assert/strict";
 *
 * const attempts = Column.of(Uint16Array, [1, 1]);
 * attempts.push(3);
 * assert.equal(attempts.get(2), 3);
 * assert.equal(attempts.length, 3);
 * ```
 */
export class Column<C extends Cells> {
  length = 0;
  readonly #pages: C[] = [];
  readonly #make: new (length: number) => C;

  constructor(make: new (length: number) => C) {
    this.#make = make;
  }

  /** A column of these numbers. */
  static of<C extends Cells>(make: new (length: number) => C, numbers: Iterable<number>): Column<C> {
    const column = new Column(make);
    for (const number of numbers) column.push(number);
    return column;
  }

  /** Number `i`, below `length`. */
  get(i: number): number {
    return this.#pages[i >>> BITS][i & MASK];
  }

  /** Replaces number `i`. */
  set(i: number, number: number): void {
    this.#pages[i >>> BITS][i & MASK] = number;
  }

  /** Adds a number; one that the kind of array cannot hold is cut to it. */
  push(number: number): void {
    const i = this.length++;
    if ((i & MASK) === 0) this.#pages.push(new this.#make(MASK + 1));
    this.#pages[i >>> BITS][i & MASK] = number;
  }
}
