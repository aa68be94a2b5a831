/**
 * The end of a journal that is to be appended to: whether the file is one, and whether its last
 * line is whole. A receiver that was killed may leave half a line behind.
 *
 * # What is done with a torn line (our decision)
 *
 * It is cut off. What it was to say was never acknowledged, since an acknowledgement leaves only
 * after its line is written; and left in place it would be damage in the middle of the file.
 *
 * @module
 */
import { fstatSync, ftruncateSync, readSync } from "node:fs";
import { LF } from "../../lib/bytes.ts";
import { beginsHead } from "./line.ts";

const CHUNK = 64 * 1024;

/** How a file ends. */
export interface Tail {
  /** Its length in bytes. */
  readonly size: number;
  /** How many bytes of a torn last line were cut off. */
  readonly cut: number;
  /** Whether only the line end is missing of the last line. */
  readonly unended: boolean;
}

/**
 * Looks at a file that is open for reading and appending, and cuts off a torn last line.
 *
 * @throws RangeError for a file that is no journal, or whose last line is damaged in another way; nothing is cut then
 *
 * @example
 * ```ts
 * import { mendTail } from "./tail.ts";
 * import { openSync } from "node:fs";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => mendTail(openSync("deno.json", "r")), /no head of a journal/);
 * ```
 */
export function mendTail(fd: number): Tail {
  const { size } = fstatSync(fd);
  if (size === 0) return { size, cut: 0, unended: false };
  // What it is instead is not shown: it may be about patients.
  if (!beginsHead(firstLine(fd, size))) {
    throw new RangeError("its first line is no head of a journal, wanted a journal or no file");
  }
  const from = lastLineStart(fd, size);
  const last = readRange(fd, from, size);
  const ended = last[last.length - 1] === LF;
  if (isObject(last)) return { size, cut: 0, unended: !ended };
  if (ended) throw new RangeError("its last line is damaged: found no JSON object, wanted a line of a journal");
  ftruncateSync(fd, from);
  return { size: from, cut: size - from, unended: false };
}

/** The first line with its end, or the beginning of a long one. */
function firstLine(fd: number, size: number): Uint8Array {
  const bytes = readRange(fd, 0, Math.min(size, 4096));
  const end = bytes.indexOf(LF);
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}

/** Where the last line begins; a line end at the very end belongs to it. */
function lastLineStart(fd: number, size: number): number {
  for (let end = size - 1; end > 0;) {
    const start = Math.max(0, end - CHUNK);
    const at = readRange(fd, start, end).lastIndexOf(LF);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

function readRange(fd: number, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, from + filled);
    if (count === 0) throw new RangeError("the file became shorter while it was read");
    filled += count;
  }
  return bytes;
}

function isObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
