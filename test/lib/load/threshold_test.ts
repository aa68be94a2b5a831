import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  AbortWatch,
  evaluate,
  isTrue,
  type Measured,
  parseThreshold,
  requireAvailable,
  thresholdHint,
  thresholdValue,
} from "../../../lib/load/threshold.ts";
import { OUTCOMES } from "../../../lib/outcome.ts";
import { EMPTY, outcomes, row } from "../report/runs.ts";

const RUN: Measured = {
  planned: 1000,
  outcomes: outcomes({
    accepted: 900,
    error: 1,
    reject: 2,
    timeout: 3,
    closed: 4,
    reset: 5,
    refused: 6,
    damaged: 7,
    wrong_id: 8,
    unanswered: 9,
    dropped: 15,
    unsent: 40,
  }),
  anomalies: { stale: 21, duplicate: 22, unsolicited: 23, wrong_id: 24, no_msa: 25, late: 26, commit: 27 },
  rate: { asked: 200, achieved: 190 },
  latency_us: {
    lag: row(10, [1, 2, 3, 4, 5, 6, 7]),
    service: { ...row(10, [11, 12, 13, 14, 15, 16, 17]), mean: 12.5 },
    response: row(10, [21, 22, 23, 24, 25, 26, 27]),
    connect: row(10, [31, 32, 33, 34, 35, 36, 37]),
    ack: { CA: row(10, [41, 42, 43, 44, 45, 46, 47]), AA: row(10, [51, 52, 53, 54, 55, 56, 57]) },
  },
};

function valueOf(metric: string, limit: string): number | null {
  return thresholdValue(parseThreshold(`${metric} > ${limit}`), RUN);
}

test("parseThreshold reads a latency: microseconds", () => {
  assert.deepEqual(parseThreshold("  p99.9(ack.CA) <= 1.5s "), {
    expr: "p99.9(ack.CA) <= 1.5s",
    metric: { kind: "latency", name: "p99.9(ack.CA)", figure: "p99.9", series: "ack.CA" },
    operator: "<=",
    limit: 1_500_000,
    unit: "us",
    abortAfterMs: null,
  });
});

test("parseThreshold reads a count, a percentage and a rate", () => {
  const read = (text: string) => {
    const { metric, operator, limit, unit } = parseThreshold(text);
    return [metric.kind, metric.name, operator, limit, unit];
  };
  assert.deepEqual(read("lost>0"), ["count", "lost", ">", 0, "count"]);
  assert.deepEqual(read("errors > 0.1%"), ["count", "errors", ">", 0.001, "fraction"]);
  assert.deepEqual(read("rate < 99%"), ["rate", "rate", "<", 0.99, "fraction"]);
  assert.deepEqual(read("rate >= 180"), ["rate", "rate", ">=", 180, "per_second"]);
  assert.deepEqual(read("rate < 6/m"), ["rate", "rate", "<", 0.1, "per_second"]);
});

test("parseThreshold takes a percentage with a blank before its sign", () => {
  for (const [spaced, tight] of [["errors > 1 %", "errors > 1%"], ["rate < 99.5 %", "rate < 99.5%"]]) {
    assert.deepEqual({ ...parseThreshold(spaced), expr: "" }, { ...parseThreshold(tight), expr: "" });
  }
  assert.equal(parseThreshold("errors > 1 % abort after 3s").abortAfterMs, 3000);
  assert.equal(parseThreshold("errors > 1 %").expr, "errors > 1 %");
  assert.throws(() => parseThreshold("p50(lag) > 5 %"), /at character 12 found '5%', wanted a duration/);
  assert.throws(() => parseThreshold("errors > 1 % %"), /at character 14 found '%'/);
});

test("parseThreshold reads 'abort after' a duration", () => {
  assert.equal(parseThreshold("p99 ( response ) > 250ms abort after 10s").abortAfterMs, 10_000);
  assert.equal(parseThreshold("lost > 0 abort after 0").abortAfterMs, 0);
});

