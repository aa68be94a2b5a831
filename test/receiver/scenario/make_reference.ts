/**
 * Puts into docs/scenarios.md what is made of the code: `deno run -A test/receiver/scenario/make_reference.ts`. It stands between
 * `<!-- generated: NAME -->` and `<!-- end of NAME -->`; the rest is written by people. A test compares.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withParts } from "../../markdown.ts";
import { read, ROOT } from "../../source.ts";
import { GENERATED } from "./reference.ts";

/** Where the reference lies, in the project. */
export const REFERENCE = "docs/scenarios.md";

/** The document with every generated part made anew. Throws for a part that is unknown, missing or there twice. */
export function withGenerated(document: string): string {
  return withParts(document, REFERENCE, GENERATED);
}

if (import.meta.main) writeFileSync(join(ROOT, REFERENCE), withGenerated(read(REFERENCE)));
