/**
 * Why a file or folder could not be read or written, in plain words. It knows no file.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { systemCode } from "./errors.ts";

/** What the system says, whatever was tried. */
const WORDS: Readonly<Record<string, string>> = {
  EISDIR: "that is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the device failed",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOMEM: "it is too large for the memory",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links go in circles",
};

const READING: Readonly<Record<string, string>> = {
  ...WORDS,
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
};

/** Who writes a file that is not there makes it: what is missing is a folder. */
const WRITING: Readonly<Record<string, string>> = {
  ...WORDS,
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of its path is no folder",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "larger than a file may be",
  ETXTBSY: "that is a program, and it is running",
  EEXIST: "that is a file",
  ENXIO: "nobody reads that pipe",
  EPIPE: "nobody reads that pipe",
};

/**
 * Why a file could not be read.
 *
 * @example
 * ```ts
 * import { whyNotRead } from "./system_words.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(whyNotRead(Object.assign(new Error("open"), { code: "ENOENT" })), "there is no such file");
 * ```
 */
export function whyNotRead(error: unknown): string {
  return inWords(READING, error);
}

/**
 * Why a file could not be written.
 *
 * @example
 * ```ts
 * import { whyNotWritten } from "./system_words.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(whyNotWritten(Object.assign(new Error("write"), { code: "ENOSPC" })), "no space left on the device");
 * ```
 */
export function whyNotWritten(error: unknown): string {
  return inWords(WRITING, error);
}

function inWords(words: Readonly<Record<string, string>>, error: unknown): string {
  const code = systemCode(error);
  return words[code] ?? (code === "" ? String((error as Error).message) : `the system says ${code}`);
}
