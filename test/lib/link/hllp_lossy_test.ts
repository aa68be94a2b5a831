import assert from "node:assert/strict";
import { test } from "node:test";
import { runLossy } from "./hllp_lossy.ts";

test("HllpLink carries 10,000 messages each way over a line that damages one byte in 10,000, none lost, made up or told of twice", () => {
  for (const [count, thinkMs, seed] of [[10_000, 20, 7], [500, 0, 1]]) {
    const result = runLossy({ count, rate: 0.0001, seed, thinkMs });
    const { delivered, failed, lost, invented, duplicated, wrongAnswers } = result;
    assert.deepEqual({ delivered, failed, lost, invented, duplicated, wrongAnswers }, {
      delivered: 2 * count,
      failed: 0,
      lost: 0,
      invented: 0,
      duplicated: 0,
      wrongAnswers: 0,
    });
    const { flipped, dropped, doubled } = result.damage;
    assert.ok(flipped + dropped + doubled > 10, "the line did damage something");
    assert.ok(result.longestMs < 30_000, `the longest wait was ${result.longestMs} ms`);
  }
});

test("HllpLink under ten times that damage fails some messages openly, and still loses none of those delivered", () => {
  const result = runLossy({ count: 500, rate: 0.001, seed: 4, thinkMs: 50 });
  assert.equal(result.delivered + result.failed, 1000);
  assert.ok(result.lost <= result.failed, `${result.lost} lost, ${result.failed} failed`);
  assert.deepEqual([result.invented, result.duplicated, result.wrongAnswers], [0, 0, 0]);
});

test("HllpLink lets neither side starve when both always have something to send", () => {
  const result = runLossy({ count: 500, rate: 0, seed: 1, thinkMs: 20 });
  assert.equal(result.delivered, 1000);
  // Two line times and two answers: its own, and the one of the message whose turn was first.
  assert.ok(result.longestMs <= 60, `the longest wait was ${result.longestMs} ms`);
});
