/**
 * How a run stands, for live views: the whole so far, and the figures of the last interval.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { OUTCOMES } from "../outcome.ts";
import type { WholePlan } from "./plan.ts";
import type { Recorder, Standing } from "./recorder.ts";
import type { LiveSnapshot } from "./result.ts";

/** What a snapshot is made of. */
export interface SnapshotSource {
  readonly plan: WholePlan;
  readonly recorder: Recorder;
  readonly phase: LiveSnapshot["phase"];
  /** Milliseconds since t0. */
  readonly elapsedMs: number;
  readonly standing: Standing;
}

/**
 * The snapshot.
 *
 * @example
 * ```ts
 * import { liveSnapshot } from "./snapshot.ts";
 * import { completePlan } from "./plan.ts";
 * import { Recorder } from "./recorder.ts";
 * import { linkMaker } from "../link/make.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const plan = completePlan({
 *   target: "tcp://127.0.0.1:2575",
 *   connect: () => Promise.reject(new Error("not in this example")),
 *   makeLink: linkMaker(),
 *   messages: [utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")],
 * });
 * const recorder = new Recorder(false);
 * recorder.current.planned++;
 * recorder.settle("accepted");
 * const standing = { inFlight: 0, queue: 0, open: 1 };
 * const snapshot = liveSnapshot({ plan, recorder, phase: "running", elapsedMs: 500, standing });
 * assert.equal(snapshot.outcomes.accepted, 1);
 * assert.equal(snapshot.left_s, null);
 * ```
 */
export function liveSnapshot({ plan, recorder, phase, elapsedMs, standing }: SnapshotSource): LiveSnapshot {
  const { total, current, last } = recorder;
  const outcomes = { ...total.outcomes };
  for (const outcome of OUTCOMES) outcomes[outcome] += current.outcomes[outcome];
  const acks = { ...total.acks };
  for (const [code, count] of Object.entries(current.acks)) if (count > 0) acks[code] = (acks[code] ?? 0) + count;
  return {
    phase,
    elapsed_s: elapsedMs / 1000,
    left_s: phase === "draining" ? null : leftSeconds(plan, elapsedMs),
    asked: plan.pacer?.rateAt(elapsedMs) ?? null,
    achieved: last.achieved,
    planned: recorder.count("planned"),
    sent: recorder.count("sent"),
    acknowledged: recorder.count("acknowledged"),
    in_flight: standing.inFlight,
    queue: standing.queue,
    service: last.service,
    response: recorder.scheduled ? last.response : null,
    acks,
    outcomes,
    open: standing.open,
    connections: plan.connections,
    history: [...recorder.history],
  };
}

function leftSeconds({ stop, pacer }: WholePlan, elapsedMs: number): number | null {
  const countEndsMs = pacer === null || stop.count === Infinity ? Infinity : pacer.dueAt(stop.count - 1);
  const endsMs = Math.min(stop.durationMs, countEndsMs);
  return endsMs === Infinity ? null : Math.max(0, endsMs - elapsedMs) / 1000;
}
