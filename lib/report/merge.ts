/**
 * Several generators' runs of one plan, added up to one run document: counts and series exactly, from
 * the encoded histograms, as if one generator had sent it all.
 *
 * # Our decisions
 *
 * - What cannot be added is an error: documents without histograms, a closed loop and a rate, a
 *   search, the same shard twice, shards of different plans, the same run twice (also where it was
 *   added up before: a merged document lists its parts), runs that did not go on at the same time.
 * - What can be added but may not be meant is a warning: a shard that is missing, other targets,
 *   versions or seeds, runs that did not begin together (their rates are added as if they had), or
 *   of which some ended before the others (rates are over the time of the longest).
 * - The generator is judged by the worst of them. `cpu`, `longest_gap_us` and `limited_s` are the
 *   greatest, since each machine has its own; of a warm-up no histograms are kept, so its percentiles
 *   are folded as those of intervals are.
 * - Thresholds are judged anew, on the whole. Where the runs had different ones, that is an error
 *   unless others are given: a gate must not open because nobody judged.
 * - `errors` are added by text; each run lists ten, so one that is rare everywhere can be missing.
 *
 * @module
 */
import type { RunDocument, ThresholdVerdict } from "../load/result.ts";
import { evaluate, parseThreshold, requireAvailable, type Threshold } from "../load/threshold.ts";
import { OUTCOMES } from "../outcome.ts";
import { checkMergeable, mergeWarnings } from "./merge_check.ts";
import { mergeIntervals } from "./merge_intervals.ts";
import { foldLatencyRows, mergeSeries, type NamedRun } from "./merge_latency.ts";
import { mergeRates, partsOf } from "./merge_parts.ts";

/** How many texts a document lists (load.md section 6). */
const LISTED = 10;

/** A merged run. */
export interface Merged {
  readonly run: RunDocument;
  /** What may not be meant, each in a sentence. */
  readonly warnings: readonly string[];
}

/**
 * Adds runs up. `thresholds` replaces those that the runs were judged by. Throws a `RangeError` that
 * names the run and says why, if they cannot be added, were judged by different thresholds, or lack
 * what a threshold looks at.
 *
 * @example
 * ```ts
 * import { mergeRuns } from "./merge.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => mergeRuns([]), { message: "Cannot merge no runs: wanted at least one" });
 * ```
 */
export function mergeRuns(parts: readonly NamedRun[], thresholds: readonly Threshold[] = []): Merged {
  checkMergeable(parts);
  const runs = parts.map(({ run }) => run);
  const [first] = runs;
  const t0 = Math.min(...runs.map(({ started }) => Date.parse(started)));
  const placed = runs.map((run) => ({ run, offset: (Date.parse(run.started) - t0) / 1000 }));
  const warnings = mergeWarnings(parts);
  const same = <T>(read: (run: RunDocument) => T): T | undefined => {
    const values = new Set(runs.map((run) => JSON.stringify(read(run))));
    return values.size === 1 ? read(first) : undefined;
  };
  const total = (read: (run: RunDocument) => number) => runs.reduce((sum, run) => sum + read(run), 0);
  const greatest = (read: (run: RunDocument) => number) => Math.max(...runs.map(read));
  const unverified: RunDocument = {
    schema: "mllp.run/1",
    version: first.version,
    target: [...new Set(runs.map(({ target }) => target))].join(", "),
    seed: first.seed,
    model: first.model,
    load: mergeLoad(runs),
    merged: total(({ merged }) => merged ?? 1),
    parts: runs.flatMap(partsOf)
      .sort((a, b) => (a.shard?.index ?? 0) - (b.shard?.index ?? 0) || Date.parse(a.started) - Date.parse(b.started)),
    started: new Date(t0).toISOString(),
    duration_s: Math.round(Math.max(...placed.map(({ run, offset }) => offset + run.duration_s)) * 1e6) / 1e6,
    planned: total(({ planned }) => planned),
    sent: total(({ sent }) => sent),
    outcomes: addOutcomes(runs.map(({ outcomes }) => outcomes)),
    acks: addCounts(runs.map(({ acks }) => acks)),
    anomalies: addCounts(runs.map(({ anomalies }) => ({ ...anomalies }))) as unknown as RunDocument["anomalies"],
    warnings: addCounts(runs.map(({ warnings }) => warnings ?? {})),
    retries: total(({ retries }) => retries),
    resending: same(({ resending }) => resending),
    rate: mergeRates(parts),
    ...mergeSeries(parts),
    connections: {
      asked: total(({ connections }) => connections.asked),
      open: total(({ connections }) => connections.open),
      reconnects: total(({ connections }) => connections.reconnects),
      in_flight: greatest(({ connections }) => connections.in_flight),
      per_message: runs.some(({ connections }) => connections.per_message),
      blocked_s: rounded(total(({ connections }) => connections.blocked_s ?? 0)),
    },
    generator: mergeGenerators(parts),
    warmup: mergeWarmups(runs),
    steering: placed
      .flatMap(({ run, offset }) =>
        (run.steering ?? []).map(({ at_s, speed }) => ({ at_s: rounded(at_s + offset), speed }))
      )
      .sort((a, b) => a.at_s - b.at_s),
    deliveries: mergeDeliveries(runs),
    errors: mergeErrors(placed),
    thresholds: [],
    intervals: mergeIntervals(placed.map(({ run, offset }) => ({ offset, rows: run.intervals }))),
    interrupted: runs.find(({ interrupted }) => interrupted !== null)?.interrupted ?? null,
  };
  const verdicts = thresholds.length > 0
    ? thresholds.map((threshold) => judge(threshold, unverified))
    : judgeAgain(parts, unverified);
  return { run: defined({ ...unverified, thresholds: verdicts }), warnings };
}

