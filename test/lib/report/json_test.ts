import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalRun, runJson } from "../../../lib/report/json.ts";
import { badRun, closedRun, goodRun } from "./runs.ts";
import type { RunDocument } from "../../../lib/load/result.ts";

/** The same value with all its keys in another order. */
function shuffled(value: unknown, order: () => number): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, order));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, each]) => [order(), key, shuffled(each, order)] as const);
  return Object.fromEntries(entries.sort((a, b) => a[0] - b[0]).map(([, key, each]) => [key, each]));
}

test("runJson of a run is the golden text", () => {
  const golden = readFileSync(new URL("../../golden/report_run.json.txt", import.meta.url), "utf8");
  assert.equal(runJson(goodRun({ intervals: goodRun().intervals.slice(0, 2) })), golden);
});

test("runJson is the same text whatever order the document was made in", () => {
  const wanted = runJson(badRun());
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (numbers) => {
      const other = shuffled(badRun(), () => numbers.next().value!) as RunDocument;
      assert.equal(runJson(other), wanted);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("runJson loses nothing", () => {
  for (const run of [goodRun(), badRun(), closedRun()]) assert.deepEqual(JSON.parse(runJson(run)), run);
});

test("runJson puts each interval on a line of its own", () => {
  const lines = runJson(goodRun()).split("\n");
  assert.equal(lines.filter((line) => line.startsWith('    {"start":')).length, 5);
  assert.ok(runJson(closedRun()).endsWith('  "intervals": []\n}\n'));
});

test("canonicalRun keeps keys it does not know, after the others and by name", () => {
  const run = { zeta: 1, schema: "mllp.run/1", alpha: { b: 1, a: 2 } } as unknown as RunDocument;
  assert.equal(JSON.stringify(canonicalRun(run)), '{"schema":"mllp.run/1","alpha":{"a":2,"b":1},"zeta":1}');
});

test("canonicalRun refuses a number that JSON cannot hold, by its path", () => {
  const run = goodRun({ rate: { asked: 200, achieved: NaN } });
  assert.throws(() => canonicalRun(run), {
    name: "TypeError",
    message: "Cannot write rate.achieved as JSON: found NaN, wanted a finite number",
  });
});
