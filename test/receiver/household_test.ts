import assert from "node:assert/strict";
import { test } from "node:test";
import { OneHousehold } from "../../receiver/household.ts";

/** How many of some tries at the given times are within the rate. */
function within(household: OneHousehold, key: object, perSecond: number, times: readonly number[]): number {
  return times.filter((at) => household.within(key, perSecond, at)).length;
}

const every = (ms: number, from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / ms) }, (_, i) => from + i * ms);

test("OneHousehold lets one second's worth come at once, and then the rate", () => {
  const household = new OneHousehold(() => 0);
  const key = {};
  assert.equal(within(household, key, 20, Array(100).fill(0)), 20);
  assert.equal(within(household, key, 20, every(1, 1, 1001)), 20);
  assert.equal(within(household, key, 20, every(50, 1050, 11_050)), 200);
});

test("OneHousehold lets events at exactly the rate pass, however it divides a second", () => {
  for (const perSecond of [3, 7, 20, 333]) {
    const household = new OneHousehold(() => 0);
    const times = Array.from({ length: 10 * perSecond }, (_, i) => i * 1000 / perSecond);
    assert.equal(within(household, {}, perSecond, times), times.length, String(perSecond));
  }
});

test("OneHousehold lets one pass at a time where the rate is below one a second", () => {
  const household = new OneHousehold(() => 0);
  assert.deepEqual([0, 1, 9_999, 10_000, 10_001, 20_000].map((at) => household.within(household, 0.1, at)), [
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
});

test("OneHousehold counts each key by itself, and an equal one is another", () => {
  const household = new OneHousehold(() => 0);
  assert.equal(household.within({ rate: 1 }, 1, 0), true);
  assert.equal(household.within({ rate: 1 }, 1, 0), true);
});

test("OneHousehold works on one message at a time, in the order in which they came", () => {
  const household = new OneHousehold(() => 0);
  assert.equal(household.work(50, 0), 50);
  assert.equal(household.work(50, 0), 100);
  assert.equal(household.work(0, 10), 90);
  assert.equal(household.work(50, 500), 50);
});

test("OneHousehold knows how many works are queued or under way", () => {
  const household = new OneHousehold(() => 0);
  assert.equal(household.working(0), 0);
  for (let i = 0; i < 10; i++) household.work(10, 0);
  assert.deepEqual([0, 9, 10, 55, 99, 100].map((at) => household.working(at)), [10, 10, 9, 5, 1, 0]);
  household.work(10, 100);
  assert.equal(household.working(100), 1);
});

test("OneHousehold counts no more than a bounded number of works, and knows when all are done even so", () => {
  const household = new OneHousehold(() => 0);
  for (let i = 0; i < 150_000; i++) household.work(1, 0);
  assert.equal(household.working(0), 100_000);
  assert.equal(household.work(1, 0), 150_001);
});

test("OneHousehold forgets rates and work when it is reset", () => {
  const household = new OneHousehold(() => 0);
  const key = {};
  household.work(1000, 0);
  assert.equal(household.within(key, 1, 0), true);
  household.reset();
  assert.equal(household.working(0), 0);
  assert.equal(household.work(5, 0), 5);
  assert.equal(household.within(key, 1, 0), true);
});

test("OneHousehold asks for the connections that are open", () => {
  assert.equal(new OneHousehold((listener) => listener * 2).open(3), 6);
});
