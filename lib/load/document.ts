/**
 * The run document, made of what was recorded (`mllp.run/1`, cli.md).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatCount, formatDuration } from "../values.ts";
import { LATEST_MS } from "./catch_up.ts";
import type { WholePlan } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { RunDocument, WarmupSummary } from "./result.ts";
import type { Round } from "./round.ts";
import { evaluate } from "./threshold.ts";
import { connectionsReason, generatorVerdict, stallReason } from "./verdict.ts";

/** What a document is made of. */
export interface DocumentSource {
  readonly plan: WholePlan;
  readonly recorder: Recorder;
  /** The round that was played. */
  readonly round: Pick<
    Round,
    | "terms"
    | "watches"
    | "changes"
    | "stoppedAtMs"
    | "sentByStop"
    | "openAtStop"
    | "cpu"
    | "firstDueMs"
    | "lastSentMs"
    | "gaveUpMs"
  >;
  /** How late connections were ready for the agreed t0, in milliseconds; 0 if in time. */
  readonly lateStartMs: number;
  readonly started: Date;
  readonly blockedMs: number;
  readonly signal: RunDocument["interrupted"];
  readonly warmup: WarmupSummary | null;
}

/**
 * The document of a finished run, all intervals closed.
 *
 * @example
 * ```ts
 * import { runDocument } from "./document.ts";
 * import { completePlan } from "./plan.ts";
 * import { Recorder } from "./recorder.ts";
 * import { AbortWatches } from "./abort_watches.ts";
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
 * recorder.close(recorder.row(1000, { inFlight: 0, queue: 0, open: 1 }, null));
 * const { stop, search, thresholds } = plan;
 * const terms = { pacer: null, stop, search, thresholds, first: 0, step: 1 };
 * const seen = { stoppedAtMs: 1000, sentByStop: 1, openAtStop: 1, cpu: 0.1, firstDueMs: NaN };
 * const ends = { lastSentMs: 0, gaveUpMs: 0 };
 * const round = { terms, watches: new AbortWatches([]), changes: [], ...seen, ...ends };
 * const source = { plan, recorder, round, started: new Date(0), lateStartMs: 0, blockedMs: 0 };
 * const run = runDocument({ ...source, signal: null, warmup: null });
 * assert.equal(run.outcomes.accepted, 1);
 * assert.equal(run.rate.achieved, 1);
 * ```
 */
export function runDocument(source: DocumentSource): RunDocument {
  const { plan, recorder, round, signal, warmup } = source;
  const { total, scheduled, limited } = recorder;
  const { search } = round.terms;
  const { stoppedAtMs } = round;
  const asked = askedRate(source);
  const achieved = achievedRate(source);
  const unverified: RunDocument = {
    schema: "mllp.run/1",
    version: plan.version,
    target: plan.target,
    seed: plan.seed,
    model: scheduled ? "rate" : "closed",
    load: plan.load,
    shard: plan.shard ?? undefined,
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
      open: round.openAtStop,
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
      cpu: round.cpu * 100,
      longest_gap_us: Math.round(recorder.longestGapMs * 1000),
      limited_s: limited.seconds,
    },
    warmup,
    search: search?.result() ?? null,
    steering: round.changes,
    histograms: total.histograms(scheduled),
    errors: recorder.texts.top(),
    thresholds: [],
    intervals: recorder.intervals.rows,
    interrupted: signal,
  };
  const thresholds = plan.thresholds.map((threshold) => {
    const verdict = evaluate(threshold, unverified);
    // One that ended the run has failed, whatever the whole of the run makes of it.
    return round.watches.fired.includes(threshold) ? { ...verdict, pass: false, stopped: true as const } : verdict;
  });
  return { ...unverified, thresholds };
}

/**
 * The time that messages fell due in, in milliseconds. A run that stops by count ends with its last message, but
 * that message's share of the time is the whole of its turn; a shard's begins with its own first.
 */
