/**
 * The run document, made of what was recorded (`mllp.run/1`, cli.md).
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { WholePlan } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { RunDocument } from "./result.ts";
import { evaluate, type Threshold } from "./threshold.ts";
import { connectionsReason, generatorVerdict, stallReason } from "./verdict.ts";

/** What a document is made of. */
export interface DocumentSource {
  readonly plan: WholePlan;
  readonly recorder: Recorder;
  readonly started: Date;
  /** Milliseconds from t0 to the stop. */
  readonly stoppedAtMs: number;
  readonly sentByStop: number;
  readonly openAtStop: number;
  /** Processor time over wall time, up to the stop. */
  readonly cpu: number;
  readonly blockedMs: number;
  readonly signal: "SIGINT" | "SIGTERM" | null;
  /** Thresholds that ended the run. */
  readonly aborted: readonly Threshold[];
}

/**
 * The document of a finished run, all intervals closed.
 *
 * @example
 * ```ts
 * import { runDocument } from "./document.ts";
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
 * recorder.close(1000, { inFlight: 0, queue: 0, open: 1 });
 * const run = runDocument({
 *   plan,
 *   recorder,
 *   started: new Date(0),
 *   stoppedAtMs: 1000,
 *   sentByStop: 1,
 *   openAtStop: 1,
 *   cpu: 0.1,
 *   blockedMs: 0,
 *   signal: null,
 *   aborted: [],
 * });
 * assert.equal(run.outcomes.accepted, 1);
 * assert.equal(run.rate.achieved, 1);
 * ```
 */
export function runDocument(source: DocumentSource): RunDocument {
  const { plan, recorder, stoppedAtMs, signal, aborted } = source;
  const { total, scheduled, limited } = recorder;
  const asked = plan.pacer?.rateAt(stoppedAtMs) ?? null;
  const achieved = achievedRate(source);
  const unverified: RunDocument = {
    schema: "mllp.run/1",
    version: plan.version,
    target: plan.target,
    seed: plan.seed,
    model: scheduled ? "rate" : "closed",
    started: source.started.toISOString(),
    duration_s: Math.round(stoppedAtMs * 1000) / 1e6,
    planned: total.planned,
    sent: total.sent,
    outcomes: { ...total.outcomes },
    acks: present(total.acks),
    anomalies: { ...total.anomalies },
    warnings: present(total.warnings),
    retries: total.retries,
    resending: { retries: plan.retries, on_timeout: plan.onTimeout },
    rate: { asked, achieved },
    latency_us: total.latencyRows(scheduled),
    connections: {
      asked: plan.connections,
      open: source.openAtStop,
      reconnects: total.reconnects,
      in_flight: plan.inFlight,
      per_message: plan.connectionPerMessage,
      blocked_s: Math.round(source.blockedMs) / 1000,
    },
    generator: {
      verdict: generatorVerdict({
        limitedSeconds: limited.seconds,
        seconds: recorder.intervalStartedMs / 1000,
        latenessP99: scheduled ? limited.latenessP99 : null,
        cpu: limited.cpu,
      }),
      reasons: reasons(source, asked, achieved),
      cpu: source.cpu * 100,
      longest_gap_us: Math.round(recorder.longestGapMs * 1000),
    },
    errors: recorder.texts.top(),
    thresholds: [],
    intervals: recorder.intervals.rows,
    interrupted: signal,
  };
  const thresholds = plan.thresholds.map((threshold) => {
    const verdict = evaluate(threshold, unverified);
    // One that ended the run has failed, whatever the whole of the run makes of it.
    return aborted.includes(threshold) ? { ...verdict, pass: false, stopped: true as const } : verdict;
  });
  return { ...unverified, thresholds };
}

/**
 * Messages sent per second, up to the stop. A run that stops by count ends with its last message, but
 * that message's share of the time is the whole of its turn.
 */
function achievedRate({ plan, recorder, stoppedAtMs, sentByStop }: DocumentSource): number {
  const { planned, sent } = recorder.total;
  const counted = plan.pacer !== null && planned >= plan.stop.count;
  const spanMs = counted ? Math.max(stoppedAtMs, plan.pacer.dueAt(planned)) : stoppedAtMs;
  if (spanMs === 0) return 0;
  return Math.round((counted ? sent : sentByStop) * 1e6 / spanMs) / 1000;
}

function reasons({ plan, recorder }: DocumentSource, asked: number | null, achieved: number): string[] {
  if (asked === null) return [];
  const { outcomes, service, connect } = recorder.total;
  const { seconds: limitedSeconds, cpu, gapMs } = recorder.limited;
  const few = connectionsReason({
    asked,
    achieved,
    occupiedUs: service.mean + (plan.connectionPerMessage ? connect.mean : 0),
    connections: plan.connections,
    inFlight: plan.inFlight,
    leftOver: outcomes.unsent + outcomes.dropped,
  });
  const stalled = stallReason({ limitedSeconds, cpu, gapMs, asked, achieved });
  return [few, stalled].filter((reason) => reason !== null);
}

function present(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