/** The document as one that was read: without keys that have no value. */
function defined(run: RunDocument): RunDocument {
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined)) as unknown as RunDocument;
}

function judge(threshold: Threshold, run: RunDocument): ThresholdVerdict {
  requireAvailable(threshold, run.model);
  return evaluate(threshold, run);
}

function judgeAgain(parts: readonly NamedRun[], run: RunDocument): ThresholdVerdict[] {
  const lists = parts.map((part) => part.run.thresholds.map(({ expr }) => expr));
  const other = lists.findIndex((list) => JSON.stringify(list) !== JSON.stringify(lists[0]));
  if (other > 0) {
    throw new RangeError(
      `Cannot judge the whole: ${parts[0].name} and ${parts[other].name} were judged by different thresholds; ` +
        "wanted those of the whole (--fail-if)",
    );
  }
  return lists[0].map((expr, i) => {
    const stopped = parts.some((part) => part.run.thresholds[i].stopped);
    const verdict = judge(parseThreshold(expr), run);
    // One that ended a run has failed, whatever the whole makes of it.
    return stopped ? { ...verdict, pass: false, stopped: true as const } : verdict;
  });
}

/** The parts of one plan have its load; machines that each had a plan of their own have theirs together. */
function mergeLoad(runs: readonly RunDocument[]): RunDocument["load"] {
  const loads = runs.map(({ load }) => load);
  const [first] = loads;
  if (first === undefined || loads.some((load) => load?.kind !== first.kind || load.arrivals !== first.arrivals)) {
    return undefined;
  }
  const texts = loads.map((load) => load!.text);
  if (texts.every((text) => text === first.text)) {
    const shared = runs.length === 1 || first.text === "" || runs.some(({ shard }) => shard !== undefined);
    return shared ? first : { ...first, text: `${runs.length} x ${first.text}` };
  }
  return { ...first, text: texts.join(" + ") };
}

function mergeGenerators(parts: readonly NamedRun[]): RunDocument["generator"] {
  const unhealthy = parts.filter(({ run }) => run.generator.verdict !== "healthy");
  const limited = parts.map(({ run }) => run.generator.limited_s ?? 0);
  const [worst] = [...unhealthy].sort((a, b) => (b.run.generator.limited_s ?? 0) - (a.run.generator.limited_s ?? 0));
  const of = parts.length === 1 ? "" : `${worst?.name} (the worst of ${unhealthy.length} of ${parts.length}): `;
  const reasons = parts.flatMap(({ name, run }) =>
    run.generator.reasons.map((reason) => parts.length === 1 ? reason : `${name}: ${reason}`)
  );
  return {
    verdict: worst === undefined ? "healthy" : of + worst.run.generator.verdict,
    reasons,
    cpu: Math.max(...parts.map(({ run }) => run.generator.cpu)),
    longest_gap_us: Math.max(...parts.map(({ run }) => run.generator.longest_gap_us)),
    limited_s: Math.max(...limited),
  };
}

function mergeWarmups(runs: readonly RunDocument[]): RunDocument["warmup"] {
  const warmups = runs.map(({ warmup }) => warmup).filter((warmup) => warmup !== null && warmup !== undefined);
  if (warmups.length === 0) return null;
  return warmups.reduce((a, b) => ({
    duration_s: Math.max(a.duration_s, b.duration_s),
    planned: a.planned + b.planned,
    sent: a.sent + b.sent,
    outcomes: addOutcomes([a.outcomes, b.outcomes]),
    service: foldLatencyRows(a.service, b.service),
    connect: foldLatencyRows(a.connect, b.connect),
  }));
}

function mergeDeliveries(runs: readonly RunDocument[]): RunDocument["deliveries"] {
  const all = runs.flatMap(({ deliveries }) => deliveries ?? []);
  return [...new Set(all.map(({ to }) => to))].map((to) => {
    const same = all.filter((delivery) => delivery.to === to);
    return {
      to,
      delivered: same.reduce((sum, { delivered }) => sum + delivered, 0),
      lost: same.reduce((sum, { lost }) => sum + lost, 0),
      note: [...new Set(same.map(({ note }) => note).filter((note) => note !== ""))].join("; "),
    };
  });
}

function mergeErrors(placed: readonly { run: RunDocument; offset: number }[]): RunDocument["errors"] {
  const texts = new Map<string, { text: string; count: number; first_seen_s: number }>();
  for (const { run, offset } of placed) {
    for (const { text, count, first_seen_s } of run.errors) {
      const seen = rounded(first_seen_s + offset);
      const known = texts.get(text);
      if (known === undefined) texts.set(text, { text, count, first_seen_s: seen });
      else {
        known.count += count;
        known.first_seen_s = Math.min(known.first_seen_s, seen);
      }
    }
  }
  return [...texts.values()].sort((a, b) => b.count - a.count || a.first_seen_s - b.first_seen_s).slice(0, LISTED);
}

function addOutcomes(parts: readonly RunDocument["outcomes"][]): RunDocument["outcomes"] {
  return Object.fromEntries(
    OUTCOMES.map((name) => [name, parts.reduce((sum, outcomes) => sum + outcomes[name], 0)]),
  ) as RunDocument["outcomes"];
}

function addCounts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum = new Map<string, number>();
  for (const counts of parts) {
    for (const [word, count] of Object.entries(counts)) sum.set(word, (sum.get(word) ?? 0) + count);
  }
  return Object.fromEntries(sum);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
