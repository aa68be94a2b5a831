/**
 * Expectations in words: the line by which a verdict is known.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatCount, formatDuration } from "../../lib/values.ts";
import { type Bounds, type Expectation, outcomeWord } from "../scenario/expectation.ts";
import { tellScope, tellWhen } from "../scenario/tell.ts";

/**
 * Bounds in words, to stand before what is counted.
 *
 * @example
 * ```ts
 * import { tellBounds } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellBounds({ atLeast: 2, atMost: 2 }), "exactly 2");
 * assert.equal(tellBounds({ atLeast: 0, atMost: 2 }), "at most 2");
 * assert.equal(tellBounds({ atLeast: 1, atMost: 3 }), "1 to 3");
 * ```
 */
export function tellBounds({ atLeast, atMost }: Bounds): string {
  if (atLeast === atMost) return `exactly ${formatCount(atLeast)}`;
  if (atMost === Infinity) return `at least ${formatCount(atLeast)}`;
  return atLeast === 0 ? `at most ${formatCount(atMost)}` : `${formatCount(atLeast)} to ${formatCount(atMost)}`;
}

/**
 * An expectation in one line.
 *
 * @example
 * ```ts
 * import { tellExpectation } from "./tell.ts";
 * import assert from "node:assert/strict";
 *
 * const when = { type: ["ADT^A01"] };
 * assert.equal(
 *   tellExpectation({ kind: "count", when, bounds: { atLeast: 3, atMost: 3 }, withinMs: 60_000 }),
 *   "exactly 3 messages of type ADT^A01 within 1m",
 * );
 * assert.equal(tellExpectation({ kind: "every", when, gets: "AA" }), "every message of type ADT^A01 gets AA");
 * ```
 */
export function tellExpectation(expectation: Expectation): string {
  switch (expectation.kind) {
    case "count":
      return `${counted(expectation.bounds)} ${tellWhen(expectation.when)}${within(expectation.withinMs)}`;
    case "order": {
      const { when, per } = expectation;
      const scope = per === undefined || per === "scenario" ? "" : `, ${tellScope(per)}`;
      return `messages come in order: ${when.map(tellWhen).join(", then ")}${scope}`;
    }
    case "no_duplicates":
      return `no two messages have the same ${expectation.path}`;
    case "every":
      return `every message ${tellWhen(expectation.when)} gets ${expectation.gets}${within(expectation.withinMs)}`;
    case "retries": {
      const { bounds, when } = expectation;
      return `every message ${tellWhen(when)} comes again ${tellBounds(bounds)} ${
        bounds.atMost === 1 ? "time" : "times"
      }`;
    }
    case "none":
      return `no message ${tellWhen(expectation.when)}`;
    case "outcome":
      return `${counted(expectation.bounds)} with the outcome ${outcomeWord(expectation.outcome)}`;
  }
}

function counted(bounds: Bounds): string {
  const one = (bounds.atMost === Infinity ? bounds.atLeast : bounds.atMost) === 1;
  return `${tellBounds(bounds)} ${one ? "message" : "messages"}`;
}

function within(ms: number | undefined): string {
  return ms === undefined ? "" : ` within ${formatDuration(ms)}`;
}
