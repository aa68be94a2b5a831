import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Latency } from "../../../lib/load/latency.ts";
import type { RunDocument } from "../../../lib/load/result.ts";
import { parseThreshold } from "../../../lib/load/threshold.ts";
import { mergeRuns } from "../../../lib/report/merge.ts";
import { foldLatencyRows } from "../../../lib/report/merge_latency.ts";
import { measuredRun, type Sample, samples, shardedRuns } from "./measured.ts";
import { badRun, EMPTY, goodRun, outcomes, row } from "./runs.ts";

const SEED = { seed: 20261122, numRuns: 40 };

function merge(...runs: RunDocument[]) {
  return mergeRuns(runs.map((run, i) => ({ name: `${"abcdefgh"[i]}.json`, run })));
}

function refusal(...runs: RunDocument[]): string {
  try {
    merge(...runs);
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return error.message;
  }
  return "none";
}

/** Two runs of two seconds that were no shards, on the same second, each with its own seed. */
function pair(a: Partial<RunDocument> = {}, b: Partial<RunDocument> = {}): [RunDocument, RunDocument] {
  return [measuredRun(samples(1, 200), { seed: 1, ...a }), measuredRun(samples(2, 300), { seed: 2, ...b }, 150)];
}

/** A shard that sent its share of 100/s for so long. */
function shardOf(index: number, of: number, seconds: number, changes: Partial<RunDocument> = {}): RunDocument {
  const each = 100 / of;
  return measuredRun(samples(index, each * seconds), { seed: 1, shard: { index, of }, ...changes }, each);
}

