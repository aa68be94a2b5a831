/**
 * Regular expressions of users: those of RE2, whose time grows with the text and the expression and no faster. So no message
 * can hold up a receiver with the expression of a rule.
 *
 * This module performs no I/O.
 *
 * # What holds (our decisions)
 *
 * An expression is searched for anywhere in the value, as `contains` is, and case matters; `^`, `$` and `(?i)` say otherwise.
 * Look-around and back references do not exist in RE2. Of a longer value the first 65,536 characters are
 * looked at. An expression has at most as many characters, and at most 5,000 instructions when compiled: at that size the longest value
 * still takes about a second in the worst case, and what people write has less than a hundred.
 *
 * @module
 */
import { RE2JS, RE2JSException, RE2JSSyntaxException } from "re2js";
import type { Matcher } from "./decide/passes.ts";

/** Of a value so many characters are looked at, and an expression has at most as many. */
export const MOST_CHARACTERS = 65_536;

/** What an expression may be compiled to. */
const MOST_INSTRUCTIONS = 5000;

/** How much of a wrong expression is shown. */
const SHOWN = 60;

/**
 * What reads the regular expressions of a scenario. Given one that cannot be used, it throws a `RangeError` with the reason.
 *
 * @example
 * ```ts
 * import { matcherOf } from "./matcher.ts";
 * import assert from "node:assert/strict";
 *
 * const matcher = matcherOf();
 * const fits = matcher("^HOSP-\\d+$");
 * assert.deepEqual(["HOSP-7", "hosp-7", "a HOSP-7"].map(fits), [true, false, false]);
 * assert.throws(() => matcher("(a"), /Cannot read '\(a' as a regular expression: missing closing \)/);
 * ```
 */
export function matcherOf(): Matcher {
  return (pattern) => {
    const expression = compiled(pattern);
    return (text) => expression.test(text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text);
  };
}

function compiled(pattern: string): RE2JS {
  if (pattern.length > MOST_CHARACTERS) {
    refuse(pattern, `it has ${pattern.length} characters, wanted at most ${MOST_CHARACTERS}`);
  }
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    refuse(pattern, error instanceof RE2JSSyntaxException ? reasonOf(error) : error.message);
  }
  const size = expression.programSize();
  if (size > MOST_INSTRUCTIONS) {
    refuse(pattern, `it comes to ${size} instructions, wanted at most ${MOST_INSTRUCTIONS}; shorten its repetitions`);
  }
  return expression;
}

/** What is wrong, and the part of the expression that it is about where that is not all of it. */
function reasonOf(error: RE2JSSyntaxException): string {
  const part = error.getPattern();
  return part === null || part.length > SHOWN ? error.getDescription() : `${error.getDescription()} at '${part}'`;
}

function refuse(pattern: string, why: string): never {
  const shown = pattern.length > SHOWN ? `${pattern.slice(0, SHOWN)}...` : pattern;
  throw new RangeError(`Cannot read '${shown}' as a regular expression: ${why}`);
}
