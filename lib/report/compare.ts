/**
 * Two runs side by side: `mllp compare A.json B.json`. A is the one that was before.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../load/result.ts";
import { FIGURES, isTrue, type Metric, SERIES } from "../load/threshold.ts";
import { OUTCOMES } from "../outcome.ts";
import { type ComparedMetric, compareMetric } from "./compare_metric.ts";
import type { ChangeThreshold } from "./compare_threshold.ts";
import { comparabilityWarnings } from "./compare_warnings.ts";

/** A run, and what it is called: mostly its file. */
export interface ComparedRun {
  readonly name: string;
  readonly run: RunDocument;
}

/** What is said of each of the two. */
export interface ComparedHead {
  readonly name: string;
  readonly version: string;
  readonly target: string;
  readonly started: string;
  readonly model: RunDocument["model"];
  readonly planned: number;
}

/** The verdict on one `--fail-if`. */
export interface ChangeVerdict {
  readonly expr: string;
  /** What was looked at, with its series. */
  readonly metric: string;
  /** False when the expression came true, or nothing was measured in B of what was in A: a dead target is not better. */
  readonly pass: boolean;
  /** The change in `unit`; null where nothing was measured in one of the runs, or it is from 0. */
  readonly value: number | null;
  /** `us`, `count`, `per_second`; `fraction` for a percentage. */
  readonly unit: ChangeThreshold["unit"];
  /** The metric's values in its own unit. */
  readonly a: number | null;
  readonly b: number | null;
}

/** What `mllp compare --json` prints; additions are welcome. */
export interface Comparison {
  readonly schema: "mllp.compare/1";
  readonly a: ComparedHead;
  readonly b: ComparedHead;
  readonly metrics: readonly ComparedMetric[];
  readonly thresholds: readonly ChangeVerdict[];
  /** Why the two may not be comparable, each in a sentence. */
  readonly warnings: readonly string[];
  /** Whether no expression came true. */
  readonly pass: boolean;
}

const SHOWN_FIGURES = ["p50", "p90", "p99", "p99.9", "max"] as const;

/**
 * Compares. Throws a `RangeError` for an expression about what one of the runs does not have.
 *
 * @example
 * ```ts
 * import { type ComparedRun, compareRuns } from "./compare.ts";
 * import { parseChange } from "./compare_threshold.ts";
 *
 * function gotSlower(before: ComparedRun, after: ComparedRun): boolean {
 *   return !compareRuns(before, after, [parseChange("p99 > +10%")]).pass;
 * }
 * ```
 */
export function compareRuns(a: ComparedRun, b: ComparedRun, thresholds: readonly ChangeThreshold[] = []): Comparison {
  const verdicts = thresholds.map((threshold) => judge(threshold, a, b));
  const metrics = shownMetrics(a.run, b.run)
    .map((metric) => compareMetric(metric, a.run, b.run))
    .filter((metric) => metric.a !== null || metric.b !== null);
  return {
    schema: "mllp.compare/1",
    a: head(a),
    b: head(b),
    metrics,
    thresholds: verdicts,
    warnings: comparabilityWarnings(a, b),
    pass: verdicts.every(({ pass }) => pass),
  };
}

function head({ name, run: { version, target, started, model, planned } }: ComparedRun): ComparedHead {
  return { name, version, target, started, model, planned };
}

function latency(figure: keyof typeof FIGURES, series: typeof SERIES[number]): Metric {
  return { kind: "latency", name: `${figure}(${series})`, figure, series };
}

function shownMetrics(a: RunDocument, b: RunDocument): Metric[] {
  const differing = OUTCOMES.filter((name) => a.outcomes[name] !== b.outcomes[name]);
  return [
    { kind: "rate", name: "rate" },
    ...["errors", "lost", ...differing].map((name): Metric => ({ kind: "count", name })),
    ...SHOWN_FIGURES.map((figure) => latency(figure, "service")),
    ...SHOWN_FIGURES.map((figure) => latency(figure, "response")),
    latency("p99", "lag"),
    latency("p50", "connect"),
    latency("p99", "connect"),
  ];
}

function judge(threshold: ChangeThreshold, a: ComparedRun, b: ComparedRun): ChangeVerdict {
  const metric = resolve(threshold, a, b);
  const compared = compareMetric(metric, a.run, b.run);
  const { change, relative, a: before, b: after } = compared;
  const value = threshold.unit === "fraction" ? relative : change;
  // From nothing to something is more than any percentage.
  const judged = threshold.unit === "fraction" && relative === null && change !== null ? Number.MAX_VALUE : value;
  return {
    expr: threshold.expr,
    metric: metric.name,
    pass: !isTrue(threshold, judged) && !(before !== null && after === null),
    value,
    unit: threshold.unit,
    a: before,
    b: after,
  };
}

/** The metric with its series. */
function resolve({ metric, expr }: ChangeThreshold, a: ComparedRun, b: ComparedRun): Metric {
  if (metric.kind !== "latency") return metric;
  const closed = [a, b].find(({ run }) => run.latency_us.response === null);
  if (metric.series === null) return latency(metric.figure, closed === undefined ? "response" : "service");
  if (closed !== undefined && (metric.series === "response" || metric.series === "lag")) {
    throw new RangeError(
      `Cannot judge the threshold '${expr}': ${closed.name} is a closed loop, which has no ${metric.series}; ` +
        `wanted ${metric.figure}(service)`,
    );
  }
  return { ...metric, series: metric.series };
}
