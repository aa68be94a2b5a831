/**
 * A run in plain words, as every report for people says it: what was asked, what came of it, what
 * a threshold measured. It knows neither a terminal nor a page.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { LatencyRow, RunDocument, ThresholdVerdict } from "../load/result.ts";
import { parseThreshold, type Threshold, thresholdValue } from "../load/threshold.ts";
import { ACHIEVED_SHARE } from "../load/verdict.ts";
import { type Outcome, OUTCOMES } from "../outcome.ts";
import { printable } from "../text.ts";
import { formatCount } from "../values.ts";
import { micros, percent, perSecond } from "./units.ts";

/** What an outcome says, for who reads it the first time; nothing of `accepted`. */
export const OUTCOME_MEANING: Readonly<Record<Outcome, string>> = {
  accepted: "",
  error: "answered AE or CE",
  reject: "answered AR or CR",
  timeout: "no answer within the timeout",
  closed: "the peer closed the connection first",
  reset: "the peer broke the connection first",
  refused: "no connection to send it on",
  damaged: "the answer was no whole frame",
  wrong_id: "only answers to other messages came",
  unanswered: "no answer by the end of the drain",
  dropped: "the queue was full, or it was too late",
  unsent: "still queued at the end",
};

/** Of fewer samples, the higher percentiles are but the greatest of them (our decision). */
export const FEW_SAMPLES = 10;

/** The percentiles of a table of latencies: the name of each, where it is kept, and of how many samples it can be told. */
export const LATENCY_COLUMNS: readonly (readonly [name: string, key: keyof LatencyRow, samples: number])[] = [
  ["min", "min", 1],
  ["p50", "p50", 1],
  ["p90", "p90", FEW_SAMPLES],
  ["p95", "p95", FEW_SAMPLES],
  ["p99", "p99", FEW_SAMPLES],
  ["p99.9", "p99_9", FEW_SAMPLES],
  ["max", "max", 1],
];

/** What is said in place of a value that there is none of. */
export const NOTHING_MEASURED = "nothing measured";

/** How the messages fared: `good`, all accepted; `bad`, none; `mixed`, or nothing was due. */
export type Tone = "good" | "mixed" | "bad";

/**
 * How the messages fared as a whole, whatever the thresholds say.
 *
 * @example
 * ```ts
 * import { toneOf } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(toneOf({ planned: 9, outcomes: { accepted: 9 } } as RunDocument), "good");
 * ```
 */
export function toneOf({ planned, outcomes }: RunDocument): Tone {
  if (planned > 0 && outcomes.accepted === 0) return "bad";
  return planned > 0 && outcomes.accepted === planned ? "good" : "mixed";
}

/**
 * What came of the messages, in a sentence.
 *
 * @example
 * ```ts
 * import { resultSentence } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { planned: 1000, outcomes: { accepted: 998 } } as RunDocument;
 * assert.equal(resultSentence(run), "998 of 1,000 messages were accepted, 2 not.");
 * ```
 */
export function resultSentence(run: RunDocument): string {
  const { accepted } = run.outcomes;
  const planned = formatCount(run.planned);
  if (run.planned === 0) return "No message was due, and none was sent.";
  if (accepted === 0) {
    return run.planned === 1 ? "The message was not accepted." : `Not one of ${planned} messages was accepted.`;
  }
  if (accepted === run.planned) {
    return run.planned === 1 ? "The one message was accepted." : `All ${planned} messages were accepted.`;
  }
  return `${formatCount(accepted)} of ${planned} messages were accepted, ${formatCount(run.planned - accepted)} not.`;
}

const SHOW: Readonly<Record<Threshold["unit"], (value: number) => string>> = {
  us: micros,
  fraction: percent,
  per_second: perSecond,
  count: formatCount,
};

/**
 * A value of a threshold's metric with its unit: `7.33 s`; bare where this version does not know the metric.
 *
 * @example
 * ```ts
 * import { valueWords } from "./words.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(valueWords("p99(response) > 250ms", 7_330_000), "7.33 s");
 * ```
 */
export function valueWords(expr: string, value: number): string {
  const threshold = known(expr);
  return threshold === null ? String(value) : SHOW[threshold.unit](value);
}

/**
 * The value that a threshold's verdict rests on, with its unit; `nothing measured` where there is none.
 *
 * @example
 * ```ts
 * import { measuredWords } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { rate: { asked: 200, achieved: 190 } } as RunDocument;
 * assert.equal(measuredWords({ expr: "rate < 99%", pass: false, value: 0.95 }, run), "95.0 %");
 * ```
 */
export function measuredWords({ expr, value }: ThresholdVerdict, run: RunDocument): string {
  if (value === null) return NOTHING_MEASURED;
  const threshold = known(expr);
  // Older documents have 0 there.
  const measured = value !== 0 || threshold === null || thresholdValue(threshold, run) !== null;
  return measured ? valueWords(expr, value) : NOTHING_MEASURED;
}

/** Null for what is no threshold here: a document of a newer version may know metrics that this one does not. */
function known(expr: string): Threshold | null {
  try {
    return parseThreshold(expr);
  } catch {
    return null;
  }
}

/**
 * A threshold's expression on one line, without its `abort after`.
 *
 * @example
 * ```ts
 * import { withoutAbort } from "./words.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(withoutAbort("lost > 0 abort after 2s"), "lost > 0");
 * ```
 */
