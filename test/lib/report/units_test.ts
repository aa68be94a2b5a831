import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fold, micros, percent, perSecond, share, span, sparkline } from "../../../lib/report/units.ts";

function table(show: (...numbers: number[]) => string, rows: readonly [...number[], string][]): void {
  for (const row of rows) {
    const numbers = row.slice(0, -1) as number[];
    assert.equal(show(...numbers), row.at(-1), `of ${numbers}`);
  }
}

test("micros shows three figures and a unit, rounded before the unit is chosen", () => {
  table(micros, [
    [0, "0 µs"],
    [0.4, "0 µs"],
    [312, "312 µs"],
    [999.4, "999 µs"],
    [999.6, "1.00 ms"],
    [1000, "1.00 ms"],
    [4213, "4.21 ms"],
    [9996, "10.0 ms"],
    [12_307, "12.3 ms"],
    [99_960, "100 ms"],
    [999_499, "999 ms"],
    [999_960, "1.00 s"],
    [1_900_400, "1.90 s"],
    [61_200_000, "61.2 s"],
    [999_600_000, "1,000 s"],
    [12_345_000_000, "12,300 s"],
  ]);
});

test("micros of more is never less, read back with its unit", () => {
  const units: Record<string, number> = { µs: 1, ms: 1e3, s: 1e6 };
  const read = (text: string) => Number(text.split(" ")[0].replaceAll(",", "")) * units[text.split(" ")[1]];
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (us) => {
      // Three figures above a millisecond, the nearest microsecond below.
      const off = Math.abs(read(micros(us)) - us);
      assert.ok(off <= Math.max(0.5, us * 0.00501), `${us} shown as ${micros(us)}`);
    }),
    { seed: 1, numRuns: 10_000 },
  );
});

test("percent never shows some as none, nor not all as all", () => {
  table(percent, [
    [0, "0 %"],
    [1, "100 %"],
    [0.5, "50.0 %"],
    [0.0004, "0.04 %"],
    [0.00000004, "under 0.0001 %"],
    [0.9996, "99.96 %"],
    [0.99999999, "over 99.9999 %"],
    [1.02, "102.0 %"],
  ]);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (part) => {
      assert.doesNotMatch(percent(part), /^(0|0\.0+|100|100\.0+) %$/);
    }),
    { seed: 1, numRuns: 10_000 },
  );
});

test("share of nothing is nothing", () => {
  table(share, [[0, 0, "0 %"], [4, 1000, "0.4 %"], [1000, 1000, "100 %"]]);
});

test("perSecond shows whole messages from a thousand on and small rates to three figures", () => {
  table(perSecond, [
    [0, "0/s"],
    [1 / 60, "0.0167/s"],
    [1, "1/s"],
    [9.996, "10/s"],
    [199.83, "199.8/s"],
    [200, "200/s"],
    [999.96, "1,000/s"],
    [61_728.4, "61,728/s"],
  ]);
});

test("span shows seconds, then minutes, then hours, carried over when rounded", () => {
  table(span, [
    [0, "0.0 s"],
    [59.94, "59.9 s"],
    [59.96, "1 min 00 s"],
    [125, "2 min 05 s"],
    [3599.6, "1 h 00 min"],
    [3900, "1 h 05 min"],
    [7199, "2 h 00 min"],
  ]);
});

test("sparkline draws nothing as a dot, and anything at all as a bar", () => {
  assert.equal(sparkline([0, 1, 1000], 10), "·▂█");
  assert.equal(sparkline([0, 0], 10), "··");
  assert.equal(sparkline([], 10), "");
});

test("sparkline is no longer than its width, and as long as its values if they fit", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 80 }), (values, width) => {
      assert.equal(sparkline(values, width).length, Math.min(values.length, width));
    }),
    { seed: 1 },
  );
});

test("fold keeps the mean of groups of the same size", () => {
  assert.deepEqual(fold([1, 2, 3, 4, 5, 6], 3), [1.5, 3.5, 5.5]);
  assert.deepEqual(fold([1, 2, 3], 2), [1, 2.5]);
  assert.deepEqual(fold([1, 2], 3), [1, 2]);
});
