/**
 * The journals of `mllp receive --journal` that a command reads (audit, send): with the files that each was
 * rotated into, and no file twice.
 *
 * @module
 */
import { createReadStream, existsSync, realpathSync } from "node:fs";
import type { JournalLine } from "../receiver/journal/entry.ts";
import { readJournal } from "../receiver/journal/read.ts";
import { journalFiles } from "../receiver/journal/rotated.ts";
import { systemCode } from "../lib/errors.ts";
import { formatCount } from "../lib/values.ts";
import { UsageError } from "./exit_code.ts";
import { whyNotRead } from "../lib/system_words.ts";

const CHUNK = 256 * 1024;

/** Who takes what is read; a `RangeError` is what is wrong with the line. */
export interface JournalReader {
  /** The next lines are of this file. */
  begin?(file: string): void;
  line(line: JournalLine, lineNumber: number): void;
  /** Something is odd, and can be read all the same. */
  warn(text: string): void;
}

/**
 * Reads every line of the journals, of each set of rotated files the oldest first. Throws a `UsageError` that names the file, and the line, for what cannot be read.
 */
export async function readJournals(paths: readonly string[], reader: JournalReader): Promise<void> {
  for (const file of filesOf(paths)) {
    reader.begin?.(file);
    try {
      const stream: AsyncIterable<Uint8Array> = createReadStream(file, { highWaterMark: CHUNK });
      const torn = ({ lineNumber, bytes }: { lineNumber: number; bytes: number }) =>
        reader.warn(
          `${file}: line ${lineNumber} ends after ${
            formatCount(bytes)
          } bytes and is left out; was the receiver killed?`,
        );
      for await (const { line, lineNumber } of readJournal(stream, { name: file, torn })) {
        try {
          reader.line(line, lineNumber);
        } catch (error) {
          if (error instanceof RangeError) throw new UsageError(`${file}: line ${lineNumber}: ${error.message}`);
          throw error;
        }
      }
    } catch (error) {
      if (error instanceof UsageError) throw error;
      if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
      throw systemCode(error) === "" ? error : unreadable(file, error);
    }
  }
}

/** Each file once, however many of a set were named. */
function filesOf(paths: readonly string[]): string[] {
  const files = new Map<string, string>();
  for (const path of paths) {
    try {
      const set = journalFiles(path);
      for (const file of set) {
        // Killed between two files, a receiver leaves the old ones alone.
        if (file === path && set.length > 1 && !existsSync(file)) continue;
        const real = realName(file);
        if (!files.has(real)) files.set(real, file);
      }
    } catch (error) {
      throw unreadable(path, error);
    }
  }
  return [...files.values()];
}

/** What tells a file from another under a second name; a pipe has none. */
function realName(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The error of a file that the system does not let us read. */
function unreadable(path: string, error: unknown): UsageError {
  return new UsageError(`${path}: cannot read it: ${whyNotRead(error)}`, { cause: error });
}
