import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Fuzzing, runTargets } from "../../fuzz/fuzzing.ts";
import { failureText, passes, reportText } from "../../fuzz/report.ts";
import type { Json } from "../../fuzz/schema_case.ts";
import { smallest } from "../../fuzz/smaller.ts";
import { ENOUGH, type Target } from "../../fuzz/target.ts";
import { TARGETS } from "../../fuzz/targets.ts";
import { mllpTarget } from "../../fuzz/targets/framers.ts";
import { SharedPulse, STUCK_MS, Watch } from "../../fuzz/watch.ts";
import type { Framer, FrameSink } from "../../lib/framing/framer.ts";
import { MllpFramer, type MllpOptions } from "../../lib/framing/mllp.ts";

/** A framer that forgets the CR of an end block, if a chunk ends before it: what only some cuts show. */
class Forgetful extends MllpFramer implements Framer {
  #pending = false;

  override push(chunk: Uint8Array, sink: FrameSink): void {
    const from = this.#pending && chunk[0] === 0x0d ? 1 : 0;
    this.#pending = chunk.length > 1 && chunk[chunk.length - 1] === 0x1c;
    super.push(chunk.subarray(from), sink);
  }
}

/** A target that fails at texts with these words. */
const wordy = (word: string, meets: readonly string[] = []): Target<{ readonly text: string }> => ({
  name: "wordy",
  about: "no such word",
  cases: fc.record({
    text: fc.array(fc.constantFrom("one", "two", "three"), { maxLength: 6 }).map((all) => all.join(" ")),
  }),
  meets,
  check({ text }, met) {
    met(text === "" ? "empty" : "words");
    assert.ok(!text.includes(word), `found ${word}`);
  },
});

describe("Fuzzing", () => {
  test("Fuzzing finds a framer that forgets a byte where a chunk ends, and makes the case small", async () => {
    const fuzzing = new Fuzzing(mllpTarget((options: MllpOptions) => new Forgetful(options)), 7);
    assert.equal(await fuzzing.slice(2000), false);
    const { failure } = fuzzing.standing;
    assert.match(failure?.message ?? "", /^cut (otherwise|at each byte)/);
    const { stream } = failure?.minimal as { stream: string };
    assert.ok(stream.includes("\x1c\r") && stream.length < 20, JSON.stringify(failure?.minimal));
    assert.equal(await new Fuzzing(mllpTarget(), 7).slice(50), true, "the framer without the defect passes");
  });

  test("Fuzzing repeats a failure by what it tells of it", async () => {
    const fuzzing = new Fuzzing(wordy("two three"), 7);
    await fuzzing.slice(500);
    const { failure } = fuzzing.standing;
    assert.deepEqual(failure?.minimal, { text: "two three" });
    const [, seed, ...path] = failure?.replay.split(":") ?? [];
    const again = new Fuzzing(wordy("two three"), 99);
    assert.equal(await again.repeat(Number(seed), path.join(":")), false);
    assert.deepEqual(again.standing.failure, { ...failure, stack: again.standing.failure?.stack });
    assert.equal(await new Fuzzing(wordy("four"), 99).repeat(Number(seed), path.join(":")), true);
  });

  test("Fuzzing draws the same cases for the same seed, and others for another", async () => {
    const cases = async (seed: number) => {
      const drawn: unknown[] = [];
      const target = { ...wordy("four"), check: (one: unknown) => void drawn.push(one) };
      const fuzzing = new Fuzzing(target, seed);
      await fuzzing.slice(20);
      await fuzzing.slice(20);
      return drawn;
    };
    assert.deepEqual(await cases(1), await cases(1));
    assert.notDeepEqual(await cases(1), await cases(2));
  });

  test("Fuzzing tells what a target should have met and has not, once it had cases enough", async () => {
    const fuzzing = new Fuzzing(wordy("four", ["words", "empty", "numbers"]), 7);
    await fuzzing.slice(ENOUGH - 1);
    assert.deepEqual(fuzzing.standing.blind, []);
    assert.ok(passes([fuzzing.standing]));
    await fuzzing.slice(1);
    assert.deepEqual(fuzzing.standing.blind, ["numbers"]);
    assert.ok(!passes([fuzzing.standing]));
    const report = {
      schema: "mllp.fuzz/1",
      seed: 7,
      seconds: 1,
      runtime: "x",
      pass: false,
      targets: [fuzzing.standing],
    } as const;
    assert.match(reportText(report).join("\n"), /BLIND {2}wordy +3,000 +\S+ +2 {2}never met numbers/);
  });
});

