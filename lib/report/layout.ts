/**
 * How the text report lays out its lines. It knows nothing of what they say.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { width as columns, wrap } from "../text.ts";

/**
 * The parts of a list, each but the last with its comma.
 *
 * @example
 * ```ts
 * import { listed } from "./layout.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(listed(["one", "two"]), ["one,", "two"]);
 * ```
 */
export function listed(parts: readonly string[]): string[] {
  return parts.map((part, i) => i < parts.length - 1 ? `${part},` : part);
}

/**
 * Lines of at most `width`, filled with parts that are broken only if longer; all but the first are indented by 4
 * rather than 2.
 *
 * @example
 * ```ts
 * import { fill } from "./layout.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(fill(["one two", "three"], 12), ["  one two", "    three"]);
 * ```
 */
export function fill(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    if (line !== "" && columns(line) + 1 + columns(part) <= width) line += ` ${part}`;
    else {
      if (line !== "") lines.push(line);
      const indent = lines.length === 0 ? 2 : 4;
      const broken = wrap(part, width - 4).map((piece, i) => " ".repeat(i === 0 ? indent : 4) + piece);
      line = broken.pop() ?? "";
      lines.push(...broken);
    }
  }
  return line === "" ? lines : [...lines, line];
}

/**
 * A text behind a head, in lines of at most `width` that are indented by the head's width.
 *
 * @example
 * ```ts
 * import { hang } from "./layout.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(hang("said: ", "one two", 10), ["said: one", "      two"]);
 * ```
 */
export function hang(head: string, text: string, width: number): string[] {
  const [first = "", ...more] = wrap(text, width - columns(head));
  return [(head + first).trimEnd(), ...more.map((line) => " ".repeat(columns(head)) + line)];
}