function spanMs({ recorder, round }: DocumentSource): number {
  const { terms: { pacer, stop }, stoppedAtMs, firstDueMs } = round;
  const { planned } = recorder.total;
  if (pacer === null || planned === 0 || planned < stop.count) return stoppedAtMs;
  const turns = pacer.dueAt(planned) - firstDueMs;
  return turns < Infinity ? Math.max(stoppedAtMs - firstDueMs, turns) : stoppedAtMs;
}

/**
 * Messages asked for per second, up to the stop. Where the rate is not constant, or chance decides, what was
 * asked for is what fell due: `rate < 99%` judges the generator and the target, not the dice.
 */
function askedRate(source: DocumentSource): number | null {
  const { plan, recorder, round } = source;
  const { pacer, stop } = round.terms;
  if (pacer === null) return null;
  const span = spanMs(source);
  // Nothing was this machine's to send.
  if (stop.count === 0) return 0;
  if (span === 0) return pacer.rateAt(0);
  if (plan.load.kind === "constant" && plan.load.arrivals === "regular") {
    return Math.round(pacer.meanRate(round.stoppedAtMs) * 1000) / 1000;
  }
  return Math.round(recorder.total.planned * 1e6 / span) / 1000;
}

/**
 * Messages sent per second, up to the stop; where their number ends the run, up to the last of them: what was queued
 * then is sent after the stop, and takes its time.
 */
function achievedRate(source: DocumentSource): number {
  const { recorder, round } = source;
  const { planned, sent } = recorder.total;
  const counted = round.terms.pacer !== null && planned > 0 && planned >= round.terms.stop.count;
  const span = counted ? Math.max(spanMs(source), round.lastSentMs - round.firstDueMs) : spanMs(source);
  if (span === 0) return 0;
  return Math.round((counted ? sent : round.sentByStop) * 1e6 / span) / 1000;
}

function reasons(source: DocumentSource, asked: number | null, achieved: number): string[] {
  const found = asked === null ? [gaveUpReason(source)] : scheduleReasons(source, asked, achieved);
  return found.filter((reason) => reason !== null);
}

function gaveUpReason({ plan, recorder, round }: DocumentSource): string | null {
  if (round.gaveUpMs === 0) return null;
  const [planned, count] = [recorder.total.planned, plan.stop.count].map(formatCount);
  return `stopped at ${planned} of ${count} messages: there was no connection for ${formatSeconds(round.gaveUpMs)}`;
}

function scheduleReasons(
  { plan, recorder, lateStartMs }: DocumentSource,
  asked: number,
  achieved: number,
): (string | null)[] {
  const { outcomes, service, connect } = recorder.total;
  const { seconds: limitedSeconds, cpu, gapMs } = recorder.limited;
  const late = lateStartMs < LATEST_MS
    ? null
    : `t0 was ${formatSeconds(lateStartMs)} ago when the connections were ready; that much shows in lag and response`;
  const few = connectionsReason({
    asked,
    peak: Math.max(asked, ...recorder.intervals.rows.map((row) => row.asked ?? 0)),
    achieved,
    occupiedUs: service.mean + (plan.connectionPerMessage ? connect.mean : 0),
    connections: plan.connections,
    inFlight: plan.inFlight,
    leftOver: outcomes.unsent + outcomes.dropped,
  });
  return [late, few, late === null ? stallReason({ limitedSeconds, cpu, gapMs, asked, achieved }) : null];
}

/** To a tenth of a second: a sentence needs no more. */
function formatSeconds(ms: number): string {
  return formatDuration(Math.round(ms / 100) * 100);
}

function present(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** What is kept of a warm-up that took so long, all intervals closed. */
export function warmupSummary({ total }: Recorder, tookMs: number): WarmupSummary {
  return {
    duration_s: Math.round(tookMs) / 1000,
    planned: total.planned,
    sent: total.sent,
    outcomes: { ...total.outcomes },
    service: total.service.row(),
    connect: total.connect.row(),
  };
}
