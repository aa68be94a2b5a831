/** Texts as values: anchors, keys that are there twice, and documents that are made to be much work. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scenarioFromFlags } from "../../../receiver/scenario/from_flags.ts";
import { checkReach } from "../../../receiver/scenario/reach.ts";
import { SourceText } from "../../../receiver/scenario/source.ts";

const list = (length: number, item: (i: number) => string) => Array.from({ length }, (_, i) => item(i));

describe("SourceText", () => {
  test("SourceText takes an alias for the last anchor of its name before it, as YAML has it", () => {
    const source = new SourceText("a: &x 1\nb: *x\nc: &x [2]\nd: *x\n&k e: &y {f: *x}\ng: [*y, *k]\n");
    assert.deepEqual(source.issues, []);
    assert.deepEqual(source.value, { a: "1", b: "1", c: ["2"], d: ["2"], e: { f: ["2"] }, g: [{ f: ["2"] }, "e"] });
    assert.deepEqual(source.placeOf(["g", 0, "f"]), { line: 5, column: 14 });
    assert.deepEqual(new SourceText("b: *x\na: &x 1").issues, [
      { line: 1, column: 4, message: "it is an alias of nothing before it" },
    ]);
  });

  test("SourceText tells each key that is there again, where it is", () => {
    const { issues } = new SourceText("a: 1\nb: {c: 1, c: 2}\na: 2\n");
    assert.deepEqual(issues, [
      { line: 2, column: 11, message: "it is no YAML: Map keys must be unique, found 'c' again" },
      { line: 3, column: 1, message: "it is no YAML: Map keys must be unique, found 'a' again" },
    ]);
  });

  test("SourceText refuses aliases that blow a document up, and nesting without end", () => {
    const bomb = "a: &a0 [x]\n" + list(30, (i) => `b${i}: &a${i + 1} [*a${i}, *a${i}, *a${i}]\n`).join("");
    assert.match(new SourceText(bomb).issues[0].message, /holds more than 200000 values, aliases followed/);
    for (const deep of [65, 5000]) {
      const [{ message }] = new SourceText(`${"[".repeat(deep)}${"]".repeat(deep)}`).issues;
      assert.match(message, /^it is nested more than 64 deep/, `${deep} deep`);
    }
  });

  test("SourceText reads large maps and many aliases in time that grows as they do", () => {
    const keys = list(3000, (i) => `k${i}: &n${i} v\n`).join("");
    const aliases = list(3000, (i) => `*n${2999 - i}`).join(", ");
    const source = new SourceText(`${keys}all: [${aliases}]\n`);
    assert.deepEqual(source.issues, []);
    assert.equal((source.value as Record<string, unknown[]>).all.length, 3000);
    assert.deepEqual(source.placeOf(["k2999"]), { line: 3000, column: 15 });
  });
});

test("checkReach refuses more rules than can be held against each other", () => {
  const scenario = scenarioFromFlags({ seed: 1, faults: [{ name: "no-reply", chance: 1 }] });
  const rules = list(2001, () => "").map(() => scenario.rules[0]);
  assert.deepEqual(checkReach({ ...scenario, rules }), [
    { path: ["rules"], message: "there are 2001 rules, wanted at most 2000" },
  ]);
});
