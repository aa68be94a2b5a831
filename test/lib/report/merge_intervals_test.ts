import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { IntervalRow } from "../../../lib/load/result.ts";
import { mergeIntervals } from "../../../lib/report/merge_intervals.ts";
import { interval } from "./runs.ts";

const SEED = { seed: 20261122, numRuns: 40 };

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
