import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { draw, freshSeed, RandomStream } from "../../lib/random.ts";

const DRAWS = 200_000;

/** Ways in which a run asks for many draws. */
const FAMILIES: readonly [name: string, at: (i: number) => number][] = [
  ["control ids in sequence", (i) => draw(42, "no-reply", `MSG${String(i).padStart(8, "0")}`, 0)],
  ["ordinals of one scope", (i) => draw(42, "no-reply", "conn-1", i)],
  ["seeds in sequence", (i) => draw(i, "no-reply", "MSG1", 0)],
  ["names in sequence", (i) => draw(42, `rule-${i}`, "MSG1", 0)],
  ["a stream", ((stream) => () => stream.next())(new RandomStream(42))],
];

for (const [name, at] of FAMILIES) {
  const values = Float64Array.from({ length: DRAWS }, (_, i) => at(i));

  test(`draw over ${name} comes true as often as its chance says, within 0.5 %`, () => {
    for (const chance of [0.5, 0.1, 0.01]) {
      const hits = values.reduce((count, value) => value < chance ? count + 1 : count, 0);
      assert.ok(Math.abs(hits / DRAWS - chance) < 0.005, `${hits} of ${DRAWS} at ${chance}`);
    }
  });

  test(`draw over ${name} fills a hundred boxes evenly`, () => {
    const boxes = new Array<number>(100).fill(0);
    for (const value of values) boxes[Math.floor(value * 100)]++;
    const expected = DRAWS / 100;
    const chiSquare = boxes.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: beyond these bounds once in about ten thousand seeds on either side.
    assert.ok(chiSquare > 55 && chiSquare < 160, `chi square ${chiSquare}`);
  });

  test(`draw over ${name} has no memory: neighbours are not correlated`, () => {
    for (const lag of [1, 2, 3, 10]) {
      const n = DRAWS - lag;
      let product = 0;
      let square = 0;
      for (let i = 0; i < n; i++) {
        product += (values[i] - 0.5) * (values[i + lag] - 0.5);
        square += (values[i] - 0.5) ** 2;
      }
      assert.ok(Math.abs(product / square) < 0.01, `lag ${lag}: ${product / square}`);
    }
  });
}

test("draw for different names is independent: two rules do not strike the same messages", () => {
  let both = 0;
  for (let i = 0; i < DRAWS; i++) {
    const scope = `MSG${i}`;
    if (draw(42, "delay", scope, 0) < 0.1 && draw(42, "reply", scope, 0) < 0.1) both++;
  }
  assert.ok(Math.abs(both / DRAWS - 0.01) < 0.002, `${both} of ${DRAWS}`);
});

test("draw is a number in [0, 1) that depends on its key alone", () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.string(), fc.nat(), (seed, name, scope, ordinal) => {
      const value = draw(seed, name, scope, ordinal);
      assert.ok(value >= 0 && value < 1);
      assert.equal(draw(seed, name, scope, ordinal), value);
    }),
    { seed: 1, numRuns: 10_000 },
  );
});

test("draw tells where a name ends and a scope begins", () => {
  assert.notEqual(draw(1, "ab", "c", 0), draw(1, "a", "bc", 0));
  assert.notEqual(draw(1, "", "abc", 0), draw(1, "abc", "", 0));
});

test("draw and RandomStream give what they gave in every release, or a seed would not repeat a run", () => {
  assert.deepEqual(
    [draw(7, "delay", "MSG1", 0), draw(7, "delay", "MSG1", 1), draw(0xffffffff, "réponse", "", 4)],
    [0.4410806023420356, 0.8833144966819472, 0.748977108934428],
  );
  const stream = new RandomStream(7);
  assert.deepEqual([stream.next(), stream.next(), stream.integer(1000)], [
    0.07389712752774358,
    0.6813157652504742,
    433,
  ]);
});

test("RandomStream draws whole numbers below a bound, each as often", () => {
  const stream = new RandomStream(3);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[stream.integer(6)]++;
  assert.equal(counts.length, 6);
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 450, `${counts}`);
});

test("RandomStream of another seed is another stream", () => {
  const heads = new Set(Array.from({ length: 1000 }, (_, seed) => new RandomStream(seed).next()));
  assert.equal(heads.size, 1000);
});

test("freshSeed is a whole number of 32 bits, and seldom the same", () => {
  const seeds = Array.from({ length: 8 }, freshSeed);
  for (const seed of seeds) assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
  assert.ok(new Set(seeds).size > 1);
});
