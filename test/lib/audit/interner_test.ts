import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Column } from "../../../lib/audit/column.ts";
import { fingerprint } from "../../../lib/audit/fingerprint.ts";
import { Interner } from "../../../lib/audit/interner.ts";

describe("Interner", () => {
  test("Interner gives each text a number of its own, and the text back", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 8 })), (texts) => {
        const interner = new Interner();
        const numbers = texts.map((text) => interner.add(text));
        const different = [...new Set(texts)];
        assert.equal(interner.size, different.length);
        assert.deepEqual(numbers, texts.map((text) => different.indexOf(text)));
        assert.deepEqual(numbers.map((number) => interner.text(number)), texts);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test("Interner keeps a great many texts apart, and long ones", () => {
    const interner = new Interner();
    const long = ["x".repeat(3_000_000), "", "ü".repeat(400_000)];
    for (let i = 0; i < 50_000; i++) assert.equal(interner.add(`MSG${i}`), i);
    assert.deepEqual(long.map((text) => interner.add(text)), [50_000, 50_001, 50_002]);
    for (let i = 0; i < 50_000; i += 7) assert.equal(interner.add(`MSG${i}`), i);
    assert.equal(interner.text(49_999), "MSG49999");
    assert.deepEqual(long.map((_, i) => interner.text(50_000 + i)), long);
  });
});

describe("Column", () => {
  test("Column keeps numbers in order beyond its first page, and replaces one", () => {
    const column = Column.of(Int32Array, Array.from({ length: 100_000 }, (_, i) => i - 5));
    column.set(70_000, 3);
    assert.deepEqual([column.length, column.get(0), column.get(70_000), column.get(99_999)], [100_000, -5, 3, 99_994]);
  });
});

describe("fingerprint", () => {
  test("fingerprint tells hashes apart that differ anywhere, and is a whole number", () => {
    const hashes = Array.from({ length: 64 }, (_, i) => `${"0".repeat(i)}1${"0".repeat(63 - i)}`);
    const numbers = new Set([...hashes, "0".repeat(64), "", "0"].map(fingerprint));
    assert.equal(numbers.size, 67);
    for (const number of numbers) assert.ok(Number.isSafeInteger(number) && number >= 0);
  });

  test("fingerprint of many is as spread as chance would have it", () => {
    const many = new Set<number>();
    for (let i = 0; i < 200_000; i++) many.add(fingerprint(i.toString(16).padStart(64, "0")));
    assert.equal(many.size, 200_000);
  });
});
