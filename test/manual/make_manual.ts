/**
 * Puts into README.md what is made of the code: `deno run -A test/manual/make_manual.ts`. A test compares.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withParts } from "../markdown.ts";
import { read, ROOT } from "../source.ts";
import { readmeParts } from "./parts.ts";

/** Where the manual lies, in the project. */
export const MANUAL = "README.md";

if (import.meta.main) writeFileSync(join(ROOT, MANUAL), withParts(read(MANUAL), MANUAL, await readmeParts()));
