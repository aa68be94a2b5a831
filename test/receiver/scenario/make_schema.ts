/**
 * Writes docs/schema/mllp.scenario-1.schema.json, made of receiver/scenario/schema.ts:
 * `deno run -A test/receiver/scenario/make_schema.ts`. A test compares the two.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { scenarioForm, scenarioParts } from "../../../receiver/scenario/schema.ts";

/** Where the published schema lies. */
export const SCHEMA_PATH = fileURLToPath(new URL("../../../docs/schema/mllp.scenario-1.schema.json", import.meta.url));

/** The published JSON Schema of a scenario file, as text. */
export function scenarioJsonSchema(): string {
  const made = toJsonSchema(scenarioForm, {
    definitions: scenarioParts,
    typeMode: "input",
    // What must hold between the keys of a map is said when the scenario is read.
    ignoreActions: ["check", "raw_check"],
  });
  const { $schema, ...rest } = made;
  const head = {
    $schema,
    $id: "urn:mllp:scenario:1",
    title: "A scenario of mllp receive",
    description: "YAML or JSON; what is wrong beyond this schema, mllp receive --check tells",
  };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(dirname(SCHEMA_PATH), { recursive: true });
  writeFileSync(SCHEMA_PATH, scenarioJsonSchema());
}
