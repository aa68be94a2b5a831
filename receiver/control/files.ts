/**
 * The files that a scenario may name which comes over the network: what lies in one folder, and what the run itself began with. So who reaches the
 * API cannot have the receiver read out the machine.
 *
 * @module
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { whyNotRead } from "../../lib/system_words.ts";
import type { Files } from "../steps/step.ts";

/** What a file may weigh (our decision: as a scenario file). */
const LARGEST = 16 * 1024 * 1024;

/**
 * Files below a folder, and those of a list.
 *
 * @param folder what relative paths are relative to
 * @param known further paths, as they are after `resolve`
 *
 * @example
 * ```ts
 * import { confinedFiles } from "./files.ts";
 * import assert from "node:assert/strict";
 *
 * const files = confinedFiles("examples", []);
 * assert.throws(() => files.resolve("/etc/hostname"), /below/);
 * assert.throws(() => files.resolve("../README.md"), /below/);
 * ```
 */
export function confinedFiles(folder: string, known: readonly string[]): Files {
  const allowed = new Set(known.map((path) => resolve(path)));
  const within = (root: string, path: string) => {
    const way = relative(root, path);
    return way !== "" && !way.startsWith("..") && !isAbsolute(way);
  };
  return {
    resolve(name) {
      const path = isAbsolute(name) ? name : join(folder, name);
      const whole = resolve(path);
      // A link may lead out of the folder, so that counts which it leads to.
      const inside = within(resolve(folder), whole) && within(real(resolve(folder)), real(whole));
      if (!inside && !allowed.has(whole)) {
        throw new RangeError(
          `Cannot use the file '${name}': while it runs a scenario may name files below its own folder alone`,
        );
      }
      return path;
    },
    read(path) {
      try {
        if (statSync(path).size > LARGEST) throw new RangeError(`Cannot read '${path}': it is larger than 16 MiB`);
        return readFileSync(path, "utf8");
      } catch (error) {
        if (error instanceof RangeError) throw error;
        throw new RangeError(`Cannot read '${path}': ${whyNotRead(error)}`, { cause: error });
      }
    },
  };
}

/** Where links lead; a file that is not there leads to itself, below what is there of its folders. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = resolve(path, "..");
    return parent === path ? path : join(real(parent), relative(parent, path));
  }
}
