/** Answers that wait for nobody, nor anybody for them: when and in which order they go on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, VirtualClock } from "../../lib/clock.ts";
import type { Answer } from "../../receiver/answer.ts";
import { Asides } from "../../receiver/asides.ts";

/** An answer, as far as it is known here. */
const answer = (readyAt: number) => ({ readyAt }) as Answer;

test("Asides wakes answers in the order of their times, though a timer may be early and is then set anew", () => {
  const clock = new VirtualClock();
  let made = 0;
  // As the system's: every other one is a little early, and none is shorter than a millisecond.
  const rough: Clock = {
    now: () => clock.now(),
    date: () => clock.date(),
    schedule: (at, wake) => clock.schedule(Math.max(at - (made++ % 2 === 0 ? 0.1 : 0), clock.now() + 1), wake),
  };
  const woken: number[] = [];
  const asides: Asides = new Asides(rough, (each) => {
    if (each.readyAt > clock.now()) return asides.wait(each);
    woken.push(each.readyAt);
    asides.delete(each);
  });
  for (const at of [10, 10.05, 5, 5.05, 10.02]) {
    const one = answer(at);
    asides.add(one);
    asides.wait(one);
  }
  for (let i = 0; i < 300; i++) clock.advance(0.05);
  assert.deepEqual(woken, [5, 5.05, 10, 10.02, 10.05]);
  assert.equal(asides.size, 0);
});

test("Asides forgets a wait that is over, is another one now, or has no end", () => {
  const clock = new VirtualClock();
  const woken: Answer[] = [];
  const asides = new Asides(clock, (each) => woken.push(each));
  const [gone, changed, endless] = [answer(10), answer(10), answer(Infinity)];
  for (const one of [gone, changed, endless]) {
    asides.add(one);
    asides.wait(one);
  }
  asides.delete(gone);
  changed.readyAt = 30;
  asides.wait(changed);
  clock.advance(20);
  assert.deepEqual(woken, []);
  clock.advance(20);
  assert.deepEqual(woken, [changed]);
  assert.deepEqual(asides.takeAll(), [changed, endless]);
  assert.equal(clock.next(), Infinity, "no timer is left");
});
