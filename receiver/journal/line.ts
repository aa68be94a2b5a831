/**
 * What a line of a journal must be, as JSON: of a kind that is known, with what is needed of it. What
 * else it holds is left as it is, since keys may be added.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { sameBytes, utf8 } from "../../lib/bytes.ts";
import type { JournalLine } from "./entry.ts";

/** The keys that every message's line has, by what they hold. */
const NUMBERS = ["n", "connection", "bytesIn"];
const TEXTS = ["at", "controlId", "type", "hash", "outcome"];

/** How each head begins. */
const HEAD_BEGIN = utf8('{"journal":"mllp.journal/');

/**
 * A value as a line of a journal.
 *
 * @throws RangeError that names file and line, says what was found and what was wanted
 *
 * @example
 * ```ts
 * import { asLine } from "./line.ts";
 * import assert from "node:assert/strict";
 *
 * const at = "2026-01-31T12:00:00.000Z";
 * assert.equal(asLine({ note: "open", at }, "received.ndjson", 2).at, at);
 * assert.throws(() => asLine({ n: 1 }, "received.ndjson", 3), /received\.ndjson: line 3: 'connection' is missing/);
 * ```
 */
export function asLine(value: Readonly<Record<string, unknown>>, file: string, lineNumber: number): JournalLine {
  const fail = (text: string): never => {
    throw new RangeError(`Cannot read ${file}: line ${lineNumber}: ${text}`);
  };
  if ("journal" in value) {
    if (value.journal !== "mllp.journal/1") fail(`found journal ${shown(value.journal)}, wanted 'mllp.journal/1'`);
  } else if ("note" in value) {
    if (typeof value.note !== "string") fail(`found note ${shown(value.note)}, wanted a text`);
  } else {
    for (const key of NUMBERS) if (typeof value[key] !== "number") fail(unlike(value, key, "a number"));
    for (const key of TEXTS) if (typeof value[key] !== "string") fail(unlike(value, key, "a text"));
  }
  return value as unknown as JournalLine;
}

/**
 * Whether some bytes begin as a head does, or are themselves but the beginning of that.
 *
 * @example
 * ```ts
 * import { beginsHead } from "./line.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(beginsHead(utf8('{"jour')), true);
 * assert.equal(beginsHead(utf8("MSH|")), false);
 * ```
 */
export function beginsHead(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, HEAD_BEGIN.length);
  return sameBytes(bytes.subarray(0, length), HEAD_BEGIN.subarray(0, length));
}

function unlike(value: Readonly<Record<string, unknown>>, key: string, wanted: string): string {
  if (!(key in value)) return `'${key}' is missing, wanted the line of a message`;
  return `found ${key} ${shown(value[key])}, wanted ${wanted}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value !== null && typeof value === "object") return "an object";
  const text = String(value).slice(0, 60);
  return typeof value === "string" ? `'${text}'` : text;
}
