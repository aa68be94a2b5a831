/**
 * Patterns of message types: `ADT^A01`, `ADT^A0*`, `*`. Their time grows with the type's length times the pattern's
 * parts, whatever they are.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * Whether a type such as `ADT^A01` fits one of the patterns: `*` stands for any characters, and a pattern without
 * `^` for that message code with any trigger, or with none.
 *
 * @example
 * ```ts
 * import { compileTypes } from "./type_pattern.ts";
 * import assert from "node:assert/strict";
 *
 * const fits = compileTypes(["ADT^A0*", "ORU"]);
 * assert.deepEqual(["ADT^A08", "ADT^A11", "ORU^R01", "ORU"].map(fits), [true, false, true, true]);
 * ```
 */
export function compileTypes(patterns: readonly string[]): (type: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const wild = patterns.filter((pattern) => pattern.includes("*"));
  const fits = (type: string): boolean => {
    if (exact.has(type) || wild.some((pattern) => fitsPattern(type, pattern))) return true;
    const caret = type.indexOf("^");
    if (caret < 0) return false;
    const code = type.slice(0, caret);
    return exact.has(code) || wild.some((pattern) => !pattern.includes("^") && fitsPattern(code, pattern));
  };
  // Messages of one type often come in a row.
  let last: string | null = null;
  let answer = false;
  return (type) => {
    if (type !== last) answer = fits(last = type);
    return answer;
  };
}

/** Whether a text fits a pattern in which `*` stands for any characters: each part at the first place behind the one before. */
function fitsPattern(text: string, pattern: string): boolean {
  const [head, ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  const tail = rest.pop() ?? "";
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  const end = text.length - tail.length;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/**
 * Whether every type that fits one of `narrow` fits one of `wide`, as far as that is plain: `null` stands for any type.
 *
 * @example
 * ```ts
 * import { coversTypes } from "./type_pattern.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(coversTypes(["ADT^*"], ["ADT^A01", "ADT^A0*"]));
 * assert.ok(!coversTypes(["ADT^A0*"], ["ADT^*"]));
 * ```
 */
export function coversTypes(wide: readonly string[], narrow: readonly string[] | null): boolean {
  if (wide.includes("*")) return true;
  if (narrow === null) return false;
  // A pattern read as a text: its own `*` is fitted by a `*` alone, since no other part holds one.
  return narrow.every((pattern) =>
    wide.some((each) => {
      if (each === pattern || fitsPattern(pattern, each)) return true;
      const code = pattern.split("^")[0];
      return !each.includes("^") && pattern.includes("^") && !code.includes("*") && fitsPattern(code, each);
    })
  );
}
