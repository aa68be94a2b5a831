import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ArrivalQueue } from "../../../lib/load/arrival_queue.ts";
import { backoffMs, DEFAULT_BACKOFF } from "../../../lib/load/backoff.ts";
import { FreeLines } from "../../../lib/load/free_lines.ts";
import { ConstantPacer } from "../../../lib/load/pacer.ts";
import { needsConfirming, portWarning, staysHere } from "../../../lib/load/safety.ts";
import { parseStages, StagesPacer } from "../../../lib/load/stages.ts";
import { endsAt, plannedBy } from "../../../lib/load/stop_rule.ts";
import { connectionsReason, generatorVerdict, isLimited, stallReason } from "../../../lib/load/verdict.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";

const SEED = { seed: 20261122 };

describe("ConstantPacer", () => {
  test("ConstantPacer counts the arrivals before a time, not the one at it", () => {
    const pacer = new ConstantPacer(200);
    assert.deepEqual([0, 0.001, 5, 5.001, 1000].map((t) => pacer.dueBy(t)), [0, 1, 1, 2, 200]);
    assert.deepEqual([pacer.dueAt(0), pacer.dueAt(7)], [0, 35]);
    assert.equal(pacer.rateAt(123), 200);
  });

  test("ConstantPacer agrees with itself: arrival k is due by t exactly if it is due before t", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        (rate, t) => {
          const pacer = new ConstantPacer(rate);
          const due = pacer.dueBy(t);
          assert.ok(due === 0 || pacer.dueAt(due - 1) < t);
          assert.ok(pacer.dueAt(due) >= t);
        },
      ),
      { ...SEED, numRuns: 10_000 },
    );
  });

  test("ConstantPacer does not drift: after a day at 1,000/s it is exact", () => {
    assert.equal(new ConstantPacer(1000).dueBy(86_400_000), 86_400_000);
    assert.equal(new ConstantPacer(1000).dueAt(86_400_000), 86_400_000);
  });

  test("ConstantPacer refuses a rate that is none", () => {
    for (const rate of [0, -1, NaN, Infinity]) assert.throws(() => new ConstantPacer(rate), RangeError);
  });
});

describe("StopRule", () => {
  const pacer = new ConstantPacer(100);
  test("StopRule plans what falls due within the time and the count", () => {
    const cases: [number, number, number, number][] = [
      [2000, Infinity, 500, 50],
      [2000, Infinity, 99_999, 200],
      [Infinity, 30, 500, 30],
      [100, 30, 500, 10],
    ];
    for (const [durationMs, count, elapsed, planned] of cases) {
      assert.equal(plannedBy({ durationMs, count }, pacer, elapsed), planned);
    }
  });

  test("StopRule ends by time at its duration or where the schedule ends, whichever comes first", () => {
    const pacer = new StagesPacer(parseStages("2s@10,3s@20"));
    assert.equal(endsAt({ durationMs: Infinity, count: 5 }, pacer), 5000);
    assert.equal(endsAt({ durationMs: 4000, count: 5 }, pacer), 4000);
    assert.equal(endsAt({ durationMs: 4000, count: 5 }, null), 4000);
  });
});

describe("Backoff", () => {
  test("Backoff doubles with a jitter of half, up to its most, and is the same for the same seed", () => {
    for (let failures = 1; failures < 2000; failures += failures < 20 ? 1 : 500) {
      const plain = Math.min(10_000, 100 * 2 ** (failures - 1));
      const wait = backoffMs(DEFAULT_BACKOFF, failures, 7, 3);
      assert.ok(wait >= plain * 0.5 && wait < plain * 1.5, `${failures}: ${wait}`);
      assert.equal(wait, backoffMs(DEFAULT_BACKOFF, failures, 7, 3));
    }
    assert.notEqual(backoffMs(DEFAULT_BACKOFF, 1, 7, 3), backoffMs(DEFAULT_BACKOFF, 1, 7, 4));
  });

  test("Backoff by a list takes it as written, and repeats the last", () => {
    const list = { kind: "list", waitsMs: [2000, 3000, 4000] } as const;
    assert.deepEqual([1, 2, 3, 4, 9].map((failures) => backoffMs(list, failures, 0, 0)), [
      2000,
      3000,
      4000,
      4000,
      4000,
    ]);
  });
});

describe("ArrivalQueue", () => {
  test("ArrivalQueue does what a bounded list would do", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.array(fc.integer({ min: -900, max: 1200 })), (bound, steps) => {
        const queue = new ArrivalQueue(bound);
        const list: number[] = [];
        let k = 0;
        for (const step of steps) {
          for (let i = 0; i < step; i++, k++) {
            const fits = list.length < bound;
            if (fits) list.push(k);
            assert.equal(queue.push(k, k * 2), fits);
          }
          for (let i = 0; i > step; i--) {
            assert.equal(queue.headDueAt, list.length === 0 ? NaN : list[0] * 2);
            assert.equal(queue.shift(), list.shift() ?? -1);
          }
          assert.equal(queue.length, list.length);
        }
      }),
      { ...SEED, numRuns: 200 },
    );
  });
});

