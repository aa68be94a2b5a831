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

/** Runs of which one began so much later were not together (our decision: clocks of machines differ by less). */
const TOGETHER_S = 1;

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
 *   { message: "Cannot merge a.json and b.json: both are shard 0 of 2" },
 * );
 * ```
 */
export function checkMergeable(parts: readonly NamedRun[]): void {
  if (parts.length === 0) throw new RangeError("Cannot merge no runs: wanted at least one");
  parts.forEach(({ name, run }, i) => {
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
  if (a.shard !== undefined && b.shard !== undefined) {
    if (a.shard.of !== b.shard.of) {
      return `the one is a shard of ${formatCount(a.shard.of)}, the other of ${formatCount(b.shard.of)}`;
    }
    if (a.shard.index === b.shard.index) return `both are shard ${a.shard.index} of ${a.shard.of}`;
  }
  const sameRun = a.started === b.started && a.seed === b.seed && a.histograms?.service === b.histograms?.service &&
    a.sent > 0 && JSON.stringify(a.shard) === JSON.stringify(b.shard);
  return sameRun ? "both are the same run" : null;
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
 * const connections = { in_flight: 1, per_message: false };
 * const run = { started: "2026-01-31T12:00:00Z", shard: { index: 1, of: 2 }, connections } as RunDocument;
 * assert.deepEqual(mergeWarnings([{ name: "b.json", run }]), ["shard 0 of 2 is missing: this is not the whole run"]);
 * ```
 */
export function mergeWarnings(parts: readonly NamedRun[]): string[] {
  const shards = parts.map(({ run }) => run.shard).filter((shard) => shard !== undefined);
  return [
    ...missingShards(shards),
    ...shards.length > 0 && shards.length < parts.length
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
  return [`${word} ${missing.slice(0, 8).join(", ")}${more} of ${of} ${verb} missing: this is not the whole run`];
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
    const other = known.get(run.seed);
    if (other !== undefined && run.merged === undefined) {
      return [`${other} and ${name} have the same seed and are no shards: both sent the same control ids`];
    }
    known.set(run.seed, name);
  }
  return [];
}

function apart(parts: readonly NamedRun[]): string[] {
  const times = parts.map(({ run }) => Date.parse(run.started) / 1000);
  const seconds = Math.max(...times) - Math.min(...times);
  if (seconds <= TOGETHER_S) return [];
  return [`the runs began ${seconds.toFixed(1)} s apart: their rates are added as if they had gone on together`];
}
