/**
 * Whether runs may be added up: what forbids it, and what may not be meant. What a merged run is, it
 * does not know.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../load/result.ts";
import { formatCount } from "../values.ts";
import type { NamedRun } from "./merge_latency.ts";
import { endedSooner, longest, overlap, partsOf } from "./merge_parts.ts";
import { span } from "./units.ts";

/** Runs of which one began so much later were not together (our decision: clocks of machines differ by less). */
const TOGETHER_S = 1;
/** Runs of which one began so much later were not one load at all, even if they overlap (our decision). */
const APART_S = 60;

/**
 * Throws a `RangeError` that names the first run which forbids adding these up, and says why.
 *
 * @example
 * ```ts
 * import { checkMergeable } from "./merge_check.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { model: "rate", started: "2026-01-31T12:00:00Z", shard: { index: 0, of: 2 } } as RunDocument;
 * assert.throws(
 *   () => checkMergeable([{ name: "a.json", run }, { name: "b.json", run: { ...run, seed: 8 } }]),
 *   { message: "Cannot merge a.json and b.json: both are shard 0/2" },
 * );
 * ```
 */
export function checkMergeable(parts: readonly NamedRun[]): void {
  if (parts.length === 0) throw new RangeError("Cannot merge no runs: wanted at least one");
  parts.forEach(({ name, run }, i) => {
    if (run.merged !== undefined && run.parts === undefined) {
      throw new RangeError(
        `Cannot merge ${name}: it was added up, and does not say from which runs; wanted those runs`,
      );
    }
    if (parts.length > 1 && (run.search ?? null) !== null) {
      throw new RangeError(`Cannot merge ${name}: it is a search, which asked for other rates than its neighbours`);
    }
    for (const before of parts.slice(0, i)) {
      const why = forbids(before.run, run);
      if (why !== null) throw new RangeError(`Cannot merge ${before.name} and ${name}: ${why}`);
    }
  });
}

function forbids(a: RunDocument, b: RunDocument): string | null {
  if (a.model !== b.model) return `one is a closed loop, the other was sent at a rate`;
  return overlap(a, b) ?? notTogether(a, b);
}

function notTogether(a: RunDocument, b: RunDocument): string | null {
  const [first, second] = [a, b].map((run) => ({ at: Date.parse(run.started) / 1000, run })).sort((x, y) =>
    x.at - y.at
  );
  const apart = second.at - first.at;
  if (apart > APART_S) return `they began ${span(apart)} apart, so they were not one load`;
  const gap = apart - first.run.duration_s;
  return gap > TOGETHER_S ? `the one began ${span(gap)} after the other had ended, so they were not one load` : null;
}

/**
 * What may not be meant, each in a sentence.
 *
 * @example
 * ```ts
 * import { mergeWarnings } from "./merge_check.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const rest = { connections: { in_flight: 1, per_message: false }, interrupted: null, thresholds: [] };
 * const run = { ...rest, started: "2026-01-31T12:00:00Z", shard: { index: 1, of: 2 }, rate: {} } as unknown as RunDocument;
 * assert.deepEqual(mergeWarnings([{ name: "b.json", run }]), ["shard 0/2 is missing: this is not the whole run"]);
 * ```
 */
export function mergeWarnings(parts: readonly NamedRun[]): string[] {
  const all = parts.flatMap(({ run }) => partsOf(run));
  const shards = all.map(({ shard }) => shard).filter((shard) => shard !== undefined);
  return [
    ...missingShards(shards),
    ...shards.length > 0 && shards.length < all.length
      ? ["some of the runs are shards and some are not: whether all are here cannot be told"]
      : [],
    ...differing(parts, "targets", ({ target }) => target),
    ...differing(parts, "versions of mllp", ({ version }) => version),
    ...seeds(parts, shards.length > 0),
    ...differing(
      parts,
      "messages in flight on a connection",
      ({ connections: { in_flight, per_message } }) => `${in_flight}${per_message ? ", a connection for each" : ""}`,
    ),
    ...apart(parts),
    ...cutShort(parts),
  ];
}

function missingShards(shards: readonly NonNullable<RunDocument["shard"]>[]): string[] {
  if (shards.length === 0) return [];
  const [{ of }] = shards;
  const here = new Set(shards.map(({ index }) => index));
  const missing = Array.from({ length: Math.min(of, 10_000) }, (_, index) => index).filter((index) => !here.has(index));
  if (missing.length === 0) return [];
  const more = missing.length > 8 ? ` and ${formatCount(missing.length - 8)} more` : "";
  const [word, verb] = missing.length === 1 ? ["shard", "is"] : ["shards", "are"];
  const named = missing.slice(0, 8).map((index) => `${index}/${of}`).join(", ");
  return [`${word} ${named}${more} ${verb} missing: this is not the whole run`];
}

function differing(parts: readonly NamedRun[], what: string, read: (run: RunDocument) => string): string[] {
  const [first] = parts;
  const other = parts.find(({ run }) => read(run) !== read(first.run));
  if (other === undefined) return [];
  return [
    `the runs have different ${what}: ${first.name} has ${read(first.run)}, ${other.name} has ${read(other.run)}`,
  ];
}

function seeds(parts: readonly NamedRun[], shards: boolean): string[] {
  if (shards) return differing(parts, "seeds, so they are no shards of one plan", ({ seed }) => String(seed));
  const known = new Map<number, string>();
  for (const { name, run } of parts) {
    for (const { seed } of partsOf(run)) {
      const other = known.get(seed) ?? name;
      if (other !== name) {
        return [`${other} and ${name} have the same seed and are no shards: both sent the same control ids`];
      }
      known.set(seed, name);
    }
  }
  return [];
}

function apart(parts: readonly NamedRun[]): string[] {
  const times = parts.map(({ run }) => Date.parse(run.started) / 1000);
  const seconds = Math.max(...times) - Math.min(...times);
  if (seconds <= TOGETHER_S) return [];
  return [`the runs began ${seconds.toFixed(1)} s apart: their rates are added as if they had begun together`];
}

function cutShort(parts: readonly NamedRun[]): string[] {
  const interrupted = parts.filter(({ run }) => run.interrupted !== null)
    .map(({ name, run }) =>
      run.parts === undefined
        ? `${name} was ended by ${run.interrupted} after ${span(run.duration_s)}`
        : `${name} holds a run that was ended by ${run.interrupted}`
    );
  const whole = Math.max(...parts.map(({ run }) => longest(run)));
  const sooner = parts.find(({ run }) => run.interrupted === null && endedSooner(run, whole));
  const shorter = sooner === undefined
    ? []
    : [`${sooner.name} took ${span(longest(sooner.run))}, the longest ${span(whole)}: rates are over the longest`];
  return [...interrupted.map((words) => `${words}: this is not the whole run`), ...shorter];
}
