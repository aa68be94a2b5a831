/**
 * Puts into docs/scenarios.md what is made of the code: `deno run -A test/receiver/scenario/make_reference.ts`. It stands between
 * `<!-- generated: NAME -->` and `<!-- end of NAME -->`; the rest is written by people. A test compares.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { read, ROOT } from "../../source.ts";
import { GENERATED } from "./reference.ts";

/** Where the reference lies, in the project. */
export const REFERENCE = "docs/scenarios.md";

/** The document with every generated part made anew. Throws for a part that is unknown, missing or there twice. */
export function withGenerated(document: string): string {
  const left = new Set(Object.keys(GENERATED));
  const made = document.replace(
    /^<!-- generated: (.+) -->\n[\s\S]*?^<!-- end of \1 -->$/gm,
    (_, name: string) => {
      if (!left.delete(name)) throw new Error(`${REFERENCE}: '${name}' is no part that is made, or was there before`);
      return `<!-- generated: ${name} -->\n\n${GENERATED[name]()}\n\n<!-- end of ${name} -->`;
    },
  );
  if (left.size > 0) throw new Error(`${REFERENCE} has no place for ${[...left].join(", ")}`);
  return made;
}

if (import.meta.main) writeFileSync(join(ROOT, REFERENCE), withGenerated(read(REFERENCE)));
