/**
 * The compiled binary as a program among programs: its name, its version, its pipes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { VERSION } from "../../cli/version.ts";
import { BINARY } from "../binary.ts";

/** Runs a line of bash in which `$MLLP` is the binary. */
function bash(line: string) {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line], {
    encoding: "utf8",
    env: { ...process.env, MLLP: BINARY, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

describe("the binary", () => {
  test("the binary tells its version", () => {
    assert.deepEqual(bash('"$MLLP" --version'), { status: 0, stdout: `mllp ${VERSION}\n`, stderr: "" });
  });

  test("the binary tells its build as JSON, and prints its manual pages", () => {
    const { status, stdout, stderr } = bash('"$MLLP" --version --json');
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    const { version, commit, runtime, target } = JSON.parse(stdout);
    assert.equal(version, VERSION);
    assert.match(commit, /^([0-9a-f]{40}(-dirty)?|unknown)$/);
    assert.match(runtime, /^bun \d+\.\d+\.\d+$/);
    assert.match(target, /^(linux|darwin|windows)-(x64|arm64)(-musl)?$/);
    assert.match(bash('"$MLLP" help send --man').stdout, /^\.\\" .*\n\.TH MLLP\\-SEND 1 /);
  });

  test("the binary loads each command for its help", () => {
    for (const command of ["send", "spam", "receive", "completion"]) {
      const { status, stdout, stderr } = bash(`"$MLLP" help ${command}`);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.ok(stdout.startsWith(`Usage: mllp ${command} `));
    }
  });

  test("the binary says that standard output is on a full disk", () => {
    const { status, stderr } = bash('"$MLLP" help >/dev/full');
    assert.deepEqual({ status, stderr }, {
      status: 74,
      stderr: "mllp: cannot write to standard output: the disk is full\n",
    });
  });

  test("the binary ends without a word when nobody reads it any more", () => {
    const { status, stdout, stderr } = bash('exec 3> >(:); wait $!; "$MLLP" help >&3');
    assert.deepEqual({ status, stdout, stderr }, { status: 141, stdout: "", stderr: "" });
  });

  test("the binary called llpdrv, by a link or by its zeroth argument, is the line driver", () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-name-"));
    try {
      symlinkSync(BINARY, join(folder, "llpdrv"));
      for (const line of [`'${join(folder, "llpdrv")}' -a`, '(exec -a llpdrv "$MLLP" -a)']) {
        const { status, stderr } = bash(line);
        assert.equal(status, 2);
        assert.match(stderr, /^mllp llpdrv: /);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the binary reads the settings in a .env of the current directory", () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-env-"));
    try {
      const failing = (settings: string) =>
        bash(`cd '${folder}' && echo '${settings}' > .env && env -u NO_COLOR "$MLLP" completion x`).stderr;
      assert.ok(failing("FORCE_COLOR=1").startsWith("\u001b["));
      assert.match(failing("FORCE_COLOR=0"), /^mllp completion: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