test("smallest leaves out of texts, lists and maps what is not needed to fail", async () => {
  const value = { text: "one two three", list: [{ at: 40, kind: "x" }, { at: 7, kind: "flip" }], on: true, none: null };
  const fails = (one: Json) => Promise.resolve(/two.*flip/.test(JSON.stringify(one)));
  assert.deepEqual(await smallest(value, fails, 1000), {
    text: "two",
    list: [{ at: 0, kind: "flip" }],
    on: true,
    none: null,
  });
  assert.deepEqual(await smallest(value, () => Promise.resolve(false), 1000), value);
  assert.notDeepEqual(await smallest(value, fails, 3), { text: "two" });
});

test("smallest leaves a text whole that is a word of a list", async () => {
  const value = { priority: "line", kinds: ["line", "two lines"] };
  const words = ["line", "host"];
  const fails = (one: Json) => Promise.resolve((one as typeof value).kinds.length === 2);
  assert.deepEqual(await smallest(value, fails, 1000, words), { priority: "line", kinds: ["line", ""] });
});

test("runTargets gives each target its turns, and goes on with the others where one has failed", async () => {
  const good = { ...wordy("four"), name: "good" };
  let rounds = 0;
  const standings = await runTargets([wordy("one"), good], {
    seed: 7,
    seconds: 60,
    sliceMs: 20,
    stopped: () => ++rounds > 6,
  });
  assert.deepEqual(standings.map(({ target, failure }) => [target, failure !== null]), [["wordy", true], [
    "good",
    false,
  ]]);
  assert.ok(standings[1].cases > standings[0].cases);
});

test("failureText shows the case as a vector and how to run it again", async () => {
  const fuzzing = new Fuzzing(wordy("one"), 7);
  await fuzzing.slice(100);
  const { failure } = fuzzing.standing;
  assert.ok(failure !== null);
  const lines = failureText(failure);
  assert.equal(lines[0], "FAILED wordy: found one");
  assert.ok(lines.includes('{"target":"wordy","found":"found one","case":{"text":"one"}}'), lines.join("\n"));
  assert.ok(lines.some((line) => /^again: deno task fuzz --replay wordy:\d+:[\d:]+$/.test(line)), lines.join("\n"));
});

test("Watch finds a case that does not end, and draws it again without running it", async () => {
  const pulse = new SharedPulse();
  const other = new SharedPulse(pulse.memory);
  const watch = new Watch(pulse);
  other.target = 1;
  // What the other thread did before it hung: nine cases, the last of which is known by its number.
  const drawn: unknown[] = [];
  const target = { ...wordy("four"), check: (one: unknown) => void drawn.push(one) };
  await new Fuzzing(target, 7, other).slice(9);
  assert.equal(watch.isStuck(1000), false);
  assert.equal(watch.isStuck(1000 + STUCK_MS - 1), false);
  assert.equal(watch.isStuck(1000 + STUCK_MS), true);
  const failure = watch.failure([wordy("one"), target]);
  assert.deepEqual(failure.minimal, drawn[8]);
  assert.equal(drawn.length, 9);
  assert.match(failure.replay, /^wordy:\d+:8$/);
  other.beat(5, 0);
  assert.equal(watch.isStuck(1000 + STUCK_MS), false);
  assert.equal(other.stopped, false);
  pulse.stop();
  assert.equal(other.stopped, true);
});

describe("the targets", () => {
  test("the targets have names of their own, and hold for some cases each", async () => {
    assert.equal(new Set(TARGETS.map(({ name }) => name)).size, TARGETS.length);
    assert.ok(TARGETS.length >= 20);
    for (const target of TARGETS) {
      const fuzzing = new Fuzzing(target, 20261122);
      await fuzzing.slice(8);
      assert.equal(fuzzing.standing.failure, null, JSON.stringify(fuzzing.standing.failure));
      assert.ok(Object.keys(fuzzing.standing.met).length > 0, `${target.name} met nothing`);
    }
  });
});
