import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BurstPacer, parseBurst } from "../../../lib/load/burst.ts";
import { Feed } from "../../../lib/load/feed.ts";
import { ConstantPacer } from "../../../lib/load/pacer.ts";
import { PoissonPacer } from "../../../lib/load/poisson.ts";
import { RateSearch } from "../../../lib/load/search.ts";
import { ShardedPacer } from "../../../lib/load/sharded.ts";
import { parseStages, StagesPacer } from "../../../lib/load/stages.ts";
import { parseThreshold } from "../../../lib/load/threshold.ts";
import { ack } from "../../peer.ts";
import { accepts, type Arrived, message, outcomes, type Receiver, Rig, silent, total } from "./rig.ts";

/** A receiver that answers nothing between two times of the rig's clock, and then all it was sent. */
function freezes(fromMs: number, toMs: number): Receiver {
  return ({ at, id, reply }) => reply(ack(id), at >= fromMs && at < toMs ? toMs - at : 1);
}

/** How many messages arrived between two times, counted from the first. */
function arrivedBetween(arrived: readonly Arrived[], fromMs: number, toMs: number): number {
  const began = arrived[0].at;
  return arrived.filter(({ at }) => at - began >= fromMs && at - began < toMs).length;
}

describe("Attack, the load models", () => {
  test("Attack by stages keeps steps and ramps, and ends with the last", async () => {
    const rig = new Rig(accepts(), { pacer: new StagesPacer(parseStages("2s@50,2s@50..150,1s@20")), connections: 8 });
    const run = await rig.play();
    assert.deepEqual([run.planned, run.outcomes.accepted, run.duration_s], [320, 320, 5]);
    assert.deepEqual(run.intervals.slice(0, 5).map(({ sent, asked }) => [sent, asked]), [
      [50, 50],
      [50, 50],
      [75, 75],
      [125, 125],
      [20, 20],
    ]);
    assert.deepEqual(run.rate, { asked: 64, achieved: 64 });
  });

  test("Attack by bursts sends each of them at once", async () => {
    const rig = new Rig(accepts(), {
      pacer: new BurstPacer(parseBurst("40/500ms")),
      durationMs: 2000,
      connections: 40,
    });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 160 });
    const times = new Set(rig.arrived.map(({ at }) => at - rig.arrived[0].at));
    assert.deepEqual([...times], [0, 500, 1000, 1500]);
  });

  test("Attack with Poisson arrivals sends the same at the same times for the same seed", async () => {
    const play = async (seed: number) => {
      const pacer = new PoissonPacer(new ConstantPacer(100), seed);
      const load = { kind: "constant", text: "100/s", arrivals: "poisson" } as const;
      const rig = new Rig(accepts(), { pacer, load, durationMs: 5000, connections: 20 });
      const run = await rig.play();
      assert.equal(run.outcomes.accepted, run.planned);
      assert.equal(run.rate.asked, run.rate.achieved);
      return rig.arrived.map(({ at }) => at).join();
    };
    const [first, again, other] = [await play(7), await play(7), await play(8)];
    assert.equal(first, again);
    assert.notEqual(first, other);
    const gaps = new Set(first.split(",").map(Number).map((at, i, all) => at - (all[i - 1] ?? at)));
    assert.ok(gaps.size > 20, `${gaps.size} different gaps`);
  });

  test("Attack with Poisson arrivals over stages ends with the last, between two ticks", async () => {
    const pacer = new PoissonPacer(new StagesPacer(parseStages("500ms@100,499.5ms@200")), 7);
    const run = await new Rig(accepts(), { pacer, connections: 20 }).play();
    assert.equal(run.duration_s, 0.9995);
    assert.ok(run.planned > 100 && run.outcomes.accepted === run.planned, `${run.planned}`);
  });

  test("Attack of one shard sends the messages whose numbers are its own, and all shards together every one", async () => {
    const ids: string[] = [];
    for (const index of [0, 1, 2]) {
      const pacer = new ShardedPacer(new ConstantPacer(90), index, 3);
      const rig = new Rig(accepts(), { pacer, shard: { index, of: 3 }, durationMs: 1000, connections: 4 });
      const run = await rig.play();
      assert.deepEqual([run.planned, run.shard], [30, { index, of: 3 }]);
      ids.push(...rig.arrived.map(({ id }) => id));
    }
    const alone = new Rig(accepts(), { rate: 90, durationMs: 1000, connections: 4 });
    await alone.play();
    assert.deepEqual(ids.sort(), alone.arrived.map(({ id }) => id).sort());
  });

  test("Attack searches for the highest rate at which an expression holds, and steers by it", async () => {
    // Four places of 20 ms each take 200 messages a second.
    const search = new RateSearch({ expression: parseThreshold("p99(response) < 100ms"), startRate: 50, stepMs: 2000 });
    const load = { kind: "search", text: search.expression.expr, arrivals: "regular" } as const;
    const pacer = new ConstantPacer(50);
    const run = await new Rig(accepts(19), { pacer, search, load, connections: 4, maxQueue: 5000 }).play();
    const found = run.search?.rate ?? 0;
    assert.ok(found > 180 && found < 212, `${found}: ${run.search?.verdict}`);
    assert.deepEqual(run.search?.steps.slice(0, 3).map(({ asked, holds }) => [asked, holds]), [
      [50, true],
      [100, true],
      [200, found >= 200],
    ]);
    assert.equal(total(run), run.planned);
    assert.deepEqual(run.steering, []);
  });
});

