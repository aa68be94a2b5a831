/** What the fuzzer has found, kept: each case that once failed, checked as the fuzzer checks it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { TARGETS } from "../../fuzz/targets.ts";

/** A case that failed once. */
interface FuzzVector {
  readonly target: string;
  /** What was wrong. */
  readonly found: string;
  readonly case: unknown;
}

const VECTORS: readonly FuzzVector[] = JSON.parse(readFileSync(new URL("./vectors.json", import.meta.url), "utf8"));

for (const { target: name, found, case: one } of VECTORS) {
  test(`what fuzzing found does not come back: ${name}: ${found}`, async () => {
    const target = TARGETS.find((each) => each.name === name);
    assert.ok(target !== undefined, `there is no target ${name}`);
    await target.check(one, () => {});
  });
}
