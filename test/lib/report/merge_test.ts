import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Latency } from "../../../lib/load/latency.ts";
import type { IntervalRow, RunDocument } from "../../../lib/load/result.ts";
import { parseThreshold } from "../../../lib/load/threshold.ts";
import { mergeRuns } from "../../../lib/report/merge.ts";
import { mergeIntervals } from "../../../lib/report/merge_intervals.ts";
import { foldLatencyRows } from "../../../lib/report/merge_latency.ts";
import { measuredRun, type Sample, samples, shardedRuns } from "./measured.ts";
import { badRun, EMPTY, goodRun, interval, outcomes, row } from "./runs.ts";

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

/** Two runs that were no shards, on the same second, each with its own seed. */
function pair(a: Partial<RunDocument> = {}, b: Partial<RunDocument> = {}): [RunDocument, RunDocument] {
  return [measuredRun(samples(1, 200), { seed: 1, ...a }), measuredRun(samples(2, 300), { seed: 2, ...b })];
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
    assert.deepEqual([run.started, run.duration_s], ["2026-01-31T12:00:00.000Z", 3.5]);
    assert.deepEqual(run.rate, { asked: 200, achieved: 200 });
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
      { expr: "rate < 150/s", pass: true, value: 200 },
    ]);
    const stopped = [{ ...thresholds[0], stopped: true as const }, thresholds[1]];
    assert.deepEqual(merge(...pair({ thresholds: stopped }, { thresholds })).run.thresholds[0], {
      expr: "lost > 3",
      pass: false,
      value: 0,
      stopped: true,
    });
  });

  test("mergeRuns judges by no threshold where the runs had different ones, and by those it is given", () => {
    const [a, b] = pair({ thresholds: [{ expr: "lost > 3", pass: true, value: 0 }] });
    const { run, warnings } = merge(a, b);
    assert.deepEqual(run.thresholds, []);
    assert.deepEqual(warnings, ["a.json and b.json were judged by different thresholds: none is judged here"]);
    const parts = [{ name: "a.json", run: a }, { name: "b.json", run: b }];
    const judged = mergeRuns(parts, [parseThreshold("errors > 0")]);
    assert.deepEqual(judged.run.thresholds, [{ expr: "errors > 0", pass: true, value: 0 }]);
    assert.deepEqual(judged.warnings, []);
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
      "Cannot merge a.json and c.json: both are shard 0 of 2",
    ],
    [
      "shards of different plans",
      [zero, { ...one, shard: { index: 1, of: 3 } }],
      "Cannot merge a.json and b.json: the one is a shard of 2, the other of 3",
    ],
    [
      "the same run twice",
      [measuredRun(samples(1, 9)), measuredRun(samples(1, 9))],
      "Cannot merge a.json and b.json: both are the same run",
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
    ["of a missing shard", [shard(0, 3), shard(2, 3)], ["shard 1 of 3 is missing: this is not the whole run"]],
    [
      "of many missing shards",
      [shard(3, 20)],
      ["shards 0, 1, 2, 4, 5, 6, 7, 8 and 11 more of 20 are missing: this is not the whole run"],
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
      pair({}, { started: "2026-01-31T12:00:30.000Z" }),
      ["the runs began 30.0 s apart: their rates are added as if they had gone on together"],
    ],
  ];
  for (const [what, runs, warnings] of warned) {
    test(`mergeRuns warns ${what}`, () => assert.deepEqual(merge(...runs).warnings, warnings));
  }
});

describe("mergeIntervals", () => {
  const at = (start: number, length: number, sent: number): IntervalRow => ({ ...interval(start, sent), length });
  const brief = (rows: readonly IntervalRow[]) => rows.map(({ start, length, sent }) => [start, length, sent]);

  test("mergeIntervals aligns by absolute time", () => {
    const rows = [at(0, 1, 10), at(1, 1, 20), at(2, 0.5, 5)];
    const merged = mergeIntervals([{ offset: 0, rows }, { offset: 1.004, rows: [at(0, 1, 100), at(1, 1, 200)] }]);
    assert.deepEqual(brief(merged), [[0, 1, 10], [1, 1, 120], [2, 1, 205]]);
  });

  test("mergeIntervals takes coarser intervals for all where one run has them", () => {
    const fine = [0, 1, 2, 3].map((second) => at(second, 1, 10));
    const merged = mergeIntervals([{ offset: 0, rows: fine }, { offset: 0, rows: [at(0, 2, 7), at(2, 2, 8)] }]);
    assert.deepEqual(brief(merged), [[0, 2, 27], [2, 2, 28]]);
  });

  test("mergeIntervals adds states and rates of one time, and folds figures so that nothing looks better", () => {
    const a = { ...at(0, 1, 30), asked: 30, in_flight: 2, queue: 5, failures: { timeout: 1 } };
    const b = {
      ...at(0, 1, 10),
      asked: 10,
      in_flight: 1,
      open: 4,
      failures: { timeout: 2, reset: 1 },
      generator_limited: true,
    };
    const slow = { p50: 8000, p90: 9000, p99: 50_000, max: 60_000 };
    const [row] = mergeIntervals([{ offset: 0, rows: [a] }, { offset: 0, rows: [{ ...b, service: slow }] }]);
    assert.deepEqual([row.asked, row.in_flight, row.queue, row.open], [40, 3, 5, 12]);
    assert.deepEqual(row.failures, { timeout: 3, reset: 1 });
    assert.deepEqual(row.service, { p50: 5000, p90: 9000, p99: 50_000, max: 60_000 });
    assert.equal(row.generator_limited, true);
  });

  test("mergeIntervals loses no count and invents none, whatever the offsets and lengths", () => {
    const run = fc.tuple(
      fc.double({ min: 0, max: 5, noNaN: true }),
      fc.array(fc.tuple(fc.constantFrom(0.3, 1, 1, 1, 3), fc.nat(50)), { maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(run, { maxLength: 4 }), (runs) => {
        const placed = runs.map(([offset, parts]) => {
          let start = 0;
          return {
            offset,
            rows: parts.map(([length, sent]) => {
              const row = at(start, length, sent);
              start += length;
              return row;
            }),
          };
        });
        const merged = mergeIntervals(placed);
        const sum = (rows: readonly IntervalRow[]) => rows.reduce((total, { sent }) => total + sent, 0);
        assert.equal(sum(merged), sum(placed.flatMap(({ rows }) => rows)));
        merged.slice(1).forEach((row, i) => assert.ok(row.start >= merged[i].start + merged[i].length - 1e-9));
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  test("mergeIntervals of nothing is nothing", () => {
    assert.deepEqual(mergeIntervals([]), []);
    assert.deepEqual(mergeIntervals([{ offset: 0, rows: [] }]), []);
  });
});

test("foldLatencyRows of a series and nothing is that series", () => {
  const some = row(3, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(foldLatencyRows(EMPTY, some), some);
  assert.deepEqual(foldLatencyRows(some, EMPTY), some);
});
