/**
 * The file that a command writes at its end (`--out`): made sure of before anything is sent. It
 * knows nothing of what is written.
 *
 * @module
 */
import { closeSync, constants, existsSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { UsageError } from "./exit_code.ts";
import { whyNotWritten } from "../lib/system_words.ts";

/** A file that can be written, as far as can be told beforehand. */
export interface OutFile {
  /** Replaces what is in it. Returns why that failed, in plain words; null if it did not. */
  write(text: string): string | null;
  /** Nothing will be written: the file is as it was before, or not there. */
  giveUp(): void;
}

/**
 * Makes sure of a file: opens it, and closes it again unless it is a pipe, whose reader would take that for the end.
 * Throws a `UsageError` that names the flag, the file and the reason if that fails.
 */
export function reserve(flag: string, path: string): OutFile {
  const existed = existsSync(path);
  let pipe: number | null = null;
  try {
    if (isPipe(path)) pipe = openPipe(path);
    else closeSync(openSync(path, "a"));
  } catch (error) {
    throw new UsageError(`${flag} ${path}: cannot write the file: ${whyNotWritten(error)}`, { cause: error });
  }
  const end = () => {
    if (pipe !== null) closeSync(pipe);
    pipe = null;
  };
  return {
    write(text) {
      try {
        writeFileSync(pipe ?? path, text);
        return null;
      } catch (error) {
        return whyNotWritten(error);
      } finally {
        end();
      }
    },
    giveUp() {
      end();
      if (!existed) rmSync(path, { force: true });
    },
  };
}

/** Whether there is a pipe (FIFO) of that name. */
export function isPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
}

/** Opens a pipe whose reader is there; without one it fails (ENXIO), where plain opening would wait for one. */
export function openPipe(path: string): number {
  const probe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    // Writes must wait for the reader. The probe stays open until then, or the reader would see the end.
    return openSync(path, "a");
  } finally {
    closeSync(probe);
  }
}
