/**
 * What a condition can say of a message's frame.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { FramingCode } from "../../lib/errors.ts";
import { MLLP_RULES } from "../../lib/framing/rules.ts";

/** How a message's frame was: as it should be, with deviations that were tolerated, or with one that has this code. */
export type FrameWord = "strict" | "tolerated" | FramingCode;

/** All of them. */
export const FRAME_WORDS: readonly FrameWord[] = Object.freeze(
  [
    "strict",
    "tolerated",
    "invalid_header",
    "invalid_content",
    "invalid_boundary",
    "invalid_trailer",
    "unexpected_start",
    "frame_too_large",
    "truncated",
  ] as const,
);

const CODES: ReadonlyMap<string, FramingCode> = new Map(MLLP_RULES.map(({ name, code }) => [name, code]));

/**
 * The code of the fault that a tolerated deviation would have been; `null` for a rule that is none.
 *
 * @example
 * ```ts
 * import { codeOfRule } from "./frame.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(codeOfRule("no-final-cr"), "invalid_boundary");
 * ```
 */
export function codeOfRule(rule: string): FramingCode | null {
  return CODES.get(rule) ?? null;
}
