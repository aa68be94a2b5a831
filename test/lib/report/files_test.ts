import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { HistogramLogReader, listTags } from "hdr-histogram-js";
import { OUTCOMES } from "../../../lib/outcome.ts";
import { csvReport } from "../../../lib/report/csv.ts";
import { HDR_SERIES, histogramLog, percentileDistribution } from "../../../lib/report/hdr.ts";
import { junitFailure, junitReport } from "../../../lib/report/junit.ts";
import { measuredRun, samples } from "./measured.ts";
import { badRun, goodRun, outcomes } from "./runs.ts";

describe("csvReport", () => {
  const records = (text: string) => parse(text, { columns: true }) as Record<string, string>[];

  test("csvReport has a line for each interval, read back with every figure", () => {
    const run = measuredRun(samples(1, 250), {
      intervals: [
        { ...measuredRun(samples(1, 100)).intervals[0], failures: { timeout: 3, error: 1 }, errors: 4 },
        ...badRun().intervals.slice(29, 31),
      ],
    });
    const rows = records(csvReport(run));
    assert.equal(rows.length, 3);
    rows.forEach((row, i) => {
      const wanted = run.intervals[i];
      assert.equal(Number(row.start_s), wanted.start);
      assert.equal(Number(row.sent), wanted.sent);
      assert.equal(Number(row.errors), wanted.errors);
      assert.equal(Number(row.service_p90_us), wanted.service.p90);
      assert.equal(Number(row.response_max_us), wanted.response!.max);
      assert.equal(Number(row.lag_p99_us), wanted.lag!.p99);
      assert.equal(row.generator_limited, wanted.generator_limited ? "1" : "0");
    });
    assert.deepEqual([rows[0].timeout, rows[0].error, rows[0].reject, rows[0].asked_per_s], ["3", "1", "0", "100"]);
    assert.deepEqual([rows[1].timeout, rows[1].asked_per_s], ["", ""], "not in the document");
  });

  test("csvReport names its units, and has a column for each outcome", () => {
    const [header] = csvReport(goodRun({ intervals: [] })).split("\n");
    const names = header.split(",");
    assert.equal(new Set(names).size, names.length);
    for (const name of OUTCOMES) assert.ok(names.includes(name), name);
    for (const name of names) assert.match(name, /^[a-z_\d]+$/);
  });

  test("csvReport of a closed loop leaves the cells of response and lag empty", () => {
    const intervals = goodRun().intervals.map((row) => ({ ...row, asked: null, response: null, lag: null }));
    const [row] = records(csvReport(goodRun({ intervals })));
    assert.deepEqual([row.asked_per_s, row.response_p99_us, row.lag_max_us], ["", "", ""]);
    assert.notEqual(row.service_p99_us, "");
  });
});