describe("FreeLines", () => {
  test("FreeLines gives lines in the order of their coming, each once", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(4)), { maxLength: 60 }), (steps) => {
        const free = new FreeLines(5);
        const list: number[] = [];
        for (const step of steps) {
          if (step === null) assert.equal(free.take(), list.shift() ?? -1);
          else {
            free.add(step);
            if (!list.includes(step)) list.push(step);
          }
          assert.equal(free.count, list.length);
        }
      }),
      SEED,
    );
  });
});

describe("the generator's verdict", () => {
  const figures = { lengthMs: 1000, lateness: { count: 100, p99: 1000 }, serviceP50: 2000, cpu: 0.3 };

  test("the generator was the limit when it was late by more than 5 ms and a tenth of the service time", () => {
    const late = (p99: number, serviceP50: number) =>
      isLimited({ ...figures, lateness: { count: 100, p99 }, serviceP50 });
    assert.deepEqual([late(5000, 1000), late(5001, 1000), late(9000, 90_000), late(9001, 90_000)], [
      false,
      true,
      false,
      true,
    ]);
    assert.equal(isLimited({ ...figures, lateness: { count: 99, p99: 99_000 } }), false);
  });

  test("the generator was the limit when it used more than 80 % of a core, for long enough to tell", () => {
    assert.deepEqual([0.8, 0.81].map((cpu) => isLimited({ ...figures, cpu })), [false, true]);
    assert.equal(isLimited({ ...figures, cpu: 2, lengthMs: 999 }), false);
  });

  test("the generator's verdict is one plain sentence", () => {
    assert.equal(generatorVerdict({ limitedSeconds: 0, seconds: 9, latenessP99: null, cpu: 1 }), "healthy");
    assert.equal(
      generatorVerdict({ limitedSeconds: 1, seconds: 900, latenessP99: null, cpu: 0.914 }),
      "generator was the limit for 1 % of the run (worst second: CPU 91 %); those seconds are marked",
    );
    assert.equal(
      generatorVerdict({ limitedSeconds: 0.4, seconds: 0.8, latenessP99: 8040, cpu: null }),
      "generator was the limit for 50 % of the run (worst second: late by p99 8 ms); those seconds are marked",
    );
  });

  test("the machine stalled if the generator was late, though the processor had time and the rate held", () => {
    const stalled = { limitedSeconds: 1, cpu: 0.09, gapMs: 246.3, asked: 200, achieved: 199 };
    assert.equal(
      stallReason(stalled),
      "this machine stalled for up to 246 ms; in those seconds service is the better guide",
    );
    assert.notEqual(stallReason({ ...stalled, cpu: null }), null);
    for (const changed of [{ limitedSeconds: 0 }, { cpu: 0.81 }, { achieved: 197 }, { asked: null }]) {
      assert.equal(stallReason({ ...stalled, ...changed }), null, Object.keys(changed)[0]);
    }
  });

  test("the connections were the limit only if there were too few by Little's law and something was left over", () => {
    const few = { asked: 500, peak: 500, achieved: 200, occupiedUs: 40_000, connections: 8, inFlight: 1, leftOver: 9 };
    assert.equal(connectionsReason(few), "500/s x 40 ms needs at least 20 connections; there were 8");
    assert.match(connectionsReason({ ...few, inFlight: 2 }) ?? "", /at least 10 connections with 2 in flight on each/);
    assert.equal(connectionsReason({ ...few, connections: 20 }), null);
    assert.equal(connectionsReason({ ...few, achieved: 500, leftOver: 0 }), null);
    // A load that rises needs connections for its highest rate.
    assert.match(connectionsReason({ ...few, peak: 900 }) ?? "", /^900\/s x 40 ms needs at least 36 connections/);
  });
});

describe("safety", () => {
  test("safety knows what stays on this machine", () => {
    const here = ["127.0.0.1:1", "127.9.8.7:1", "localhost:1", "[::1]:1", "tls://localhost:1", "unix:/tmp/x"];
    const there = ["10.0.0.1:1", "hl7.example.org:1", "tls://127.0.0.1.example.org:1", "[::2]:1"];
    assert.deepEqual([...here, ...there].filter((text) => staysHere(parseEndpoint(text))), here);
  });

  test("safety asks to confirm a closed loop and more than 100/s off this machine", () => {
    const away = parseEndpoint("10.0.0.1:2575");
    assert.equal(needsConfirming(away, 100), null);
    assert.match(needsConfirming(away, 100.5) ?? "", /100\.5\/s is more than 100\/s, and 10\.0\.0\.1 is not/);
    assert.match(needsConfirming(away, null) ?? "", /closed loop/);
    assert.equal(needsConfirming(parseEndpoint("127.0.0.1:2575"), null), null);
  });

  test("safety warns of a connection for each message that uses up the ports", () => {
    const here = parseEndpoint("127.0.0.1:2575");
    assert.equal(portWarning(here, 470), null);
    assert.match(portWarning(here, 500) ?? "", /30000 ports/);
    assert.notEqual(portWarning(here, null), null);
    assert.equal(portWarning(parseEndpoint("unix:/tmp/x"), null), null);
  });
});