export function withoutAbort(expr: string): string {
  return printable(expr.replace(/\s+abort\s.*$/s, ""));
}

/**
 * Which shard a run was, counted from 0 and written as `--shard` is: `1/4`.
 *
 * @example
 * ```ts
 * import { shardWords } from "./words.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(shardWords({ index: 1, of: 4 }), "shard 1/4");
 * ```
 */
export function shardWords({ index, of }: NonNullable<RunDocument["shard"]>): string {
  return `shard ${index}/${of}`;
}

/**
 * Why the connections were too few, where they were (each in a sentence): the reasons of the generator's verdict that
 * are not about the generator.
 *
 * @example
 * ```ts
 * import { connectionsWords } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const reasons = ["500/s x 40 ms needs at least 20 connections; there were 8"];
 * assert.deepEqual(connectionsWords({ generator: { reasons } } as unknown as RunDocument), reasons);
 * ```
 */
export function connectionsWords({ generator: { reasons } }: RunDocument): string[] {
  return reasons.filter((reason) => / needs at least [\d,]+ connections\b/.test(reason));
}

/**
 * What was asked of the generator: `constant 200/s`, `closed loop`.
 *
 * @example
 * ```ts
 * import { loadWords } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const load = { kind: "burst", text: "200/10s", arrivals: "regular" };
 * assert.equal(loadWords({ model: "rate", load } as RunDocument), "bursts of 200/10s");
 * ```
 */
export function loadWords({ model, load, rate }: RunDocument): string {
  if (model === "closed") return "closed loop";
  if (load === undefined) return rate.asked === null ? "at a rate" : `constant ${perSecond(rate.asked)}`;
  const text = printable(load.text);
  const what = load.kind === "search"
    ? `search for the highest rate, ${text}`
    : load.kind === "burst"
    ? `bursts of ${text}`
    : `${printable(load.kind)} ${text}`;
  return load.arrivals === "poisson" ? `${what}, at random (Poisson)` : what;
}

/**
 * Whether what the messages met decides, not the thresholds: not one was accepted, and there is no threshold, or one
 * had nothing to measure (our decision: of a dead target there is no latency, and a gate must not open because of that).
 *
 * @example
 * ```ts
 * import { outcomesDecide } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const thresholds = [{ expr: "p99(response) > 250ms", pass: true, value: null }];
 * assert.equal(outcomesDecide({ outcomes: { accepted: 0 }, thresholds } as unknown as RunDocument), true);
 * ```
 */
export function outcomesDecide({ outcomes, thresholds }: RunDocument): boolean {
  if (thresholds.length === 0) return true;
  return outcomes.accepted === 0 && thresholds.every(({ pass }) => pass) &&
    thresholds.some(({ value }) => value === null);
}

/**
 * Whether the run failed by what the messages met: not one was accepted, and no threshold decides. What was never sent
 * because of a signal is no failure.
 *
 * @example
 * ```ts
 * import { failedByOutcomes } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { outcomes: { accepted: 0, error: 50 }, thresholds: [], interrupted: null };
 * assert.equal(failedByOutcomes(run as unknown as RunDocument), true);
 * ```
 */
export function failedByOutcomes(run: RunDocument): boolean {
  const { outcomes, interrupted } = run;
  if (outcomes.accepted > 0 || !outcomesDecide(run)) return false;
  const signalled = interrupted !== null && interrupted !== "q";
  const met = OUTCOMES.filter((name) => !(signalled && (name === "dropped" || name === "unsent")));
  return met.some((name) => outcomes[name] > 0);
}

/** How a run is judged, beyond its own thresholds. */
export interface Judgement {
  /** Whether a run in which the generator was the limit has failed (`--strict-generator`); default no. */
  readonly strictGenerator?: boolean;
}

/**
 * Whether the run failed because the generator was the limit, and for nothing that weighs more.
 *
 * @example
 * ```ts
 * import { failedByGenerator } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const verdict = "generator was the limit for 12 % of the run; those seconds are marked";
 * const run = { outcomes: { accepted: 9 }, thresholds: [], generator: { verdict } } as unknown as RunDocument;
 * assert.equal(failedByGenerator(run, { strictGenerator: true }), true);
 * assert.equal(failedByGenerator(run, {}), false);
 * ```
 */
export function failedByGenerator(run: RunDocument, { strictGenerator = false }: Judgement): boolean {
  if (!strictGenerator || run.generator.verdict === "healthy") return false;
  const foundNone = run.search?.rate === null && run.search.steps.length > 0;
  return run.thresholds.every(({ pass }) => pass) && !failedByOutcomes(run) && !foundNone;
}

/** What is said of such a run. */
export const GENERATOR_FAILS = "the generator was the limit (--strict-generator: exit 6)";

/**
 * How long it took to send the messages, in seconds: where the rate fell short, longer than until the stop, because
 * what was queued then was sent after it.
 *
 * @example
 * ```ts
 * import { sendingSeconds } from "./words.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { sent: 20, duration_s: 0.95, rate: { asked: 20, achieved: 5 } } as RunDocument;
 * assert.equal(sendingSeconds(run), 4);
 * ```
 */
export function sendingSeconds({ sent, duration_s, rate: { asked, achieved } }: RunDocument): number {
  if (asked === null || achieved === 0 || achieved >= ACHIEVED_SHARE * asked) return duration_s;
  return Math.max(duration_s, sent / achieved);
}
