/**
 * A word out of a list: how flags, options of endpoints and operands read one.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { nearest } from "./values.ts";

/**
 * The one of `words` that `text` is.
 *
 * @throws RangeError for any other: it lists them and says which one was meant
 *
 * @example
 * ```ts
 * import { oneOf } from "./one_of.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(oneOf("mllp", ["mllp", "none"]), "mllp");
 * assert.throws(() => oneOf("mlpp", ["mllp", "none"]), /wanted one of mllp, none; did you mean mllp\?$/);
 * ```
 */
export function oneOf<W extends string>(text: string, words: readonly W[]): W {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const meant = nearest(text, words);
  throw new RangeError(
    `Cannot read '${text}': wanted one of ${words.join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`,
  );
}