test("parseThreshold names the place, what it found and what it wanted", () => {
  const refusals: [text: string, message: string][] = [
    ["", "at character 1 found the end, wanted a metric, such as p99(response), errors, lost, rate or an outcome"],
    [
      "error_s > 1",
      "at character 1 found 'error_s', wanted a metric, such as p99(response), errors, lost, rate or an outcome; is 'errors' meant?",
    ],
    [
      "p98(lag) > 1s",
      "at character 1 found 'p98', wanted one of p50 p90 p95 p99 p99.9 min mean max; is 'p90' meant?",
    ],
    ["p99 > 1s", "at character 5 found '>', wanted '(' and one of lag service response connect ack.CA ack.AA"],
    [
      "p99(respose) > 1s",
      "at character 5 found 'respose', wanted one of lag service response connect ack.CA ack.AA; is 'response' meant?",
    ],
    ["p99(lag > 1s", "at character 9 found '>', wanted ')'"],
    ["lost", "at character 5 found the end, wanted > >= < <="],
    ["lost = 0", "at character 6 found '=', wanted > >= < <="],
    ["lost > ", "at character 7 found the end, wanted a count or a percentage for lost, such as 0 or 0.1%"],
    ["lost > 5ms", "at character 8 found '5ms', wanted a count or a percentage for lost, such as 0 or 0.1%"],
    ["p50(lag) > 5", "at character 12 found '5', wanted a duration for p50(lag), such as 250ms"],
    ["p50(lag) > 5%", "at character 12 found '5%', wanted a duration for p50(lag), such as 250ms"],
    [
      "rate < 5ms",
      "at character 8 found '5ms', wanted messages per second or a percentage for rate, such as 180/s or 99%",
    ],
    ["lost > 0 about after 1s", "at character 10 found 'about', wanted 'abort after DURATION', or the end"],
    ["lost > 0 abort 1s", "at character 16 found '1s', wanted 'after'"],
    ["lost > 0 abort after", "at character 21 found the end, wanted a duration, such as 10s"],
    ["lost > 0 abort after 1s now", "at character 25 found 'now', wanted the end"],
    ["constructor(lag) > 1s", "at character 1 found 'constructor', wanted one of p50 p90 p95 p99 p99.9 min mean max"],
  ];
  for (const [text, message] of refusals) {
    assert.throws(() => parseThreshold(text), {
      name: "RangeError",
      message: `Cannot read the threshold '${text}': ${message}`,
    });
  }
});

test("parseThreshold reads any text or throws a RangeError", () => {
  const words = [
    "p99",
    "(",
    ")",
    "lag",
    "errors",
    ">",
    "<=",
    "5%",
    "5ms",
    "7",
    "abort",
    "after",
    " ",
    "rate",
    "\u00e9",
  ];
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom(...words)).map((some) => some.join(" "))), (text) => {
      try {
        assert.equal(parseThreshold(text).expr, text.trim());
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { seed: 1, numRuns: 10_000 },
  );
});

test("thresholdValue finds every figure of every latency", () => {
  const found = ["min", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"].map((name) =>
    valueOf(`${name}(service)`, "1s")
  );
  assert.deepEqual(found, [11, 12.5, 12, 13, 14, 15, 16, 17]);
  const series = ["lag", "service", "response", "connect", "ack.CA", "ack.AA"].map((name) =>
    valueOf(`p99(${name})`, "1s")
  );
  assert.deepEqual(series, [5, 15, 25, 35, 45, 55]);
});

test("thresholdValue counts every outcome and every anomaly, or takes them as a part of planned", () => {
  for (const name of OUTCOMES) {
    assert.equal(valueOf(name, "0"), RUN.outcomes[name]);
    assert.equal(valueOf(name, "0%"), RUN.outcomes[name] / 1000);
  }
  for (const name of ["stale", "duplicate", "unsolicited", "no_msa", "late", "commit"] as const) {
    assert.equal(valueOf(name, "0"), RUN.anomalies[name]);
  }
});

test("thresholdValue tells the outcome wrong_id from the acknowledgements of that name", () => {
  assert.equal(valueOf("wrong_id", "0"), 8);
  assert.equal(valueOf("anomaly.wrong_id", "0"), 24);
});

test("thresholdValue takes errors as every outcome but accepted, and lost as timeout, closed, reset and unanswered", () => {
  assert.equal(valueOf("errors", "0"), 100);
  assert.equal(valueOf("errors", "1%"), 0.1);
  assert.equal(valueOf("lost", "0"), 3 + 4 + 5 + 9);
});

test("thresholdValue takes the rate achieved, or its part of the rate asked", () => {
  assert.equal(valueOf("rate", "1/s"), 190);
  assert.equal(valueOf("rate", "99%"), 0.95);
});

test("thresholdValue of what was not measured is null, of a part of nothing planned is none", () => {
  const nothing: Measured = {
    ...RUN,
    planned: 0,
    latency_us: { lag: null, service: EMPTY, response: null, connect: EMPTY },
  };
  for (const name of ["lag", "service", "connect", "ack.AA"]) {
    assert.equal(thresholdValue(parseThreshold(`max(${name}) > 1ms`), nothing), null);
  }
  assert.equal(thresholdValue(parseThreshold("errors > 1%"), nothing), 0);
});

