/**
 * Writes docs/schema/mllp.run-1.schema.json, made of lib/report/schema.ts: `deno run -A test/make_schema.ts`.
 * A test compares the two.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { runParts, runSchema } from "../lib/report/schema.ts";

/** Where the published schema lies. */
export const SCHEMA_PATH = fileURLToPath(new URL("../docs/schema/mllp.run-1.schema.json", import.meta.url));

/** The published JSON Schema of a run document, as text. */
export function runJsonSchema(): string {
  const made = toJsonSchema(runSchema, { definitions: runParts });
  const { $schema, title, description, ...rest } = made;
  return `${JSON.stringify({ $schema, $id: "urn:mllp:run:1", title, description, ...rest }, null, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(dirname(SCHEMA_PATH), { recursive: true });
  writeFileSync(SCHEMA_PATH, runJsonSchema());
}
