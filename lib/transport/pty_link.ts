/**
 * The symbolic links of our own ptys: made so that they are known again, and seen not to outlive their maker.
 *
 * The system gives a pty's number out again as soon as its maker is gone: a link left by a program that was killed would then
 * lead to somebody else's pty. On Linux a link of ours goes by way of its maker's process, `/proc/4711/../../dev/pts/3`:
 * that is the same device while process 4711 lives, and nowhere after it, whoever follows it. Where there is no such
 * folder a link names the slave alone.
 *
 * @module
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { systemCode } from "../errors.ts";
import { SLAVE_PATH } from "./device_lock.ts";

/** What a link of ours says: its maker's process, the slave, the slave's number. */
const OWN_LINK = /^\/proc\/(\d+)\/\.\.\/\.\.(\/dev\/pts\/(\d+))$/;

/** The links that are ours now, and what each says; for a program that exits without a close. */
const links: Map<string, string> = new Map();

/**
 * Whether the link at a path leads to a terminal device that may be opened. One that we made (or root, or somebody else's
 * program under our name) to a pty that its maker no longer has is removed. Throws for whatever else is in the way.
 *
 * @example
 * ```ts
 * import { leadsToTerminal } from "./pty_link.ts";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
 *
 * const folder = mkdtempSync("/tmp/mllp-");
 * symlinkSync(`${folder}/nothing`, `${folder}/line`);
 * assert.throws(() => leadsToTerminal(`${folder}/line`), /a symbolic link to .*nothing is in the way/);
 * rmSync(folder, { recursive: true });
 * ```
 */
export function leadsToTerminal(path: string): boolean {
  const found = lstatSync(path);
  const target = readlinkSync(path);
  const us = process.getuid?.();
  if (found.uid !== us && found.uid !== 0) {
    throw new Error(`a symbolic link of another user (${found.uid}) is in the way, it leads to ${target}`);
  }
  const [, pid, slave, number] = OWN_LINK.exec(target) ?? [];
  if (pid !== undefined) {
    if (makerHas(path, Number(pid), number)) return true;
    if (found.uid !== us) {
      throw new Error(`a symbolic link is in the way, to ${slave} of process ${pid}, which is gone`);
    }
  } else {
    const end = statSync(path, { throwIfNoEntry: false });
    if (end?.isCharacterDevice()) return true;
    if (end !== undefined || found.uid !== us || !SLAVE_PATH.test(target)) {
      throw new Error(`a symbolic link to ${target} is in the way`);
    }
  }
  unlinkSync(path);
  return false;
}

/** Whether the process that a link of ours names lives and has the master of that pty. */
function makerHas(path: string, pid: number, number: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isCharacterDevice()) return false;
  // Our number may have been another's before: our own links are known.
  if (pid === process.pid) return isOwn(path);
  const folder = `/proc/${pid}/fdinfo`;
  try {
    return readdirSync(folder).some((fd) => masterIn(`${folder}/${fd}`) === number);
  } catch (error) {
    // Of another user's process it is not told; that it lives is.
    return ["EACCES", "EPERM"].includes(systemCode(error));
  }
}

/** The number of the pty whose master a descriptor is. */
function masterIn(fdinfo: string): string | undefined {
  try {
    return /^tty-index:\s*(\d+)$/m.exec(readFileSync(fdinfo, "latin1"))?.[1];
  } catch (error) {
    // A descriptor that was closed meanwhile is none; one that is not told of is for the caller.
    if (["EACCES", "EPERM"].includes(systemCode(error))) throw error;
    return undefined;
  }
}

/** Whether the link at a path is one that this process has made, by whatever name its folder goes. */
function isOwn(path: string): boolean {
  const { ino, dev } = lstatSync(path);
  return [...links.keys()].some((each) => {
    const own = lstatSync(each, { throwIfNoEntry: false });
    return own?.ino === ino && own.dev === dev;
  });
}

/**
 * Makes a path a link to a slave of ours, and gives what removes it; the end of the program does, too. Throws if something is there.
 *
 * @example
 * ```ts
 * import { makeLink } from "./pty_link.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => makeLink("/dev/pts/0", "/no/such/folder/line"), /there is no such directory/);
 * ```
 */
export function makeLink(slavePath: string, path: string): () => void {
  const text = textFor(slavePath);
  try {
    // Fails if there is something by now: nothing is ever written over.
    symlinkSync(text, path);
  } catch (cause) {
    const words = {
      ENOENT: "there is no such directory",
      EACCES: "permission denied",
      EEXIST: "another program was faster to make that file",
    };
    throw new Error(words[systemCode(cause) as keyof typeof words] ?? String((cause as Error).message), { cause });
  }
  if (links.size === 0) process.on("exit", removeAll);
  links.set(path, text);
  return () => removeLink(text, path);
}

function textFor(slavePath: string): string {
  const text = `/proc/${process.pid}/../..${slavePath}`;
  const [through, plain] = [text, slavePath].map((path) => statSync(path, { throwIfNoEntry: false })?.rdev);
  return OWN_LINK.test(text) && through !== undefined && through === plain ? text : slavePath;
}

function removeAll(): void {
  for (const [path, text] of links) removeLink(text, path);
}

/** Removes the link if it is still ours. */
function removeLink(text: string, path: string): void {
  links.delete(path);
  if (links.size === 0) process.off("exit", removeAll);
  try {
    if (readlinkSync(path) === text) unlinkSync(path);
  } catch {
    // It is gone, or something else by now.
  }
}
