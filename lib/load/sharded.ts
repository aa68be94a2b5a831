/**
 * One machine's part of a schedule that several share: of `of` machines, the one with this `index` (from 0)
 * sends arrival `k` if `k mod of` is `index`. All keep the same schedule and one t0, so that together
 * they send it once. Pure: it reads no clock and sends nothing.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Pacer } from "./pacer.ts";

/** Whose part it is. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  /** How many share. */
  readonly of: number;
}

/**
 * How many of the first `count` messages are this shard's; `Infinity` of endlessly many.
 *
 * @example
 * ```ts
 * import { shardCount } from "./sharded.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([0, 1, 2].map((index) => shardCount(10, { index, of: 3 })), [4, 3, 3]);
 * ```
 */
export function shardCount(count: number, { index, of }: Shard): number {
  return Math.max(0, Math.ceil((count - index) / of));
}

/**
 * A shard of a schedule: its arrival `j` is arrival `index + j * of` of the whole; rates are its share.
 *
 * @example
 * ```ts
 * import { ConstantPacer } from "./pacer.ts";
 * import { ShardedPacer } from "./sharded.ts";
 * import assert from "node:assert/strict";
 *
 * const pacer = new ShardedPacer(new ConstantPacer(100), 1, 4);
 * assert.deepEqual([0, 1].map((j) => pacer.dueAt(j)), [10, 50]);
 * assert.equal(pacer.dueBy(1000), 25);
 * assert.equal(pacer.rateAt(0), 25);
 * ```
 */
export class ShardedPacer implements Pacer {
  readonly shard: Shard;
  readonly #base: Pacer;

  /** Throws a `RangeError` unless `of` is a whole number from 1 on and `index` one below it. */
  constructor(base: Pacer, index: number, of: number) {
    if (!(Number.isSafeInteger(of) && of >= 1 && Number.isSafeInteger(index) && index >= 0 && index < of)) {
      throw new RangeError(
        `Cannot be shard ${index} of ${of}: wanted a whole number from 0 on, below how many there are`,
      );
    }
    this.#base = base;
    this.shard = { index, of };
  }

  get endsAt(): number {
    return this.#base.endsAt;
  }

  dueAt(j: number): number {
    return this.#base.dueAt(this.shard.index + j * this.shard.of);
  }

  dueBy(t: number): number {
    return shardCount(this.#base.dueBy(t), this.shard);
  }

  rateAt(t: number): number {
    return this.#base.rateAt(t) / this.shard.of;
  }

  meanRate(t: number): number {
    return this.#base.meanRate(t) / this.shard.of;
  }
}
