/**
 * How long an HLLP message may take, whatever the peer sends meanwhile (our decision: the protocol has the read timer
 * alone, which bytes of a block under way move on, and a peer that drips, chatters or floods would move it on for ever).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { HLLP_MAX_DATA, hllpLength } from "../framing/hllp_block.ts";
import type { HllpOptions } from "./hllp_options.ts";
import { type HllpRequest, lineTimeMs } from "./hllp_request.ts";

/** Bytes of a block under way make a try wait for at most so many read timeouts. */
export const HLLP_MOST_TIMEOUTS = 3;

/** What the limits are made of. */
export type HllpTimes = Pick<Required<HllpOptions>, "readTimeoutMs" | "retries" | "retryWindowMs" | "bytesPerSecond">;

/** A block, of which the length alone counts here. */
type Sized = Pick<HllpRequest, "block">;

/**
 * How long one try may wait for the end of its answer: three read timeouts, and what the line takes for its block and
 * for the longest that may come.
 *
 * @example
 * ```ts
 * import { tryLimitMs } from "./hllp_limits.ts";
 * import { completeHllpOptions } from "./hllp_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tryLimitMs({ block: new Uint8Array(80) }, completeHllpOptions({ readTimeoutMs: 2000 })), 6000);
 * ```
 */
export function tryLimitMs(request: Sized, { readTimeoutMs, bytesPerSecond }: HllpTimes): number {
  return HLLP_MOST_TIMEOUTS * readTimeoutMs + lineTimeMs(request, bytesPerSecond) + longestMs(bytesPerSecond);
}

/**
 * How long a message may take from when it is the next, be it written or not, to its answer: the retry window, in which
 * an answer of ours may be due before it, and all its tries, each without the read timeout that the window has already.
 *
 * @example
 * ```ts
 * import { messageLimitMs } from "./hllp_limits.ts";
 * import { completeHllpOptions } from "./hllp_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(messageLimitMs({ block: new Uint8Array(80) }, completeHllpOptions({ readTimeoutMs: 2000 })), 36_000);
 * ```
 */
export function messageLimitMs(request: Sized, times: HllpTimes): number {
  return times.retryWindowMs + (times.retries + 1) * (tryLimitMs(request, times) - times.readTimeoutMs);
}

/**
 * The same for the longest message there can be.
 *
 * @example
 * ```ts
 * import { longestLimitMs } from "./hllp_limits.ts";
 * import { completeHllpOptions } from "./hllp_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(longestLimitMs(completeHllpOptions({})), 180_000);
 * ```
 */
export function longestLimitMs(times: HllpTimes): number {
  return messageLimitMs({ block: { length: 0 } as Uint8Array }, times) +
    (times.retries + 1) * longestMs(times.bytesPerSecond);
}

/**
 * What a read timeout is, in words.
 *
 * @example
 * ```ts
 * import { timeoutText } from "./hllp_limits.ts";
 * import { completeHllpOptions } from "./hllp_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(timeoutText(false, null, 10_000, completeHllpOptions({})), "no answer for 10000 ms");
 * ```
 */
export function timeoutText(inBlock: boolean, waiting: HllpRequest | null, now: number, times: HllpTimes): string {
  if (inBlock && waiting !== null && now >= waiting.tryUntil) {
    return `a block had no end within the ${tryLimitMs(waiting, times)} ms of a try`;
  }
  return `${inBlock ? "no byte within a block" : "no answer"} for ${times.readTimeoutMs} ms`;
}

function longestMs(bytesPerSecond: number): number {
  return Math.ceil(1000 * hllpLength(HLLP_MAX_DATA) / bytesPerSecond);
}
