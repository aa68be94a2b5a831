/** What a wait costs: the timers that a receiver sets for replies that are held back for long, counted on a clock that stands still. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Timer, VirtualClock } from "../../lib/clock.ts";
import { acks, adt, Bench, framed } from "./caller.ts";

const MESSAGES = 1000;
const MINUTE = 60_000;

/** A clock that counts the timers which are asked of it. */
class CountingClock extends VirtualClock {
  /** All that were ever set. */
  set = 0;
  /** Those that are set now, and the most there were at a time. */
  pending = 0;
  most = 0;

  override schedule(at: number, wake: () => void): Timer {
    this.set++;
    this.most = Math.max(this.most, ++this.pending);
    let isSet = true;
    const over = () => {
      if (isSet) this.pending--;
      isSet = false;
    };
    const timer = super.schedule(at, () => {
      over();
      wake();
    });
    return {
      cancel: () => {
        over();
        timer.cancel();
      },
    };
  }
}

/** A thousand messages on one connection, a millisecond between them, and what their replies cost in ten minutes. */
async function timersOf(scenario: string): Promise<{ clock: CountingClock; replies: string[] }> {
  const clock = new CountingClock();
  const bench = new Bench(scenario, { clock });
  const caller = bench.call();
  await bench.settle();
  const before = clock.set;
  for (let i = 1; i <= MESSAGES; i++) {
    caller.write(framed(adt(`M${i}`)));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
  }
  await bench.settle();
  assert.deepEqual(acks(caller.text), []);
  clock.advance(10 * MINUTE - MESSAGES - 1);
  await bench.settle();
  assert.deepEqual(acks(caller.text), []);
  for (let i = 0; i < MESSAGES + 1; i++) {
    clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await bench.settle();
  clock.set -= before;
  const replies = acks(caller.text);
  await bench.receiver.stop();
  assert.equal(clock.pending, 0);
  return { clock, replies };
}

const ALL = Array.from({ length: MESSAGES }, (_, i) => `AA M${i + 1}`);

test("Receiver sets one timer at a time for replies that wait for their turn, and at most one for each", async () => {
  const { clock, replies } = await timersOf("{version: 1, rules: [{id: slow, do: [{delay: 10m}, {reply: AA}]}]}");
  assert.deepEqual(replies, ALL);
  assert.equal(clock.most, 1);
  assert.ok(clock.set <= MESSAGES, `${clock.set} timers`);
});

test("Receiver sets one timer for each reply that is late", async () => {
  const { clock, replies } = await timersOf("{version: 1, rules: [{id: late, do: [{reply: {code: AA, late: 10m}}]}]}");
  assert.deepEqual(replies, ALL);
  assert.ok(clock.set <= MESSAGES, `${clock.set} timers`);
  assert.ok(clock.most <= MESSAGES, `${clock.most} timers at a time`);
});

test("Receiver sets no timer for a reply that is held until somebody heals it", async () => {
  const clock = new CountingClock();
  const bench = new Bench("{version: 1, rules: [{id: held, do: [hold]}]}", { clock, live: true });
  const caller = bench.call();
  await bench.settle();
  const before = clock.set;
  caller.write(ALL.map((_, i) => framed(adt(`M${i + 1}`))).join(""));
  await bench.settle();
  assert.equal(clock.set, before);
  assert.equal(bench.receiver.heal(), MESSAGES);
  await bench.settle();
  assert.deepEqual(acks(caller.text), ALL);
  assert.equal(clock.set, before);
  await bench.receiver.stop();
});
