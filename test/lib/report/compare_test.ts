import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RunDocument } from "../../../lib/load/result.ts";
import { compareRuns, type Comparison } from "../../../lib/report/compare.ts";
import { compareMetric } from "../../../lib/report/compare_metric.ts";
import { parseChange } from "../../../lib/report/compare_threshold.ts";
import { compareText } from "../../../lib/report/compare_text.ts";
import { plain } from "../../../lib/text.ts";
import { measuredRun, samples } from "./measured.ts";
import { badRun, closedRun, EMPTY, goodRun, outcomes, row } from "./runs.ts";

function compare(a: RunDocument, b: RunDocument, ...exprs: string[]): Comparison {
  return compareRuns({ name: "a.json", run: a }, { name: "b.json", run: b }, exprs.map(parseChange));
}

/** A run in which nothing but these was measured. */
function withService(count: number, p99: number, changes: Partial<RunDocument> = {}): RunDocument {
  const service = row(count, [1000, 2000, 3000, 4000, p99, p99, p99]);
  return goodRun({ latency_us: { ...goodRun().latency_us, service, response: service }, ...changes });
}

describe("parseChange", () => {
  const read: readonly [text: string, metric: string, limit: number, unit: string][] = [
    ["p99 > +10%", "p99", 0.1, "fraction"],
    [" p99.9(service)>=-2.5% ", "p99.9(service)", -0.025, "fraction"],
    ["max < +5ms", "max", 5000, "us"],
    ["p50 ( lag ) > 250us", "p50(lag)", 250, "us"],
    ["lost > +3", "lost", 3, "count"],
    ["errors > + 300 %", "errors", 3, "fraction"],
    ["anomaly.wrong_id > 0", "anomaly.wrong_id", 0, "count"],
    ["rate < -5/s", "rate", -5, "per_second"],
    ["rate < 0", "rate", 0, "per_second"],
  ];
  for (const [text, metric, limit, unit] of read) {
    test(`parseChange reads '${text}'`, () => {
      const change = parseChange(text);
      assert.deepEqual([change.expr, change.metric.name, change.limit, change.unit], [
        text.trim(),
        metric,
        limit,
        unit,
      ]);
    });
  }

  const refused: readonly [text: string, complaint: RegExp][] = [
    ["", /at character 1 found the end, wanted a metric/],
    ["p98 > 1%", /at character 1 found 'p98', wanted a metric.* is 'p9\d' meant\?$/],
    ["p99(respons) > 1%", /at character 5 found 'respons'.* is 'response' meant\?$/],
    ["p99 == 1%", /at character 5 found '==', wanted > >= < <=$/],
    ["p99 > +10", /at character 7 found '\+10', wanted a percentage or a duration, such as \+10% or \+5ms$/],
    ["lost > +5ms", /at character 8 found '\+5ms', wanted a percentage or a count/],
    ["lost > ++3", /at character 8 found '\+\+3'/],
    ["rate < -1x", /wanted a percentage or messages per second/],
    ["p99 > +10% abort after 5s", /at character 12 found 'abort', wanted the end$/],
    ["p99 > +", /wanted a percentage or a duration/],
  ];
  for (const [text, complaint] of refused) {
    test(`parseChange refuses '${text}'`, () => assert.throws(() => parseChange(text), complaint));
  }
});

