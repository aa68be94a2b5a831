import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import type { RunDocument } from "../../../lib/load/result.ts";
import { runJson } from "../../../lib/report/json.ts";
import { mergeRuns } from "../../../lib/report/merge.ts";
import { readRun } from "../../../lib/report/read_run.ts";
import { runJsonSchema, SCHEMA_PATH } from "../../make_schema.ts";
import { accepts, Rig, silent } from "../load/rig.ts";
import { shardedRuns, wholeRun } from "./measured.ts";
import { badRun, closedRun, goodRun } from "./runs.ts";

const published = readFileSync(SCHEMA_PATH, "utf8");
const ajv = new Ajv({ allErrors: true });
ajv.addFormat("date-time", (text) => !Number.isNaN(Date.parse(text)) && text.endsWith("Z"));
const validate = ajv.compile(JSON.parse(published));

const RUNS: readonly [name: string, run: RunDocument][] = [
  ["a good run", goodRun()],
  ["a bad run", badRun()],
  ["a closed loop", closedRun()],
  ["a run with every field", wholeRun()],
  ["a merged run", mergeRuns(shardedRuns(200).shards.map((run, i) => ({ name: `${i}.json`, run }))).run],
];

describe("the published JSON Schema", () => {
  test("the published JSON Schema is what the schema makes (deno run -A test/make_schema.ts makes it anew)", () => {
    assert.equal(published, runJsonSchema());
  });

  for (const [name, run] of RUNS) {
    test(`the published JSON Schema takes ${name}, as written`, () => {
      assert.ok(validate(JSON.parse(runJson(run))), ajv.errorsText(validate.errors));
      assert.deepEqual(readRun(runJson(run), "run.json"), JSON.parse(runJson(run)));
    });
  }

  test("the published JSON Schema takes what the engine writes", async () => {
    const runs = [
      await new Rig(accepts(20), { rate: 50, durationMs: 2500, connections: 2 }).play(),
      await new Rig(silent, { rate: 20, count: 10, timeoutMs: 500, drainMs: 100 }).play(),
      await new Rig(accepts(5), { rate: null, count: 30 }).play(),
    ];
    for (const run of runs) {
      const text = runJson(run);
      assert.ok(validate(JSON.parse(text)), ajv.errorsText(validate.errors));
      assert.deepEqual(readRun(text, "run.json"), JSON.parse(text));
      // Keys that the schema does not know would be let pass: the engine writes none.
      for (const key of Object.keys(JSON.parse(text))) assert.ok(key in JSON.parse(published).properties, key);
    }
  });

  test("the published JSON Schema and readRun let unknown keys pass", () => {
    const run = { ...goodRun(), future: { a: 1 }, rate: { asked: 1, achieved: 1, later: 2 } };
    assert.ok(validate(run));
    assert.deepEqual(readRun(JSON.stringify(run), "run.json"), run);
  });
});

/** Every way to a leaf of a document, one element of each list. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== "object") return [[...path]];
  const entries = Array.isArray(value) ? value.slice(0, 1).map((each, i) => [i, each] as const) : Object.entries(value);
  return entries.flatMap(([key, each]) => pathsOf(each, [...path, key]));
}

function changed(document: unknown, path: readonly (string | number)[], act: (holder: never, key: never) => void) {
  const copy = structuredClone(document);
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
  act(holder as never, path.at(-1) as never);
  return copy;
}

describe("a damaged run document", () => {
  const whole = wholeRun();
  const paths = pathsOf(JSON.parse(JSON.stringify(whole)));

  test("a damaged run document is refused by both, whichever field is of another type", () => {
    assert.ok(paths.length > 150);
    for (const path of paths) {
      for (const wrong of [{ wrong: "type" }, -1]) {
        // A text is free, and the change a threshold saw can be negative.
        const leaf = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], whole);
        const free = typeof leaf === "number" && wrong === -1 && /value|at_s|speed/.test(String(path.at(-1)));
        if (free) continue;
        const bad = changed(whole, path, (holder: Record<string, unknown>, key: string) => holder[key] = wrong);
        assert.equal(validate(bad), false, path.join("."));
        assert.throws(() => readRun(JSON.stringify(bad), "run.json"), RangeError, path.join("."));
      }
    }
  });

  test("a damaged run document is refused by both alike, whichever field is missing", () => {
    const optional = new Set<string>();
    for (const path of paths) {
      const bad = changed(whole, path, (holder: Record<string, unknown> | unknown[], key: never) => {
        if (Array.isArray(holder)) holder.splice(key, 1);
        else delete holder[key];
      });
      const taken = validate(bad) as boolean;
      if (taken) optional.add(path.join("."));
      if (taken) readRun(JSON.stringify(bad), "run.json");
      else {assert.throws(() =>
          readRun(JSON.stringify(bad), "run.json"), /Cannot read run\.json: .* (is missing|wanted a run document.*)$/);}
    }
    assert.deepEqual([...optional].filter((path) => !path.startsWith("acks.")).sort(), [
      "connections.blocked_s",
      "generator.limited_s",
      "histograms.ack.AA",
      "intervals.0.asked",
      "merged",
      "thresholds.0.stopped",
    ]);
  });
});
