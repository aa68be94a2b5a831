import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { type OutFile, reserve } from "../../cli/out_file.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-out-"));
after(() => rmSync(folder, { recursive: true }));

/** The pipe, once its reader is there. */
async function reserved(path: string): Promise<OutFile> {
  for (let tries = 0;; tries++) {
    try {
      return reserve("--out", path);
    } catch (error) {
      if (!(error instanceof UsageError) || tries > 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe("reserve", () => {
  test("reserve refuses a pipe that nobody reads, instead of waiting for a reader", () => {
    const path = join(folder, "unread");
    if (spawnSync("mkfifo", [path]).status !== 0) return;
    assert.throws(() => reserve("--out", path), {
      name: "UsageError",
      message: `--out ${path}: cannot write the file: nobody reads that pipe`,
    });
  });

  test("reserve gives a pipe's reader all that is written in the end, and no end before", async () => {
    const [path, copy] = [join(folder, "read"), join(folder, "copy")];
    if (spawnSync("mkfifo", [path]).status !== 0) return;
    const reader = spawn("sh", ["-c", 'cat "$0" > "$1"', path, copy]);
    const ended = new Promise((resolve) => reader.on("close", resolve));
    const file = await reserved(path);
    const text = `${"x".repeat(200_000)}\n`;
    assert.equal(file.write(text), null);
    await ended;
    assert.equal(readFileSync(copy, "utf8"), text);
  });
});
