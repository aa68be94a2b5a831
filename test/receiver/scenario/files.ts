/**
 * The example scenarios and the files that they name.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ScenarioError, type ScenarioIssue } from "../../../receiver/scenario/issue.ts";
import { type ParseOptions, parseScenario } from "../../../receiver/scenario/parse.ts";
import type { Scenario } from "../../../receiver/scenario/scenario.ts";

/** Where the example scenarios lie. */
export const SCENARIOS = fileURLToPath(new URL("../../scenarios", import.meta.url));

/** The example scenarios: their names and texts. */
export const EXAMPLES: readonly { readonly name: string; readonly text: string }[] = readdirSync(SCENARIOS)
  .filter((name) => /\.(yaml|json)$/.test(name))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(SCENARIOS, name), "utf8") }));

/** The scenario of an example. */
export function example(name: string): Scenario {
  const file = join(SCENARIOS, name);
  const files = {
    resolve: (path: string) => join(dirname(file), path),
    read: (path: string) => readFileSync(path, "utf8"),
  };
  return parseScenario(readFileSync(file, "utf8"), { file: name, seed: 1, files });
}

/** The scenario of a text; `version: 1` goes before it. */
export function scenarioOf(text: string, options: Partial<ParseOptions> = {}): Scenario {
  return parseScenario(`version: 1\n${text}`, { file: "s.yaml", seed: 1, ...options });
}

/** The issues of a text that is wrong, each as `LINE:COLUMN PATH: MESSAGE`. */
export function issuesOf(text: string, options: Partial<ParseOptions> = {}): string[] {
  try {
    parseScenario(text, { file: "s.yaml", seed: 1, ...options });
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.issues.map(({ line, column, path, message }: ScenarioIssue) =>
      `${line}:${column} ${path}: ${message}`
    );
  }
}
