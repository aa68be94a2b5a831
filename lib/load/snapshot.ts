/**
 * How a run stands, for live views: the whole so far, and the figures of the last interval.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { OUTCOMES } from "../outcome.ts";
import type { WholePlan } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { LiveSnapshot } from "./result.ts";
import type { Round, RoundTerms } from "./round.ts";
import type { Standing } from "./standing.ts";
import { endsAt } from "./stop_rule.ts";

/** What a snapshot is made of. */
export interface SnapshotSource {
  readonly plan: WholePlan;
  readonly recorder: Recorder;
  readonly phase: LiveSnapshot["phase"];
  /** Milliseconds since t0; below 0 before it. */
  readonly elapsedMs: number;
  readonly round: Pick<Round, "terms" | "stoppedAtMs">;
  readonly standing: Standing;
  /** When the message that has waited longest was due, in milliseconds since t0; NaN if none waits. */
  readonly oldestDueMs: number;
  readonly speed: number;
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
 * const { stop, search, thresholds } = plan;
 * const round = { terms: { pacer: null, stop, search, thresholds, first: 0, step: 1 }, stoppedAtMs: 0 };
 * const standing = { inFlight: 0, queue: 0, open: 1, retrying: 0, reopening: 0, refusals: 0 };
 * const snapshot = liveSnapshot({ plan, recorder, phase: "running", elapsedMs: 500, round, standing, oldestDueMs: NaN, speed: 1 });
 * assert.equal(snapshot.outcomes.accepted, 1);
 * assert.equal(snapshot.left_s, null);
 * ```
 */
export function liveSnapshot(source: SnapshotSource): LiveSnapshot {
  const { plan, recorder, phase, elapsedMs, round, standing, oldestDueMs, speed } = source;
  const { pacer, search } = round.terms;
  const { total, current, last } = recorder;
  const outcomes = { ...total.outcomes };
  for (const outcome of OUTCOMES) outcomes[outcome] += current.outcomes[outcome];
  const acks = { ...total.acks };
  for (const [code, count] of Object.entries(current.acks)) if (count > 0) acks[code] = (acks[code] ?? 0) + count;
  return {
    phase,
    elapsed_s: elapsedMs / 1000,
    left_s: phase === "draining" || phase === "warming" ? null : leftSeconds(round.terms, elapsedMs),
    drain_left_s: phase === "draining" ? Math.max(0, round.stoppedAtMs + plan.drainMs - elapsedMs) / 1000 : null,
    count: endsByCount(round.terms) ? round.terms.stop.count : null,
    settled: recorder.settled,
    asked: pacer?.rateAt(Math.max(0, elapsedMs)) ?? null,
    achieved: last.achieved,
    planned: recorder.count("planned"),
    sent: recorder.count("sent"),
    acknowledged: recorder.count("acknowledged"),
    in_flight: standing.inFlight,
    queue: standing.queue,
    queued_for_us: Number.isNaN(oldestDueMs) ? undefined : Math.max(0, elapsedMs - oldestDueMs) * 1000,
    retrying: standing.retrying,
    service: last.service,
    response: recorder.scheduled ? last.response : null,
    acks,
    outcomes,
    open: standing.open,
    connections: plan.connections,
    reopening: standing.reopening,
    refused: standing.refusals === 0 ? null : { tries: standing.refusals, reason: recorder.refusal },
    history: [...recorder.history],
    speed,
    lag_p99: recorder.scheduled ? last.lagP99 : null,
    cpu: last.cpu * 100,
    search: search?.summary ?? null,
  };
}

/** When the last message of the count is due, about; Infinity where that cannot be told. */
function countEndsMs({ stop, pacer }: RoundTerms): number {
  if (pacer === null || stop.count === Infinity) return Infinity;
  // The schedule itself may not be asked so far ahead.
  const rate = pacer.meanRate(Math.min(endsAt(stop, pacer), 3_600_000));
  return rate > 0 ? (stop.count - 1) * 1000 / rate : Infinity;
}

/** Whether the count is what ends the run, or may end it. */
function endsByCount(terms: RoundTerms): boolean {
  const { stop, pacer } = terms;
  return stop.count !== Infinity && (pacer === null || countEndsMs(terms) < endsAt(stop, pacer));
}

function leftSeconds(terms: RoundTerms, elapsedMs: number): number | null {
  const endsMs = Math.min(endsAt(terms.stop, terms.pacer), countEndsMs(terms));
  return endsMs === Infinity ? null : Math.max(0, endsMs - elapsedMs) / 1000;
}
