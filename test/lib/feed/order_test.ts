import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Mix } from "../../../lib/feed/mix.ts";
import { Permutation } from "../../../lib/feed/permutation.ts";
import { Story } from "../../../lib/feed/story.ts";
import { InTurn, Shuffled } from "../../../lib/feed/turn.ts";

const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const range = (length: number) => Array.from({ length }, (_, i) => i);

test("Mix has the exact proportions over every period, and counts each group without a gap", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }), seed, (weights, seed) => {
      const mix = new Mix(weights, seed);
      const total = weights.reduce((sum, weight) => sum + weight);
      assert.equal(total % mix.period, 0);
      const next = weights.map(() => 0);
      for (let k = 0; k < 3 * mix.period; k++) {
        const group = mix.groupOf(k);
        assert.equal(mix.ordinalOf(k), next[group]++);
        if ((k + 1) % mix.period === 0) {
          const periods = (k + 1) / mix.period;
          assert.deepEqual(next, weights.map((weight) => weight * mix.period / total * periods));
        }
      }
    }),
    { seed: 7, numRuns: 60 },
  );
});

test("Mix spreads the groups over the period, another way for another seed", () => {
  const places = (seed: number) => {
    const mix = new Mix([70, 25, 5], seed);
    return range(mix.period).map((k) => mix.groupOf(k)).join("");
  };
  assert.equal(places(7), places(7));
  assert.notEqual(places(7), places(8));
  assert.notEqual(places(7), "00000000000000111112");
});

test("Mix refuses proportions that cannot be", () => {
  assert.throws(() => new Mix([], 7), /Cannot mix in proportions of nothing/);
  assert.throws(() => new Mix([1, 0], 7), /proportions of 0: wanted whole numbers from 1 on/);
  assert.throws(() => new Mix([1, 1_000_000], 7), /exact after 1000001 messages only/);
});

test("Permutation orders every pass another way, and finds each thing's place again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), seed, (size, seed) => {
      const order = new Permutation(size, seed);
      const passes = [0, 1, 10 ** 9].map((pass) => {
        const things = range(size).map((place) => order.at(pass, place));
        assert.deepEqual([...things].sort((a, b) => a - b), range(size));
        for (const [place, thing] of things.entries()) assert.equal(order.placeOf(pass, thing), place);
        return things.join();
      });
      if (size > 20) assert.equal(new Set(passes).size, 3);
    }),
    { seed: 7, numRuns: 60 },
  );
});

test("Permutation puts each thing at each place about as often", () => {
  const order = new Permutation(10, 7);
  const counts = range(100).map(() => 0);
  for (let pass = 0; pass < 5000; pass++) for (const place of range(10)) counts[order.at(pass, place) * 10 + place]++;
  for (const count of counts) assert.ok(Math.abs(count - 500) < 120, String(count));
});

test("InTurn is about one stay a pass", () => {
  const turn = new InTurn(3);
  assert.deepEqual(range(7).map((j) => [turn.member(j), turn.stay(j)]), [
    [0, 0],
    [1, 0],
    [2, 0],
    [0, 1],
    [1, 1],
    [2, 1],
    [0, 2],
  ]);
});

test("Shuffled sends every member in every pass, those of one key in their order", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("A", "B", "C", null), { minLength: 1, maxLength: 40 }), seed, (keys, seed) => {
      const turn = new Shuffled(keys.length, seed, { keys });
      for (const pass of range(3)) {
        const members = range(keys.length).map((place) => turn.member(pass * keys.length + place));
        assert.deepEqual([...members].sort((a, b) => a - b), range(keys.length));
        for (const key of ["A", "B", "C"]) {
          const kin = members.filter((member) => keys[member] === key);
          assert.deepEqual(kin, [...kin].sort((a, b) => a - b));
        }
      }
    }),
    { seed: 7 },
  );
});

test("Shuffled without keys, or with keys that all differ, really shuffles", () => {
  for (const keys of [undefined, range(30).map(String)]) {
    const turn = new Shuffled(30, 7, { keys });
    assert.notDeepEqual(range(30).map((j) => turn.member(j)), range(30));
    assert.notDeepEqual(range(30).map((j) => turn.member(j)), range(30).map((j) => turn.member(30 + j)));
  }
  assert.deepEqual([new Shuffled(3, 7).stay(5), new Shuffled(3, 7, { stayEach: true }).stay(5)], [1, 5]);
});

test("Story tells each stay once, step by step, interleaved, and never two stays of a patient at a time", () => {
  const PATIENTS = 8;
  for (const width of [1, 2, 5, PATIENTS]) {
    const story = new Story(3, width, 7);
    const told = new Map<number, number>();
    const inHospital = new Map<number, number>();
    let most = 0;
    for (let j = 0; j < 30 * width; j++) {
      const stay = story.stay(j);
      assert.equal(story.member(j), told.get(stay) ?? 0);
      told.set(stay, story.member(j) + 1);
      const patient = stay % PATIENTS;
      assert.ok(inHospital.get(patient) === undefined || inHospital.get(patient) === stay);
      if (story.member(j) === 2) inHospital.delete(patient);
      else inHospital.set(patient, stay);
      most = Math.max(most, inHospital.size);
    }
    assert.deepEqual([...told.keys()].sort((a, b) => a - b), range(10 * width));
    assert.ok([...told.values()].every((steps) => steps === 3));
    assert.ok(width < 5 || most > 2, "they are interleaved");
  }
});

test("Story knows who is in hospital at any time", () => {
  const story = new Story(3, 6, 7);
  const begun = new Set<number>();
  const over = new Set<number>();
  for (let j = 0; j < 120; j++) {
    for (const drawn of [0, 0.5, 0.999]) {
      const stay = story.stayAt(j, drawn);
      const anybody = [...begun].some((other) => !over.has(other));
      if (anybody) assert.ok(begun.has(stay) && !over.has(stay), `at ${j}`);
      else assert.ok(j === 0 || over.has(stay), `at ${j}`);
    }
    begun.add(story.stay(j));
    if (story.member(j) === 2) over.add(story.stay(j));
  }
  assert.equal(story.stayAt(0, 0.9), story.stay(0), "the very first message is about the first patient");
});
