/**
 * A run document (`mllp.run/1`, cli.md) from its text: what `compare` and `merge` begin with. What it
 * does not know it keeps as it is, since keys may be added.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type BaseIssue, safeParse } from "valibot";
import type { RunDocument } from "../load/result.ts";
import { jsonMistake } from "./json_mistake.ts";
import { runSchema } from "./schema.ts";

/** How much of a wrong value is shown. */
const SHOWN = 60;

/**
 * The run document of a text; `name` is what errors call it, mostly its file. Throws a `RangeError`
 * for a text that is no JSON (with line and column), is no run document, is one of another version,
 * or has a wrong field (with its path, what was found and what was wanted).
 *
 * @example
 * ```ts
 * import { readRun } from "./read_run.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => readRun('{"schema": "mllp.run/2"}', "run.json"), /found schema 'mllp.run\/2', wanted 'mllp.run\/1'$/);
 * ```
 */
export function readRun(text: string, name: string): RunDocument {
  const value = parse(text.replace(/^\ufeff/, ""), name);
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (typeof value !== "object" || Array.isArray(value) || typeof schema !== "string") {
    throw new RangeError(
      `Cannot read ${name}: found ${shown(value)}, wanted a run document, as mllp spam --out and --json write it`,
    );
  }
  if (schema !== "mllp.run/1") {
    throw new RangeError(`Cannot read ${name}: found schema '${schema}', wanted 'mllp.run/1'`);
  }
  const read = safeParse(runSchema, value);
  if (!read.success) throw new RangeError(`Cannot read ${name}: ${describe(read.issues[0])}`);
  return value as RunDocument;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (text.trim() === "") throw new RangeError(`Cannot read ${name}: it is empty, wanted a run document (JSON)`);
    const { line, column, found, wanted } = jsonMistake(text)!;
    throw new RangeError(
      `Cannot read ${name}: it is no JSON: line ${line}, column ${column}: found ${found}, wanted ${wanted}`,
    );
  }
}

function describe({ path, message, input, received }: BaseIssue<unknown>): string {
  const keys = (path ?? []).map(({ key }) => key);
  const place = keys.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`;
    return before === "" ? String(key) : `${before}.${String(key)}`;
  }, "");
  // The message of a missing key is that of the object it is missing in.
  return received === "undefined" ? `${place} is missing` : `${place}: found ${shown(input)}, wanted ${message}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value !== null && typeof value === "object") return "an object";
  const text = typeof value === "string" ? `'${value}'` : String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
