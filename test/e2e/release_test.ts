/**
 * An executable made the way a release makes it, for the machine the test runs on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { compile, hostTarget, VERSION } from "../../release/build.ts";
import { formatFault, formatOf } from "../../release/formats.ts";
import { RUNTIME_VERSION } from "../../release/runtimes.ts";
import { executableName, TARGETS } from "../../release/targets.ts";
import { askVersion, demo } from "../../release/trial.ts";

const target = TARGETS.find(({ name }) => name === hostTarget());
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

describe("a released executable", { skip: target === undefined && "nothing is released for this machine" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "mllp-released-"));
  const path = join(folder, executableName(target ?? TARGETS[0]));
  before(() => compile(path, { commit: COMMIT, target: hostTarget() }));
  after(() => rmSync(folder, { recursive: true }));

  test("a released executable has the format of its target", () => {
    assert.equal(formatFault(formatOf(new Uint8Array(readFileSync(path))), target!.format), null);
  });

  test("a released executable tells version, commit, runtime and target", async () => {
    assert.deepEqual(await askVersion([path]), {
      version: VERSION,
      commit: COMMIT,
      runtime: `bun ${RUNTIME_VERSION}`,
      target: target!.name,
    });
  });

  test("a released executable goes through the demo, and every message is accepted", async () => {
    const { accepted, planned } = await demo(path, 1);
    assert.ok(planned > 0);
    assert.equal(accepted, planned);
  });
});
