/**
 * The library as others get it: on each runtime that it is for, and with every type it shows.
 *
 * @module
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { ROOT } from "../source.ts";

/** How a file is run by each runtime; Node comes from its npm package, so that it is one that strips types. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  deno: [process.execPath, "run", "-A"],
  bun: ["node_modules/bun/bin/bun.exe"],
  "node 24": ["npx", "-y", "node@24"],
};

describe("the library", () => {
  for (const [name, [program, ...args]] of Object.entries(RUNTIMES)) {
    test(`the library works on ${name}`, async () => {
      const shell = process.platform === "win32";
      const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
        const command = [...args, "test/e2e/library_smoke.ts"];
        execFile(
          program,
          command,
          { cwd: ROOT, shell, timeout: 120_000 },
          (_, stdout, stderr) => resolve({ stdout, stderr }),
        );
      });
      assert.ok(stdout !== "", stderr);
      const { runtime, outcomes } = JSON.parse(stdout.trim().split("\n").at(-1)!);
      assert.ok(runtime.startsWith(name), runtime);
      const framings = ["mllp", "mllp2", "hllp", "x328", "illp"];
      assert.deepEqual(outcomes, Object.fromEntries(framings.map((framing) => [framing, "error As told"])));
    });
  }

  test("the library shows no type that it does not export", () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["doc", "--lint", "mod.ts"], {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    const said = stdout + stderr;
    assert.match(said, /documentation lint errors|Checked \d+ file/);
    assert.deepEqual(said.match(/^error\[private-type-ref\]: .*$/gm) ?? [], []);
  });
});
