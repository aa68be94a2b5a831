import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ConstantPacer, type Pacer } from "../../../lib/load/pacer.ts";
import { PoissonPacer } from "../../../lib/load/poisson.ts";
import { shardCount, ShardedPacer } from "../../../lib/load/sharded.ts";
import { parseStages, StagesPacer } from "../../../lib/load/stages.ts";
import { SteeredPacer } from "../../../lib/load/steered.ts";
import { agrees, stages } from "./schedules.ts";

const SEED = { seed: 20261122 };

describe("PoissonPacer", () => {
  test("PoissonPacer agrees with itself as time goes on, over a rate and over stages", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(new ConstantPacer(700), new StagesPacer(parseStages("2s@100,5s@100..900,1s@0,2s@50"))),
        fc.nat(),
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 30 }),
        (base, seed, steps) => {
          // Two of one seed: one is counted, of the other every arrival is asked for.
          const [counted, asked] = [new PoissonPacer(base, seed), new PoissonPacer(base, seed)];
          let [t, k] = [0, 0];
          for (const step of steps) {
            t += step;
            const due = counted.dueBy(t);
            for (; k < due; k++) assert.ok(asked.dueAt(k) < t);
            assert.ok(asked.dueAt(due) >= t);
          }
          assert.ok(counted.dueBy(t) === 0 || counted.dueAt(k - 1) < t);
        },
      ),
      { ...SEED, numRuns: 100 },
    );
  });

  test("PoissonPacer keeps the rate, and scatters as independent arrivals do", () => {
    const pacer = new PoissonPacer(new ConstantPacer(1000), 7);
    const counts: number[] = [];
    for (let second = 1, before = 0; second <= 200; second++) {
      const due = pacer.dueBy(second * 1000);
      counts.push(due - before);
      before = due;
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
    assert.ok(Math.abs(mean - 1000) < 10, `${mean}`);
    // Of such a process the variance is the mean; of an even one it would be 0.
    assert.ok(variance > 700 && variance < 1400, `${variance}`);
  });

  test("PoissonPacer follows a ramp, and ends where it ends", () => {
    const pacer = new PoissonPacer(new StagesPacer(parseStages("10s@0..2000")), 3);
    const half = pacer.dueBy(5000);
    const whole = pacer.dueBy(10_000);
    assert.ok(Math.abs(half - 2500) < 250 && Math.abs(whole - 10_000) < 500, `${half} ${whole}`);
    assert.deepEqual([pacer.dueBy(99_000), pacer.dueAt(whole), pacer.dueAt(whole + 5)], [whole, Infinity, Infinity]);
    assert.deepEqual([pacer.endsAt, pacer.rateAt(5000), pacer.meanRate(5000)], [10_000, 1000, 500]);
  });

  test("PoissonPacer draws the same for the same seed, and another for another", () => {
    const first = (seed: number) =>
      [0, 1, 2].map((k, _, __, pacer = new PoissonPacer(new ConstantPacer(9), seed)) => pacer.dueAt(k));
    assert.deepEqual(first(5), first(5));
    assert.notDeepEqual(first(5), first(6));
  });

  test("PoissonPacer does not look back", () => {
    const pacer = new PoissonPacer(new ConstantPacer(100), 7);
    pacer.dueBy(1000);
    pacer.dueAt(3);
    assert.equal(pacer.dueAt(3), pacer.dueAt(3));
    assert.throws(() => pacer.dueAt(2), /Cannot tell when arrival 2 was due after 3 was asked for/);
    assert.throws(() => pacer.dueBy(999), /Cannot count arrivals before 999 ms after 1000 ms/);
  });
});

describe("ShardedPacer", () => {
  test("ShardedPacer of all shards together is the whole, message by message", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        stages,
        fc.double({ min: 0, max: 1.1, noNaN: true }),
        (of, all, part) => {
          const whole = new StagesPacer(all);
          const t = whole.endsAt * part;
          const shards = Array.from({ length: of }, (_, index) => new ShardedPacer(whole, index, of));
          for (const shard of shards) agrees(shard, t);
          assert.equal(shards.reduce((sum, shard) => sum + shard.dueBy(t), 0), whole.dueBy(t));
          for (let k = 0; k < 20; k++) assert.equal(shards[k % of].dueAt(Math.floor(k / of)), whole.dueAt(k));
        },
      ),
      { ...SEED, numRuns: 500 },
    );
  });

  test("ShardedPacer of a random schedule shares one draw of it", () => {
    const whole = new PoissonPacer(new ConstantPacer(100), 7);
    const shards = [0, 1, 2].map((index) => new ShardedPacer(new PoissonPacer(new ConstantPacer(100), 7), index, 3));
    for (let k = 0; k < 300; k++) assert.equal(shards[k % 3].dueAt(Math.floor(k / 3)), whole.dueAt(k));
  });

  test("ShardedPacer asks for its share of the rate, and ends with the whole", () => {
    const pacer = new ShardedPacer(new StagesPacer(parseStages("10s@100")), 3, 4);
    assert.deepEqual([pacer.rateAt(0), pacer.meanRate(500), pacer.endsAt], [25, 25, 10_000]);
  });

  test("ShardedPacer refuses a place that is none", () => {
    for (const [index, of] of [[1, 1], [-1, 2], [0, 0], [0.5, 2], [0, 1.5]]) {
      assert.throws(() => new ShardedPacer(new ConstantPacer(1), index, of), RangeError);
    }
  });

  test("shardCount splits a count without loss", () => {
    for (const count of [0, 1, 2, 10, 11]) {
      assert.equal([0, 1, 2].reduce((sum, index) => sum + shardCount(count, { index, of: 3 }), 0), count);
    }
    assert.equal(shardCount(Infinity, { index: 2, of: 3 }), Infinity);
  });
});

