import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { BurstPacer, parseBurst } from "../../../lib/load/burst.ts";
import { ConstantPacer } from "../../../lib/load/pacer.ts";
import { parseStages, type Stage, StagesPacer } from "../../../lib/load/stages.ts";
import { agrees, stages } from "./schedules.ts";

const SEED = { seed: 20261122 };

describe("parseStages", () => {
  test("parseStages reads steps, ramps, rests and rates with units", () => {
    assert.deepEqual(parseStages("30s@50, 2m@50..500 ,1m30s@0,10s@6/m..0"), [
      { durationMs: 30_000, from: 50, to: 50 },
      { durationMs: 120_000, from: 50, to: 500 },
      { durationMs: 90_000, from: 0, to: 0 },
      { durationMs: 10_000, from: 0.1, to: 0 },
    ]);
  });

  test("parseStages names the place and what was wanted there", () => {
    const cases: [string, RegExp][] = [
      ["", /at character 1 found nothing, wanted DURATION@RATE or/],
      ["30s", /at character 1 found '30s', wanted DURATION@RATE or/],
      ["30s@50,", /at character 8 found nothing, wanted DURATION@RATE or/],
      ["30s@50, 2m", /at character 9 found '2m', wanted DURATION@RATE or/],
      ["30s@50,2x@50", /at character 8 found '2x', wanted a duration above 0, such as 30s$/],
      ["0s@50", /at character 1 found '0s', wanted a duration above 0/],
      ["30s@fast", /at character 5 found 'fast', wanted a rate, such as 50, 6\/m or 0$/],
      ["30s@50..", /at character 9 found nothing, wanted a rate/],
      ["30s@50..x", /at character 9 found 'x', wanted a rate/],
      ["30s@1..2..3", /at character 8 found '2..3', wanted a rate/],
      ["1s@2@3", /at character 1 found '1s@2@3', wanted DURATION@RATE/],
      ["10s@0,5s@0..0/m", /found the rate 0 alone, wanted one above 0$/],
    ];
    for (const [text, wanted] of cases) {
      assert.throws(() => parseStages(text), (error: Error) => {
        assert.ok(error instanceof RangeError);
        assert.match(error.message, wanted);
        return true;
      }, text);
    }
    assert.throws(() => parseStages(Array(1001).fill("1s@1").join()), /Cannot keep 1001 stages: wanted at most 1000/);
  });
});

