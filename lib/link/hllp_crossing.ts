/**
 * The request of the peer that crossed ours while ours has priority: kept until it comes again, as it will once the peer
 * has answered; handed on where it does not, so that it is not lost. When that is, `hllp.ts` says.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { HllpVersion } from "../framing/hllp_block.ts";

/** How long the peer's own message is waited for, after ours went first (our decision: it follows its answer at once). */
export const YIELD_MS = 1000;

/** A block that is kept. */
export interface KeptBlock {
  readonly data: Uint8Array;
  readonly version: HllpVersion;
}

/**
 * What crossed ours; the latest, if more than one did: who sends another has given up the one before.
 *
 * @example
 * ```ts
 * import { HllpCrossing, YIELD_MS } from "./hllp_crossing.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const crossing = new HllpCrossing();
 * crossing.keep(utf8("MSH|..."), "23");
 * assert.equal(crossing.at, Infinity);
 * crossing.yield(5000, 35_000);
 * assert.equal(crossing.at, 5000 + YIELD_MS);
 * assert.deepEqual(crossing.take()?.data, utf8("MSH|..."));
 * assert.equal(crossing.isKept, false);
 * ```
 */
export class HllpCrossing {
  /** When it is to be handed on; `Infinity` while ours is not settled, or nothing is kept. */
  at = Infinity;
  #latest = Infinity;
  #kept: KeptBlock | null = null;

  /** Whether one is kept: then nothing else of ours goes. */
  get isKept(): boolean {
    return this.#kept !== null;
  }

  /** It came, while ours waits. */
  keep(data: Uint8Array, version: HllpVersion): void {
    this.#kept = { data: data.slice(), version };
  }

  /** Ours waits no more: its turn; `latest` is when it is handed on whatever comes. */
  yield(now: number, latest: number): void {
    if (this.#kept === null) return;
    this.at = now + YIELD_MS;
    this.#latest = Math.max(latest, this.at);
  }

  /** The peer is sending something: what, is to be seen. */
  listen(until: number): void {
    if (this.at < Infinity) this.at = Math.min(until, this.#latest);
  }

  /** What is kept, to be handed on, or forgotten for what came instead: the same again, or another; `null` if nothing is. */
  take(): KeptBlock | null {
    const kept = this.#kept;
    this.#kept = null;
    this.at = Infinity;
    return kept;
  }
}
