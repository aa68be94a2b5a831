/**
 * The contract of a fuzz target: what it is fed with, and what must hold of whatever it makes of that. It knows no loop
 * and no clock.
 *
 * # The contract
 *
 * - A case is plain JSON, so that a failed one can be pasted into test/fuzz/vectors.json as it stands. Bytes are texts of
 *   characters up to U+00FF, one a byte.
 * - `cases` draws structure, not noise: whole frames, messages, documents, then damage to them.
 * - `check` throws where something does not hold, whatever it throws, and returns where all does. It takes no longer than
 *   `MOST_MS`: what hangs on a case is a defect like any other.
 * - `check` tells `met` by a word what the case came to. `meets` are the words that a run of `ENOUGH` cases has to hear:
 *   a target that no longer gets that far is blind, and a run says so.
 *
 * @module
 */
import type { Arbitrary } from "fast-check";

/** Hears, by a word, what a case came to. */
export type Met = (outcome: string) => void;

/** A part of the program under fuzz; the contract is this module's text. */
export interface Target<Case> {
  /** As in `--only`. */
  readonly name: string;
  /** What must hold, in a few words. */
  readonly about: string;
  readonly cases: Arbitrary<Case>;
  readonly meets: readonly string[];
  /** The words of its lists: a text of a case that is one stays whole when the case is made smaller. */
  readonly words?: readonly string[];
  check(one: Case, met: Met): void | Promise<void>;
}

/** A target of whatever cases. */
// deno-lint-ignore no-explicit-any
export type AnyTarget = Target<any>;

/** A run of so many cases has met all that it is to meet, or is blind. */
export const ENOUGH = 3000;

/** No case takes longer, in milliseconds of real time: most take less than one. */
export const MOST_MS = 5000;