describe("mergeRuns", () => {
  test("mergeRuns of a plan's shards is what one generator measured: counts, figures, histograms, intervals", () => {
    const { whole, shards } = shardedRuns(1000);
    const { run, warnings } = merge(...shards);
    assert.deepEqual(warnings, []);
    assert.equal(run.merged, 2);
    assert.equal(run.shard, undefined);
    for (
      const key of ["planned", "sent", "outcomes", "acks", "rate", "seed", "target", "duration_s", "started"] as const
    ) {
      assert.deepEqual(run[key], whole[key], key);
    }
    for (const series of ["lag", "service", "response", "negative", "unsent"] as const) {
      assert.deepEqual(run.latency_us[series], whole.latency_us[series], series);
    }
    assert.deepEqual(run.latency_us.ack, whole.latency_us.ack);
    assert.equal(run.latency_us.connect.count, 2);
    assert.equal(
      Latency.decode(run.histograms!.service, run.latency_us.service).distribution(),
      Latency.decode(whole.histograms!.service, whole.latency_us.service).distribution(),
    );
    assert.deepEqual(
      run.intervals.map(({ start, length, sent, asked }) => ({ start, length, sent, asked })),
      whole.intervals.map(({ start, length, sent, asked }) => ({ start, length, sent, asked })),
    );
  });

  test("mergeRuns gives the percentiles of all values in one histogram, however they were split", () => {
    const value = fc.oneof(fc.nat(3000), fc.nat(10_000_000), fc.nat(600_000_000));
    const sample = fc.tuple(value, value) as fc.Arbitrary<Sample>;
    fc.assert(
      fc.property(fc.array(fc.array(sample, { maxLength: 40 }), { minLength: 1, maxLength: 4 }), (parts) => {
        const runs = parts.map((part, i) => measuredRun(part, { seed: i, shard: { index: i, of: parts.length } }));
        const { run } = merge(...runs);
        const whole = measuredRun(parts.flat());
        for (const series of ["lag", "service", "response"] as const) {
          assert.deepEqual(run.latency_us[series], whole.latency_us[series]);
          const merged = Latency.decode(run.histograms![series]!, run.latency_us[series]!);
          const direct = Latency.decode(whole.histograms![series]!, whole.latency_us[series]!);
          for (const percent of [0.1, 10, 66.6, 99.9, 99.99]) {
            assert.equal(merged.percentile(percent), direct.percentile(percent));
          }
        }
      }),
      SEED,
    );
  });

  test("mergeRuns does not depend on the order, and merging in steps is merging at once", () => {
    const runs = [0, 1, 2].map((index) => measuredRun(samples(index, 150), { seed: 9, shard: { index, of: 3 } }));
    const { run } = merge(...runs);
    const turned = merge(runs[2], runs[0], runs[1]).run;
    const steps = merge(merge(runs[0], runs[1]).run, runs[2]).run;
    for (const key of ["planned", "outcomes", "latency_us", "rate", "merged", "intervals", "duration_s"] as const) {
      assert.deepEqual(turned[key], run[key], key);
      assert.deepEqual(steps[key], run[key], key);
    }
  });

  test("mergeRuns adds failures, anomalies, retries, connections and texts", () => {
    const errors = [{ text: "AE: No such bed", count: 3, first_seen_s: 2 }, {
      text: "AR: no",
      count: 9,
      first_seen_s: 5,
    }];
    const [a, b] = pair(
      { outcomes: outcomes({ accepted: 190, error: 10 }), retries: 2, errors, warnings: { noise: 1 } },
      {
        started: "2026-01-31T12:00:00.500Z",
        outcomes: outcomes({ accepted: 298, timeout: 2 }),
        retries: 3,
        anomalies: { ...goodRun().anomalies, late: 4 },
        errors: [{ text: "AE: No such bed", count: 8, first_seen_s: 1 }],
        connections: { ...goodRun().connections, asked: 3, open: 2, reconnects: 7, blocked_s: 0.5 },
        warnings: { noise: 2, echo: 5 },
      },
    );
    const { run } = merge(a, b);
    assert.deepEqual(run.outcomes, outcomes({ accepted: 488, error: 10, timeout: 2 }));
    assert.deepEqual([run.retries, run.anomalies.late, run.acks.AA, run.planned], [5, 4, 500, 500]);
    assert.deepEqual(run.warnings, { noise: 3, echo: 5 });
    assert.deepEqual(run.connections, {
      asked: 11,
      open: 10,
      reconnects: 7,
      in_flight: 1,
      per_message: false,
      blocked_s: 0.5,
    });
    assert.deepEqual(run.errors, [
      { text: "AE: No such bed", count: 11, first_seen_s: 1.5 },
      { text: "AR: no", count: 9, first_seen_s: 5 },
    ]);
    assert.deepEqual([run.started, run.duration_s], ["2026-01-31T12:00:00.000Z", 2.5]);
    assert.deepEqual(run.rate, { asked: 250, achieved: 250 });
  });

  test("mergeRuns judges the generator by the worst, and names it", () => {
    const limited = {
      verdict: "generator was the limit for 9 % of the run",
      reasons: ["this machine stalled"],
      cpu: 97,
      longest_gap_us: 9,
      limited_s: 2,
    };
    const { generator } = merge(...pair({}, { generator: limited })).run;
    assert.equal(generator.verdict, "b.json (the worst of 1 of 2): generator was the limit for 9 % of the run");
    assert.deepEqual(generator.reasons, ["b.json: this machine stalled"]);
    assert.deepEqual([generator.cpu, generator.limited_s, generator.longest_gap_us], [97, 2, 3100]);
    assert.equal(merge(...pair()).run.generator.verdict, "healthy");
  });

  test("mergeRuns judges the runs' thresholds anew, on the whole", () => {
    const thresholds = [{ expr: "lost > 3", pass: true, value: 2 }, { expr: "rate < 150/s", pass: false, value: 100 }];
    const lossy = { outcomes: outcomes({ accepted: 198, timeout: 2 }), thresholds };
    assert.deepEqual(merge(...pair(lossy, lossy)).run.thresholds, [
      { expr: "lost > 3", pass: false, value: 4 },
      { expr: "rate < 150/s", pass: true, value: 250 },
    ]);
    const stopped = [{ ...thresholds[0], stopped: true as const }, thresholds[1]];
    assert.deepEqual(merge(...pair({ thresholds: stopped }, { thresholds })).run.thresholds[0], {
      expr: "lost > 3",
      pass: false,
      value: 0,
      stopped: true,
    });
  });

  test("mergeRuns of runs that were judged by different thresholds judges by those it is given, and refuses without", () => {
    const [a, b] = pair({ thresholds: [{ expr: "lost > 3", pass: true, value: 0 }] });
    assert.equal(
      refusal(a, b),
      "Cannot judge the whole: a.json and b.json were judged by different thresholds; wanted those of the whole (--fail-if)",
    );
    const newer = { thresholds: [{ expr: "jitter > 3", pass: true, value: 0 }] };
    assert.match(refusal(...pair(newer, newer)), /^Cannot read the threshold 'jitter > 3'/);
    const parts = [{ name: "a.json", run: a }, { name: "b.json", run: b }];
    const judged = mergeRuns(parts, [parseThreshold("errors > 0")]);
    assert.deepEqual(judged.run.thresholds, [{ expr: "errors > 0", pass: true, value: 0 }]);
    assert.deepEqual(judged.warnings, []);
  });

  test("mergeRuns takes rates over the time of the longest, so that a shard that ended sooner is missing in them", () => {
    const rate = [{ expr: "rate < 99%", pass: true, value: 1 }];
    const cut = shardOf(0, 4, 1, { interrupted: "SIGINT", thresholds: rate });
    const others = [1, 2, 3].map((index) => shardOf(index, 4, 4, { thresholds: rate }));
    const { run, warnings } = merge(cut, ...others);
    assert.deepEqual([run.planned, run.duration_s], [325, 4]);
    assert.deepEqual(run.rate, { asked: 100, achieved: 81.25 });
    assert.deepEqual(run.thresholds, [{ expr: "rate < 99%", pass: false, value: 0.8125 }]);
    assert.deepEqual(warnings, ["a.json was ended by SIGINT after 1.0 s: this is not the whole run"]);
    const twice = merge(merge(cut, others[0]).run, others[1], others[2]);
    assert.deepEqual(twice.run.rate, run.rate);
    assert.deepEqual(twice.warnings, ["a.json holds a run that was ended by SIGINT: this is not the whole run"]);
  });

  test("mergeRuns takes what a shorter run was asked for by its own plan over the time of the longest too", () => {
    const long = measuredRun(samples(3, 400), { seed: 3 });
    const { run, warnings } = merge(pair()[0], long);
    assert.deepEqual(run.rate, { asked: 150, achieved: 150 });
    assert.deepEqual(warnings, ["a.json took 2.0 s, the longest 4.0 s: rates are over the longest"]);
  });

  test("mergeRuns takes shards that ended within a turn of each other as they are", () => {
    // Ten messages at 10/s, and one that had none to send.
    const counted = [2.8, 2.9].map((duration_s, index) => shardOf(index, 50, 3, { duration_s }));
    const none = shardOf(2, 50, 0);
    const { run, warnings } = merge(...counted, none);
    assert.deepEqual(run.rate.achieved, 6);
    assert.deepEqual(warnings.filter((warning) => /took/.test(warning)), []);
  });

  test("mergeRuns lists the runs that it added up, those of a merged document one by one", () => {
    const shards = [0, 1, 2].map((index) => shardOf(index, 4, 2));
    const { parts } = merge(shards[2], merge(shards[1], shards[0]).run).run;
    assert.deepEqual(
      parts,
      shards.map(({ started, seed, shard, duration_s, planned }) => ({ started, seed, shard, duration_s, planned })),
    );
  });

  test("mergeRuns folds warm-ups, deliveries and steering", () => {
    const warmup = (p99: number) => ({
      duration_s: 2,
      planned: 10,
      sent: 10,
      outcomes: outcomes({ accepted: 10 }),
      service: row(10, [1, 2, 3, 4, p99, 6, 7]),
      connect: EMPTY,
    });
    const log = (delivered: number, lost: number, note = "") => [{ to: "log", delivered, lost, note }];
    const { run } = merge(...pair(
      { warmup: warmup(5), deliveries: log(100, 0), steering: [{ at_s: 2, speed: 0.5 }] },
      {
        warmup: warmup(9),
        deliveries: log(50, 3, "the disk was slow"),
        started: "2026-01-31T12:00:01.000Z",
        steering: [{ at_s: 0.5, speed: 2 }],
      },
    ));
    assert.deepEqual([run.warmup!.sent, run.warmup!.service.count, run.warmup!.service.p99], [20, 20, 9]);
    assert.deepEqual(run.deliveries, log(150, 3, "the disk was slow"));
    assert.deepEqual(run.steering, [{ at_s: 1.5, speed: 2 }, { at_s: 2, speed: 0.5 }]);
  });

  test("mergeRuns says what the load was together", () => {
    const load = { kind: "constant", text: "100/s", arrivals: "regular" } as const;
    assert.equal(merge(...pair({ load }, { load })).run.load!.text, "2 x 100/s");
    assert.equal(merge(...pair({ load }, { load: { ...load, text: "50/s" } })).run.load!.text, "100/s + 50/s");
    const shards = shardedRuns(100).shards.map((run) => ({ ...run, load: { ...load, text: "200/s" } }));
    assert.equal(merge(...shards).run.load!.text, "200/s");
    assert.equal(merge(...pair({ load }, { load: { ...load, kind: "stages" } })).run.load, undefined);
  });

  test("mergeRuns of one run changes nothing but that it says so", () => {
    const { shards: [one] } = shardedRuns(100);
    const { shard: _, ...rest } = one;
    const { run } = merge(one);
    assert.equal(run.merged, 1);
    for (const key of Object.keys(rest) as (keyof typeof rest)[]) {
      if (["histograms", "connections", "generator"].includes(key)) continue;
      assert.deepEqual(run[key], rest[key], key);
    }
  });
});