describe("Attack, catching up", () => {
  const stall = { rate: 100, durationMs: 6000, connections: 1, timeoutMs: 20_000 };

  test("Attack sends what a stall held back as soon as there is a connection", async () => {
    const rig = new Rig(freezes(1000, 3000), stall);
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 600 });
    assert.ok(arrivedBetween(rig.arrived, 3000, 3500) > 230, `${arrivedBetween(rig.arrived, 3000, 3500)}`);
  });

  test("Attack that catches up at twice the rate never sends more than that", async () => {
    const rig = new Rig(freezes(1000, 3000), { ...stall, catchUp: "2x", connections: 4 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 600 });
    for (let from = 0; from < 6000; from += 500) {
      assert.ok(arrivedBetween(rig.arrived, from, from + 500) <= 105, `from ${from} ms`);
    }
    // The two hundred that were late had gone out two seconds after the stall.
    assert.ok(run.intervals[5].queue === 0, JSON.stringify(run.intervals.map(({ queue }) => queue)));
  });

  test("Attack that catches up at twice the rate goes on in a stage without one, and in the drain", async () => {
    const stages = new StagesPacer(parseStages("1s@300,3s@0"));
    const quiet = await new Rig(accepts(10), { pacer: stages, catchUp: "2x" }).play();
    assert.deepEqual(outcomes(quiet), { accepted: 300 });
    const pacer = new StagesPacer(parseStages("1s@300"));
    const drained = await new Rig(accepts(5), { pacer, count: 300, catchUp: "2x", drainMs: 6000 }).play();
    assert.deepEqual(outcomes(drained), { accepted: 300 });
  });

  test("Attack that does not catch up drops what it could not send in time", async () => {
    const run = await new Rig(freezes(1000, 3000), { ...stall, catchUp: "none" }).play();
    assert.ok(Math.abs(run.outcomes.dropped - 190) <= 2, `${run.outcomes.dropped} dropped`);
    assert.equal(run.outcomes.accepted, 600 - run.outcomes.dropped);
    assert.ok((run.latency_us.lag?.max ?? Infinity) <= 102_000, `${run.latency_us.lag?.max}`);
  });
});

