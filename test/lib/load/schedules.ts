/**
 * What schedules are tested with: the property that all of them have, and arbitrary stages.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pacer } from "../../../lib/load/pacer.ts";
import type { Stage } from "../../../lib/load/stages.ts";

/** Arrival k is due before t exactly if it is counted by then; asked at a time, and at the arrivals about it. */
export function agrees(pacer: Pacer, t: number): void {
  const due = pacer.dueBy(t);
  assert.ok(Number.isSafeInteger(due) && due >= 0, `${due}`);
  if (due > 0) assert.ok(pacer.dueAt(due - 1) < t, `${due - 1} at ${pacer.dueAt(due - 1)}, ${t}`);
  assert.ok(pacer.dueAt(due) >= t, `${due} at ${pacer.dueAt(due)}, ${t}`);
}

const rate = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 50_000 }),
  fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
);
const stage: fc.Arbitrary<Stage> = fc.record({
  durationMs: fc.oneof(fc.integer({ min: 1, max: 600_000 }), fc.double({ min: 0.5, max: 1e5, noNaN: true })),
  from: rate,
  to: rate,
});
/** One to six stages, of which one sends. */
export const stages = fc.array(fc.oneof(stage, stage.map((one) => ({ ...one, to: one.from }))), {
  minLength: 1,
  maxLength: 6,
})
  .filter((all) => all.some(({ from, to }) => from > 0 || to > 0));
