/**
 * A message on its way to its answer, and what its failure is called. When it fails is `hllp.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { LinkError } from "../errors.ts";

/** A message to be answered. */
export interface HllpRequest {
  readonly ticket: number;
  /** Its MSH-10; no bytes if it has none. */
  readonly id: Uint8Array;
  readonly block: Uint8Array;
  /** How often it was tried, and whether it was written at all: a try that was taken back does not count. */
  tries: number;
  written: boolean;
}

/** Why a block is sent again, or no more: a NAK, a damaged block in answer, no answer; `ended` for the stream. */
export type HllpWhy = "refused" | "damaged" | "timeout" | "ended";

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
export function failureOf(why: HllpWhy, tries: number, readTimeoutMs: number): LinkError {
  const reason = {
    refused: `the last of ${tries} tries was answered with a NAK`,
    damaged: `the last of ${tries} tries was answered with a damaged block`,
    timeout: `no answer within ${readTimeoutMs} ms, ${tries} tries`,
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
