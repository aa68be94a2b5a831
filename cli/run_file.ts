/**
 * The run documents that a command reads (compare, merge).
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import type { RunDocument } from "../lib/load/result.ts";
import { formatSize } from "../lib/values.ts";
import { usage, UsageError } from "./exit_code.ts";
import { whyNotRead } from "../lib/system_words.ts";

/** What a document may weigh (our decision: an hour of seconds and all histograms take less than 4 MB). */
const LARGEST = 64 * 1024 * 1024;

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
    throw new UsageError(`${path}: cannot read it: ${whyNotRead(error)}`, { cause: error });
  }
}
