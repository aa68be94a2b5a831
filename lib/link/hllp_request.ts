/**
 * A message on its way to its answer, and what its failure is called. When it fails is `hllp.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { LinkError } from "../errors.ts";
import { NO_WARNINGS } from "../framing/framer.ts";
import type { MessageReceived } from "./link.ts";

/** A message to be answered. */
export interface HllpRequest {
  readonly ticket: number;
  /** Its MSH-10; no bytes if it has none. */
  readonly id: Uint8Array;
  readonly block: Uint8Array;
  /** How often it was tried, and whether it was written at all: a try that was taken back does not count. */
  tries: number;
  written: boolean;
  /** Until when this try may wait, whatever comes; and until when all of it may. */
  tryUntil: number;
  overAt: number;
}

/**
 * A message that nothing was done for yet.
 *
 * @example
 * ```ts
 * import { newRequest } from "./hllp_request.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(newRequest(1, utf8("MSG1"), utf8("the block")).tries, 0);
 * ```
 */
export function newRequest(ticket: number, id: Uint8Array, block: Uint8Array): HllpRequest {
  return { ticket, id, block, tries: 0, written: false, tryUntil: Infinity, overAt: Infinity };
}

/**
 * A message of the peer, as it is told.
 *
 * @example
 * ```ts
 * import { messageOf } from "./hllp_request.ts";
 * import { NO_BYTES } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(messageOf(NO_BYTES, true).type, "message");
 * ```
 */
export function messageOf(payload: Uint8Array, empty: boolean): MessageReceived {
  return { type: "message", payload, empty, warnings: NO_WARNINGS, heldMs: 0 };
}

/** Why a block is sent again, or no more: a NAK, a damaged block in answer, no answer; the peer left it no room (`busy`); `ended` for the stream. */
export type HllpWhy = "refused" | "damaged" | "timeout" | "busy" | "ended";

/**
 * The error of a message that is given up. Its codes are those of any lower layer that confirms (our decision).
 *
 * @example
 * ```ts
 * import { failureOf } from "./hllp_request.ts";
 * import assert from "node:assert/strict";
 *
 * const error = failureOf("refused", 6, 10_000);
 * assert.equal(error.code, "commit_refused");
 * assert.equal(error.message, "Cannot deliver the message: the last of 6 tries was answered with a NAK");
 * ```
 */
export function failureOf(why: HllpWhy, tries: number, waitedMs: number): LinkError {
  const reason = {
    refused: `the last of ${tries} tries was answered with a NAK`,
    damaged: `the last of ${tries} tries was answered with a damaged block`,
    timeout: `no answer within ${waitedMs} ms, ${tries} tries`,
    busy: `the peer kept the line busy without an answer for ${waitedMs} ms, ${tries} tries`,
    ended: "the stream ended before it was answered",
  }[why];
  const code = why === "refused" ? "commit_refused" : why === "ended" ? "link_ended" : "commit_timeout";
  return new LinkError(code, `Cannot deliver the message: ${reason}`);
}

/**
 * How long the line takes for a message's block, in milliseconds.
 *
 * @example
 * ```ts
 * import { lineTimeMs } from "./hllp_request.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(lineTimeMs({ block: new Uint8Array(960) }, 960), 1000);
 * assert.equal(lineTimeMs({ block: new Uint8Array(960) }, Infinity), 0);
 * ```
 */
export function lineTimeMs({ block }: Pick<HllpRequest, "block">, bytesPerSecond: number): number {
  return Math.ceil((1000 * block.length) / bytesPerSecond);
}