describe("mergeRuns refuses", () => {
  const { shards: [zero, one] } = shardedRuns(100);
  const refused: readonly [what: string, runs: RunDocument[], message: string][] = [
    [
      "the same shard twice",
      [zero, one, { ...zero, seed: 5 }],
      "Cannot merge a.json and c.json: both are shard 0/2",
    ],
    [
      "shards of different plans",
      [zero, { ...one, shard: { index: 1, of: 3 } }],
      "Cannot merge a.json and b.json: the one is shard 0/2, the other shard 1/3",
    ],
    [
      "the same run twice",
      [measuredRun(samples(1, 9)), measuredRun(samples(1, 9))],
      "Cannot merge a.json and b.json: both are the same run",
    ],
    [
      "a shard that a merged document holds",
      [merge(zero, one).run, one],
      "Cannot merge a.json and b.json: both hold shard 1/2",
    ],
    [
      "a run that is no shard and that a merged document holds",
      [merge(...pair()).run, pair()[1]],
      "Cannot merge a.json and b.json: both hold the run that started 2026-01-31T12:00:00.000Z",
    ],
    [
      "a merged document that does not say of what",
      [{ ...zero, shard: undefined, merged: 2 }, one],
      "Cannot merge a.json: it was added up, and does not say from which runs; wanted those runs",
    ],
    [
      "runs that began more than a minute apart",
      pair({ duration_s: 90 }, { started: "2026-01-31T12:01:00.500Z", duration_s: 90 }),
      "Cannot merge a.json and b.json: they began 1 min 01 s apart, so they were not one load",
    ],
    [
      "runs of which one began when the other had ended",
      pair({ started: "2026-01-31T12:00:05.000Z" }),
      "Cannot merge a.json and b.json: the one began 3.0 s after the other had ended, so they were not one load",
    ],
    [
      "a closed loop and a rate",
      pair({}, { model: "closed" }),
      "Cannot merge a.json and b.json: one is a closed loop, the other was sent at a rate",
    ],
    [
      "a document without histograms",
      [goodRun(), badRun()].map((run, seed) => ({ ...run, seed })),
      "Cannot merge a.json: it has no histograms, wanted a document that keeps them",
    ],
    [
      "a search",
      pair({}, { search: { expr: "errors > 0", rate: 5, verdict: "", steps: [] } }),
      "Cannot merge b.json: it is a search, which asked for other rates than its neighbours",
    ],
    [
      "histograms that are not those of the figures",
      pair({}, { histograms: measuredRun(samples(3, 7)).histograms }),
      "Cannot merge b.json: histograms.service: Cannot read a histogram: found 7 values, wanted the 300 of its figures",
    ],
    [
      "damaged histograms",
      pair({}, { histograms: { ...pair()[1].histograms!, negative: "AAAA" } }),
      "Cannot merge b.json: histograms.negative: Cannot read a histogram: found other bytes, wanted HdrHistogram V2, deflate, base64",
    ],
  ];
  for (const [what, runs, message] of refused) {
    test(`mergeRuns refuses ${what}`, () => assert.equal(refusal(...runs), message));
  }
});

