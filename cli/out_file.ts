/**
 * The file that a command writes at its end (`--out`): made sure of before anything is sent. It
 * knows nothing of what is written.
 *
 * @module
 */
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from "node:fs";
import { UsageError } from "./exit_code.ts";
import { whyNotWritten } from "./system_words.ts";

export { whyNotWritten };

/** A file that can be written, as far as can be told beforehand. */
export interface OutFile {
  /** Replaces what is in it. Returns why that failed, in plain words; null if it did not. */
  write(text: string): string | null;
  /** Nothing will be written: the file is as it was before, or not there. */
  giveUp(): void;
}

/** Opens a file and closes it again. Throws a `UsageError` that names the flag, the file and the reason if that fails. */
export function reserve(flag: string, path: string): OutFile {
  const existed = existsSync(path);
  try {
    closeSync(openSync(path, "a"));
  } catch (error) {
    throw new UsageError(`${flag} ${path}: cannot write the file: ${whyNotWritten(error)}`, { cause: error });
  }
  return {
    write(text) {
      try {
        writeFileSync(path, text);
        return null;
      } catch (error) {
        return whyNotWritten(error);
      }
    },
    giveUp() {
      if (!existed) rmSync(path, { force: true });
    },
  };
}
