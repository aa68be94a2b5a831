import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import type { RunDocument } from "../../../../lib/load/result.ts";
import { chartData } from "../../../../lib/report/html/charts.ts";
import { SCRIPT } from "../../../../lib/report/html/script.ts";
import { closedRun, goodRun, interval } from "../runs.ts";
import { fullRun } from "./full_run.ts";

interface Series {
  readonly label: string;
  readonly fill?: string;
  value(plot: unknown, value: number | null, series: number, at: number | null): string;
}

interface Drawn {
  readonly chart: string;
  readonly data: (number | null)[][];
  readonly options: {
    readonly series: readonly Series[];
    readonly padding: readonly number[];
    readonly scales: {
      readonly y: { readonly distr?: number; range(plot: unknown, min: number | null, max: number | null): number[] };
    };
    readonly axes: readonly {
      readonly incrs?: readonly number[];
      values(plot: unknown, splits: readonly number[]): string[];
      splits(plot: unknown): number[];
    }[];
  };
}

/** Runs the page's program on a page that is none, and returns what it would have drawn, with its buttons. */
function draw(run: RunDocument): { drawn: Drawn[]; press: Map<string, () => void> } {
  const drawn: Drawn[] = [];
  const press = new Map<string, () => void>();
  const element = (id: string) => ({
    id,
    hidden: true,
    clientWidth: 500,
    textContent: id === "chart-data" ? JSON.stringify(chartData(run)) : "",
    querySelector: () => element(id),
    appendChild: () => {},
    addEventListener: (_: string, act: () => void) => press.set(id, act),
  });
  let last = "";
  class FakePlot {
    static pxRatio = 1;
    constructor(options: Drawn["options"], data: Drawn["data"], place: { id: string }) {
      drawn.push({ chart: place.id.replace("chart-", ""), options, data });
    }
    destroy() {}
  }
  runInNewContext(SCRIPT, {
    uPlot: FakePlot,
    window: { addEventListener() {} },
    getComputedStyle: () => ({ getPropertyValue: () => " #123456" }),
    document: {
      documentElement: {},
      getElementById: (id: string) => element(last = id),
      createElement: () => element(last),
      querySelectorAll: () => [],
    },
  });
  return { drawn, press };
}

const of = (drawn: readonly Drawn[], chart: string) => drawn.filter((each) => each.chart === chart).at(-1)!;
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test("SCRIPT is the same program however it is bundled, being ASCII", () => {
  // deno-lint-ignore no-control-regex
  assert.match(SCRIPT, /^[\x00-\x7f]*$/);
});

test("SCRIPT draws every chart, each series as long as its places", () => {
  for (const run of [goodRun(), closedRun(), fullRun(), goodRun({ intervals: [{ ...interval(0, 2), length: 0.4 }] })]) {
    const { drawn } = draw(run);
    assert.deepEqual(drawn.map(({ chart }) => chart), chartData(run).charts.map(({ name }) => name));
    for (const { chart, data, options } of drawn) {
      assert.equal(options.series.length, data.length, chart);
      for (const column of data) assert.equal(column.length, data[0].length, chart);
    }
  }
});

