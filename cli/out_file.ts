/**
 * The file that a command writes at its end (`--out`): made sure of before anything is sent. It
 * knows nothing of what is written.
 *
 * @module
 */
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from "node:fs";
import { systemCode } from "../lib/errors.ts";
import { UsageError } from "./exit_code.ts";

/** What the system says of a file that cannot be written, in plain words. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "that is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "larger than a file may be",
  EIO: "the device failed",
  ETXTBSY: "that is a program, and it is running",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links go in circles",
  ENXIO: "nobody reads that pipe",
};

/** Why a file could not be written, in plain words. */
export function whyNotWritten(error: unknown): string {
  const code = systemCode(error);
  return WORDS[code] ?? (code === "" ? String((error as Error).message) : `the system says ${code}`);
}

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