/** The tags and attributes of a document that is well-formed; throws for one that is not. */
function elementsOf(xml: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const elements: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const open: string[] = [];
  const plain = (text: string) => {
    assert.doesNotMatch(text, /[<>]|&(?!(amp|lt|gt|quot|apos|#10);)/, text);
    // deno-lint-ignore no-control-regex -- XML forbids these characters
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    const meant = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#10": "\n" };
    return text.replace(/&([^;]+);/g, (_, name) => meant[name as keyof typeof meant]);
  };
  for (
    const [, close, name, inside, alone, text] of xml.matchAll(
      /<(\/?)([\w-]+)((?:\s+[\w.]+="[^"]*")*)\s*(\/?)>([^<]*)/g,
    )
  ) {
    if (close) assert.equal(open.pop(), name);
    else {
      const attributes = Array.from(inside.matchAll(/([\w.]+)="([^"]*)"/g), ([, key, value]) => [key, plain(value)]);
      elements.push({ name, attributes: Object.fromEntries(attributes), text: plain(text) });
      if (!alone) open.push(name);
    }
  }
  assert.deepEqual(open, []);
  return elements;
}

describe("junitReport", () => {
  test("junitReport has a case for each threshold, with what was measured where it failed", () => {
    const elements = elementsOf(junitReport(badRun()));
    const suite = elements.find(({ name }) => name === "testsuite")!.attributes;
    assert.deepEqual([suite.tests, suite.failures, suite.name], ["6", "2", "mllp spam tcp://127.0.0.1:2575"]);
    const cases = elements.filter(({ name }) => name === "testcase").map(({ attributes }) => attributes.name);
    assert.deepEqual(cases, badRun().thresholds.map(({ expr }) => expr));
    assert.deepEqual(elements.filter(({ name }) => name === "failure").map(({ attributes }) => attributes.message), [
      "p99(response) > 250ms is true: was 7.33 s",
      "rate < 99% is true: was 97.5 %",
    ]);
    assert.match(
      elements.find(({ name }) => name === "system-out")!.text,
      /^generator: generator was the limit.*\n192/,
    );
  });

  test("junitReport without thresholds asks whether anything was accepted", () => {
    const cases = (run: Parameters<typeof junitReport>[0]) =>
      elementsOf(junitReport(run)).filter(({ name }) => name === "testcase" || name === "failure")
        .map(({ attributes }) => attributes.message ?? attributes.name);
    assert.deepEqual(cases(goodRun()), ["messages accepted"]);
    assert.deepEqual(cases(goodRun({ outcomes: outcomes({ accepted: 1, timeout: 999 }) })), ["messages accepted"]);
    assert.deepEqual(cases(goodRun({ outcomes: outcomes({ timeout: 990, unsent: 10 }) })), [
      "messages accepted",
      "Not one of 1,000 messages was accepted: timeout 990, unsent 10",
    ]);
  });

  test("junitReport of thresholds that passed of a target that accepted nothing has a case that failed", () => {
    const thresholds = [{ expr: "p99(response) > 250ms", pass: true, value: null }];
    const elements = elementsOf(junitReport(goodRun({ thresholds, outcomes: outcomes({ error: 1000 }) })));
    const suite = elements.find(({ name }) => name === "testsuite")!.attributes;
    assert.deepEqual([suite.tests, suite.failures], ["2", "1"]);
    assert.equal(
      elements.find(({ name }) => name === "failure")!.attributes.message,
      "Not one of 1,000 messages was accepted: error 1,000",
    );
  });

  test("junitReport under --strict-generator has a case that fails where the generator was the limit", () => {
    const told = (run: Parameters<typeof junitReport>[0]) => {
      const elements = elementsOf(junitReport(run, { strictGenerator: true }));
      const suite = elements.find(({ name }) => name === "testsuite")!.attributes;
      return [suite.tests, suite.failures, elements.find(({ name }) => name === "failure")?.attributes.message];
    };
    const { generator } = badRun();
    const thresholds = [{ expr: "lost > 0", pass: true, value: 0 }];
    assert.deepEqual(told(goodRun({ generator, thresholds })), ["2", "1", generator.verdict]);
    assert.deepEqual(told(goodRun({ thresholds })), ["2", "0", undefined]);
  });

  test("junitFailure is one case, which is an error with its words, whatever they hold", () => {
    const elements = elementsOf(junitFailure(new TypeError('no "such"\u001b <host>')));
    assert.deepEqual(elements.map(({ name }) => name), ["testsuites", "testsuite", "testcase", "error"]);
    const [, suite, , error] = elements.map(({ attributes }) => attributes);
    assert.deepEqual([suite.tests, suite.failures, suite.errors], ["1", "0", "1"]);
    assert.deepEqual(error, { type: "TypeError", message: 'no "such"\\x1b <host>' });
  });

  test("junitReport is well-formed XML whatever the texts hold", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(..."<>&\"'\n\t\u0000\u001b\u0085\ufffe\ud800"),
        fc.string({ maxLength: 1, minLength: 1, unit: "binary" }),
      ),
    });
    fc.assert(
      fc.property(text, text, text, (target, verdict, expr) => {
        const run = goodRun({
          target,
          generator: { ...goodRun().generator, verdict },
          thresholds: [{ expr, pass: false, value: 1 }],
        });
        const [, suite] = elementsOf(junitReport(run));
        assert.equal(suite.name, "testsuite");
      }),
      { seed: 20261122, numRuns: 300 },
    );
  });
});

