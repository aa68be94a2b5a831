import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { X328Link } from "../../../lib/link/x328.ts";
import { LossyLine, seededDamage } from "./lossy_line.ts";
import type { Side } from "./wire.ts";
import { lossyX328, type LossyX328Options } from "./x328_lossy.ts";

/** A run at 0.01 %, where five failures of a block running have no place: nothing is lost, invented or doubled. */
function carriesAll(options: LossyX328Options): void {
  const report = lossyX328(options);
  const { flipped, dropped, doubled } = report.damage;
  const damaged = flipped + dropped + doubled;
  assert.ok(damaged > options.messages / 50, `${damaged} bytes were damaged`);
  assert.equal(report.delivered, 2 * options.messages);
  const { lost, invented, arrivedTwice, outOfOrder, failed } = report;
  assert.deepEqual({ lost, invented, arrivedTwice, outOfOrder, failed }, {
    lost: 0,
    invented: 0,
    arrivedTwice: 0,
    outOfOrder: 0,
    failed: {},
  });
  const { counts } = report;
  // Each NAK that arrives, and each Timer A after a block, is a block sent again; each duplicate was one of those.
  assert.ok(counts.duplicate > 0 && counts.duplicate <= counts.resend, `${counts.duplicate} of ${counts.resend}`);
  assert.ok(counts.resend <= counts.nak_received + counts.timer_a);
  assert.ok(counts.message === 2 * options.messages);
  assert.ok(report.longestWaitMs < 40_000, `one waited ${report.longestWaitMs} ms`);
}

test("X328Link carries 10,000 messages each way over a line that damages one byte in 10,000, host against line", {
  timeout: 60_000,
}, () => {
  carriesAll({ messages: 10_000, seed: 328, near: { priority: "host" }, far: { priority: "line" } });
});

test("X328Link carries 3,000 messages each way over such a line, line against line", () => {
  carriesAll({ messages: 3000, seed: 329 });
});

test("X328Link carries 3,000 messages each way over such a line, host against host", () => {
  carriesAll({ messages: 3000, seed: 330, near: { priority: "host" }, far: { priority: "host" } });
});

test("X328Link loses and invents nothing even on a line thirty times as bad; what arrives twice had been reported as failed", () => {
  const report = lossyX328({ messages: 2000, seed: 331, rate: 0.003, near: { priority: "host" } });
  const failed = Object.values(report.failed).reduce((sum, count) => sum + count, 0);
  assert.deepEqual([report.delivered, report.lost, report.invented, report.outOfOrder], [4000, 0, 0, 0]);
  assert.ok(failed > 0);
  assert.ok(report.arrivedTwice > 0 && report.arrivedTwice <= failed, `${report.arrivedTwice} of ${failed}`);
  assert.equal(report.counts.message, 4000 + report.arrivedTwice);
});

test("X328Link, property: messages that cross at any times, delays and priorities arrive once each", () => {
  const side = fc.record({
    priority: fc.constantFrom("line" as const, "host" as const),
    // Moments at which the other bids, answers or is done with a message.
    sends: fc.array(fc.nat(120), { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 0, max: 40 }), (near, far, delayMs) => {
      const arrived: Record<Side, string[]> = { near: [], far: [] };
      const settled: string[] = [];
      const line = new LossyLine(new X328Link({ priority: near.priority }), new X328Link({ priority: far.priority }), {
        delayMs,
        onEvent: (event, at) => {
          if (event.type === "message") arrived[at].push(latin1(event.payload));
          if (event.type === "delivered" || event.type === "failed") settled.push(event.type);
        },
      });
      const sends = (at: Side, times: readonly number[]) =>
        times.toSorted((a, b) => a - b).map((ms, i) => {
          line.clock.schedule(ms, () => void line.send(at, utf8(`${at} ${i}\r`)));
          return `${at} ${i}\r`;
        });
      const wanted = { far: sends("near", near.sends), near: sends("far", far.sends) };
      line.run();
      assert.deepEqual(arrived, wanted);
      assert.deepEqual(settled, Array.from({ length: near.sends.length + far.sends.length }, () => "delivered"));
    }),
    { seed: 20261122, numRuns: 2000 },
  );
});

test("seededDamage damages the share of bytes it is told, by the seed alone, and one byte of a parcel at most", () => {
  const bytes = new Uint8Array(200).fill(0x41);
  const run = (seed: number) => {
    const { damage, counts } = seededDamage(seed, 0.001);
    const lengths: number[] = [];
    for (let number = 1; number <= 5000; number++) {
      const arrives = damage({ from: "near", number, bytes });
      assert.ok(arrives !== null);
      if (arrives !== bytes) lengths.push(arrives.length);
      assert.ok(Math.abs(arrives.length - 200) <= 1);
      assert.ok(arrives.filter((byte) => byte !== 0x41).length <= 1);
    }
    return { lengths, counts };
  };
  const { lengths, counts } = run(1);
  assert.equal(counts.flipped + counts.dropped + counts.doubled, lengths.length);
  assert.ok(lengths.length > 820 && lengths.length < 990, `${lengths.length} of 5000 parcels`);
  assert.deepEqual(run(1).lengths, lengths);
});
