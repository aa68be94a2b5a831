import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock, VirtualClock } from "../../lib/clock.ts";

test("VirtualClock stands still until it is moved", () => {
  const clock = new VirtualClock(new Date("2026-01-31T23:59:59Z"));
  assert.equal(clock.now(), 0);
  assert.equal(clock.date().toISOString(), "2026-01-31T23:59:59.000Z");
  clock.advance(1500);
  assert.equal(clock.now(), 1500);
  assert.equal(clock.date().toISOString(), "2026-02-01T00:00:00.500Z");
});

test("VirtualClock fires timers in order of time, then of making, each at its own time", () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  const set = (at: number, name: string) => clock.schedule(at, () => fired.push(`${name} ${clock.now()}`));
  set(30, "a");
  set(10, "b");
  set(30, "c");
  set(20, "d");
  clock.advance(29);
  assert.deepEqual(fired, ["b 10", "d 20"]);
  clock.advance(1);
  assert.deepEqual(fired, ["b 10", "d 20", "a 30", "c 30"]);
});

test("VirtualClock fires a timer on the very moment it is moved to, and no later one", () => {
  const clock = new VirtualClock();
  let fired = 0;
  clock.schedule(10, () => fired++);
  clock.schedule(10.001, () => fired++);
  clock.advance(10);
  assert.equal(fired, 1);
});

test("VirtualClock fires on the way what a timer sets on the way", () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  const again = () => {
    fired.push(clock.now());
    if (fired.length < 4) clock.schedule(clock.now() + 10, again);
  };
  clock.schedule(10, again);
  clock.advance(35);
  assert.deepEqual(fired, [10, 20, 30]);
  assert.equal(clock.next(), 40);
});

test("VirtualClock never wakes within the call that schedules, not even for the past", () => {
  const clock = new VirtualClock();
  clock.advance(100);
  let firedAt = NaN;
  clock.schedule(50, () => firedAt = clock.now());
  assert.ok(Number.isNaN(firedAt));
  clock.advance(0);
  assert.equal(firedAt, 100);
});

test("VirtualClock does not fire what was called off, even from another timer of the same moment", () => {
  const clock = new VirtualClock();
  let fired = 0;
  clock.schedule(10, () => second.cancel());
  const second = clock.schedule(10, () => fired++);
  const third = clock.schedule(20, () => fired++);
  third.cancel();
  third.cancel();
  clock.advance(100);
  assert.equal(fired, 0);
  assert.equal(clock.next(), Infinity);
});

test("VirtualClock fires the same timers however its way is divided", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.array(fc.nat(300)), (times, steps) => {
      const play = (advances: readonly number[]) => {
        const clock = new VirtualClock();
        const fired: string[] = [];
        times.forEach((at, i) => clock.schedule(at, () => fired.push(`${i} at ${clock.now()}`)));
        for (const step of advances) clock.advance(step);
        return fired;
      };
      assert.deepEqual(play([0, ...steps]), play([steps.reduce((sum, step) => sum + step, 0)]));
    }),
    { seed: 1 },
  );
});

test("systemClock wakes later, never within the call, and not at all when called off", async () => {
  const order: string[] = [];
  const off = systemClock.schedule(systemClock.now(), () => order.push("called off"));
  const woken = new Promise<void>((resolve) => {
    // In the past, so that it is due at once.
    systemClock.schedule(systemClock.now() - 1000, () => {
      order.push("woken");
      resolve();
    });
  });
  order.push("scheduled");
  off.cancel();
  await woken;
  assert.deepEqual(order, ["scheduled", "woken"]);
});

test("systemClock takes a time beyond what setTimeout can hold without firing at once", async () => {
  let fired = false;
  const timer = systemClock.schedule(systemClock.now() + 2 ** 40, () => fired = true);
  await new Promise<void>((resolve) => systemClock.schedule(systemClock.now() + 2, resolve));
  timer.cancel();
  assert.equal(fired, false);
});

test("systemClock never goes back, and its date is the day's", () => {
  let last = systemClock.now();
  for (let i = 0; i < 1000; i++) {
    const now = systemClock.now();
    assert.ok(now >= last);
    last = now;
  }
  const before = Date.now();
  const date = systemClock.date().getTime();
  assert.ok(before <= date && date <= Date.now());
});