describe("compareRuns", () => {
  test("compareRuns finds nothing between a run and itself", () => {
    for (const run of [goodRun(), badRun(), closedRun(), measuredRun(samples(3, 400))]) {
      const { metrics, warnings, pass } = compare(run, { ...run, interrupted: null, generator: goodRun().generator });
      assert.ok(metrics.every(({ change, relative, verdict }) => change === 0 && relative === 0 && verdict === "same"));
      assert.deepEqual(warnings.filter((warning) => warning.startsWith("b.json")), []);
      assert.equal(pass, true);
    }
  });

  test("compareRuns shows each outcome that differs, and the figures that were measured", () => {
    const { metrics } = compare(goodRun(), goodRun({ outcomes: outcomes({ accepted: 998, timeout: 2 }) }));
    assert.deepEqual(metrics.map(({ name }) => name), [
      ...["rate", "errors", "lost", "accepted", "timeout"],
      ...["service", "response"].flatMap((series) =>
        ["p50", "p90", "p99", "p99.9", "max"].map((p) => `${p}(${series})`)
      ),
      ...["p99(lag)", "p50(connect)", "p99(connect)"],
    ]);
    const closed = compare(closedRun(), closedRun()).metrics.map(({ name }) => name);
    assert.ok(!closed.some((name) => /response|lag/.test(name)));
  });

  test("compareRuns takes p99 of the response time where both have it, else of the service time", () => {
    const of = (a: RunDocument, b: RunDocument) => compare(a, b, "p99 > +1%").thresholds[0].metric;
    assert.equal(of(goodRun(), goodRun()), "p99(response)");
    assert.equal(of(goodRun(), closedRun()), "p99(service)");
  });

  const judged: readonly [expr: string, a: RunDocument, b: RunDocument, pass: boolean, value: number | null][] = [
    ["p99 > +10%", withService(1000, 10_000), withService(1000, 11_000), true, 0.1],
    ["p99 > +10%", withService(1000, 10_000), withService(1000, 11_001), false, 0.1001],
    ["p99 >= +10%", withService(1000, 10_000), withService(1000, 11_000), false, 0.1],
    ["p99(service) > +1ms", withService(1000, 10_000), withService(1000, 11_500), false, 1500],
    ["p99 < -5%", withService(1000, 10_000), withService(1000, 9000), false, -0.1],
    ["p99 > +1000%", withService(1000, 10_000), withService(1000, 200_000), false, 19],
    ["rate < -1%", goodRun(), goodRun({ rate: { asked: 200, achieved: 180 } }), false, 180 / 199.83 - 1],
    ["rate < -30/s", goodRun(), goodRun({ rate: { asked: 200, achieved: 180 } }), true, -19.83],
    ["lost > +0", goodRun(), goodRun({ outcomes: outcomes({ accepted: 998, timeout: 2 }) }), false, 2],
    ["lost > +2", goodRun(), goodRun({ outcomes: outcomes({ accepted: 998, timeout: 2 }) }), true, 2],
  ];
  for (const [expr, a, b, pass, value] of judged) {
    test(`compareRuns finds '${expr}' ${pass ? "false" : "true"} of ${value}`, () => {
      const { thresholds: [verdict], pass: all } = compare(a, b, expr);
      assert.equal(verdict.pass, pass);
      assert.ok(Math.abs(verdict.value! - value!) < 1e-9, String(verdict.value));
      assert.equal(all, pass);
    });
  }

  test("compareRuns takes a percentage of counts for that of their share, so that length does not matter", () => {
    const shorter = goodRun({ planned: 1000, outcomes: outcomes({ accepted: 990, error: 10 }) });
    const longer = goodRun({ planned: 4000, outcomes: outcomes({ accepted: 3960, error: 40 }) });
    const { thresholds: [share, count] } = compare(shorter, longer, "errors > +1%", "errors > +1");
    assert.deepEqual([share.pass, share.value], [true, 0]);
    assert.deepEqual([count.pass, count.value], [false, 30]);
  });

  test("compareRuns finds any percentage exceeded by something from nothing, and none by nothing from nothing", () => {
    const some = goodRun({ outcomes: outcomes({ accepted: 999, error: 1 }) });
    assert.deepEqual(compare(goodRun(), some, "error > +900%").thresholds[0], {
      expr: "error > +900%",
      metric: "error",
      pass: false,
      value: null,
      unit: "fraction",
      a: 0,
      b: 1,
    });
    assert.equal(compare(goodRun(), goodRun(), "error >= +1%").pass, true);
    assert.equal(compare(some, goodRun(), "error < -50%").pass, false, "less by all");
  });

  test("compareRuns fails a latency that was measured in A alone, and finds nothing true of one that was not in A", () => {
    const none = goodRun({ latency_us: { ...goodRun().latency_us, service: EMPTY } });
    const { thresholds: [verdict], warnings } = compare(goodRun(), none, "p99(service) > +10%");
    assert.deepEqual([verdict.pass, verdict.value, verdict.b], [false, null, null]);
    assert.ok(warnings.includes("b.json measured no service time"));
    assert.equal(compare(none, goodRun(), "p99(service) > +10%").pass, true);
    assert.equal(compare(none, none, "p99(service) > +10%").pass, true);
  });

  test("compareRuns refuses what a closed loop does not have, by its name", () => {
    assert.throws(() => compare(goodRun(), closedRun(), "p99(response) > +1%"), {
      name: "RangeError",
      message: "Cannot judge the threshold 'p99(response) > +1%': b.json is a closed loop, which has no response; " +
        "wanted p99(service)",
    });
  });
});

