import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllowed } from "../../release/licences.ts";

const CASES: readonly [expression: string, allowed: boolean][] = [
  ["MIT", true],
  ["GPL-3.0-only", false],
  ["(MIT AND Zlib)", true],
  ["MIT AND GPL-2.0-only", false],
  ["GPL-2.0-only OR MIT", true],
  ["MIT OR GPL-2.0-only", true],
  ["GPL-2.0-only OR AGPL-3.0-only", false],
  ["(GPL-2.0-only OR MIT) AND ISC", true],
  ["GPL-2.0-only AND MIT OR ISC", true],
  ["GPL-2.0-only AND (MIT OR ISC)", false],
  ["Apache-2.0 WITH LLVM-exception", false],
  ["SEE LICENSE IN file", false],
  ["UNLICENSED", false],
  ["(MIT", false],
  ["MIT)", false],
  ["AND", false],
  ["", false],
];

for (const [expression, allowed] of CASES) {
  test(`isAllowed ${allowed ? "lets" : "does not let"} '${expression}' into the binary`, () => {
    assert.equal(isAllowed(expression), allowed);
  });
}
