import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SearchResult } from "../../../lib/load/result.ts";
import { RateSearch, type SearchPlan } from "../../../lib/load/search.ts";
import { Tally } from "../../../lib/load/tally.ts";
import { parseThreshold } from "../../../lib/load/threshold.ts";
import { RandomStream } from "../../../lib/random.ts";

/** A target that answers so many a second at most, after a time that grows as it gets full; and the generator before it. */
interface Target {
  /** Messages per second. */
  readonly capacity: number;
  /** Milliseconds, of an idle target. */
  readonly serviceMs?: number;
  /** By how much of it a latency is off at most, by chance. */
  readonly noise?: number;
  /** From this rate on the generator is the limit, always or in the seconds named. */
  readonly limitedFrom?: number;
  readonly limitedSeconds?: readonly number[];
  /** How many messages wait at most; the rest are dropped. */
  readonly maxQueue?: number;
  /** Answers nothing. */
  readonly silent?: boolean;
  /** Every message is refused from this rate on. */
  readonly refusesFrom?: number;
}

interface Played {
  readonly result: SearchResult;
  /** The rate that was asked for in each second. */
  readonly asked: number[];
}

/** Plays a search against a target, second by second, at most as many as given. */
function play(plan: Omit<SearchPlan, "expression"> & { expr?: string }, target: Target, most = 600): Played {
  const { capacity, serviceMs = 10, noise = 0, limitedFrom = Infinity, maxQueue = 100_000 } = target;
  const search = new RateSearch({ ...plan, expression: parseThreshold(plan.expr ?? "p99(response) < 50ms") });
  const random = new RandomStream(7);
  const asked: number[] = [];
  let [rate, queue] = [search.startRate, 0];
  for (let second = 1; !search.done && second <= most; second++) {
    asked.push(rate);
    const tally = new Tally();
    tally.planned = Math.round(rate);
    const waited = queue;
    const dropped = Math.max(0, queue + tally.planned - maxQueue - capacity);
    tally.outcomes.dropped = dropped;
    tally.sent = target.silent ? 0 : Math.min(queue + tally.planned - dropped, capacity);
    queue += tally.planned - dropped - tally.sent;
    const refused = rate >= (target.refusesFrom ?? Infinity);
    tally.outcomes[refused ? "error" : "accepted"] = tally.sent;
    const fullness = Math.min(0.999, rate / capacity);
    for (let k = 0; k < Math.min(200, tally.sent); k++) {
      const ms = serviceMs / (1 - fullness) * (1 + noise * (random.next() * 2 - 1)) + waited / capacity * 1000;
      tally.answer(refused ? "AE" : "AA", ms * 1000, ms * 1000);
    }
    const limited = rate >= limitedFrom || (target.limitedSeconds ?? []).includes(second);
    rate = search.feed({
      endMs: second * 1000,
      lengthMs: 1000,
      tally,
      limited,
      queue,
      inFlight: target.silent ? 3 : 0,
    });
  }
  return { result: search.result(), asked };
}

const rates = ({ steps }: SearchResult) => steps.map(({ asked }) => asked);

