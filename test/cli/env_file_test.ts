import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readEnvironment } from "../../cli/env_file.ts";

/** Runs `body` with a settings file of this text. */
function withFile(text: string, body: (path: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "mllp-env-"));
  try {
    const path = join(folder, "settings.env");
    writeFileSync(path, text);
    body(path, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("readEnvironment", () => {
  test("readEnvironment takes the known names of a file and no other", () => {
    withFile("# settings\nNO_COLOR='1'\nLD_PRELOAD=/evil.so\n", (path) => {
      assert.deepEqual(readEnvironment(path, { HOME: "/home/a" }), {
        HOME: "/home/a",
        NO_COLOR: "1",
        FORCE_COLOR: undefined,
        MLLP_CONTROL_TOKEN: undefined,
        AXIOM_TOKEN: undefined,
        API_TOKEN: undefined,
      });
    });
  });

  test("readEnvironment takes the tokens of Axiom, under both names", () => {
    withFile("API_TOKEN=[xaat-1]\nAXIOM_TOKEN=xaat-2\n", (path) => {
      const { API_TOKEN, AXIOM_TOKEN } = readEnvironment(path, {});
      assert.deepEqual([API_TOKEN, AXIOM_TOKEN], ["[xaat-1]", "xaat-2"]);
    });
  });

  test("readEnvironment lets the environment outrank the file", () => {
    withFile("NO_COLOR=1\n", (path) => assert.equal(readEnvironment(path, { NO_COLOR: "" }).NO_COLOR, ""));
  });

  test("readEnvironment refuses a file that was named and cannot be read, naming it", () => {
    withFile("", (path, folder) => {
      assert.throws(() => readEnvironment(`${path}x`, {}), {
        name: "UsageError",
        message: `--env-file ${path}x: cannot read the file: there is no such file`,
      });
      assert.throws(() => readEnvironment(folder, {}), { name: "UsageError" });
    });
  });

  test("readEnvironment refuses a file far larger than settings are", () => {
    withFile("#".repeat(64 * 1024 + 1), (path) => {
      assert.throws(() => readEnvironment(path, {}), { name: "UsageError", message: /found more than 64 KiB$/ });
    });
  });

  test("readEnvironment reads .env of the current directory if it is there", () => {
    const before = process.cwd();
    withFile("", (path, folder) => {
      process.chdir(folder);
      try {
        assert.equal(readEnvironment(undefined, {}).NO_COLOR, undefined);
        writeFileSync(join(path, "..", ".env"), "NO_COLOR=yes\n");
        assert.equal(readEnvironment(undefined, {}).NO_COLOR, "yes");
        if (process.platform === "win32") return;
        rmSync(".env");
        execFileSync("mkfifo", [".env"]);
        assert.equal(
          readEnvironment(undefined, {}).NO_COLOR,
          undefined,
          "a pipe that nobody writes to is not waited for",
        );
      } finally {
        process.chdir(before);
      }
    });
  });
});