describe("StagesPacer", () => {
  test("StagesPacer of one even stage is that constant rate, with an end", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-2, max: 1e5, noNaN: true }), fc.nat(10_000_000), (perSecond, k) => {
        const pacer = new StagesPacer([{ durationMs: 1e12, from: perSecond, to: perSecond }]);
        assert.equal(pacer.dueAt(k), new ConstantPacer(perSecond).dueAt(k));
        assert.equal(pacer.meanRate(k), perSecond);
      }),
      { ...SEED, numRuns: 2000 },
    );
  });

  test("StagesPacer agrees with itself: arrival k is due by t exactly if it is due before t", () => {
    fc.assert(
      fc.property(stages, fc.double({ min: 0, max: 1.1, noNaN: true }), (all, part) => {
        const pacer = new StagesPacer(all);
        agrees(pacer, pacer.endsAt * part);
        for (let end = 0, i = 0; i < all.length; i++) agrees(pacer, end += all[i].durationMs);
      }),
      { ...SEED, numRuns: 5000 },
    );
  });

  test("StagesPacer never goes back, in fractions of an arrival either", () => {
    fc.assert(
      fc.property(
        stages,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (all, part, more) => {
          const pacer = new StagesPacer(all);
          // No draw is closer to 0 than 2^-32.
          const k = 2 ** -32 + pacer.dueBy(pacer.endsAt) * part;
          // The last bit of a quotient may go either way.
          assert.ok(pacer.dueAt(k + more) >= pacer.dueAt(k) * (1 - 1e-15));
        },
      ),
      { ...SEED, numRuns: 5000 },
    );
  });

  test("StagesPacer carries the fraction of an arrival across a boundary", () => {
    // 2.5 arrivals in the first stage: the third comes half a distance into the second.
    const pacer = new StagesPacer(parseStages("2500ms@1,5s@2"));
    assert.deepEqual([0, 1, 2, 3, 4].map((k) => pacer.dueAt(k)), [0, 1000, 2000, 2750, 3250]);
    assert.equal(pacer.dueBy(7500), 13);
  });

  test("StagesPacer ramps by the formula, up and down", () => {
    const up = new StagesPacer(parseStages("10s@0..100"));
    assert.deepEqual([0, 5, 125, 499.99].map((k) => Math.round(up.dueAt(k))), [0, 1000, 5000, 9999 + 1]);
    const down = new StagesPacer(parseStages("10s@100..0"));
    assert.deepEqual([up.dueBy(10_000), down.dueBy(10_000), down.dueBy(5000)], [500, 500, 375]);
    assert.ok(Math.abs(down.dueAt(495) - 9000) < 1e-6);
    const slight = new StagesPacer([{ durationMs: 3_600_000, from: 1000, to: 1000 + 1e-9 }]);
    assert.ok(Math.abs(slight.dueAt(1_000_000) - 1_000_000) < 1e-3);
  });

  test("StagesPacer sends whole counts of whole stages, however the rate is written", () => {
    const cases: [string, number][] = [
      ["30s@6/m", 3],
      ["5s@200", 1000],
      ["3s@0.1,7s@0.1", 1],
      ["10s@1/m,50s@1/m", 1],
      ["30s@50,2m@50..500,30s@500", 1500 + 33_000 + 15_000],
      ["24h@1000", 86_400_000],
      ["1s@3.3,1s@3.3,1s@3.4", 10],
    ];
    for (const [text, total] of cases) {
      const pacer = new StagesPacer(parseStages(text));
      assert.equal(pacer.dueBy(pacer.endsAt), total, text);
      assert.equal(pacer.dueBy(pacer.endsAt * 2), total, text);
      assert.equal(pacer.dueAt(total), Infinity, text);
    }
  });

  test("StagesPacer rests where the rate is 0, and ends with its last stage", () => {
    const pacer = new StagesPacer(parseStages("10s@1,20s@0,10s@1,5s@0"));
    assert.deepEqual([9, 10, 19, 20].map((k) => pacer.dueAt(k)), [9000, 30_000, 39_000, Infinity]);
    assert.deepEqual([10_000, 30_000, 30_001].map((t) => pacer.dueBy(t)), [10, 10, 11]);
    assert.equal(pacer.endsAt, 45_000);
  });

  test("StagesPacer tells the rate at a time, and the mean so far", () => {
    const pacer = new StagesPacer(parseStages("10s@0..100,10s@20"));
    assert.deepEqual([-1, 0, 2500, 9999.9999, 10_000, 19_999, 20_000].map((t) => Math.round(pacer.rateAt(t))), [
      0,
      0,
      25,
      100,
      20,
      20,
      0,
    ]);
    assert.deepEqual([0, 5000, 10_000, 20_000, 40_000].map((t) => pacer.meanRate(t)), [0, 25, 50, 35, 17.5]);
  });

  test("StagesPacer refuses what is no schedule", () => {
    const even = (durationMs: number, from: number): Stage => ({ durationMs, from, to: 1 });
    for (
      const wrong of [[], [even(0, 1)], [even(Infinity, 1)], [even(1, -1)], [even(1, NaN)], [{
        durationMs: 5,
        from: 0,
        to: 0,
      }]]
    ) {
      assert.throws(() => new StagesPacer(wrong), RangeError);
    }
  });
});

describe("BurstPacer", () => {
  test("BurstPacer sends each burst at once, the first at t0", () => {
    const pacer = new BurstPacer(parseBurst("3/10s"));
    assert.deepEqual([0, 2, 3, 5, 6].map((k) => pacer.dueAt(k)), [0, 0, 10_000, 10_000, 20_000]);
    assert.deepEqual([0, 0.001, 10_000, 10_000.001].map((t) => pacer.dueBy(t)), [0, 3, 3, 6]);
    assert.deepEqual([pacer.rateAt(5), pacer.meanRate(5), pacer.endsAt], [0.3, 0.3, Infinity]);
  });

  test("BurstPacer agrees with itself", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0.1, max: 1e5, noNaN: true }),
        fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.nat(50)),
        (size, everyMs, t) => agrees(new BurstPacer({ size, everyMs }), Number.isInteger(t) ? t * everyMs : t),
      ),
      { ...SEED, numRuns: 5000 },
    );
  });

  test("BurstPacer and its text refuse what is no burst", () => {
    for (const text of ["", "200", "200/", "/10s", "0/10s", "200/0s", "1.5/1s", "200/10", "200/10s/2"]) {
      assert.throws(() => parseBurst(text), {
        name: "RangeError",
        message: `Cannot read '${text}' as a burst: wanted COUNT/DURATION, such as 200/10s`,
      });
    }
    assert.throws(() => new BurstPacer({ size: 0.5, everyMs: 1 }), RangeError);
    assert.throws(() => new BurstPacer({ size: 1, everyMs: 0 }), RangeError);
  });
});