describe("RateSearch", () => {
  test("RateSearch finds the highest rate at which a latency holds, within 5 %", () => {
    // 10 ms / (1 - rate / 1000) is 50 ms at 800/s.
    const { result } = play({ startRate: 10 }, { capacity: 1000 });
    assert.ok(result.rate !== null && result.rate >= 760 && result.rate < 800, `${result.rate}`);
    assert.deepEqual(rates(result).slice(0, 8), [10, 20, 40, 80, 160, 320, 640, 1280]);
    const held = result.steps.filter(({ holds }) => holds).map(({ asked }) => asked);
    const failed = result.steps.filter(({ holds }) => !holds).map(({ asked }) => asked);
    assert.equal(Math.max(...held), result.rate);
    assert.ok(Math.min(...failed) > result.rate && Math.min(...failed) <= result.rate * 1.05);
    assert.equal(
      result.verdict,
      `'p99(response) < 50ms' holds at ${result.rate}/s, and not at ${Math.min(...failed)}/s`,
    );
    assert.equal(result.expr, "p99(response) < 50ms");
  });

  test("RateSearch finds about the same where latencies scatter", () => {
    for (const capacity of [37, 900, 20_000]) {
      const { result } = play({ startRate: 1 }, { capacity, noise: 0.1 });
      assert.ok(
        result.rate !== null && result.rate > capacity * 0.7 && result.rate < capacity * 0.82,
        `${capacity}: ${result.rate}`,
      );
    }
  });

  test("RateSearch measures each rate for its time behind a second to settle, and pauses after a queue", () => {
    const { result, asked } = play({ startRate: 400, stepMs: 3000 }, { capacity: 1000, serviceMs: 1 });
    // 400 holds, 800 holds, 1600 overflows in its third second (600 a second stay behind), and is then waited for.
    assert.deepEqual(asked.slice(0, 14), [400, 400, 400, 400, 800, 800, 800, 800, 1600, 1600, 1600, 0, 0, 1200]);
    const [first, second, third] = result.steps;
    assert.deepEqual([first.start_s, first.duration_s, second.start_s, second.duration_s], [1, 3, 5, 3]);
    assert.deepEqual([third.start_s, third.duration_s, third.asked, third.achieved], [9, 2, 1600, 1000]);
    assert.equal(third.why, "2000 of 3200 messages that fell due were sent");
    assert.deepEqual([first.why, first.holds, first.achieved], ["", true, 400]);
  });

  test("RateSearch says so where it holds at no rate", () => {
    const slow = play({ startRate: 8 }, { capacity: 1000, serviceMs: 80 }).result;
    assert.equal(slow.rate, null);
    assert.deepEqual(rates(slow), [8, 4, 2, 1]);
    assert.equal(slow.verdict, "'p99(response) < 50ms' does not hold, not even at 1/s");
    assert.deepEqual(slow.steps.map(({ why, holds }) => [why, holds]), Array(4).fill(["", false]));
    assert.ok((slow.steps[3].value ?? 0) > 80_000);
  });

  test("RateSearch from a rate that does not hold goes down until one does, and back up", () => {
    const { result } = play({ startRate: 4000 }, { capacity: 1000 });
    assert.deepEqual(rates(result).slice(0, 4), [4000, 2000, 1000, 500]);
    assert.ok(result.rate !== null && result.rate >= 760 && result.rate < 800, `${result.rate}`);
  });

  test("RateSearch stops at the most that is to be tried", () => {
    const { result } = play({ startRate: 100, maxRate: 350 }, { capacity: 1e6 });
    assert.deepEqual([rates(result), result.rate], [[100, 200, 350], 350]);
    assert.equal(result.verdict, "'p99(response) < 50ms' holds at 350/s, the most that was to be tried");
  });

  test("RateSearch ends where the generator is the limit twice, with a lower bound", () => {
    const { result, asked } = play({ startRate: 100 }, { capacity: 1e6, limitedFrom: 700 });
    assert.deepEqual([rates(result), result.rate], [[100, 200, 400, 800, 800], 400]);
    assert.equal(result.steps[4].why, "the generator was the limit");
    assert.equal(
      result.verdict,
      "'p99(response) < 50ms' holds at 400/s; at 800/s the generator was the limit, so the target may take more",
    );
    assert.equal(asked.length, 30);
    const nothing = play({ startRate: 100 }, { capacity: 1e6, limitedFrom: 1 }).result;
    assert.equal(nothing.rate, null);
    assert.match(nothing.verdict, /^it is not known whether .* holds; at 100\/s the generator was the limit/);
  });

  test("RateSearch tries a rate once more when the generator was the limit in it", () => {
    const { result } = play({ startRate: 100, maxRate: 400 }, { capacity: 1e6, limitedSeconds: [10, 23] });
    assert.deepEqual([rates(result), result.rate], [[100, 200, 200, 400, 400], 400]);
  });

  test("RateSearch takes no dropped message, and does not wait for more", () => {
    const { result, asked } = play({ startRate: 1500, expr: "errors < 99%" }, { capacity: 1000, maxQueue: 100 });
    assert.deepEqual([result.steps[0].holds, result.steps[0].duration_s], [false, 1]);
    assert.match(result.steps[0].why, /^400 messages were dropped; /);
    assert.deepEqual(asked.slice(0, 3), [1500, 0, 750]);
    assert.ok(result.rate !== null && result.rate > 950 && result.rate <= 1010, `${result.rate}`);
  });

  test("RateSearch searches by errors and by the rate too", () => {
    const errors = play({ startRate: 100, expr: "errors < 1%" }, { capacity: 1e6, refusesFrom: 500 }).result;
    assert.ok(errors.rate !== null && errors.rate >= 475 && errors.rate < 500, `${errors.rate}`);
    assert.equal(errors.steps[3].value, 1);
    const rate = play({ startRate: 100, expr: "rate >= 99%" }, { capacity: 1000 }).result;
    assert.ok(rate.rate !== null && rate.rate >= 950 && rate.rate <= 1010, `${rate.rate}`);
  });

  test("RateSearch does not take for true what nothing was measured of", () => {
    for (const expr of ["p99(response) < 50ms", "errors < 1%"]) {
      const { result, asked } = play({ startRate: 2, expr }, { capacity: 1000, silent: true });
      assert.equal(result.rate, null);
      assert.match(result.steps[0].why, /nothing was measured$/);
      assert.equal(result.steps[0].value, null);
      // What is never answered is waited for in bounded time.
      assert.match(result.verdict, /what was sent at 2\/s was not answered within 30s$/);
      assert.equal(asked.length, 36);
    }
  });

  test("RateSearch that is cut short tells how far it came", () => {
    const cut = play({ startRate: 100 }, { capacity: 1000 }, 20).result;
    assert.equal(cut.rate, 400);
    assert.equal(cut.verdict, "'p99(response) < 50ms' holds at 400/s; the run ended before the search did");
    const atOnce = play({ startRate: 100 }, { capacity: 1000 }, 3).result;
    assert.match(atOnce.verdict, /^it is not known whether .*; the run ended before/);
  });

  test("RateSearch asks for nothing when it is done, and sums up on the way", () => {
    const search = new RateSearch({ expression: parseThreshold("errors < 1%"), startRate: 0.1, maxRate: 0.1 });
    assert.equal(search.summary, "trying 6/m");
    const answers: number[] = [];
    for (let endMs = 1000; !search.done; endMs += 1000) {
      const tally = new Tally();
      tally.planned = tally.sent = tally.outcomes.accepted = endMs === 3000 ? 1 : 0;
      answers.push(search.feed({ endMs, lengthMs: 1000, tally, limited: false, queue: 0, inFlight: 0 }));
    }
    assert.deepEqual(answers, [0.1, 0.1, 0.1, 0.1, 0.1, 0]);
    assert.equal(search.summary, "done, holds at 6/m");
  });

  test("RateSearch refuses a plan that cannot be", () => {
    const expression = parseThreshold("errors < 1%");
    for (
      const wrong of [{ startRate: 0 }, { startRate: NaN }, { startRate: 5, maxRate: 4 }, {
        startRate: 5,
        maxRate: Infinity,
      }, { startRate: 5, stepMs: 999 }]
    ) {
      assert.throws(() => new RateSearch({ expression, ...wrong }), RangeError);
    }
  });
});
