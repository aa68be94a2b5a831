import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockDevice } from "../../../lib/transport/device_lock.ts";
import type { Libc } from "../../../lib/transport/libc.ts";

/** A process number that Linux and macOS never give out. */
const DEAD = 2 ** 30;
const text = (pid: number) => `${String(pid).padStart(10)}\n`;

/** A C library that takes locks, or not. */
function libcThat(locks: boolean): Libc {
  const libc: Partial<Libc> = { lock: () => locks };
  return libc as Libc;
}

const within = (sentence: string, body: (folder: string, file: string) => void) =>
  test(sentence, { skip: process.platform === "win32" && "Windows has no such devices" }, () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-"));
    try {
      body(folder, join(folder, "LCK..null"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

within("lockDevice makes the lock file of UUCP and takes it away again", (folder, file) => {
  const { isPty, release } = lockDevice(libcThat(true), 5, "/dev/null", folder);
  assert.equal(readFileSync(file, "utf8"), text(process.pid));
  assert.equal(isPty, false);
  release();
  assert.equal(existsSync(file), false);
});

within("lockDevice refuses a device that is locked, and makes no file", (folder, file) => {
  assert.throws(() => lockDevice(libcThat(false), 5, "/dev/null", folder), /^Error: another program has it/);
  assert.equal(existsSync(file), false);
});

within("lockDevice refuses a device whose lock file names a living process, and leaves the file", (folder, file) => {
  writeFileSync(file, text(process.ppid));
  assert.throws(
    () => lockDevice(libcThat(true), 5, "/dev/null", folder),
    new RegExp(`^Error: another program has it, process ${process.ppid} by its lock file ${file}$`),
  );
  assert.equal(readFileSync(file, "utf8"), text(process.ppid));
});

for (
  const [sentence, pid] of [["a dead process", DEAD], ["a dead process whose number is ours now", process.pid]] as const
) {
  within(`lockDevice replaces the lock file of ${sentence}`, (folder, file) => {
    writeFileSync(file, text(pid));
    lockDevice(libcThat(true), 5, "/dev/null", folder);
    assert.equal(readFileSync(file, "utf8"), text(process.pid));
  });
}

within("lockDevice refuses a lock file that names no process, and leaves it", (folder, file) => {
  writeFileSync(file, "");
  assert.throws(
    () => lockDevice(libcThat(true), 5, "/dev/null", folder),
    /names no process is in the way: .*LCK\.\.null$/,
  );
  assert.equal(existsSync(file), true);
});

within("lockDevice follows no link and reads no more than a number, whoever put it there", (folder, file) => {
  const refused = (put: () => void) => {
    put();
    assert.throws(() => lockDevice(libcThat(true), 5, "/dev/null", folder), /names no process is in the way/);
    rmSync(file);
  };
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, text(DEAD));
  refused(() => symlinkSync(elsewhere, file));
  assert.equal(readFileSync(elsewhere, "utf8"), text(DEAD));
  refused(() => symlinkSync("/dev/zero", file));
  refused(() => writeFileSync(file, text(DEAD).padStart(1_000_000)));
  refused(() => execFileSync("mkfifo", [file]));
});

within("lockDevice leaves a lock file that another program has made since", (folder, file) => {
  const { release } = lockDevice(libcThat(true), 5, "/dev/null", folder);
  writeFileSync(file, text(process.ppid));
  release();
  assert.equal(readFileSync(file, "utf8"), text(process.ppid));
});

within("lockDevice does without a lock file where there is no folder for it", (folder, file) => {
  lockDevice(libcThat(true), 5, "/dev/null", join(folder, "none")).release();
  assert.equal(existsSync(file), false);
});
