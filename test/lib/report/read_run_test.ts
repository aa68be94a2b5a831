import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { jsonMistake } from "../../../lib/report/json_mistake.ts";
import { runJson } from "../../../lib/report/json.ts";
import { readRun } from "../../../lib/report/read_run.ts";
import { goodRun } from "./runs.ts";

function complaint(text: string): string {
  try {
    readRun(text, "run.json");
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return error.message;
  }
  return "none";
}

describe("readRun", () => {
  const said: readonly [what: string, text: string, message: string][] = [
    ["an empty file", " \n", "Cannot read run.json: it is empty, wanted a run document (JSON)"],
    [
      "a text cut off",
      runJson(goodRun()).slice(0, 60),
      "Cannot read run.json: it is no JSON: line 4, column 11: found the end, wanted ':'",
    ],
    [
      "two documents in a row",
      '{"a": 1}\n{"a": 2}\n',
      "Cannot read run.json: it is no JSON: line 2, column 1: found '{', wanted the end",
    ],
    [
      "a list",
      "[]",
      "Cannot read run.json: found a list, wanted a run document, as mllp spam --out and --json write it",
    ],
    [
      "a text",
      '"mllp.run/1"',
      "Cannot read run.json: found 'mllp.run/1', wanted a run document, as mllp spam --out and --json write it",
    ],
    [
      "another document",
      '{"name": "x"}',
      "Cannot read run.json: found an object, wanted a run document, as mllp spam --out and --json write it",
    ],
    ["null", "null", "Cannot read run.json: found null, wanted a run document, as mllp spam --out and --json write it"],
    [
      "another version",
      '{"schema": "mllp.run/2"}',
      "Cannot read run.json: found schema 'mllp.run/2', wanted 'mllp.run/1'",
    ],
    ["a missing field", '{"schema": "mllp.run/1"}', "Cannot read run.json: version is missing"],
    [
      "a wrong count",
      JSON.stringify({ ...goodRun(), planned: -3 }),
      "Cannot read run.json: planned: found -3, wanted a whole number from 0 on",
    ],
    [
      "a wrong figure deep inside",
      JSON.stringify({ ...goodRun(), intervals: [goodRun().intervals[0], { ...goodRun().intervals[1], lag: "no" }] }),
      "Cannot read run.json: intervals[1].lag: found 'no', wanted an object",
    ],
    [
      "a wrong word",
      JSON.stringify({ ...goodRun(), model: "open" }),
      "Cannot read run.json: model: found 'open', wanted one of closed, rate",
    ],
    [
      "a long wrong value",
      JSON.stringify({ ...goodRun(), started: "x".repeat(100) }),
      `Cannot read run.json: started: found '${"x".repeat(59)}..., wanted a time such as 2026-01-31T12:00:00.000Z`,
    ],
  ];
  for (const [what, text, message] of said) {
    test(`readRun says what is wrong with ${what}`, () => assert.equal(complaint(text), message));
  }

  test("readRun takes a document with a byte order mark", () => {
    assert.deepEqual(readRun(`\ufeff${runJson(goodRun())}`, "run.json"), goodRun());
  });
});

describe("jsonMistake", () => {
  const parses = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  test("jsonMistake finds one exactly where JSON.parse fails, in JSON cut, doubled and changed anywhere", () => {
    const edit = fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'{}[],:"\\0123-+.eE tfn\n\t\u0001u'.split(""), ""));
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.array(edit, { maxLength: 3 }), (json, edits) => {
        let text = json;
        for (const [at, length, put] of edits) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + put + text.slice(start + length);
        }
        const mistake = jsonMistake(text);
        assert.equal(mistake === null, parses(text), text);
      }),
      { seed: 20261122, numRuns: 5000 },
    );
  });

  test("jsonMistake names the place in characters, whatever they take in memory", () => {
    assert.deepEqual(jsonMistake('{"name": "Žofie 🏥", x}'), { line: 1, column: 21, found: "'x'", wanted: "a key" });
    assert.deepEqual(jsonMistake("[1,\n2,\n😀]"), { line: 3, column: 1, found: "'😀'", wanted: "a value" });
  });

  const places: readonly [text: string, column: number, found: string, wanted: string][] = [
    ["", 1, "the end", "a value"],
    ["[1 2]", 4, "'2'", "',' or ']'"],
    ['{"a" 1}', 6, "'1'", "':'"],
    ['{"a": 01}', 8, "'1'", "',' or '}'"],
    ['["\\x"]', 3, "'\\'", "the rest of a string"],
    ['["tab\there"]', 6, "'\t'", "the rest of a string"],
    ['["open', 7, "the end", "the rest of a string"],
    ["nul", 1, "'n'", "a value"],
  ];
  for (const [text, column, found, wanted] of places) {
    test(`jsonMistake of ${JSON.stringify(text)} is at column ${column}`, () => {
      assert.deepEqual(jsonMistake(text), { line: 1, column, found, wanted });
    });
  }

  test("jsonMistake does not run out of stack in a deep nest or a long string", () => {
    assert.match(jsonMistake("[".repeat(100_000))!.wanted, /at most 200 levels/);
    assert.equal(jsonMistake(JSON.stringify(["x\\n".repeat(1_000_000)])), null);
  });
});