describe("the HdrHistogram files", () => {
  const run = measuredRun(samples(7, 5000));

  test("histogramLog is read back by the reference library, with the counts and percentiles of the run", () => {
    const log = histogramLog(run);
    assert.match(log, /^[ -~\n]+$/, "ASCII");
    assert.deepEqual(listTags(log), ["lag", "service", "response", "connect"]);
    const reader = new HistogramLogReader(log, 64);
    for (const tag of ["lag", "service", "response", "connect"] as const) {
      const histogram = reader.nextIntervalHistogram()!;
      const row = run.latency_us[tag]!;
      assert.equal(histogram.tag, tag);
      assert.equal(histogram.totalCount, row.count);
      assert.equal(histogram.startTimeStampMsec, Date.parse(run.started));
      assert.equal(histogram.endTimeStampMsec, Date.parse(run.started) + run.duration_s * 1000);
      for (const [percent, wanted] of [[50, row.p50], [90, row.p90], [99, row.p99]]) {
        assert.equal(
          histogram.getValueAtPercentile(percent),
          Math.max(wanted, histogram.getValueAtPercentile(percent)),
        );
        // A bucket is known by its highest value; the run's figures are cut to what was measured.
        assert.ok(histogram.getValueAtPercentile(percent) <= wanted * 1.001);
      }
      assert.ok(Math.abs(histogram.maxValue - row.max) <= row.max * 0.001);
    }
    assert.equal(reader.nextIntervalHistogram(), null);
  });

  test("histogramLog gives the greatest value of each line in milliseconds", () => {
    const [line] = histogramLog(run).split("\n").filter((each) => each.startsWith("Tag=service,"));
    assert.equal(line.split(",")[3], (run.latency_us.service.max / 1000).toFixed(3));
  });

  test("percentileDistribution rises to all values, in milliseconds, and ends at the greatest", () => {
    for (const series of HDR_SERIES) {
      const text = percentileDistribution(run, series)!;
      assert.match(text, new RegExp(`^#\\[mllp spam \\S+, ${series}, Value in milliseconds\\]\n +Value +Percentile`));
      const rows = text.split("\n").filter((line) => /^ *\d/.test(line)).map((line) =>
        line.trim().split(/ +/).map(Number)
      );
      const row = run.latency_us[series]!;
      assert.ok(rows.length > 30);
      rows.slice(1).forEach((each, i) =>
        assert.ok(each[0] >= rows[i][0] && each[1] > rows[i][1] && each[2] >= rows[i][2])
      );
      assert.equal(rows.at(-1)![2], row.count);
      assert.ok(Math.abs(rows.at(-1)![0] - row.max / 1000) <= row.max / 1e6);
      const median = rows.find(([, percentile]) => percentile >= 0.5)!;
      assert.ok(Math.abs(median[0] - row.p50 / 1000) <= row.p50 / 1e6);
      assert.match(text, /#\[Mean +=.*\n#\[Max +=.*Total count +=\s+5000\]\n/);
    }
  });

  test("percentileDistribution of a closed loop is there of service alone, and the log too", () => {
    const closed = measuredRun(samples(7, 500), { model: "closed" });
    assert.deepEqual(HDR_SERIES.map((series) => percentileDistribution(closed, series) === null), [false, true, true]);
    assert.deepEqual(listTags(histogramLog(closed)), ["service", "connect"]);
  });

  test("the HdrHistogram files need histograms", () => {
    assert.throws(() => histogramLog(goodRun()), { name: "RangeError", message: /the document has none/ });
  });
});
