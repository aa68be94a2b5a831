/**
 * From a scenario file's text to the scenario, or to everything that is wrong with it. Files that it names are read by
 * who calls.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type BaseIssue, safeParse } from "valibot";
import type { Matcher } from "../decide/passes.ts";
import type { Files } from "../steps/step.ts";
import { assemble, type Assembly } from "./assemble.ts";
import { checkParts } from "./check.ts";
import { checkReach } from "./reach.ts";
import { type Finding, formatPath, MOST_ISSUES, ScenarioError, type ScenarioIssue } from "./issue.ts";
import type { Scenario } from "./scenario.ts";
import { scenarioForm, type WrittenScenario } from "./schema.ts";
import { type PathKey, type Place, SourceText } from "./source.ts";

/** What reading a scenario needs of who reads it. */
export interface ParseOptions {
  /** What errors call it, mostly the file's path. */
  readonly file: string;
  /** The seed of a scenario that gives none. */
  readonly seed: number;
  /** The files that it names; without it, there are none, and paths stay as they are. */
  readonly files?: Files;
  /** Reads regular expressions; without it, `matches` is an error. */
  readonly matcher?: Matcher;
}

const NO_FILES: Files = {
  resolve: (path) => path,
  read: (path) => {
    throw new RangeError(`Cannot read the file '${path}': there are no files here`);
  },
};

/**
 * Reads a scenario: YAML, or JSON, which is a part of it.
 *
 * @throws ScenarioError (a `RangeError`) with file, line, column and path for everything that is wrong, up to 20
 *
 * @example
 * ```ts
 * import { parseScenario } from "./parse.ts";
 * import assert from "node:assert/strict";
 *
 * const text = `
 * version: 1
 * defaults: {reply: AA, delay: 20ms}
 * rules:
 *   - {id: reject-a40, when: {type: "ADT^A40"}, do: [{reply: AR}]}
 * `;
 * const scenario = parseScenario(text, { file: "small.yaml", seed: 7 });
 * assert.deepEqual(scenario.rules[0].when, { type: ["ADT^A40"] });
 * assert.throws(() => parseScenario("version: 2", { file: "new.yaml", seed: 7 }), /^ScenarioError: new.yaml:1:10: version: /);
 * ```
 */
export function parseScenario(text: string, options: ParseOptions): Scenario {
  const { file } = options;
  const source = new SourceText(text);
  if (source.issues.length > 0) {
    fail(source.issues.map((issue): ScenarioIssue => ({ file, path: "", ...issue })));
  }
  if (source.value === null || source.value === "") {
    fail([{ file, line: 1, column: 1, path: "", message: "it is empty, wanted a scenario: version: 1, ..." }]);
  }
  return readScenario(source.value, options, (path, ofKey) => source.placeOf(path, ofKey));
}

/**
 * Reads a scenario of plain values: maps, lists and texts, as a file's are.
 *
 * @param placeOf where in a text a value stands, or its key if `ofKey`
 * @throws ScenarioError as `parseScenario` does
 *
 * @example
 * ```ts
 * import { readScenario } from "./parse.ts";
 * import assert from "node:assert/strict";
 *
 * const { seed } = readScenario({ version: "1", seed: "7" }, { file: "made", seed: 1 }, () => ({ line: 1, column: 1 }));
 * assert.equal(seed, 7);
 * ```
 */
export function readScenario(
  value: unknown,
  options: ParseOptions,
  placeOf: (path: readonly PathKey[], ofKey?: boolean) => Place,
): Scenario {
  const { file } = options;
  const placed = ({ path, ofKey, message }: Finding): ScenarioIssue => ({
    file,
    ...placeOf(path, ofKey),
    path: formatPath(path),
    message,
  });
  const read = safeParse(scenarioForm, value);
  if (!read.success) fail(read.issues.map(findingOf).map(placed));
  const written = read.output as WrittenScenario;
  const { scenario, findings }: Assembly = assemble(written, { ...options, files: options.files ?? NO_FILES });
  const all = [...findings, ...checkParts(scenario, written, options.matcher)];
  // What can be reached is a question only where the parts themselves are right.
  fail((all.length > 0 ? all : checkReach(scenario)).map(placed));
  return scenario;
}

/** Throws if there is anything. */
function fail(issues: readonly ScenarioIssue[]): void {
  if (issues.length === 0) return;
  const sorted = [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
  throw new ScenarioError(sorted.slice(0, MOST_ISSUES), issues.length);
}

/** A complaint of the schema, as ours. */
function findingOf({ path: found, message, expected, kind }: BaseIssue<unknown>): Finding {
  const path = found ?? [];
  const keys = path.map(({ key }) => key as string | number);
  const last = path[path.length - 1];
  // A key that is missing has no place: it is told of the map that it is missing in.
  const missing = last?.origin === "key" && kind === "schema" && expected !== null;
  if (missing) return { path: keys.slice(0, -1), message };
  return { path: keys, message, ofKey: last?.origin === "key" };
}
