/**
 * Timers, limits and choices of an HLLP dialogue, and their defaults. What they do is `hllp.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** Choices of an HLLP link. */
export interface HllpOptions {
  /** How long a block in answer is waited for, and how long a block may be silent within, in milliseconds; default 10 s [impl]. */
  readonly readTimeoutMs?: number;
  /** How often a block is sent again; default 5 [impl]. */
  readonly retries?: number;
  /** When both sides have sent at once: whether ours goes first. One side of a line has it; default false. */
  readonly priority?: boolean;
  /**
   * How long a block counts as a repeat of the same one before it, in milliseconds; default: as long as all tries take. What
   * the line takes for the block, at each try, is added.
   */
  readonly retryWindowMs?: number;
  /**
   * `auto` (default) answers a message that asks for no HL7 acknowledgement with an empty block, unless the sink has
   * answered it; under `manual` the holder answers every message.
   */
  readonly answers?: "auto" | "manual";
  /** How many bytes the line carries in a second: the time a block takes is added to the wait for its answer. Default: any number. */
  readonly bytesPerSecond?: number;
}

/**
 * The same, complete. Throws a `RangeError` for what makes no sense.
 *
 * @example
 * ```ts
 * import { completeHllpOptions } from "./hllp_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(completeHllpOptions({ readTimeoutMs: 2000 }).retryWindowMs, 12_000);
 * assert.throws(() => completeHllpOptions({ retries: -1 }), RangeError);
 * ```
 */
export function completeHllpOptions(options: HllpOptions): Required<HllpOptions> {
  const { readTimeoutMs = 10_000, retries = 5, bytesPerSecond = Infinity } = options;
  const { retryWindowMs = readTimeoutMs * (retries + 1) } = options;
  if (!(readTimeoutMs > 0)) throw new RangeError(`Cannot wait ${readTimeoutMs} ms for a block: expected more than 0`);
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new RangeError(`Cannot send a block again ${retries} times: expected a whole number of at least 0`);
  }
  if (!(retryWindowMs >= 0)) {
    throw new RangeError(`Cannot take blocks for repeats within ${retryWindowMs} ms: expected at least 0`);
  }
  if (!(bytesPerSecond > 0)) {
    throw new RangeError(`Cannot use a line of ${bytesPerSecond} bytes a second: expected more than 0`);
  }
  return {
    readTimeoutMs,
    retries,
    priority: options.priority ?? false,
    retryWindowMs,
    answers: options.answers ?? "auto",
    bytesPerSecond,
  };
}
