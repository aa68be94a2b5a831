import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { IntervalRow } from "../../../../lib/load/result.ts";
import { timeSeries } from "../../../../lib/report/html/series.ts";
import { goodRun, interval } from "../runs.ts";

const NOTHING = { p50: 0, p90: 0, p99: 0, max: 0 };

test("timeSeries of few rows has a point for each", () => {
  const time = timeSeries(goodRun(), 60);
  assert.deepEqual(time.starts, [0, 1, 2, 3, 4]);
  assert.deepEqual(time.lengths, [1, 1, 1, 1, 1]);
  assert.deepEqual(time.acknowledged, [190, 200, 210, 200, 200]);
  assert.deepEqual(time.response.p99, [9900, 9900, 9900, 9900, 9900]);
  assert.deepEqual(time.open, [8, 8, 8, 8, 8]);
});

test("timeSeries folds neighbours: rates are means, the median is weighted, else the worst is kept", () => {
  const service = (p50: number, p99: number) => ({ p50, p90: p99 - 1, p99, max: p99 + 1 });
  const intervals: IntervalRow[] = [
    { ...interval(0, 100), service: service(10, 50), in_flight: 4, queue: 7, open: 2, asked: 90 },
    { ...interval(1, 300), service: service(20, 40), in_flight: 1, queue: 0, open: 8, asked: 110 },
    { ...interval(2, 80), generator_limited: true },
  ];
  const time = timeSeries(goodRun({ intervals }), 2);
  assert.deepEqual(time.starts, [0, 2]);
  assert.deepEqual(time.lengths, [2, 1]);
  assert.deepEqual(time.acknowledged, [200, 80]);
  assert.equal(time.asked[0], 100);
  assert.deepEqual([time.service.p50[0], time.service.p99[0], time.service.max[0]], [17.5, 50, 51]);
  assert.deepEqual([time.inFlight[0], time.queue[0], time.open[0]], [4, 7, 2]);
  assert.deepEqual(time.limited, [false, true]);
});

test("timeSeries has null where nothing was measured, and never 0", () => {
  const stalled = { ...interval(0, 0), service: NOTHING, response: NOTHING, lag: NOTHING };
  const timedOut = { ...stalled, start: 1, service: { p50: 5e6, p90: 5e6, p99: 5e6, max: 5e6 } };
  const time = timeSeries(goodRun({ intervals: [stalled, timedOut] }), 60);
  assert.deepEqual(time.service.p50, [null, 5e6]);
  assert.deepEqual(time.lag.p99, [null, null]);
  assert.deepEqual(time.acknowledged, [0, 0]);
});

test("timeSeries of a closed loop has no response, no lag and no rate asked", () => {
  const intervals = [{ ...interval(0, 9), response: null, lag: null, asked: null }];
  const time = timeSeries(goodRun({ model: "closed", rate: { asked: null, achieved: 9 }, intervals }), 60);
  assert.deepEqual([time.response.p50, time.lag.p99, time.asked], [[null], [null], [null]]);
});

test("timeSeries tells no rate and no state of a short end, and its latencies with the point before", () => {
  const slow = { p50: 90_000, p90: 90_000, p99: 90_000, max: 90_000 };
  const end = { ...interval(1, 2), length: 0.013, open: 0, service: slow, lag: slow };
  const intervals = [interval(0, 100), end];
  const time = timeSeries(goodRun({ intervals }), 60);
  assert.deepEqual([time.acknowledged, time.open, time.queue], [[100, null], [8, null], [0, null]]);
  assert.deepEqual(time.service.max, [90_000, null]);
  assert.deepEqual([time.service.p50[1], time.response.p99[1], time.lag.p99], [null, null, [90_000, null]]);
  assert.deepEqual(timeSeries(goodRun({ intervals }), 60, "told").service.max, [12_000, 90_000]);
});

test("timeSeries of a run that is short itself tells its rate", () => {
  const intervals = [{ ...interval(0, 2), length: 0.4 }];
  assert.deepEqual(timeSeries(goodRun({ intervals, duration_s: 0.4 }), 60).sent, [5]);
});

test("timeSeries of an older document has the one rate asked, errors without their kind, and no p90", () => {
  const older = { p50: 1, p99: 3, max: 4 } as IntervalRow["service"];
  const intervals = [{ ...interval(0, 9), service: older, errors: 2 }, { ...interval(1, 9), service: older }];
  const time = timeSeries(goodRun({ intervals }), 60);
  assert.deepEqual(time.asked, [200, 200]);
  assert.deepEqual([...time.failures], [["errors", [2, 0]]]);
  assert.deepEqual([time.service.p90, time.service.p99], [[null, null], [3, 3]]);
});

test("timeSeries asks for nothing once the load has ended", () => {
  const intervals = [0, 1, 2].map((start) => ({ ...interval(start, 9), asked: 200 }));
  assert.deepEqual(timeSeries(goodRun({ intervals, duration_s: 2 }), 60).asked, [200, 200, null]);
});

test("timeSeries loses no failure and no peak, however much it folds", () => {
  const row = fc.record({
    timeout: fc.nat(9),
    error: fc.nat(9),
    max: fc.integer({ min: 1, max: 1e7 }),
    queue: fc.nat(999),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (rows, most) => {
      const intervals = rows.map(({ timeout, error, max, queue }, i) => ({
        ...interval(i, 1),
        queue,
        failures: { timeout, error },
        service: { p50: 1, p90: 1, p99: 1, max },
      }));
      const time = timeSeries(goodRun({ intervals }), most);
      assert.ok(time.starts.length <= most);
      const total = (counts: readonly number[] = []) => counts.reduce((sum, count) => sum + count, 0);
      assert.equal(total(time.failures.get("timeout")), total(rows.map(({ timeout }) => timeout)));
      assert.equal(Math.max(...time.service.max as number[]), Math.max(...rows.map(({ max }) => max)));
      const known = time.queue.filter((value) => value !== null);
      if (known.length === time.queue.length) {
        assert.equal(
          Math.max(...known),
          Math.max(...rows.map(({ queue }) => queue)),
        );
      }
    }),
    { seed: 1 },
  );
});
