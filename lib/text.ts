/**
 * Text for terminals, as values: paint, escapes for hostile bytes, width in columns, cutting, tables.
 * It writes nothing: where paint is shown is decided by who prints (in the program, cli/output.ts).
 *
 * @module
 */
import { styleText } from "node:util";

/** How text can be painted. */
export type Paint = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/**
 * A text painted, always: who prints it takes the paint off (`plain`) where a stream shows none.
 *
 * @example
 * ```ts
 * import { paint, plain } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(plain(paint("red", "FAILED")), "FAILED");
 * ```
 */
export function paint(how: Paint | readonly Paint[], text: string): string {
  return styleText(typeof how === "string" ? how : [...how], text, { validateStream: false });
}

// Controls, halves of surrogate pairs, line and paragraph separators, what turns the direction of writing, what is not seen.
const HOSTILE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const NAMED: ReadonlyMap<string, string> = new Map([["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);
const ESC = "\u001b";
/** Paint, as terminals read it (SGR of ECMA-48); splitting by it leaves it at the odd places. */
const PAINT = new RegExp(`(${ESC}\\[[\\d;]*m)`);

/**
 * A text with its paint taken off.
 *
 * @example
 * ```ts
 * import { plain } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(plain("\u001b[1mRESULT\u001b[22m"), "RESULT");
 * ```
 */
export function plain(text: string): string {
  return text.split(PAINT).filter((_, i) => i % 2 === 0).join("");
}

function escape(char: string): string {
  const named = NAMED.get(char);
  if (named !== undefined) return named;
  const code = char.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/**
 * A peer's text on one line: every control character, paint and line ends included, is shown as an
 * escape (`\\x1b`), and so is what turns the direction of writing or is not seen.
 *
 * @example
 * ```ts
 * import { printable } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(printable("red \u001b[31m\r"), "red \\x1b[31m\\r");
 * ```
 */
export function printable(text: string): string {
  return text.replace(HOSTILE, escape);
}

/**
 * A peer's text on one line, as `printable` shows it, and of a long one no more than people read: a field may have as
 * many characters as a frame has bytes.
 *
 * @param most how many characters are shown
 *
 * @example
 * ```ts
 * import { excerpt } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(excerpt("Patient not found", 7), "Patient… (17 characters)");
 * ```
 */
export function excerpt(text: string, most = 500): string {
  if (text.length <= most) return printable(text);
  return `${printable(text.slice(0, most))}… (${text.length} characters)`;
}

/**
 * Our text with a peer's text in it: lines and paint stay, any other control character is shown as an escape.
 *
 * @example
 * ```ts
 * import { harmless } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(harmless("two\nlines\u0007"), "two\nlines\\x07");
 * ```
 */
export function harmless(text: string): string {
  return text.split(PAINT).map((part, i) =>
    i % 2 === 1 ? part : part.replace(HOSTILE, (char) => char === "\n" ? char : escape(char))
  ).join("");
}

// Of the hostile ones those that JSON leaves as they are.
const UNSEEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A value as JSON that can be shown on a terminal: what `printable` shows as an escape is one of JSON's here, so the value
 * is the same to who reads it. The value is none that JSON leaves out.
 *
 * @param indent spaces of each level; everything on one line without
 *
 * @example
 * ```ts
 * import { jsonText } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(jsonText({ id: "7\u009b31m" }), '{"id":"7\\u009b31m"}');
 * ```
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    UNSEEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The blocks of characters that take two columns: East Asian wide and emoji, by their large blocks (our simplification of UAX 11). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

function columnsOf(char: string): number {
  const code = char.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(char)) return 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/**
 * How many columns a text of one line takes on a terminal.
 *
 * @example
 * ```ts
 * import { width } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(width("MÜLLER 山田"), 11);
 * ```
 */
export function width(text: string): number {
  let columns = 0;
  for (const char of plain(text)) columns += columnsOf(char);
  return columns;
}

/**
 * A line cut to `columns`, with `…` at its end if anything was cut; its paint is closed.
 *
 * @example
 * ```ts
 * import { truncate } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(truncate("Patient not found", 10), "Patient n…");
 * ```
 */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let cut = "";
  let used = 0;
  for (const [i, part] of text.split(PAINT).entries()) {
    // Paint behind the cut is kept, since it is what closes the paint before it.
    if (i % 2 === 1) cut += part;
    else {
      for (const char of part) {
        used += columnsOf(char);
        if (used > columns - 1) break;
        cut += char;
      }
    }
  }
  return columns > 0 ? `${cut}…` : "";
}

/**
 * A text in lines of at most `columns`, broken at spaces; a word that is longer is broken where the line ends. The
 * text holds no paint.
 *
 * @example
 * ```ts
 * import { wrap } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(wrap("please fill in the family name", 16), ["please fill in", "the family name"]);
 * ```
 */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = "";
    }
    while (width(word) > columns) {
      let cut = "";
      for (const char of word) {
        if (cut !== "" && width(cut + char) > columns) break;
        cut += char;
      }
      lines.push(cut);
      word = word.slice(cut.length);
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** How a table is drawn. */
export interface TableOptions {
  /** One of `l` and `r` for each column; left where it ends. */
  readonly align?: string;
  /** Spaces before each line. */
  readonly indent?: number;
  /** Spaces between columns. */
  readonly gap?: number;
}

/**
 * Rows as lines with aligned columns; cells may be painted, no line ends in spaces.
 *
 * @example
 * ```ts
 * import { table } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(table([["AA", "98"], ["AE", "2"]], { align: "lr" }), ["AA  98", "AE   2"]);
 * ```
 */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { align = "", indent = 0, gap = 2 } = options;
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, width(cell)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      const space = " ".repeat(widths[i] - width(cell));
      return align[i] === "r" ? space + cell : cell + space;
    });
    return (" ".repeat(indent) + cells.join(" ".repeat(gap))).trimEnd();
  });
}