describe("Attack, before t0", () => {
  test("Attack warms up with numbers and statistics of its own", async () => {
    const rig = new Rig(({ ordinal, id, reply }) => reply(ack(id), ordinal < 50 ? 40 : 2), {
      rate: 50,
      durationMs: 1000,
      warmupMs: 1000,
      connections: 8,
    });
    const run = await rig.play();
    assert.deepEqual([run.planned, run.outcomes.accepted, rig.arrived.length], [50, 50, 100]);
    assert.equal(run.latency_us.service.max, 2000);
    assert.deepEqual([run.warmup?.planned, run.warmup?.outcomes.accepted], [50, 50]);
    assert.ok((run.warmup?.service.min ?? 0) >= 39_900);
    const alone = new Rig(accepts(), { rate: 50, durationMs: 1000 });
    await alone.play();
    assert.deepEqual(rig.arrived.slice(50).map(({ id }) => id), alone.arrived.map(({ id }) => id));
  });

  test("Attack does not let what the warm-up left unanswered into the run", async () => {
    const rig = new Rig(({ ordinal, id, reply }) => ordinal >= 10 && reply(ack(id), 2), {
      rate: 10,
      durationMs: 1000,
      warmupMs: 1000,
      connections: 20,
      timeoutMs: 60_000,
      drainMs: 500,
    });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 10 });
    assert.equal(run.warmup?.outcomes.unanswered, 10);
  });

  test("Attack that is stopped while it warms up has planned nothing", async () => {
    const rig = new Rig(accepts(), { rate: 100, durationMs: 1000, warmupMs: 1000 });
    const run = await rig.play({ 300: ({ attack }) => attack.stop("SIGINT") });
    assert.deepEqual([run.planned, total(run), run.interrupted], [0, 0, "SIGINT"]);
    assert.ok((run.warmup?.planned ?? 0) > 20);
  });

  test("Attack with a connection for each message does not send on one that the warm-up has used", async () => {
    const rig = new Rig(({ ordinal, id, reply }) => ordinal >= 2 && reply(ack(id)), {
      rate: 2,
      durationMs: 1000,
      warmupMs: 1000,
      connectionPerMessage: true,
      connections: 4,
      drainMs: 300,
      timeoutMs: 60_000,
    });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 2 });
    assert.equal(new Set(rig.arrived.map(({ connection }) => connection)).size, 4);
  });

  test("Attack that warms up before an agreed time is warm at that time, not long before", async () => {
    const startAtMs = new Date("2026-01-31T12:00:10Z").getTime();
    const rig = new Rig(accepts(), { rate: 10, durationMs: 1000, warmupMs: 1000, startAtMs });
    const run = await rig.play({
      5000: ({ attack }) => {
        const { phase, elapsed_s } = attack.snapshot();
        assert.deepEqual([phase, Math.round(elapsed_s * 10)], ["waiting", -35]);
      },
    });
    assert.ok(rig.arrived[0].at >= 8500 && rig.arrived[0].at < 8510, `${rig.arrived[0].at}`);
    assert.equal(run.outcomes.accepted, 10);
    assert.equal(run.warmup?.outcomes.accepted, 10);
  });

  test("Attack begins at the time that was agreed on", async () => {
    const startAtMs = new Date("2026-01-31T12:00:05Z").getTime();
    const rig = new Rig(accepts(), { rate: 10, count: 5, startAtMs });
    const run = await rig.play({
      3000: ({ attack }) => {
        const { phase, elapsed_s, planned } = attack.snapshot();
        assert.deepEqual([phase, Math.round(elapsed_s), planned], ["waiting", -2, 0]);
      },
    });
    assert.equal(run.started, "2026-01-31T12:00:05.000Z");
    assert.ok(Math.abs(rig.arrived[0].at - 5000) <= 1, `${rig.arrived[0].at}`);
    assert.deepEqual([run.planned, run.rate.achieved], [5, 10]);
  });

  test("Attack that comes late to the agreed time owns up to it in its lag", async () => {
    const startAtMs = new Date("2026-01-31T11:59:58Z").getTime();
    const run = await new Rig(accepts(), { rate: 10, count: 30, startAtMs, connections: 20 }).play();
    assert.equal(run.outcomes.accepted, 30);
    assert.ok(Math.abs((run.latency_us.lag?.max ?? 0) - 2_000_000) < 10_000, `${run.latency_us.lag?.max}`);
    assert.match(run.generator.reasons[0], /^t0 was 2s ago when the connections were ready/);
  });

  test("Attack opens its connections no faster than it was told", async () => {
    const opened: number[] = [];
    const rig: Rig = new Rig(accepts(), { rate: 10, count: 1, connections: 6, connectRate: 20 }, {}, () => {
      opened.push(rig.clock.now());
    });
    await rig.play();
    assert.equal(opened.length, 6);
    opened.forEach((at, i) => assert.ok(at >= i * 50 && at <= i * 50 + 3, `${i}: ${at}`));
  });
});

