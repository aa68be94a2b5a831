/**
 * Exclusive use of a device. Two locks, because each keeps out others: `flock`, which goes when its
 * holder dies, however it does; and the lock file of UUCP, which the programs of old look at (getty,
 * cu, minicom). It opens no device.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { latin1 } from "../bytes.ts";
import { systemCode } from "../errors.ts";
import type { Libc } from "./libc.ts";

/** Where lock files lie (the Filesystem Hierarchy Standard, 5.9; on macOS the manual of uucp). */
const LOCK_FOLDER = process.platform === "darwin" ? "/var/spool/uucp" : "/var/lock";

/** The slaves' names on Linux and on macOS. */
export const SLAVE_PATH = /^\/dev\/(pts\/|ttys)\d+$/;

/** The longest text looked at in a lock file that is there. */
const LONGEST = 32;

/** A device that is ours. */
export interface DeviceLock {
  /** Whether it is a pty's slave: those lie in a folder of their own, and no getty or cu looks for them. */
  readonly isPty: boolean;
  /** Removes the lock file; the lock of the descriptor goes when that is closed. */
  release(): void;
}

/**
 * Takes a device for this descriptor alone. Throws an `Error` that says who has it. A folder of lock
 * files that is missing or not ours to write is passed over: the other locks hold.
 *
 * @param device Its path, symbolic links resolved here.
 *
 * @example
 * ```ts
 * import { lockDevice } from "./device_lock.ts";
 * import assert from "node:assert/strict";
 *
 * const taken = { lock: () => false } as never;
 * assert.throws(() => lockDevice(taken, 0, "/dev/null"), /another program has it/);
 * ```
 */
export function lockDevice(libc: Libc, fd: number, device: string, folder: string = LOCK_FOLDER): DeviceLock {
  if (!libc.lock(fd)) throw inUse(`another program has it${holderOf(fd)}`);
  const path = realpathSync(device);
  if (SLAVE_PATH.test(path)) return { isPty: true, release: () => {} };
  const file = join(folder, `LCK..${basename(path)}`);
  const made = makeLockFile(file);
  return {
    isPty: false,
    release: () => {
      if (made) removeOwn(file);
    },
  };
}

/** Which process holds the `flock` of a file: on Linux the kernel tells. */
function holderOf(fd: number): string {
  try {
    const { ino } = fstatSync(fd);
    const held = new RegExp(`FLOCK\\s+ADVISORY\\s+WRITE\\s+(\\d+)\\s+[0-9a-f]+:[0-9a-f]+:${ino}\\s`);
    const pid = held.exec(readFileSync("/proc/locks", "utf8"))?.[1];
    return pid === undefined ? "" : `, process ${pid}`;
  } catch {
    return "";
  }
}

/** Whether it could be made. Ten places of decimal digits and a line end: the form of HoneyDanBer UUCP, which all read. */
function makeLockFile(file: string): boolean {
  const text = `${String(process.pid).padStart(10)}\n`;
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(file, text, { flag: "wx", mode: 0o644 });
      return true;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") return false;
    }
    const pid = pidIn(file);
    if (!Number.isSafeInteger(pid)) throw inUse(`a lock file that names no process is in the way: ${file}`);
    // With the flock ours, our own number is that of a process that is dead, given out again.
    if (pid !== process.pid && isAlive(pid)) {
      throw inUse(`another program has it, process ${pid} by its lock file ${file}`);
    }
    removeStale(file);
  }
  return false;
}

/** The folder may be one that anybody can write to: no link is followed, no pipe waited for, and no more read than a number. */
function pidIn(file: string): number {
  let fd: number | null = null;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const text = new Uint8Array(LONGEST);
    const digits = /^\s*(\d+)\s*$/.exec(latin1(text.subarray(0, readSync(fd, text))))?.[1];
    return digits === undefined ? NaN : Number(digits);
  } catch {
    return NaN;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function isAlive(pid: number): boolean {
  // 0 would ask for our own group.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

function removeStale(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Another program was faster, or it is not ours to remove: the next try to make it tells.
  }
}

function removeOwn(file: string): void {
  if (pidIn(file) === process.pid) removeStale(file);
}

function inUse(words: string): Error {
  return Object.assign(new Error(words), { code: "EBUSY" });
}
