import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChartData, chartData, chartSection } from "../../../../lib/report/html/charts.ts";
import { closedRun, EMPTY, goodRun, interval } from "../runs.ts";
import { fullRun } from "./full_run.ts";

const names = ({ charts }: ChartData) => charts.map(({ name }) => name);
const chart = (data: ChartData, name: string) => data.charts.find((each) => each.name === name)!;
const labels = (data: ChartData, name: string) => chart(data, name).series.map(({ label }) => label);

test("chartData has rate, queue, waiting, response, service, failures, lag and the spectrum", () => {
  const data = chartData(fullRun());
  assert.deepEqual(names(data), ["rate", "queue", "waiting", "response", "service", "failures", "lag", "spectrum"]);
  assert.deepEqual(labels(data, "rate"), ["acknowledged", "sent", "asked"]);
  assert.deepEqual(labels(data, "waiting"), ["in flight", "connections"]);
  assert.deepEqual(labels(data, "response"), ["max", "p99", "p90", "p50"]);
  assert.deepEqual(labels(data, "failures"), ["timeout", "dropped"]);
  assert.deepEqual(labels(data, "lag"), ["p99", "p50"]);
});

test("chartData has as many values in each series as its chart has places", () => {
  const data = chartData(fullRun());
  for (const { name, places, series } of data.charts) {
    for (const { values } of series) assert.equal(values.length, (places ?? data.starts).length, name);
  }
});

test("chartData leaves out what a closed loop does not have, and what did not happen", () => {
  const intervals = [0, 1].map((start) => ({ ...interval(start, 9), response: null, lag: null, asked: null }));
  const data = chartData({ ...closedRun(), intervals });
  assert.deepEqual(names(data), ["rate", "waiting", "service", "spectrum"]);
  assert.deepEqual(labels(data, "rate"), ["acknowledged", "sent"]);
  assert.deepEqual(labels(data, "waiting"), ["in flight", "connections"]);
});

test("chartData has no queue where none was", () => {
  assert.ok(!names(chartData(goodRun())).includes("queue"));
  const intervals = [interval(0, 9), { ...interval(1, 9), length: 0.1 }];
  assert.ok(!names(chartData(goodRun({ intervals }))).includes("queue"), "nor in a last step that is short");
});

test("chartData of a run of which nothing was measured has no chart, and the page no section", () => {
  const latency_us = { ...goodRun().latency_us, lag: null, response: null, service: EMPTY };
  const data = chartData(goodRun({ intervals: [], latency_us }));
  assert.deepEqual(data.charts, []);
  assert.equal(chartSection(data), null);
});

test("chartData joins neighbouring seconds in which the generator was the limit", () => {
  assert.deepEqual(chartData(fullRun()).limited, [[30, 45]]);
  assert.match(chartSection(chartData(fullRun()))!.text, /The generator was the limit in the shaded stretches/);
  assert.doesNotMatch(chartSection(chartData(goodRun()))!.text, /shaded/);
});

test("chartData marks what was steered, and an end before its time by its reason", () => {
  const marks = chartData(fullRun()).marks;
  assert.deepEqual(marks, [
    { at: 80, text: "speed 110 %" },
    { at: 95, text: "paused" },
    { at: 125, text: "SIGINT" },
  ]);
  assert.equal(chartData(fullRun({ interrupted: null })).marks[2].text, "stopped: lost > 9");
  assert.deepEqual(chartData(goodRun()).marks, []);
  assert.deepEqual(chartData(goodRun({ duration_s: 3 })).marks, [{ at: 3, text: "end of the load" }]);
});

test("chartData chooses a logarithmic scale where a linear one would press the lower values to the ground", () => {
  assert.equal(chart(chartData(goodRun()), "service").log, false);
  const spike = { p50: 4000, p90: 7000, p99: 9000, max: 2_000_000 };
  const intervals = [interval(0, 9), { ...interval(1, 9), service: spike }];
  const data = chartData(goodRun({ intervals }));
  assert.equal(chart(data, "service").log, true);
  assert.equal(chart(data, "rate").log, null);
});