describe("Attack, by hand", () => {
  test("Attack goes faster, pauses and goes on, and the document says so", async () => {
    const rig = new Rig(accepts(), { rate: 100, durationMs: 4000, connections: 8 });
    const run = await rig.play({
      1000: ({ attack }) => attack.steer(2),
      2000: ({ attack }) => attack.steer(0),
      2500: ({ attack }) => assert.equal(attack.snapshot().speed, 0),
      3000: ({ attack }) => attack.steer(1),
    });
    const seconds = [0, 1000, 2000, 3000].map((from) => arrivedBetween(rig.arrived, from, from + 1000));
    seconds.forEach((count, i) => assert.ok(Math.abs(count - [100, 200, 0, 100][i]) <= 2, `${seconds}`));
    assert.deepEqual(run.steering?.map(({ speed }) => speed), [2, 0, 1]);
    assert.equal(total(run), run.planned);
    assert.ok(Math.abs((run.rate.asked ?? 0) - 100) < 1, `${run.rate.asked}`);
  });

  test("Attack without a rate can be paused too", async () => {
    const rig = new Rig(accepts(9), { rate: null, durationMs: 3000 });
    const run = await rig.play({ 1000: ({ attack }) => attack.steer(0), 2000: ({ attack }) => attack.steer(1) });
    assert.ok(arrivedBetween(rig.arrived, 1020, 1980) === 0 && arrivedBetween(rig.arrived, 2020, 2980) > 80);
    assert.deepEqual(run.steering?.map(({ at_s, speed }) => [Math.round(at_s), speed]), [[1, 0], [2, 1]]);
  });

  test("Attack steers its warm-up while that is on, and the run after it as planned", async () => {
    const rig = new Rig(accepts(), { rate: 100, durationMs: 1000, warmupMs: 1000, connections: 4 });
    const run = await rig.play({ 200: ({ attack }) => attack.steer(0), 800: ({ attack }) => attack.steer(1) });
    assert.ok(Math.abs((run.warmup?.planned ?? 0) - 40) <= 2, `${run.warmup?.planned}`);
    assert.deepEqual([run.planned, run.steering], [100, []]);
  });

  test("Attack of a search is not steered by hand", async () => {
    const search = new RateSearch({
      expression: parseThreshold("errors <= 0"),
      startRate: 10,
      maxRate: 20,
      stepMs: 1000,
    });
    const rig = new Rig(accepts(), { rate: 10, search, connections: 4 });
    const run = await rig.play({ 500: ({ attack }) => attack.steer(0) });
    assert.deepEqual([run.search?.rate, run.steering], [20, []]);
  });

  test("Attack hands out nothing while whoever is told of each message can take no more", async () => {
    let full = false;
    const rig = new Rig(accepts(), { rate: 100, durationMs: 2000, connections: 4 }, { isFull: () => full });
    const run = await rig.play({ 500: () => full = true, 1500: () => full = false });
    assert.deepEqual(outcomes(run), { accepted: 200 });
    assert.ok(arrivedBetween(rig.arrived, 510, 1490) === 0);
    assert.ok((run.latency_us.lag?.max ?? 0) > 900_000);
  });
});

describe("Attack, the order of messages", () => {
  /** Three patients' messages in turn; a patient's go one after the other. */
  function lanes(): Feed & { laneOf(k: number): number } {
    const feed = new Feed([message("|1"), message("|2"), message("|3")], { seed: 7 });
    return Object.assign(feed, { laneOf: (k: number) => k % 3 });
  }

  /** Whether each lane's messages arrived one after the other, each after the answer to the one before. */
  function check(arrived: readonly Arrived[], count: number): void {
    assert.equal(arrived.length, count);
    for (let lane = 0; lane < 3; lane++) {
      const own = arrived.filter(({ id }) => Number(id.slice(7)) % 3 === lane);
      const numbers = own.map(({ id }) => Number(id.slice(7)));
      assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
      assert.equal(new Set(own.map(({ connection }) => connection)).size, 1, "one connection a lane");
    }
  }

  /** Answers sooner or later, so that connections overtake each other. */
  const uneven: Receiver = ({ id, reply }) => reply(ack(id), 1 + (Number(id.slice(7)) * 7) % 30);

  test("Attack at a rate keeps the messages of a lane in order, on one connection", async () => {
    const rig = new Rig(uneven, { rate: 200, count: 300, connections: 3, messages: lanes() });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 300 });
    check(rig.arrived, 300);
  });

  test("Attack without a rate keeps them too, and sends each number once", async () => {
    const rig = new Rig(uneven, { rate: null, count: 300, connections: 3, messages: lanes() });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 300 });
    check(rig.arrived, 300);
  });

  test("Attack without a rate plans nothing that it only looked ahead at", async () => {
    const rig = new Rig(uneven, { rate: null, durationMs: 500, connections: 3, messages: lanes() });
    const run = await rig.play();
    assert.equal(run.planned, run.sent);
    assert.equal(total(run), run.planned);
    check(rig.arrived, run.planned);
  });

  test("Attack refuses what would break the order: more than one in flight, sent again after a timeout", () => {
    const plan = { messages: lanes(), inFlight: 4, onTimeout: "reconnect", retries: 1 } as const;
    assert.throws(() => new Rig(accepts(), plan), /^RangeError: Cannot keep the order of messages/);
    new Rig(accepts(), { ...plan, inFlight: 1 });
  });

  test("Attack whose receiver is silent settles what waits in lanes like any other", async () => {
    const run = await new Rig(silent, { rate: 30, durationMs: 1000, connections: 3, messages: lanes(), timeoutMs: 300 })
      .play();
    assert.equal(total(run), 30);
    assert.ok(run.outcomes.timeout > 0 && run.outcomes.unsent > 0, JSON.stringify(outcomes(run)));
  });
});
