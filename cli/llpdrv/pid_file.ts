/**
 * The file of a process id: made for this process alone, and removed at its end. It knows no driver.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { systemCode } from "../../lib/errors.ts";
import { whyNotWritten } from "../../lib/system_words.ts";
import { UsageError } from "../exit_code.ts";

/** The longest text looked at in a file that is there already. */
const LONGEST = 32;

/** A file that holds our process id. */
export interface PidFile {
  /** The process whose file was left over and replaced; `null` if there was none. */
  readonly replaced: number | null;
  /** Removes the file if it is still ours. Never throws. */
  remove(): void;
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/**
 * Makes the file. One of a process that is gone is replaced. Throws a `UsageError` for one of a process that lives, and
 * for anything else that is in the way: a symbolic link is not followed.
 */
export function takePidFile(
  path: string,
  pid: number = process.pid,
  alive: (pid: number) => boolean = isAlive,
): PidFile {
  const refuse = (why: string, cause?: unknown): never => {
    throw new UsageError(`--pid-file ${path}: ${why}`, { cause });
  };
  // Written whole under another name first: who reads it finds a number or no file.
  const draft = `${path}.${pid}`;
  let replaced: number | null = null;
  try {
    rmSync(draft, { force: true });
    const handle = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
    try {
      writeSync(handle, `${pid}\n`);
    } finally {
      closeSync(handle);
    }
    if (!link(draft, path)) {
      replaced = pidIn(path, refuse);
      if (replaced !== pid && alive(replaced)) {
        refuse(`process ${replaced} is running and the file is its; remove it if that is another program by now`);
      }
      takeAway(path, `${draft}.old`, replaced, refuse);
      if (!link(draft, path)) refuse("another process was faster to make it");
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    refuse(`cannot write the file: ${whyNotWritten(error)}`, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    replaced,
    remove() {
      try {
        if (pidIn(path, () => -1) === pid) rmSync(path);
      } catch {
        // It is gone, or not ours to remove.
      }
    },
  };
}

/** Gives the file its name; whether that was free. */
function link(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Removes the left-over file, and no other that was put in its place meanwhile. */
function takeAway(path: string, aside: string, stale: number, refuse: (why: string) => never): void {
  renameSync(path, aside);
  const found = pidIn(aside, () => -1);
  if (found !== stale) link(aside, path);
  rmSync(aside);
  if (found !== stale) refuse("another process was faster to make it");
}

/** The number in a file that is there. */
function pidIn(path: string, refuse: (why: string) => number): number {
  if (!lstatSync(path).isFile()) return refuse("something that is no plain file is in the way");
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const text = fstatSync(handle).size > LONGEST ? "" : readFileSync(handle, "utf8").trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : refuse("a file without a process id is in the way");
  } finally {
    closeSync(handle);
  }
}
