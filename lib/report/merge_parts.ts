/**
 * The single runs that documents to be added up hold: one document may be of several runs that were
 * added up before.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument, RunPart } from "../load/result.ts";
import type { NamedRun } from "./merge_latency.ts";
import { shardWords } from "./words.ts";

/** Of a run that ended sooner than the longest, this share of it is no difference (our decision). */
const SLACK = 0.02;

/**
 * The runs that a document was made of; a run that was not added up is its own and only one.
 *
 * @example
 * ```ts
 * import { partsOf } from "./merge_parts.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { started: "2026-01-31T12:00:00.000Z", seed: 7, duration_s: 5, planned: 500, sent: 500 } as RunDocument;
 * assert.deepEqual(partsOf(run), [{ started: "2026-01-31T12:00:00.000Z", seed: 7, duration_s: 5, planned: 500 }]);
 * ```
 */
export function partsOf(run: RunDocument): readonly RunPart[] {
  if (run.parts !== undefined) return run.parts;
  const { started, seed, shard, duration_s, planned } = run;
  return [{ started, seed, ...(shard === undefined ? {} : { shard }), duration_s, planned }];
}

/**
 * Why two documents would count a run twice, or are of different plans; null if not.
 *
 * @example
 * ```ts
 * import { overlap } from "./merge_parts.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const half = (index: number) => ({ started: "", seed: 7, shard: { index, of: 2 }, duration_s: 5, planned: 250 });
 * const one = half(1) as RunDocument;
 * const both = { ...one, shard: undefined, parts: [half(0), half(1)] } as RunDocument;
 * assert.equal(overlap(both, one), "both hold shard 1/2");
 * ```
 */
export function overlap(a: RunDocument, b: RunDocument): string | null {
  const single = a.parts === undefined && b.parts === undefined;
  for (const one of partsOf(a)) {
    for (const other of partsOf(b)) {
      if (one.shard !== undefined && other.shard !== undefined) {
        if (one.shard.of !== other.shard.of) {
          return `the one is ${shardWords(one.shard)}, the other ${shardWords(other.shard)}`;
        }
        if (one.shard.index === other.shard.index) return `both ${single ? "are" : "hold"} ${shardWords(one.shard)}`;
      }
      if (!isSame(one, other)) continue;
      // Generators with the same seed and the same t0 can be told apart by what they measured, while they are apart.
      if (single && (a.sent === 0 || a.histograms?.service !== b.histograms?.service)) continue;
      return single ? "both are the same run" : `both hold the run that started ${one.started}`;
    }
  }
  return null;
}

function isSame(a: RunPart, b: RunPart): boolean {
  return a.started === b.started && a.seed === b.seed && a.planned === b.planned && a.duration_s === b.duration_s &&
    a.shard?.index === b.shard?.index && a.shard?.of === b.shard?.of;
}

/** How long a document's longest run took, in seconds: rates are over that. */
export function longest(run: RunDocument): number {
  return Math.max(...partsOf(run).map(({ duration_s }) => duration_s));
}

/**
 * Whether a document's runs ended before the others did, by more than a message's turn. One that had nothing to send
 * ended with the others.
 *
 * @example
 * ```ts
 * import { endedSooner } from "./merge_parts.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { planned: 250, duration_s: 9.9, rate: { asked: 25 } } as RunDocument;
 * assert.equal(endedSooner(run, 10), false);
 * assert.equal(endedSooner(run, 20), true);
 * ```
 */
export function endedSooner(run: RunDocument, longestS: number): boolean {
  // The last message of one shard is due before that of the next.
  return run.planned > 0 &&
    longestS - longest(run) > Math.max(SLACK * longestS, run.rate.asked ? 1 / run.rate.asked : 0);
}

/** Whether it was ended before its plan was. */
function isCut({ interrupted, thresholds }: RunDocument): boolean {
  return interrupted !== null || thresholds.some(({ stopped }) => stopped);
}

/**
 * The rates of runs together, over the time of the longest. What a part was asked for that ended before its plan did,
 * or that is a shard of a plan that went on, was asked for until the end: its share is missing in what was achieved.
 *
 * @example
 * ```ts
 * import { mergeRates } from "./merge_parts.ts";
 * import type { NamedRun } from "./merge_latency.ts";
 * import assert from "node:assert/strict";
 *
 * const part = (duration_s: number, interrupted: "SIGINT" | null) =>
 *   ({ run: { model: "rate", planned: 9, duration_s, interrupted, rate: { asked: 50, achieved: 50 }, thresholds: [] } }) as unknown as NamedRun;
 * assert.deepEqual(mergeRates([part(10, null), part(4, "SIGINT")]), { asked: 100, achieved: 70 });
 * ```
 */
export function mergeRates(parts: readonly NamedRun[]): RunDocument["rate"] {
  const whole = Math.max(...parts.map(({ run }) => longest(run)));
  let asked = 0;
  let achieved = 0;
  for (const { run } of parts) {
    const share = endedSooner(run, whole) ? longest(run) / whole : 1;
    const plannedLess = !isCut(run) && !partsOf(run).some(({ shard }) => shard !== undefined);
    asked += (run.rate.asked ?? 0) * (plannedLess ? share : 1);
    achieved += run.rate.achieved * share;
  }
  return { asked: parts[0].run.model === "closed" ? null : rounded(asked), achieved: rounded(achieved) };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
