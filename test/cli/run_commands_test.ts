/** `mllp compare` and `mllp merge`, run as the shell does. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { runProgram } from "../../cli/program.ts";
import type { Comparison } from "../../lib/report/compare.ts";
import { runJson } from "../../lib/report/json.ts";
import { mergeRuns } from "../../lib/report/merge.ts";
import { readRun } from "../../lib/report/read_run.ts";
import type { RunDocument } from "../../lib/load/result.ts";
import { measuredRun, samples, shardedRuns } from "../lib/report/measured.ts";
import { goodRun, outcomes } from "../lib/report/runs.ts";
import { RecordingStream } from "./recording_stream.ts";

let folder: string;
const { whole, shards } = shardedRuns(400);
const slower = measuredRun(samples(1, 400).map(([lag, service]) => [lag, 2 * service] as const), { seed: 2 });

before(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-runs-"));
  const save = (name: string, run: RunDocument) => writeFileSync(join(folder, name), runJson(run));
  save("before.json", whole);
  save("after.json", slower);
  shards.forEach((run, i) => save(`shard-${i}.json`, run));
  save("old.json", goodRun());
  const lost = outcomes({ timeout: 200 });
  save("lost-0.json", { ...shards[0], outcomes: lost });
  save("lost-1.json", { ...shards[1], outcomes: lost });
  save("judged-1.json", { ...shards[1], thresholds: [{ expr: "lost > 0", pass: true, value: 0 }] });
  const halves = shards.map((run, i) => ({ name: `shard-${i}.json`, run }));
  save("merged.json", mergeRuns(halves).run);
  writeFileSync(join(folder, "cut.json"), runJson(whole).slice(0, 1000));
  writeFileSync(join(folder, "other.json"), '{"schema": "mllp.run/2"}');
});
after(() => rmSync(folder, { recursive: true }));

async function mllp(command: string, ...args: string[]) {
  const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
  const place = (arg: string) => /\.(json|csv|xml)$/.test(arg) ? join(folder, arg) : arg;
  const code = await runProgram({
    calledAs: "mllp",
    args: [command, ...args.map(place)],
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([]),
    commands: COMMANDS,
  });
  return { code, out: stdout.text, err: stderr.text.replaceAll(`${folder}/`, "") };
}

describe("mllp compare", () => {
  test("mllp compare shows both runs and exits with 0 where nothing is judged", async () => {
    const { code, out, err } = await mllp("compare", "before.json", "after.json");
    assert.equal(code, 0);
    assert.equal(err, "");
    assert.match(out, /^RUNS\n {2}A .*\n {2}B .*\n\nFIGURES\n/);
    assert.match(out, /p50\(service\) .* worse\n/);
  });

  test("mllp compare exits with 1 where a --fail-if came true, else with 0", async () => {
    assert.equal((await mllp("compare", "before.json", "after.json", "--fail-if", "p50 > +10%")).code, 1);
    assert.equal((await mllp("compare", "before.json", "after.json", "--fail-if", "lost > +0")).code, 0);
    const both = await mllp("compare", "before.json", "after.json", "--fail-if", "lost > +0", "--fail-if", "p50>+10%");
    assert.equal(both.code, 1);
    assert.match(both.out, /\nFAILED: p50>\+10%, p50\(response\): \+9\d\.\d %\n$/);
  });

  test("mllp compare --json prints the comparison, and the text on standard error", async () => {
    const { out, err } = await mllp("compare", "before.json", "after.json", "--json", "--fail-if", "p50 > +10%");
    const comparison = JSON.parse(out) as Comparison;
    assert.equal(comparison.schema, "mllp.compare/1");
    assert.equal(comparison.pass, false);
    assert.deepEqual(comparison.thresholds.map(({ expr, pass, metric }) => [expr, pass, metric]), [
      ["p50 > +10%", false, "p50(response)"],
    ]);
    assert.match(err, /FIGURES/);
    assert.equal((await mllp("compare", "before.json", "after.json", "--json", "--quiet")).err, "");
  });

  test("mllp compare warns on standard error where the runs are not comparable", async () => {
    const { code, err } = await mllp("compare", "before.json", "old.json");
    assert.equal(code, 0);
    assert.match(
      err,
      /^warning: the runs had different loads: before\.json constant 100\/s, old\.json constant 200\/s\n/,
    );
  });

  const refused: readonly [what: string, args: string[], complaint: string][] = [
    ["a file that is not there", ["before.json", "none.json"], "none.json: cannot read it: there is no such file"],
    ["a folder", [".", "before.json"], ".: cannot read it: that is a folder"],
    ["a document cut off", ["cut.json", "before.json"], "Cannot read cut.json: it is no JSON: line "],
    [
      "another version",
      ["before.json", "other.json"],
      "Cannot read other.json: found schema 'mllp.run/2', wanted 'mllp.run/1'",
    ],
    ["one run alone", ["before.json"], "B.json is missing: wanted mllp compare A.json B.json"],
    ["three runs", ["before.json", "after.json", "old.json"], "unexpected 'old.json'"],
    [
      "a bad expression",
      ["before.json", "after.json", "--fail-if", "p99 > +5"],
      "--fail-if: Cannot read the threshold",
    ],
  ];
  for (const [what, args, complaint] of refused) {
    test(`mllp compare refuses ${what} in one line, with status 2`, async () => {
      const { code, out, err } = await mllp("compare", ...args);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.ok(err.startsWith(`mllp compare: ${complaint}`), err);
      assert.equal(err.trim().split("\n").length, 1);
    });
  }
});

describe("mllp merge", () => {
  test("mllp merge reports the whole, and writes what is asked for", async () => {
    const { code, out, err } = await mllp(
      "merge",
      "shard-0.json",
      "shard-1.json",
      "--out",
      "whole.json",
      "--csv",
      "w.csv",
    );
    assert.equal(code, 0);
    assert.equal(err, "");
    assert.match(out, /All 400 messages were accepted/);
    const run = readRun(readFileSync(join(folder, "whole.json"), "utf8"), "whole.json");
    assert.equal(run.merged, 2);
    assert.deepEqual(run.latency_us.response, whole.latency_us.response);
    assert.equal(readFileSync(join(folder, "w.csv"), "utf8").split("\n").length, 1 + run.intervals.length + 1);
  });

  test("mllp merge --json --quiet prints the merged document alone", async () => {
    const { out, err } = await mllp("merge", "shard-1.json", "shard-0.json", "--json", "--quiet");
    assert.equal(readRun(out, "it").planned, 400);
    assert.equal(err, "");
  });

  test("mllp merge judges by --fail-if, and exits as mllp spam would", async () => {
    assert.equal((await mllp("merge", "shard-0.json", "shard-1.json", "--fail-if", "accepted < 401")).code, 1);
    assert.equal((await mllp("merge", "shard-0.json", "shard-1.json", "--fail-if", "accepted < 400")).code, 0);
    assert.equal((await mllp("merge", "lost-0.json", "lost-1.json")).code, 4);
    assert.equal((await mllp("merge", "lost-0.json", "lost-1.json", "--fail-if", "max(ack.CA) > 1s")).code, 4);
    assert.equal((await mllp("merge", "shard-0.json", "judged-1.json", "--fail-if", "lost > 0")).code, 0);
  });

  test("mllp merge warns of a shard that is missing", async () => {
    const { code, err } = await mllp("merge", "shard-1.json");
    assert.equal(code, 0);
    assert.equal(err, "warning: shard 0/2 is missing: this is not the whole run\n");
  });

  const refused: readonly [what: string, args: string[], complaint: string][] = [
    ["nothing", [], "RUN.json is missing"],
    ["a run given twice", ["shard-0.json", "shard-0.json"], "shard-0.json: given twice; wanted each run once"],
    ["two shards of the same number", ["shard-0.json", "lost-0.json"], "both are shard 0/2"],
    ["a shard of what was merged before", ["merged.json", "shard-1.json"], "both hold shard 1/2"],
    ["runs judged by different thresholds", ["shard-0.json", "judged-1.json"], "were judged by different thresholds"],
    ["a run without histograms", ["old.json"], "Cannot merge old.json: it has no histograms"],
    [
      "to write over what it reads",
      ["shard-0.json", "--out", "shard-0.json"],
      "--out shard-0.json: that is the file of RUN.json too",
    ],
    ["a file that is not there", ["shard-0.json", "none.json", "--csv", "new.csv"], "none.json: cannot read it"],
  ];
  for (const [what, args, complaint] of refused) {
    test(`mllp merge refuses ${what} in one line, with status 2`, async () => {
      const { code, out, err } = await mllp("merge", ...args);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.ok(err.startsWith("mllp merge: ") && err.includes(complaint), err);
      assert.equal(err.trim().split("\n").length, 1);
      assert.equal(existsSync(join(folder, "new.csv")), false);
    });
  }
});