describe("SteeredPacer", () => {
  test("SteeredPacer that was never steered is its base, to the last bit", () => {
    fc.assert(
      fc.property(stages, fc.double({ min: 0, max: 1.1, noNaN: true }), (all, part) => {
        const base = new StagesPacer(all);
        const steered = new SteeredPacer(base);
        const t = base.endsAt * part;
        const k = base.dueBy(t);
        const of = (pacer: Pacer) => [pacer.endsAt, pacer.dueBy(t), pacer.dueAt(k), pacer.rateAt(t), pacer.meanRate(t)];
        assert.deepEqual(of(steered), of(base));
      }),
      { ...SEED, numRuns: 2000 },
    );
  });

  test("SteeredPacer agrees with itself however it is steered, and the past keeps its times", () => {
    const speed = fc.oneof(
      fc.constantFrom(0, 0.1, 0.5, 1, 1.1, 2, 10),
      fc.double({ min: 1e-3, max: 1000, noNaN: true }),
    );
    const change = fc.record({ after: fc.double({ min: 0, max: 5000, noNaN: true }), speed });
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 20_000, noNaN: true }),
        fc.array(change, { maxLength: 12 }),
        fc.double({ min: 0, max: 3000, noNaN: true }),
        (perSecond, changes, more) => {
          const pacer = new SteeredPacer(new ConstantPacer(perSecond));
          const past: [number, number][] = [];
          let t = 0;
          for (const { after, speed } of changes) {
            t += after;
            agrees(pacer, t);
            const due = pacer.dueBy(t);
            pacer.setSpeed(speed, t);
            assert.equal(pacer.dueBy(t), due);
            agrees(pacer, t);
            if (due > 0) past.push([due - 1, pacer.dueAt(due - 1)]);
            if (speed === 0) assert.equal(pacer.dueAt(due), Infinity);
          }
          agrees(pacer, t + more);
          for (const [k, at] of past) assert.equal(pacer.dueAt(k), at);
        },
      ),
      { ...SEED, numRuns: 3000 },
    );
  });

  test("SteeredPacer pauses and goes on where it was, its end put off", () => {
    const pacer = new SteeredPacer(new StagesPacer(parseStages("10s@10")));
    pacer.setSpeed(0, 4050);
    assert.deepEqual([pacer.dueBy(9000), pacer.dueAt(40), pacer.dueAt(41), pacer.endsAt], [
      41,
      4000,
      Infinity,
      Infinity,
    ]);
    assert.deepEqual([pacer.rateAt(5000), pacer.speed], [0, 0]);
    pacer.setSpeed(1, 6050);
    assert.ok(Math.abs(pacer.dueAt(41) - 6100) < 1e-6 && Math.abs(pacer.endsAt - 12_000) < 1e-6);
    assert.equal(pacer.dueAt(100), Infinity);
    assert.ok(Math.abs(pacer.meanRate(12_000) - 100 / 12) < 1e-9);
  });

  test("SteeredPacer goes faster and slower from now on", () => {
    const pacer = new SteeredPacer(new ConstantPacer(100));
    pacer.setSpeed(2, 1000);
    pacer.setSpeed(0.5, 2000);
    assert.deepEqual([1000, 2000, 3000].map((t) => pacer.dueBy(t)), [100, 300, 350]);
    assert.deepEqual([500, 1500, 2500].map((t) => pacer.rateAt(t)), [100, 200, 50]);
    assert.equal(pacer.meanRate(2000), 150);
    assert.equal(pacer.dueAt(200), 1500);
  });

  test("SteeredPacer keeps its changes: those that are some, the last thousand", () => {
    const pacer = new SteeredPacer(new ConstantPacer(100));
    pacer.setSpeed(1, 10);
    assert.equal(pacer.changes.length, 0);
    pacer.setSpeed(2, 1500.25);
    pacer.setSpeed(3, 1500.25);
    assert.deepEqual(pacer.changes, [{ at_s: 1.5, speed: 2 }, { at_s: 1.5, speed: 3 }]);
    for (let i = 0; i < 3000; i++) pacer.setSpeed(i % 2 + 1, 2000 + i);
    assert.deepEqual([pacer.changes.length, pacer.changes[999].speed], [1000, 2]);
    agrees(pacer, 6000);
    assert.throws(() => pacer.setSpeed(-1, 0), RangeError);
    assert.throws(() => pacer.setSpeed(Infinity, 0), RangeError);
  });

  test("SteeredPacer steers a shard of a random schedule, asked forward only", () => {
    const pacer = new SteeredPacer(new ShardedPacer(new PoissonPacer(new ConstantPacer(2000), 7), 1, 2));
    let k = 0;
    for (let t = 0; t <= 3000; t++) {
      if (t === 1000) pacer.setSpeed(0, t);
      if (t === 2000) pacer.setSpeed(2, t);
      const due = pacer.dueBy(t);
      for (; k < due; k++) {
        const at = pacer.dueAt(k);
        assert.ok(at < t && at >= t - 1 - 1e-9, `${k} at ${at}, ${t}`);
      }
    }
    assert.ok(Math.abs(k - 3000) < 250, `${k}`);
  });
});