describe("compareMetric", () => {
  const p99 = { kind: "latency", name: "p99(service)", figure: "p99", series: "service" } as const;
  const max = { ...p99, name: "max(service)", figure: "max" } as const;
  const errors = { kind: "count", name: "errors" } as const;
  const verdict = (metric: Parameters<typeof compareMetric>[0], a: RunDocument, b: RunDocument) =>
    compareMetric(metric, a, b).verdict;

  test("compareMetric takes a latency for noise below 10 % or 0.1 ms, or with too few samples", () => {
    assert.equal(verdict(p99, withService(1000, 10_000), withService(1000, 10_999)), "same");
    assert.equal(verdict(p99, withService(1000, 10_000), withService(1000, 11_000)), "worse");
    assert.equal(verdict(p99, withService(1000, 11_000), withService(1000, 9000)), "better");
    assert.equal(verdict(p99, withService(1000, 500), withService(1000, 590)), "same");
    assert.equal(verdict(p99, withService(99, 10_000), withService(1000, 20_000)), "same");
  });

  test("compareMetric says of what changed that its samples are too few, and nothing of what did not", () => {
    const few = (a: RunDocument, b: RunDocument) => compareMetric(p99, a, b).few_samples;
    assert.equal(few(withService(99, 10_000), withService(1000, 20_000)), true);
    assert.equal(few(withService(99, 10_000), withService(1000, 10_500)), undefined);
    assert.equal(few(withService(100, 10_000), withService(1000, 20_000)), undefined);
  });

  test("compareMetric takes the greatest value for noise below 25 % or 1 ms", () => {
    assert.equal(verdict(max, withService(1000, 10_000), withService(1000, 12_400)), "same");
    assert.equal(verdict(max, withService(1000, 10_000), withService(1000, 12_500)), "worse");
    assert.equal(verdict(max, withService(1000, 1000), withService(1000, 1900)), "same");
  });

  test("compareMetric tells a share that changed from one that chance explains", () => {
    const run = (error: number, planned = 10_000) =>
      goodRun({ planned, outcomes: outcomes({ accepted: planned - error, error }) });
    assert.equal(verdict(errors, run(100), run(120)), "same");
    assert.equal(verdict(errors, run(100), run(140)), "worse");
    assert.equal(verdict(errors, run(140), run(100)), "better");
    assert.equal(verdict(errors, run(0), run(1)), "worse", "something from nothing");
    assert.equal(verdict(errors, run(3), run(0)), "better");
    assert.equal(verdict(errors, run(100), run(1000, 100_000)), "same", "of ten times as many");
    assert.equal(verdict({ kind: "count", name: "accepted" }, run(100), run(400)), "worse");
  });

  test("compareMetric judges a rate by what was asked for", () => {
    const run = (asked: number | null, achieved: number) => goodRun({ rate: { asked, achieved } });
    const rate = { kind: "rate", name: "rate" } as const;
    assert.equal(verdict(rate, run(200, 200), run(200, 197)), "worse");
    assert.equal(verdict(rate, run(200, 200), run(200, 199)), "same");
    assert.equal(verdict(rate, run(200, 200), run(400, 300)), "worse");
    assert.equal(verdict(rate, run(null, 5000), run(null, 6000)), "better");
  });

  test("compareMetric of two runs is the mirror of the other way round", () => {
    const run = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(100), fc.nat(1_000_000)).map((
      [planned, error, us],
    ) =>
      withService(planned, us, { planned, outcomes: outcomes({ accepted: planned, error: Math.min(error, planned) }) })
    );
    const mirror = { same: "same", better: "worse", worse: "better" } as const;
    fc.assert(
      fc.property(run, run, fc.constantFrom(p99, errors), (a, b, metric) => {
        const one = compareMetric(metric, a, b);
        const other = compareMetric(metric, b, a);
        assert.equal(one.change, other.change === null ? null : 0 - other.change);
        // A tenth more is an eleventh less: the verdict mirrors, or one way it is just noise.
        assert.ok(one.verdict === mirror[other.verdict] || one.verdict === "same" || other.verdict === "same");
      }),
      { seed: 20261122, numRuns: 500 },
    );
  });
});