describe("mergeRuns warns", () => {
  const shard = (index: number, of: number, changes: Partial<RunDocument> = {}) =>
    measuredRun(samples(index, 50), { seed: 1, shard: { index, of }, ...changes });
  const warned: readonly [what: string, runs: RunDocument[], warnings: string[]][] = [
    ["of a missing shard", [shard(0, 3), shard(2, 3)], ["shard 1/3 is missing: this is not the whole run"]],
    [
      "of many missing shards",
      [shard(3, 20)],
      ["shards 0/20, 1/20, 2/20, 4/20, 5/20, 6/20, 7/20, 8/20 and 11 more are missing: this is not the whole run"],
    ],
    [
      "of shards among others",
      [shard(0, 1), measuredRun(samples(8, 10), { seed: 1 })],
      ["some of the runs are shards and some are not: whether all are here cannot be told"],
    ],
    [
      "of other targets and versions",
      pair({}, { target: "tcp://127.0.0.2:2575", version: "0.2.0" }),
      [
        "the runs have different targets: a.json has tcp://127.0.0.1:2575, b.json has tcp://127.0.0.2:2575",
        "the runs have different versions of mllp: a.json has 0.1.0, b.json has 0.2.0",
      ],
    ],
    [
      "of shards with other seeds",
      [shard(0, 2), shard(1, 2, { seed: 7 })],
      ["the runs have different seeds, so they are no shards of one plan: a.json has 1, b.json has 7"],
    ],
    [
      "of generators that sent the same ids",
      pair({}, { seed: 1 }),
      ["a.json and b.json have the same seed and are no shards: both sent the same control ids"],
    ],
    [
      "of runs that were not together",
      pair({}, { started: "2026-01-31T12:00:01.500Z" }),
      ["the runs began 1.5 s apart: their rates are added as if they had begun together"],
    ],
  ];
  for (const [what, runs, warnings] of warned) {
    test(`mergeRuns warns ${what}`, () => assert.deepEqual(merge(...runs).warnings, warnings));
  }
});

test("foldLatencyRows of a series and nothing is that series", () => {
  const some = row(3, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(foldLatencyRows(EMPTY, some), some);
  assert.deepEqual(foldLatencyRows(some, EMPTY), some);
});
