/**
 * The run documents that a command reads (compare, merge).
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { systemCode } from "../lib/errors.ts";
import type { RunDocument } from "../lib/load/result.ts";
import { formatSize } from "../lib/values.ts";
import { usage, UsageError } from "./exit_code.ts";

/** What a document may weigh (our decision: an hour of seconds and all histograms take less than 4 MB). */
const LARGEST = 64 * 1024 * 1024;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "that is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

/** The run document in a file. Throws a `UsageError` that names the file if it cannot be read or holds none. */
export async function readRunFile(path: string): Promise<RunDocument> {
  const text = readText(path);
  // The schema is loaded here: the help does without it.
  const { readRun } = await import("../lib/report/read_run.ts");
  return usage(() => readRun(text, path));
}

function readText(path: string): string {
  try {
    const size = statSync(path).size;
    if (size > LARGEST) {
      throw new UsageError(`${path}: found ${formatSize(size)}, wanted a run document, which is never so large`);
    }
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = systemCode(error);
    const why = WORDS[code] ?? (code === "" ? String((error as Error).message) : `the system says ${code}`);
    throw new UsageError(`${path}: cannot read it: ${why}`, { cause: error });
  }
}
