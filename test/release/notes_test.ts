import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changesOf, type Outcome, releaseNotes, type Trial } from "../../release/notes.ts";
import { archiveName, TARGETS } from "../../release/targets.ts";

const CHANGELOG =
  "# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.2.3 (2026-01-31)\n\n- A `--flag`.\n- More.\n\n## 1.2.2\n\n- Old.\n";
const outcome = (trial: Trial, i: number): Outcome => ({ target: TARGETS[i], trial, size: 55_600_000 });

function notesOf(outcomes: readonly Outcome[]): string {
  const others = { sbom: "mllp-1.2.3.cdx.json", checksums: "SHA256SUMS" };
  return releaseNotes({
    version: "1.2.3",
    commit: "0123abcd",
    runtime: "1.4.5",
    outcomes,
    others,
    changelog: CHANGELOG,
  });
}

describe("releaseNotes", () => {
  test("releaseNotes say of each file whether it was run", () => {
    const notes = notesOf([outcome("demo", 0), outcome("emulated", 1), outcome("none", 2)]);
    const row = (i: number) => notes.split("\n").find((line) => line.includes(archiveName("1.2.3", TARGETS[i])))!;
    assert.match(row(0), /\| 56 MB \| started here, and went through the demo \|$/);
    assert.match(row(1), /under an emulator/);
    assert.match(row(2), /needs libstdc\+\+ .*\*\*not run\*\*/);
  });

  test("releaseNotes advise on what there is a file for", () => {
    const all = notesOf(TARGETS.map((_, i) => outcome("none", i)));
    const one = notesOf([outcome("demo", 0)]);
    for (const word of ["apk add libstdc++", "com.apple.quarantine", "SmartScreen"]) {
      assert.ok(all.includes(word), word);
      assert.ok(!one.includes(word), word);
    }
  });
});

describe("changesOf", () => {
  test("changesOf finds the section of a version, else what is not released yet", () => {
    assert.equal(changesOf("1.2.3", CHANGELOG), "- A `--flag`.\n- More.");
    assert.equal(changesOf("1.3.0", CHANGELOG), "- New.");
    assert.ok(notesOf([outcome("demo", 0)]).endsWith("## What changed\n\n- A `--flag`.\n- More.\n"));
  });

  test("changesOf refuses a changelog that says nothing of the version", () => {
    assert.throws(() => changesOf("1.3.0", "# Changelog\n"), /CHANGELOG\.md has no section '## 1\.3\.0'$/);
  });
});