test("isTrue follows each operator around its limit", () => {
  const at = (operator: string) => [4, 5, 6].map((value) => isTrue(parseThreshold(`lost ${operator} 5`), value));
  assert.deepEqual(at(">"), [false, false, true]);
  assert.deepEqual(at(">="), [false, true, true]);
  assert.deepEqual(at("<"), [true, false, false]);
  assert.deepEqual(at("<="), [true, true, false]);
});

test("isTrue does not take rounding for a difference: k of n is k/n percent", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(1000), (tens, tenths) => {
      const planned = tens * 1000;
      const threshold = parseThreshold(`errors > ${tenths / 10}%`);
      assert.equal(isTrue(threshold, tens * tenths / planned), false);
      assert.equal(isTrue(threshold, (tens * tenths + 1) / planned), true);
    }),
    { seed: 1, numRuns: 10_000 },
  );
});

test("isTrue is never true of nothing measured", () => {
  for (const operator of [">", ">=", "<", "<="]) {
    assert.equal(isTrue(parseThreshold(`p99(connect) ${operator} 0ms`), null), false);
  }
});

test("evaluate fails when the expression is true", () => {
  assert.deepEqual(evaluate(parseThreshold("errors > 5%"), RUN), { expr: "errors > 5%", pass: false, value: 0.1 });
  assert.deepEqual(evaluate(parseThreshold("errors > 10%"), RUN), { expr: "errors > 10%", pass: true, value: 0.1 });
  const unmeasured = { ...RUN, latency_us: { ...RUN.latency_us, ack: {} } };
  assert.deepEqual(evaluate(parseThreshold("p50(ack.CA) < 1s"), unmeasured), {
    expr: "p50(ack.CA) < 1s",
    pass: true,
    value: null,
  });
});

test("requireAvailable refuses lag, response and a percentage of the rate in a closed loop", () => {
  for (const text of ["p99(lag) > 1s", "p99(response) > 1s", "rate < 99%"]) {
    requireAvailable(parseThreshold(text), "rate");
    assert.throws(() => requireAvailable(parseThreshold(text), "closed"), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.ok(error.message.startsWith(`Cannot judge the threshold '${text}': a closed loop `), error.message);
      return true;
    });
  }
});

test("requireAvailable lets every other metric pass in a closed loop", () => {
  for (const text of ["p99(service) > 1s", "max(connect) > 1s", "p50(ack.AA) > 1s", "rate < 99/s", "dropped > 0"]) {
    requireAvailable(parseThreshold(text), "closed");
  }
});

test("AbortWatch ends a run when the expression has been true for its time without interruption", () => {
  const watch = new AbortWatch(parseThreshold("lost > 10 abort after 2s"));
  const fed: [now: number, value: number | null, end: boolean][] = [
    [0, 11, false],
    [1000, 11, false],
    [1999.9, 10, false],
    [2000, 11, false],
    [3000, null, false],
    [3500, 12, false],
    [5499, 12, false],
    [5500, 12, true],
    [6000, 12, true],
    [6500, 0, false],
  ];
  for (const [now, value, end] of fed) assert.equal(watch.feed(now, value), end, `at ${now}`);
});

test("AbortWatch of no time at all ends a run at once, and one without 'abort' never does", () => {
  assert.equal(new AbortWatch(parseThreshold("lost > 0 abort after 0")).feed(7, 1), true);
  const never = new AbortWatch(parseThreshold("lost > 0"));
  assert.equal(never.feed(0, 1) || never.feed(1e12, 1), false);
});

test("thresholdHint asks back where a run would fail for being quick, or for few errors", () => {
  const hint = (expr: string) => thresholdHint(parseThreshold(expr));
  assert.equal(
    hint("p99(response) < 250ms abort after 2s"),
    "'p99(response) < 250ms abort after 2s' fails when p99(response) is below 250ms: meant '>'?",
  );
  assert.equal(hint("errors<=0.1 %"), "'errors<=0.1 %' fails when errors is at most 0.1 %: meant '>='?");
  for (const asked of ["lost < 1", "timeout <= 3", "late < 2"]) assert.notEqual(hint(asked), null, asked);
  for (const meant of ["p99(response) > 250ms", "errors >= 1", "rate < 99%", "accepted < 99%"]) {
    assert.equal(hint(meant), null, meant);
  }
});
