import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BurstPacer, parseBurst } from "../../../lib/load/burst.ts";
import { ConstantPacer } from "../../../lib/load/pacer.ts";
import { PoissonPacer } from "../../../lib/load/poisson.ts";
import { shardCount, ShardedPacer } from "../../../lib/load/sharded.ts";
import { parseThreshold } from "../../../lib/load/threshold.ts";
import { accepts, Rig, silent } from "./rig.ts";

describe("Attack, what rates are made of", () => {
  test("Attack by bursts was asked for what fell due, not for the mean", async () => {
    const pacer = new BurstPacer(parseBurst("10/2s"));
    const load = { kind: "burst", text: "10/2s", arrivals: "regular" } as const;
    const run = await new Rig(accepts(), { pacer, load, durationMs: 3000, connections: 10 }).play();
    assert.deepEqual([run.planned, run.rate.asked, run.rate.achieved], [20, 6.667, 6.667]);
  });

  test("Attack with Poisson arrivals by count is asked for what it achieves when all is sent", async () => {
    const pacer = new PoissonPacer(new ConstantPacer(50), 3);
    const load = { kind: "constant", text: "50/s", arrivals: "poisson" } as const;
    const run = await new Rig(accepts(), { pacer, load, count: 20, connections: 10 }).play();
    assert.equal(run.outcomes.accepted, 20);
    assert.equal(run.rate.asked, run.rate.achieved);
  });

  test("Attack by count takes its rate over the time of sending, and says that there were too few connections", async () => {
    const load = { kind: "constant", text: "20/s", arrivals: "regular" } as const;
    const thresholds = [parseThreshold("rate < 99%")];
    const run = await new Rig(accepts(200), { rate: 20, count: 20, load, thresholds }).play();
    assert.deepEqual([run.sent, run.outcomes.accepted, run.rate.asked], [20, 20, 20]);
    // The last of 20 is sent 19 answers later.
    assert.ok(run.rate.achieved > 5 && run.rate.achieved < 5.4, `${run.rate.achieved}`);
    assert.equal(run.thresholds[0].pass, false);
    assert.match(run.generator.reasons.join(), /^20\/s x 200 ms needs at least 4 connections; there were 1$/);
    const enough = await new Rig(accepts(200), { rate: 20, count: 20, load, thresholds, connections: 5 }).play();
    assert.deepEqual([enough.rate.achieved, enough.thresholds[0].pass, enough.generator.reasons], [20, true, []]);
  });

  test("Attack of a shard by count achieves what it was asked for, whichever shard it is", async () => {
    const rates: (number | null)[][] = [];
    for (const index of [0, 1, 2, 3]) {
      const pacer = new ShardedPacer(new ConstantPacer(100), index, 4);
      const count = shardCount(10, { index, of: 4 });
      const run = await new Rig(accepts(), { pacer, shard: { index, of: 4 }, count, connections: 4 }).play();
      rates.push([run.planned, run.rate.asked, run.rate.achieved]);
    }
    assert.deepEqual(rates, [[3, 25, 25], [3, 25, 25], [2, 25, 25], [2, 25, 25]]);
    const idle = new ShardedPacer(new ConstantPacer(100), 3, 4);
    const run = await new Rig(accepts(), { pacer: idle, shard: { index: 3, of: 4 }, count: 0 }).play();
    assert.deepEqual([run.planned, run.rate], [0, { asked: 0, achieved: 0 }]);
  });

  test("Attack asks for nothing in intervals after the stop, and for part of what it was paused in", async () => {
    const rig = new Rig(accepts(1500), { rate: 10, durationMs: 2000, connections: 40 });
    const run = await rig.play({ 505: ({ attack }) => attack.steer(0), 1005: ({ attack }) => attack.steer(1) });
    // Half a second of the first, all but a moment of the second, and the drain.
    assert.deepEqual(run.intervals.slice(0, 4).map(({ asked }) => Math.round(asked ?? -1)), [5, 10, 0, 0]);
  });

  test("Attack is not ended by a rate threshold in seconds in which nothing was due", async () => {
    const thresholds = [parseThreshold("rate < 90% abort after 1s")];
    const slow = await new Rig(accepts(), { rate: 0.2, durationMs: 12_000, thresholds }).play();
    assert.deepEqual([slow.duration_s, slow.thresholds[0].pass], [12, true]);
    const pacer = new BurstPacer(parseBurst("10/3s"));
    const bursts = await new Rig(accepts(), { pacer, durationMs: 7000, connections: 10, thresholds }).play();
    assert.equal(bursts.duration_s, 7);
    const stuck = await new Rig(silent, { rate: 100, durationMs: 9000, timeoutMs: 60_000, thresholds }).play();
    assert.ok(stuck.duration_s < 4, `${stuck.duration_s}`);
  });
});
