/**
 * What the programs around the project (bench, fuzz, soak, release) do with their options: a wrong one is told in a line and
 * ends the program. It knows none of them.
 *
 * @module
 */
import process from "node:process";

/** Says what was wrong, and ends the program with 2. */
export function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

/** The options that `read` gives; an error of it is a wrong option. `usage` is told beside it. */
export function optionsOr<T>(read: () => T, usage?: string): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(usage === undefined ? why : `${why}; wanted ${usage}`);
  }
}