describe("comparabilityWarnings", () => {
  const warned: readonly [what: string, b: Partial<RunDocument>, warning: RegExp][] = [
    ["another target", { target: "tcp://127.0.0.9:1" }, /different targets: a.json tcp:\/\/127.0.0.1:2575, b.json tcp/],
    [
      "another load",
      { load: { kind: "stages", text: "5s@9", arrivals: "regular" } },
      /different loads: .* b.json stages 5s@9$/,
    ],
    ["other connections", { connections: { ...goodRun().connections, asked: 3 } }, /connections: a.json 8, b.json 3$/],
    ["a warm-up", {
      warmup: { duration_s: 1, planned: 0, sent: 0, outcomes: outcomes({}), service: EMPTY, connect: EMPTY },
    }, /different warm-ups: a.json none, b.json one$/],
    ["a shard", { shard: { index: 1, of: 4 } }, /different parts: a.json the whole, b.json shard 1\/4$/],
    ["a longer run", { duration_s: 11 }, /^b.json took 11.0 s, a.json 5.0 s: a longer run sees rarer latencies$/],
    [
      "a generator that was the limit",
      { generator: { ...goodRun().generator, verdict: "generator was the limit" } },
      /^b.json: generator was the limit$/,
    ],
    ["an interrupted run", { interrupted: "SIGINT" }, /^b.json was ended by SIGINT$/],
    ["a steered run", { steering: [{ at_s: 1, speed: 2 }] }, /^b.json was steered by hand$/],
    [
      "other retries",
      { resending: { retries: 3, on_timeout: "keep" } },
      /different retries: a.json unknown, b.json 3, keep$/,
    ],
  ];
  for (const [what, changes, warning] of warned) {
    test(`comparabilityWarnings tells of ${what}, and of nothing else`, () => {
      const { warnings } = compare(goodRun(), goodRun(changes));
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.match(warnings[0], warning);
    });
  }

  test("comparabilityWarnings tells of other rates once, in words of the load", () => {
    const load = (rate: number) => ({ kind: "constant", text: `${rate}/s`, arrivals: "regular" }) as const;
    const { warnings } = compare(
      goodRun({ load: load(200) }),
      goodRun({ load: load(300), rate: { asked: 300, achieved: 300 } }),
    );
    assert.deepEqual(warnings, ["the runs had different loads: a.json constant 200/s, b.json constant 300/s"]);
  });
});

