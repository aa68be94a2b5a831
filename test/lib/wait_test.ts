import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../lib/clock.ts";
import { Wait } from "../../lib/wait.ts";

test("Wait is over at its time and once, whatever is heard; one begun anew replaces it", () => {
  const clock = new VirtualClock();
  const wait = new Wait(clock);
  const over: string[] = [];
  wait.begin(1000, () => over.push("first"));
  clock.advance(900);
  wait.heard();
  wait.begin(2000, () => over.push("second"));
  clock.advance(1099);
  wait.heard();
  assert.deepEqual(over, []);
  clock.advance(1);
  clock.advance(5000);
  assert.deepEqual(over, ["second"]);
});

test("Wait for a silence goes on for as long as something is heard, ends when told to, and never where there is no limit", () => {
  const clock = new VirtualClock();
  const wait = new Wait(clock);
  let over = 0;
  wait.beginSilence(100, 10_000, () => over++);
  for (let i = 0; i < 10; i++) {
    clock.advance(99);
    wait.heard();
  }
  assert.equal(over, 0);
  clock.advance(100);
  assert.equal(over, 1);
  wait.beginSilence(100, 10_000, () => over++);
  wait.end();
  wait.beginSilence(Infinity, Infinity, () => over++);
  clock.advance(1e9);
  assert.equal(over, 1);
});

test("Wait for a silence is over after its most, whatever is heard", () => {
  const clock = new VirtualClock();
  const wait = new Wait(clock);
  let over = 0;
  let silent: boolean | null = null;
  wait.beginSilence(100, 250, (wasSilent) => {
    over++;
    silent = wasSilent;
  });
  for (let i = 0; i < 4; i++) {
    clock.advance(60);
    wait.heard();
  }
  assert.equal(over, 0);
  clock.advance(10);
  assert.deepEqual([over, silent], [1, false]);
  wait.beginSilence(100, 250, (wasSilent) => silent = wasSilent);
  clock.advance(100);
  assert.equal(silent, true);
});
