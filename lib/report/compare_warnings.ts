/**
 * Why two runs may not be comparable.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../load/result.ts";
import { formatCount } from "../values.ts";
import { perSecond, span } from "./units.ts";
import { loadWords, shardWords } from "./words.ts";

/** Rates asked for that differ by no more are the same (our decision: Poisson arrivals never ask for quite the same). */
const SAME_RATE = 0.02;
/** A run that is so many times longer has other tails (our decision). */
const LONGER = 2;

/** What may differ, and how each run has it. */
const CONDITIONS: readonly (readonly [what: string, read: (run: RunDocument) => string])[] = [
  ["targets", ({ target }) => target],
  ["loads", loadWords],
  [
    "connections",
    ({ connections: { asked, per_message } }) => per_message ? "one for each message" : formatCount(asked),
  ],
  ["messages in flight on each connection", ({ connections }) => formatCount(connections.in_flight)],
  ["retries", ({ resending }) => resending === undefined ? "unknown" : `${resending.retries}, ${resending.on_timeout}`],
  ["warm-ups", ({ warmup }) => (warmup ?? null) === null ? "none" : "one"],
  ["parts", ({ shard }) => shard === undefined ? "the whole" : shardWords(shard)],
];

/**
 * The reasons, each in a sentence; none for two runs alike.
 *
 * @example
 * ```ts
 * import { comparabilityWarnings } from "./compare_warnings.ts";
 * import type { RunDocument } from "../load/result.ts";
 *
 * function warn(before: RunDocument, after: RunDocument): string[] {
 *   return comparabilityWarnings({ name: "before", run: before }, { name: "after", run: after });
 * }
 * ```
 */
export function comparabilityWarnings(
  a: { readonly name: string; readonly run: RunDocument },
  b: { readonly name: string; readonly run: RunDocument },
): string[] {
  const warnings: string[] = [];
  for (const [what, read] of CONDITIONS) {
    const [before, after] = [read(a.run), read(b.run)];
    if (before !== after) warnings.push(`the runs had different ${what}: ${a.name} ${before}, ${b.name} ${after}`);
  }
  const asked = [a.run.rate.asked, b.run.rate.asked];
  if (asked[0] !== null && asked[1] !== null && loadWords(a.run) === loadWords(b.run)) {
    const most = Math.max(asked[0], asked[1]);
    if (Math.abs(asked[0] - asked[1]) > SAME_RATE * most) {
      warnings.push(
        `the runs were asked for different rates: ${a.name} ${perSecond(asked[0])}, ${b.name} ${perSecond(asked[1])}`,
      );
    }
  }
  const [short, long] = [a, b].sort((one, other) => one.run.duration_s - other.run.duration_s);
  if (long.run.duration_s > LONGER * short.run.duration_s) {
    warnings.push(
      `${long.name} took ${span(long.run.duration_s)}, ${short.name} ${span(short.run.duration_s)}: ` +
        "a longer run sees rarer latencies",
    );
  }
  for (const { name, run } of [a, b]) {
    if (run.generator.verdict !== "healthy") warnings.push(`${name}: ${run.generator.verdict}`);
    if (run.interrupted !== null) warnings.push(`${name} was ended by ${run.interrupted}`);
    if (run.planned > 0 && run.latency_us.service.count === 0) warnings.push(`${name} measured no service time`);
    if ((run.steering ?? []).length > 0) warnings.push(`${name} was steered by hand`);
  }
  return warnings;
}
