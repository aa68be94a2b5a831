import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FEWEST, judgeLife, look, type Sample, SLACK_BYTES, Vitals } from "../../soak/vitals.ts";

const MIB = 1024 * 1024;
const MINUTE = 60_000;

/** A life of so many minutes, looked at every two seconds. */
function life(minutes: number, at: (part: number, i: number) => Partial<Sample>): Sample[] {
  const count = minutes * 30;
  return Array.from({ length: count + 1 }, (_, i) => ({
    atMs: i * 2000,
    rssBytes: 100 * MIB,
    descriptors: 20,
    ...at(i / count, i),
  }));
}

describe("judgeLife", () => {
  test("judgeLife calls a life flat whose memory rises in the warm-up and saws afterwards", () => {
    const warm = life(10, (part, i) => ({ rssBytes: (part < 0.15 ? 40 + 400 * part : 100 + (i % 20)) * MIB }));
    const { verdict, firstBytes, lastBytes, mostBytes } = judgeLife(warm);
    assert.equal(verdict, "flat");
    assert.ok(Math.abs(firstBytes - lastBytes) < 5 * MIB);
    assert.ok(mostBytes >= 119 * MIB);
  });

  test("judgeLife finds memory that grows on and on, and what grows less than a collector's noise it lets pass", () => {
    assert.equal(judgeLife(life(10, (part) => ({ rssBytes: (100 + 100 * part) * MIB }))).verdict, "grew");
    assert.equal(judgeLife(life(10, (part) => ({ rssBytes: (100 + 30 * part) * MIB }))).verdict, "flat");
    // The slack is for small processes: what doubles a large one is found all the same.
    assert.equal(
      judgeLife(life(10, (part) => ({ rssBytes: 100 * MIB + 2 * SLACK_BYTES * (part > 0.5 ? 1 : 0) }))).verdict,
      "grew",
    );
  });

  test("judgeLife finds descriptors that are left open, and lets connections come and go", () => {
    assert.equal(judgeLife(life(10, (part) => ({ descriptors: 20 + Math.round(30 * part) }))).verdict, "grew");
    assert.equal(judgeLife(life(10, (_part, i) => ({ descriptors: 20 + i % 10 }))).verdict, "flat");
  });

  test("judgeLife does not judge a life that was hardly longer than its warm-up", () => {
    assert.equal(judgeLife([]).verdict, "short");
    assert.equal(judgeLife(life(1, (part) => ({ rssBytes: 1000 * part * MIB }))).verdict, "short");
    const enough = life(1, () => ({})).concat(
      Array.from({ length: FEWEST }, (_, i) => ({ atMs: MINUTE + i, rssBytes: 100 * MIB, descriptors: 20 })),
    );
    assert.equal(judgeLife(enough).verdict, "flat");
  });
});

test("Vitals keeps the samples of each life, by its own time, and none between two", () => {
  const vitals = new Vitals("receive");
  const see = (pid: number) => ({ rssBytes: pid * MIB, descriptors: 9 });
  vitals.sample(0, see);
  vitals.begin(7, 1000);
  vitals.sample(3000, see);
  vitals.end();
  vitals.sample(4000, see);
  vitals.begin(8, 5000);
  vitals.sample(5500, see);
  vitals.sample(6000, () => null);
  assert.deepEqual(vitals.lives, [
    [{ atMs: 2000, rssBytes: 7 * MIB, descriptors: 9 }],
    [{ atMs: 500, rssBytes: 8 * MIB, descriptors: 9 }],
  ]);
});

test("look sees this process, and nothing where there is none", { skip: process.platform !== "linux" }, () => {
  const seen = look(process.pid);
  assert.ok(seen !== null && seen.rssBytes > MIB && seen.descriptors > 2);
  assert.equal(look(2 ** 22 + 1), null);
});