test("SCRIPT draws each interval from its beginning to its end", () => {
  const { data } = of(draw(goodRun()).drawn, "rate");
  assert.deepEqual(plain(data[0]), [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
  assert.deepEqual(plain(data[1]), [190, 190, 200, 200, 210, 210, 200, 200, 200, 200]);
});

test("SCRIPT shows values with their units", () => {
  const { drawn } = draw(fullRun());
  const shown = (chart: string, series: number, at: number) =>
    of(drawn, chart).options.series[series].value(null, 0, series, at);
  assert.equal(shown("rate", 1, 0), "190/s");
  assert.equal(shown("queue", 1, 141), "600");
  assert.equal(shown("service", 4, 0), "4 ms");
  assert.equal(shown("service", 0, 141), "1:10 min");
  assert.equal(of(drawn, "rate").options.series[1].value(null, null, 1, null), "");
});

test("SCRIPT stacks failures, the first on all others, and shows of each its own number", () => {
  const { data, options } = of(draw(fullRun()).drawn, "failures");
  assert.deepEqual([1, 2].map((series) => [options.series[series].label, data[series][142]]), [["timeout", 603], [
    "dropped",
    600,
  ]]);
  assert.equal(options.series[1].value(null, 603, 1, 142), "3");
  // Nothing shines through: half of the colour on a ground of the same.
  assert.equal(options.series[1].fill, "#123456");
  assert.deepEqual(plain(options.axes[1].incrs!.slice(0, 4)), [1, 2, 5, 10]);
});

test("SCRIPT has room above the plot for the words of marks, where there are some", () => {
  const top = (run: RunDocument, chart: string) => of(draw(run).drawn, chart).options.padding[0];
  assert.ok(top(fullRun(), "rate") > top(goodRun(), "rate"));
  assert.equal(top(fullRun(), "spectrum"), top(goodRun(), "spectrum"));
});

test("SCRIPT writes ticks of time by the length of the run", () => {
  const ticks = (seconds: number, at: number[]) => {
    const intervals = Array.from(
      { length: 10 },
      (_, i) => ({ ...interval(i * seconds / 10, 9), length: seconds / 10 }),
    );
    return plain(of(draw(goodRun({ intervals, duration_s: seconds })).drawn, "rate").options.axes[0].values(null, at));
  };
  assert.deepEqual(ticks(2, [0, 0.5, 2]), ["0 s", "0.5 s", "2 s"]);
  assert.deepEqual(ticks(600, [0, 90, 600]), ["0:00 min", "1:30 min", "10:00 min"]);
  assert.deepEqual(ticks(36_000, [0, 5400, 36_000]), ["0:00 h", "1:30 h", "10:00 h"]);
});

test("SCRIPT writes ticks of latency in the unit that suits", () => {
  const axis = of(draw(goodRun()).drawn, "service").options.axes[1];
  assert.deepEqual(plain(axis.values(null, [0, 1, 250, 1000, 12_500, 1e6, 61_200_000])), [
    "0",
    "1 µs",
    "250 µs",
    "1 ms",
    "12.5 ms",
    "1 s",
    "61.2 s",
  ]);
});

test("SCRIPT changes between a linear and a logarithmic scale, on which 0 is drawn as 1 µs", () => {
  const still = { ...interval(1, 9), lag: { p50: 0, p90: 0, p99: 0, max: 0 } };
  const { drawn, press } = draw(goodRun({ intervals: [interval(0, 9), still] }));
  assert.deepEqual(plain(of(drawn, "lag").data[2]), [300, 300, 0, 0]);
  assert.equal(of(drawn, "lag").options.scales.y.distr, undefined);
  press.get("chart-lag")!();
  const { data, options } = of(drawn, "lag");
  assert.deepEqual(plain(data[2]), [300, 300, 1, 1]);
  assert.equal(options.scales.y.distr, 3);
  assert.equal(options.series[2].value(null, 1, 2, 3), "0");
});

test("SCRIPT keeps every value off the edges of a logarithmic scale", () => {
  const { drawn, press } = draw(goodRun());
  press.get("chart-service")!();
  const { range } = of(drawn, "service").options.scales.y;
  for (let value = 1; value < 1e8; value *= 1.07) {
    const [low, high] = range(null, value, value * 3);
    assert.ok(low < value && high > value * 3, `${low} ${value} ${high}`);
    const [from, to] = range(null, value, value * 3000);
    const ticks = of(drawn, "service").options.axes[1].splits({ scales: { y: { min: from, max: to } } });
    assert.ok(ticks.at(-1)! >= value * 3000, `${value * 3000} is above ${ticks.at(-1)}`);
  }
  assert.deepEqual(plain(range(null, null, null)), [1, 10]);
});
