/**
 * Where a text stops being JSON (RFC 8259). `JSON.parse` knows too, but each runtime says it in its own
 * words, and some without the place.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** What is wrong with a text. */
export interface JsonMistake {
  /** Counted from 1. */
  readonly line: number;
  /** Characters, counted from 1. */
  readonly column: number;
  readonly found: string;
  readonly wanted: string;
}

/** Nesting beyond this is taken for a mistake (our decision: no document of ours nests ten deep). */
const DEEPEST = 200;

const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
// deno-lint-ignore no-control-regex -- JSON forbids these characters in a string
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

/** Thrown to leave the nesting. */
class Stop {
  constructor(readonly at: number, readonly wanted: string) {}
}

/**
 * The first mistake of a text that should be one JSON value; null if there is none.
 *
 * @example
 * ```ts
 * import { jsonMistake } from "./json_mistake.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(jsonMistake('{"a": [1, 2.5e3]}'), null);
 * assert.deepEqual(jsonMistake('{\n  "a": 1,\n}'), { line: 3, column: 1, found: "'}'", wanted: "a key" });
 * ```
 */
export function jsonMistake(text: string): JsonMistake | null {
  try {
    const end = skip(BLANK, text, value(text, skip(BLANK, text, 0), 0));
    if (end < text.length) throw new Stop(end, "the end");
    return null;
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    const before = text.slice(0, stop.at).split("\n");
    const next = String.fromCodePoint(text.codePointAt(stop.at) ?? 0);
    return {
      line: before.length,
      column: Array.from(before[before.length - 1]).length + 1,
      found: stop.at >= text.length ? "the end" : `'${next}'`,
      wanted: stop.wanted,
    };
  }
}

/** The index after what a pattern takes at `at`; `at` itself if that is nothing. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The index after the value at `at`. */
function value(text: string, at: number, depth: number): number {
  if (depth > DEEPEST) throw new Stop(at, `at most ${DEEPEST} levels`);
  if (text[at] === "{") {
    return members(text, at, "}", (start) => {
      const key = string(text, start, "a key");
      const colon = skip(BLANK, text, key);
      if (text[colon] !== ":") throw new Stop(colon, "':'");
      return value(text, skip(BLANK, text, colon + 1), depth + 1);
    });
  }
  if (text[at] === "[") return members(text, at, "]", (start) => value(text, start, depth + 1));
  if (text[at] === '"') return string(text, at, "a value");
  const end = Math.max(skip(NUMBER, text, at), skip(WORD, text, at));
  if (end === at) throw new Stop(at, "a value");
  return end;
}

function string(text: string, at: number, wanted: string): number {
  const end = skip(STRING, text, at);
  if (end > at) return end;
  throw text[at] === '"' ? new Stop(unclosed(text, at), "the rest of a string") : new Stop(at, wanted);
}

/** Where a string that begins at `at` goes wrong. */
function unclosed(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length && text[i] >= " ") {
    if (text[i] === "\\") {
      if (skip(STRING, `"${text.slice(i, i + (text[i + 1] === "u" ? 6 : 2))}"`, 0) === 0) return i;
      i++;
    }
    i++;
  }
  return Math.min(i, text.length);
}

function members(text: string, at: number, close: string, member: (at: number) => number): number {
  let next = skip(BLANK, text, at + 1);
  if (text[next] === close) return next + 1;
  while (true) {
    next = skip(BLANK, text, member(next));
    if (text[next] === close) return next + 1;
    if (text[next] !== ",") throw new Stop(next, `',' or '${close}'`);
    next = skip(BLANK, text, next + 1);
  }
}
