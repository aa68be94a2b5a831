import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalRun, runJson } from "../../../lib/report/json.ts";
import { wholeRun } from "./measured.ts";
import { badRun, closedRun, goodRun } from "./runs.ts";
import type { RunDocument } from "../../../lib/load/result.ts";

/** The same value with all its keys in another order. */
function shuffled(value: unknown, order: () => number): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, order));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, each]) => [order(), key, shuffled(each, order)] as const);
  return Object.fromEntries(entries.sort((a, b) => a[0] - b[0]).map(([, key, each]) => [key, each]));
}

/** An order that turns keys round. */
function reversed(): () => number {
  let next = 0;
  return () => next--;
}

test("runJson of a run is the golden text", () => {
  const golden = readFileSync(new URL("../../golden/report_run.json.txt", import.meta.url), "utf8");
  assert.equal(runJson(goodRun({ intervals: goodRun().intervals.slice(0, 2) })), golden);
});

test("runJson puts the keys of every part in the contract's order", () => {
  const keys = (value: unknown) => Object.keys(value as Record<string, unknown>);
  const run = JSON.parse(runJson(shuffled(wholeRun(), reversed()) as RunDocument)) as RunDocument;
  assert.deepEqual(keys(run), [
    ...["schema", "version", "target", "seed", "model", "load", "shard", "merged", "parts", "started", "duration_s"],
    ...["interrupted", "planned", "sent", "outcomes", "acks", "anomalies", "retries", "rate", "latency_us"],
    ...["connections", "generator", "warmup", "search", "steering", "deliveries", "errors", "thresholds"],
    ...["histograms", "intervals"],
  ]);
  assert.deepEqual(keys(run.load), ["kind", "text", "arrivals"]);
  assert.deepEqual(keys(run.warmup), ["duration_s", "planned", "sent", "outcomes", "service", "connect"]);
  assert.deepEqual(keys(run.warmup!.outcomes), keys(run.outcomes));
  assert.deepEqual(keys(run.search), ["expr", "rate", "verdict", "steps"]);
  assert.deepEqual(keys(run.search!.steps[0]).slice(0, 3), ["start_s", "duration_s", "asked"]);
  assert.deepEqual(keys(run.deliveries![0]), ["to", "delivered", "lost", "note"]);
  assert.deepEqual(keys(run.histograms).slice(0, 3), ["encoding", "lag", "service"]);
  assert.deepEqual(keys(run.generator).slice(-2), ["longest_gap_us", "limited_s"]);
  assert.deepEqual(keys(run.intervals[0]).slice(2, 8), [
    ...["asked", "sent", "acknowledged", "accepted", "errors", "failures"],
  ]);
  assert.deepEqual(keys(run.intervals[0].service), ["p50", "p90", "p99", "max"]);
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
