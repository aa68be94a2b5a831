import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../lib/bytes.ts";
import { NdjsonReader, type TornLine } from "../../lib/ndjson.ts";

function read(chunks: readonly (string | Uint8Array)[], options = {}): { taken: unknown[]; torn: readonly TornLine[] } {
  const taken: unknown[] = [];
  const reader = new NdjsonReader("a.ndjson", (value, lineNumber) => taken.push([lineNumber, value]), options);
  for (const chunk of chunks) reader.push(typeof chunk === "string" ? utf8(chunk) : chunk);
  return { taken, torn: reader.end() };
}

describe("NdjsonReader", () => {
  test("NdjsonReader gives each line once it is whole, the last without its line end too", () => {
    assert.deepEqual(read(['{"a":1}\r\n\n{"a":', '"ü\\n"}\n  \n{"a":3}']), {
      taken: [[1, { a: 1 }], [3, { a: "ü\n" }], [5, { a: 3 }]],
      torn: [],
    });
    assert.deepEqual(read([]), { taken: [], torn: [] });
  });

  test("NdjsonReader gives the same however the bytes are cut", () => {
    const lines = fc.array(fc.oneof(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), fc.constant(null)));
    fc.assert(
      fc.property(lines, fc.array(fc.nat(500)), fc.nat(5), (values, cuts, torn) => {
        const good = values.map((value) => `${value === null ? "" : JSON.stringify(value)}\n`).join("");
        const bytes = utf8(`{}\n${good}${'{"x"'.slice(0, torn)}`);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        // Each chunk is overwritten after it was pushed, as who reads into one buffer does.
        const taken: unknown[] = [];
        const reader = new NdjsonReader("a", (value, lineNumber) => taken.push([lineNumber, value]));
        for (let i = 1; i < at.length; i++) {
          const chunk = bytes.slice(at[i - 1], at[i]);
          reader.push(chunk);
          chunk.fill(0x21);
        }
        assert.deepEqual({ taken, torn: reader.end() }, read([bytes]));
        assert.equal(reader.end().length, torn === 0 ? 0 : 1);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test("NdjsonReader tells of a torn last line, be it ended by the next writer's line end", () => {
    assert.deepEqual(read(['{"a":1}\n{"a":2']), { taken: [[1, { a: 1 }]], torn: [{ line: 2, bytes: 6 }] });
    assert.deepEqual(read(['{"a":1}\n{"a":2\n']), { taken: [[1, { a: 1 }]], torn: [{ line: 2, bytes: 6 }] });
    assert.deepEqual(read(['{"a":1}\n', new Uint8Array(3)]).torn, [{ line: 2, bytes: 3 }]);
  });

  test("NdjsonReader tells of a line torn where another writer began", () => {
    const begins = (value: object) => "head" in value;
    assert.deepEqual(read(['{"head":1}\n{"a"\n{"head":2}\n{"a":3}\n'], { begins }), {
      taken: [[1, { head: 1 }], [3, { head: 2 }], [4, { a: 3 }]],
      torn: [{ line: 2, bytes: 4 }],
    });
    assert.throws(() => read(['{"head":1}\n{"a"\n{"a":3}\n'], { begins }), /a\.ndjson: line 2 is no JSON object/);
  });

  test("NdjsonReader refuses what is no NDJSON, and does not repeat it", () => {
    const wrong = /^RangeError: Cannot read a\.ndjson: line 2 is no JSON object, wanted one object a line$/;
    assert.throws(() => read(['{"a":1}\nMSH|SECRET\n{"a":3}\n']), wrong);
    for (const line of ["[1]", "7", "null", '"text"']) assert.throws(() => read([`{}\n${line}\n{}\n`]), wrong, line);
    assert.throws(() => read(["MSH|^~\\&|A"]), /line 1 is no JSON object/);
    assert.throws(() => read(["MSH|^~\\&|A\n"]), /line 1 is no JSON object/);
  });

  test("NdjsonReader holds no more of a line than allowed", () => {
    const longest = 10;
    assert.equal(read(['{"a":1}\n{"a":1234}'], { longest }).taken.length, 2);
    const wrong = /line 2 is longer than 10B, the most that is taken$/;
    assert.throws(() => read(['{"a":1}\n{"a":12345}\n'], { longest }), wrong);
    assert.throws(() => read(['{"a":1}\n{"a":', "123456"], { longest }), wrong);
  });

  test("NdjsonReader passes on what its taker throws", () => {
    const reader = new NdjsonReader("a.ndjson", () => {
      throw new RangeError("no good");
    });
    assert.throws(() => reader.push(utf8("{}\n")), /^RangeError: no good$/);
  });
});
