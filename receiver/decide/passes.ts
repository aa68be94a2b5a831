/**
 * Tests of values, compiled once: whether the bytes at a path are what a rule wants.
 *
 * This module performs no I/O.
 *
 * # Characters (our decision)
 *
 * A text of a scenario fits the bytes that it has in UTF-8 or in ISO 8859-1, whichever the message uses; escape
 * sequences of HL7 are not resolved. A regular expression sees the characters of UTF-8 where
 * the value is such, else those of ISO 8859-1.
 *
 * @module
 */
import { latin1, utf8 } from "../../lib/bytes.ts";
import type { Test } from "../scenario/when.ts";
import type { ValueTest } from "./values.ts";

/**
 * Makes a regular expression into a test of a text. Its time must grow with the text alone: the platform's own
 * expressions are out of the question for what users write. Throws a `RangeError` for a pattern that is none.
 */
export type Matcher = (pattern: string) => (text: string) => boolean;

/** What is said where a scenario has a regular expression and nothing here can read one. */
export const NO_MATCHER = "'matches' is not available in this version: wanted is, starts, ends or contains";

/** Of a longer value, so much is looked at by a regular expression (our decision: it is the bound of the matcher, too). */
const MOST_TESTED = 64 * 1024;

/** HL7's explicit null. */
const EXPLICIT_NULL = utf8('""');
const strict = new TextDecoder("utf-8", { fatal: true });

/** What a value must be, compiled. */
export interface CompiledTest {
  /** Of one value. */
  readonly passes: ValueTest;
  /** Whether it holds where no value passes, not where one does: `absent` and `empty`. */
  readonly inverted: boolean;
  /** The only bytes that pass; absent where others may. */
  readonly only?: Uint8Array;
}

/**
 * A test of the values at a path: it holds where one of them passes every part that speaks of a value; `absent` and `empty` hold
 * where none does.
 *
 * @param versions whether `above` and `below` compare versions, not numbers
 * @throws RangeError for a regular expression that cannot be read
 *
 * @example
 * ```ts
 * import { compileTest } from "./passes.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const { passes, inverted } = compileTest({ starts: ["HOSP"] });
 * assert.equal(passes(utf8("HOSP7"), 0, 5), true);
 * assert.equal(inverted, false);
 * ```
 */
export function compileTest(test: Test, matcher?: Matcher, versions = false): CompiledTest {
  const { is, starts, ends, contains, matches, above, below, exists, empty } = test;
  if (exists === false) return { passes: () => true, inverted: true };
  if (empty === true) return { passes: isMore, inverted: true };
  const parts: ValueTest[] = [];
  if (is !== undefined) parts.push(oneOf(is, (size, text) => size === text.length ? 0 : -1));
  if (starts !== undefined) parts.push(oneOf(starts, (size, text) => size >= text.length ? 0 : -1));
  if (ends !== undefined) parts.push(oneOf(ends, (size, text) => size - text.length));
  if (contains !== undefined) parts.push(containsOneOf(contains));
  if (above !== undefined) parts.push(compared(above, versions, (order) => order > 0));
  if (below !== undefined) parts.push(compared(below, versions, (order) => order < 0));
  if (empty === false) parts.push(isMore);
  if (matches !== undefined) {
    if (matcher === undefined) throw new RangeError(NO_MATCHER);
    const fits = matcher(matches);
    parts.push((bytes, from, to) => fits(textOf(bytes, from, Math.min(to, from + MOST_TESTED))));
  }
  const [first, ...others] = parts;
  if (first === undefined) return { passes: () => true, inverted: false };
  if (others.length === 0) {
    const [bytes, ...more] = (is ?? []).flatMap(encodings);
    return { passes: first, inverted: false, ...(bytes !== undefined && more.length === 0 ? { only: bytes } : {}) };
  }
  return { passes: (bytes, from, to) => parts.every((part) => part(bytes, from, to)), inverted: false };
}

/** Whether a value is more than HL7's explicit null. */
function isMore(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from !== 2 || bytes[from] !== EXPLICIT_NULL[0] || bytes[from + 1] !== EXPLICIT_NULL[1];
}

/**
 * A test against several texts, each in both of its encodings.
 *
 * @param offset where in a value of this size the text must stand; below 0 for nowhere
 */
function oneOf(texts: readonly string[], offset: (size: number, text: Uint8Array) => number): ValueTest {
  const wanted = texts.flatMap(encodings);
  return (bytes, from, to) => {
    for (let i = 0; i < wanted.length; i++) {
      const text = wanted[i];
      const at = offset(to - from, text);
      if (at >= 0 && standsAt(bytes, from + at, text)) return true;
    }
    return false;
  };
}

function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

function containsOneOf(texts: readonly string[]): ValueTest {
  const wanted = texts.flatMap(encodings);
  return (bytes, from, to) => wanted.some((text) => holds(bytes, from, to, text));
}

function holds(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  const [first] = text;
  for (let at = from; at <= to - text.length; at++) if (bytes[at] === first && standsAt(bytes, at, text)) return true;
  return false;
}

function encodings(text: string): Uint8Array[] {
  const bytes = utf8(text);
  const codes = Array.from(text, (one) => one.codePointAt(0) ?? 0);
  return bytes.length === text.length || codes.some((code) => code > 0xff) ? [bytes] : [bytes, Uint8Array.from(codes)];
}

/** No number of a message is longer. */
const LONGEST_NUMBER = 64;

function compared(bound: string, versions: boolean, fits: (order: number) => boolean): ValueTest {
  const form = versions ? /^\d+(\.\d+)*$/ : /^[+-]?\d+(\.\d+)?$/;
  const order = versions ? compareVersions : (a: string, b: string) => Number(a) - Number(b);
  return (bytes, from, to) => {
    if (to - from > LONGEST_NUMBER) return false;
    const text = latin1(bytes, from, to).trim();
    return form.test(text) && fits(order(text, bound));
  };
}

/**
 * Which of two versions comes first: below, at or above 0. 2.10 comes behind 2.9, and 2.3.1 behind 2.3.
 *
 * @example
 * ```ts
 * import { compareVersions } from "./passes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(compareVersions("2.10", "2.9") > 0);
 * assert.equal(compareVersions("2.5", "2.5.0"), 0);
 * ```
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = (left[i] ?? 0) - (right[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * The characters of a value: UTF-8 where it is, else ISO 8859-1.
 *
 * @example
 * ```ts
 * import { textOf } from "./passes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(textOf(new Uint8Array([0xfc]), 0, 1), "ü");
 * ```
 */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= SHORT) {
    const text = shortText(bytes, from, to);
    if (text !== null) return text;
  }
  try {
    return strict.decode(bytes.subarray(from, to));
  } catch {
    return latin1(bytes, from, to);
  }
}

/** So far putting characters together one by one is faster than a decoder. */
const SHORT = 64;

function shortText(bytes: Uint8Array, from: number, to: number): string | null {
  let text = "";
  for (let at = from; at < to; at++) {
    if (bytes[at] > 0x7f) return null;
    text += String.fromCharCode(bytes[at]);
  }
  return text;
}
