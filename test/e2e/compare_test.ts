/** The binary on run documents: `mllp compare`, `mllp merge`, and every form of report. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HistogramLogReader } from "hdr-histogram-js";
import type { Comparison } from "../../lib/report/compare.ts";
import { runJson } from "../../lib/report/json.ts";
import { readRun } from "../../lib/report/read_run.ts";
import { run } from "../binary.ts";
import { shardedRuns } from "../lib/report/measured.ts";

const { whole, shards } = shardedRuns(2000);
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-compare-"));
  writeFileSync(join(folder, "whole.json"), runJson(whole));
  shards.forEach((shard, i) => writeFileSync(join(folder, `shard-${i}.json`), runJson(shard)));
});

after(() => rmSync(folder, { recursive: true }));

const mllp = (...args: string[]) => run(args, { cwd: folder });

describe("the binary's merge and compare", () => {
  test("the binary's merge of two halves is the whole, in every form", async () => {
    const forms = ["--out", "merged.json", "--csv", "m.csv", "--hdr", "m", "--junit", "m.xml", "--html", "m.html"];
    const { code, stdout, stderr } = await mllp("merge", "shard-0.json", "shard-1.json", ...forms);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /All 2,000 messages were accepted/);
    const merged = readRun(readFileSync(join(folder, "merged.json"), "utf8"), "merged.json");
    for (const key of ["planned", "outcomes", "acks", "rate"] as const) assert.deepEqual(merged[key], whole[key]);
    assert.deepEqual(merged.latency_us.response, whole.latency_us.response);
    const log = new HistogramLogReader(readFileSync(join(folder, "m.hlog"), "utf8"), 64);
    log.nextIntervalHistogram();
    const service = log.nextIntervalHistogram()!;
    assert.equal(service.tag, "service");
    assert.equal(service.totalCount, 2000);
    assert.equal(service.getValueAtPercentile(99), whole.latency_us.service.p99);
    assert.match(readFileSync(join(folder, "m.html"), "utf8"), /^<!doctype html>/i);
    assert.equal(readdirSync(folder).filter((name) => name.startsWith("m")).length, 8);
  });

  test("the binary's compare finds the merged halves the same as the whole, but for who sent them", async () => {
    await mllp("merge", "shard-0.json", "shard-1.json", "--out", "merged.json");
    const { code, stdout } = await mllp(
      "compare",
      "whole.json",
      "merged.json",
      "--json",
      "--quiet",
      "--fail-if",
      "p99 > +0%",
    );
    assert.equal(code, 0);
    const comparison = JSON.parse(stdout) as Comparison;
    const changed = comparison.metrics.filter(({ verdict, change }) => verdict !== "same" || change !== 0);
    assert.deepEqual(changed.map(({ name }) => name).filter((name) => !name.includes("connect")), []);
  });

  test("the binary's compare exits with 1 where an expression came true, and with 2 for what is no run", async () => {
    const judged = await mllp("compare", "shard-0.json", "whole.json", "--fail-if", "accepted > +100");
    assert.equal(judged.code, 1);
    assert.match(judged.stdout, /FAILED: accepted > \+100, accepted: \+1,000\n$/);
    writeFileSync(join(folder, "no.json"), "{ no");
    const unread = await mllp("compare", "whole.json", "no.json");
    assert.equal(unread.code, 2);
    assert.equal(
      unread.stderr,
      "mllp compare: Cannot read no.json: it is no JSON: line 1, column 3: found 'n', wanted a key\n",
    );
  });
});
