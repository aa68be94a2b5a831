/**
 * A body read by a form of the scenario language, with its errors at their places.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { safeParse } from "valibot";
import type { Form } from "../scenario/form.ts";
import { formatPath, ScenarioError } from "../scenario/issue.ts";
import type { SourceText } from "../scenario/source.ts";

/**
 * A text's value as a form reads it.
 *
 * @throws ScenarioError with everything that is wrong
 *
 * @example
 * ```ts
 * import { readAs } from "./read_as.ts";
 * import { SourceText } from "../scenario/source.ts";
 * import { map } from "../scenario/form.ts";
 * import { name } from "../scenario/units.ts";
 * import assert from "node:assert/strict";
 *
 * const form = map("a state", { state: name });
 * assert.deepEqual(readAs(form, new SourceText('{"state": "ill"}'), "body"), { state: "ill" });
 * assert.throws(() => readAs(form, new SourceText("{stat: ill}"), "body"), /did you mean 'state'/);
 * ```
 */
export function readAs<T>(form: Form<T>, source: SourceText, file: string): T {
  if (source.issues.length > 0) {
    throw new ScenarioError(source.issues.map((issue) => ({ file, path: "", ...issue })), source.issues.length);
  }
  const read = safeParse(form, source.value);
  if (read.success) return read.output;
  const issues = read.issues.map(({ path = [], message, kind, expected }) => {
    // A key that is missing has no place: it is told of the map that it is missing in.
    const isMissing = path[path.length - 1]?.origin === "key" && kind === "schema" && expected !== null;
    const keys = path.slice(0, isMissing ? -1 : undefined).map(({ key }) => key as string | number);
    return { file, ...source.placeOf(keys, message.startsWith("unknown key")), path: formatPath(keys), message };
  });
  throw new ScenarioError(issues, issues.length);
}
