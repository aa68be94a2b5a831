/**
 * A schedule of bursts: `200/10s` is 200 messages at once every 10 seconds, the first at t0, as a system
 * sends that collects its messages. Pure: it reads no clock and sends nothing.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { parseDuration, parsePositive } from "../values.ts";
import type { Pacer } from "./pacer.ts";

/** So many messages at once, so often. */
export interface Burst {
  readonly size: number;
  readonly everyMs: number;
}

/**
 * Reads `COUNT/DURATION`. Throws a `RangeError` that gives the text found and the form wanted.
 *
 * @example
 * ```ts
 * import { parseBurst } from "./burst.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseBurst("200/10s"), { size: 200, everyMs: 10_000 });
 * ```
 */
export function parseBurst(text: string): Burst {
  const [count, duration, ...rest] = text.split("/");
  try {
    const burst = { size: parsePositive(count), everyMs: parseDuration(duration ?? "") };
    if (rest.length === 0 && burst.everyMs > 0) return burst;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new RangeError(`Cannot read '${text}' as a burst: wanted COUNT/DURATION, such as 200/10s`);
}

/**
 * The schedule of bursts. Its rates are the mean over a burst and the pause behind it.
 *
 * @example
 * ```ts
 * import { BurstPacer } from "./burst.ts";
 * import assert from "node:assert/strict";
 *
 * const pacer = new BurstPacer({ size: 200, everyMs: 10_000 });
 * assert.deepEqual([199, 200].map((k) => pacer.dueAt(k)), [0, 10_000]);
 * assert.equal(pacer.dueBy(30_000), 600);
 * assert.equal(pacer.rateAt(0), 20);
 * ```
 */
export class BurstPacer implements Pacer {
  readonly endsAt = Infinity;
  readonly size: number;
  readonly everyMs: number;

  /** Throws a `RangeError` unless the size is a whole number from 1 on and the time above 0. */
  constructor({ size, everyMs }: Burst) {
    if (!(Number.isSafeInteger(size) && size >= 1)) {
      throw new RangeError(`Cannot send ${size} messages at once: wanted a whole number from 1 on`);
    }
    if (!(everyMs > 0 && everyMs < Infinity)) {
      throw new RangeError(`Cannot send a burst every ${everyMs} ms: wanted above 0`);
    }
    this.size = size;
    this.everyMs = everyMs;
  }

  dueAt(k: number): number {
    return Math.floor(k / this.size) * this.everyMs;
  }

  dueBy(t: number): number {
    if (t <= 0) return 0;
    let bursts = Math.ceil(t / this.everyMs);
    // Division and multiplication round apart by one unit in the last place; multiplication decides.
    while (bursts > 0 && (bursts - 1) * this.everyMs >= t) bursts--;
    while (bursts * this.everyMs < t) bursts++;
    return bursts * this.size;
  }

  rateAt(_t: number): number {
    return this.size * 1000 / this.everyMs;
  }

  meanRate(t: number): number {
    return this.rateAt(t);
  }
}