describe("compareText", () => {
  test("compareText has the verdicts first and last, and paints what is beyond noise", () => {
    const worse = goodRun({ outcomes: outcomes({ accepted: 990, timeout: 10 }), rate: { asked: 200, achieved: 150 } });
    const lines = compareText(compare(goodRun(), worse, "lost > +3", "p99 > +10%"), 80);
    const text = lines.map(plain);
    assert.equal(text[0], "THRESHOLDS (B fails where one is true)");
    assert.match(text[1], /^ {2}FAILED {2}lost > \+3 +lost: \+10$/);
    assert.match(text[2], /^ {2}passed {2}p99 > \+10% +p99\(response\): 0 %$/);
    assert.equal(text.at(-1), "FAILED: lost > +3, lost: +10");
    const lost = lines.find((line) => plain(line).startsWith("  lost "))!;
    assert.match(plain(lost), /^ {2}lost +0 +10 \(1\.0 %\) +\+10 +worse$/);
    assert.ok(lost.includes("\u001b[31m"));
    const same = lines.find((line) => plain(line).startsWith("  p99(service)"))!;
    assert.equal(same, plain(same));
    for (const line of text) assert.ok(line.length <= 80, line);
  });

  test("compareText tells ten times as much and more as how many times, and not in percent", () => {
    const shown = (p99: number) => {
      const lines = compareText(compare(withService(1000, 1000), withService(1000, p99), "p99 > +10%"), 80).map(plain);
      return [lines.find((line) => line.startsWith("  p99(service)"))!.split(/\s{2,}/)[5], lines.at(-1)];
    };
    assert.deepEqual(shown(757_576), ["758 x", "FAILED: p99 > +10%, p99(response): 758 x"]);
    assert.deepEqual(shown(10_000)[0], "10 x");
    assert.deepEqual(shown(9990), ["+899.0 %", "FAILED: p99 > +10%, p99(response): +899.0 %"]);
  });

  test("compareText shows what came of nothing, and what nothing came of", () => {
    const last = (a: RunDocument, b: RunDocument, expr: string) => plain(compareText(compare(a, b, expr), 80).at(-1)!);
    const some = goodRun({ outcomes: outcomes({ accepted: 775, error: 225 }) });
    assert.equal(last(goodRun(), some, "errors > +1%"), "FAILED: errors > +1%, errors: 0 -> 22.5 %");
    const none = goodRun({ latency_us: { ...goodRun().latency_us, response: EMPTY } });
    assert.equal(
      last(goodRun(), none, "p99 > +10%"),
      "FAILED: p99 > +10%, p99(response): 13.1 ms -> nothing measured",
    );
  });

  test("compareText says where samples are too few to call a change one", () => {
    const lines = compareText(compare(withService(999, 2000), withService(1000, 9000)), 80).map(plain);
    const end = (name: string) => lines.find((line) => line.startsWith(`  ${name}`))!.split(/\s{2,}/).at(-1);
    assert.deepEqual([end("p99.9(service)"), end("max(service)")], ["few samples", "worse"]);
  });

  test("compareText says in its last line how much changed", () => {
    const last = (a: RunDocument, b: RunDocument, ...exprs: string[]) =>
      plain(compareText(compare(a, b, ...exprs), 80).at(-1)!);
    assert.equal(last(goodRun(), goodRun()), "no change beyond noise");
    assert.equal(last(goodRun(), goodRun(), "lost > +1"), "no change beyond noise, 1 threshold passed");
    assert.equal(last(goodRun(), goodRun({ rate: { asked: 200, achieved: 100 } })), "1 worse");
  });

  test("compareText shows a hostile name as text", () => {
    const text = compareText(
      compareRuns({ name: "a\u001b[2J.json", run: goodRun() }, { name: "b", run: goodRun() }),
      80,
    );
    assert.ok(text.join("\n").includes("a\\x1b[2J.json"));
  });
});
