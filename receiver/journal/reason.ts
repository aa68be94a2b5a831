/**
 * What the system says of a file that cannot be written, in plain words.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { systemCode } from "../../lib/errors.ts";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "that is a folder",
  EEXIST: "that is a file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "larger than a file may be",
  EIO: "the device failed",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENXIO: "nobody reads that pipe",
  EPIPE: "nobody reads that pipe",
};

/**
 * Why a file could not be written.
 *
 * @example
 * ```ts
 * import { whyNotWritten } from "./reason.ts";
 * import assert from "node:assert/strict";
 *
 * const full = Object.assign(new Error("write"), { code: "ENOSPC" });
 * assert.equal(whyNotWritten(full), "no space left on the device");
 * ```
 */
export function whyNotWritten(error: unknown): string {
  const code = systemCode(error);
  return WORDS[code] ?? (code === "" ? String((error as Error).message) : `the system says ${code}`);
}
