/**
 * The names of a journal that is rotated: `FILE.1` is the oldest, the numbers go up, and `FILE` is
 * being written (our decision: nothing is ever renamed twice, so who reads an old file while
 * the receiver runs is not disturbed; nothing is ever deleted, for a journal is evidence).
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * The numbers of the files beside `path` that bear its name and a number, in ascending order.
 * Throws what the system throws if the folder cannot be read.
 *
 * @example
 * ```ts
 * import { rotatedNumbers } from "./rotated.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => rotatedNumbers("no/such/folder/journal.ndjson"));
 * ```
 */
export function rotatedNumbers(path: string): number[] {
  const begin = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(begin) && /^[1-9]\d{0,8}$/.test(name.slice(begin.length)))
    .map((name) => Number(name.slice(begin.length)))
    .sort((a, b) => a - b);
}

/**
 * The files of a journal, the oldest first; `path` itself is the last, whether it is there or not.
 * Throws what the system throws if the folder cannot be read.
 *
 * @example
 * ```ts
 * import { journalFiles } from "./rotated.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(journalFiles("journal-of-nobody.ndjson"), ["journal-of-nobody.ndjson"]);
 * ```
 */
export function journalFiles(path: string): string[] {
  return [...rotatedNumbers(path).map((number) => `${path}.${number}`), path];
}
