import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkIntegrity, integrityOf, RUNTIME_VERSION, runtimeFor } from "../../release/runtimes.ts";
import { TARGETS } from "../../release/targets.ts";

describe("runtimes", () => {
  test("runtimes of all targets have their hash in the lock file", () => {
    for (const { runtime } of TARGETS) assert.match(integrityOf(`${runtime}@${RUNTIME_VERSION}`)!, /^sha512-/, runtime);
    assert.equal(integrityOf(`${TARGETS[0].runtime}@0.0.0`), undefined);
  });

  test("runtimes with another hash are refused, before anything of them is unpacked", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-runtimes-"));
    try {
      writeFileSync(join(folder, `oven-bun-linux-x64-${RUNTIME_VERSION}.tgz`), "not what was asked for");
      await assert.rejects(
        runtimeFor(TARGETS[0], folder),
        new RegExp(
          `^Error: Cannot use @oven/bun-linux-x64@${RUNTIME_VERSION}: its hash is sha512-\\S+, wanted sha512-`,
        ),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("checkIntegrity refuses what the lock file does not know", () => {
    const empty = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
    checkIntegrity("nothing", new Uint8Array(), empty);
    assert.throws(() => checkIntegrity("x@1", Uint8Array.of(1), empty), /^Error: Cannot use x@1: its hash is sha512-/);
    assert.throws(() => checkIntegrity("x@1", new Uint8Array(), undefined), /wanted one in deno\.lock$/);
  });
});
