import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildInfo, VERSION, versionText } from "../../cli/version.ts";

describe("version", () => {
  test("version of the sources names the runtime and the machine, and no commit", () => {
    const { version, commit, runtime, target } = buildInfo();
    assert.equal(version, VERSION);
    assert.equal(commit, "unknown");
    const name = process.versions.bun ? "bun" : "deno";
    assert.equal(runtime, `${name} ${process.versions[name]}`);
    assert.match(target, /^(linux|darwin|windows)-(x64|arm64)$/);
  });

  test("version is a line for people, a line of JSON for programs, and nothing for other words", () => {
    assert.equal(versionText([]), `mllp ${VERSION}`);
    assert.deepEqual(JSON.parse(versionText(["--json"])!), buildInfo());
    assert.equal(versionText(["--json", "send"]), null);
  });
});
