import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Claim, type Direction, LineLock } from "../../../lib/bridge/line_lock.ts";

/** A lock whose claims tell what they are told, by name. */
function rig(options: { bound?: number; timeoutMs?: number } = {}) {
  const lock = new LineLock({ bound: 8, timeoutMs: 1000, ...options });
  const told: string[] = [];
  const ask = (name: string, direction: Direction, now: number) =>
    lock.ask(direction, now, (refusal) => told.push(`${name} ${refusal ?? "granted"}`));
  return { lock, told, ask };
}

test("LineLock grants at once what nobody has, and the rest first come first served", () => {
  const { lock, told, ask } = rig();
  const a = ask("a", "in", 0);
  assert.equal(lock.holder, "in");
  const b = ask("b", "in", 1);
  ask("c", "in", 2);
  assert.deepEqual(told, ["a granted"]);
  lock.release(a, 10);
  lock.release(b, 20);
  assert.deepEqual(told, ["a granted", "b granted", "c granted"]);
  assert.equal(lock.longestWaitMs.in, 18);
});

test("LineLock lets the two directions take turns, however many of one wait", () => {
  const { lock, told, ask } = rig();
  const claims: Claim[] = [ask("in0", "in", 0)];
  for (let i = 1; i <= 3; i++) claims.push(ask(`in${i}`, "in", i));
  for (let i = 1; i <= 2; i++) claims.push(ask(`out${i}`, "out", 10 + i));
  for (let now = 20; claims.length > 0; now++) {
    const held = claims.find(({ state }) => state === "granted");
    if (held === undefined) break;
    claims.splice(claims.indexOf(held), 1);
    lock.release(held, now);
  }
  const order = told.map((line) => line.split(" ")[0]);
  assert.deepEqual(order, ["in0", "out1", "in1", "out2", "in2", "in3"]);
});

test("LineLock refuses what is above its bound, and lets one in again when one has left", () => {
  const { lock, told, ask } = rig({ bound: 1 });
  const a = ask("a", "in", 0);
  const b = ask("b", "out", 0);
  ask("c", "in", 0);
  lock.release(b, 1);
  ask("d", "in", 1);
  lock.release(a, 2);
  assert.deepEqual(told, ["a granted", "c full", "d granted"]);
});

test("LineLock refuses who has waited too long, each at its own time", () => {
  const { lock, told, ask } = rig();
  assert.equal(lock.deadline(), Infinity);
  ask("a", "in", 0);
  ask("b", "in", 100);
  ask("c", "out", 200);
  assert.equal(lock.deadline(), 1100);
  lock.tick(1099);
  lock.tick(1100);
  assert.equal(lock.deadline(), 1200);
  lock.tick(1200);
  assert.deepEqual(told, ["a granted", "b timeout", "c timeout"]);
  assert.deepEqual(lock.longestWaitMs, { in: 1000, out: 1000 });
});

test("LineLock that is closed refuses who waits and who comes", () => {
  const { lock, told, ask } = rig();
  ask("a", "in", 0);
  ask("b", "out", 0);
  lock.close(5);
  ask("c", "in", 6);
  assert.deepEqual(told, ["a granted", "b closed", "c closed"]);
});

test("LineLock takes a claim back twice without harm", () => {
  const { lock, told, ask } = rig();
  const a = ask("a", "in", 0);
  ask("b", "in", 0);
  ask("c", "in", 0);
  lock.release(a, 1);
  lock.release(a, 1);
  assert.deepEqual(told, ["a granted", "b granted"]);
});

test("LineLock never has two holders, forgets nobody, and nobody is overtaken by two of the other direction", () => {
  const step = fc.record({
    ask: fc.option(fc.constantFrom<Direction>("in", "out"), { nil: undefined }),
    release: fc.boolean(),
    after: fc.nat(50),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const lock = new LineLock({ bound: 1000, timeoutMs: Infinity });
    const claims: Claim[] = [];
    const granted: Direction[] = [];
    /** For each who waits: whom the lock was given to since. */
    const passed = new Map<Claim, Direction[]>();
    let now = 0;
    let held: Claim | null = null;
    for (const { ask, release, after } of steps) {
      now += after;
      const before = granted.length;
      if (ask !== undefined) {
        const claim: Claim = lock.ask(ask, now, () => granted.push(ask));
        claims.push(claim);
        if (claim.state === "waiting") passed.set(claim, []);
      }
      held = claims.find(({ state }) => state === "granted") ?? null;
      if (release && held !== null) lock.release(held, now);
      for (const direction of granted.slice(before)) {
        for (const [claim, others] of passed) {
          if (claim.state === "waiting") others.push(direction);
          const first = claims.find((other) => other.direction === claim.direction && other.state === "waiting");
          if (first === claim) {
            const foreign = others.slice(-2).filter((other) => other !== claim.direction);
            assert.ok(foreign.length < 2, "overtaken twice running");
          }
        }
      }
      assert.ok(claims.filter(({ state }) => state === "granted").length <= 1);
      assert.equal(lock.waiting, claims.filter(({ state }) => state === "waiting").length);
      assert.equal(lock.holder === null, !claims.some(({ state }) => state === "granted"));
    }
  }));
});
