/**
 * A comparison for people: verdicts first, then the figures side by side.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Paint, paint, printable, table } from "../text.ts";
import { formatCount } from "../values.ts";
import type { ChangeVerdict, ComparedHead, Comparison } from "./compare.ts";
import { type ComparedMetric, NOISE_WORDS } from "./compare_metric.ts";
import { fill, hang } from "./layout.ts";
import { micros, percent, perSecond, share } from "./units.ts";

const SHOW: Readonly<Record<ComparedMetric["unit"], (value: number) => string>> = {
  us: micros,
  per_second: perSecond,
  count: formatCount,
};
/** From so many times as much on, that is told in place of a percentage. */
const TIMES = 10;
const PAINT: Readonly<Record<ComparedMetric["verdict"], Paint | null>> = { worse: "red", better: "green", same: null };

/**
 * The comparison, line by line, without line ends; what is worse or better beyond noise is painted.
 * Sentences are broken at `width`; the table is as wide as its figures, about 70 columns.
 *
 * @example
 * ```ts
 * import { compareText } from "./compare_text.ts";
 * import type { Comparison } from "./compare.ts";
 *
 * function show(comparison: Comparison): string {
 *   return compareText(comparison, 80).join("\n");
 * }
 * ```
 */
export function compareText(comparison: Comparison, width: number): string[] {
  const { a, b, metrics, thresholds } = comparison;
  const lines: string[] = [];
  if (thresholds.length > 0) {
    const rows = thresholds.map((each) => [
      each.pass ? paint("green", "passed") : paint("red", "FAILED"),
      printable(each.expr),
      wasWords(each, comparison),
    ]);
    lines.push(
      `${paint("bold", "THRESHOLDS")} ${paint("dim", "(B fails where one is true)")}`,
      ...table(rows, { indent: 2 }),
      "",
    );
  }
  lines.push(paint("bold", "RUNS"), ...runLines("A", a, width), ...runLines("B", b, width), "");
  const rows = metrics.map((metric) => cells(metric, a, b));
  lines.push(paint("bold", "FIGURES"));
  lines.push(...table([["", "A", "B", "change", "", ""], ...rows], { indent: 2, align: "lrrrrl" }));
  lines.push(
    ...fill(`painted: changes beyond noise (${NOISE_WORDS})`.split(" "), width).map((line) => paint("dim", line)),
  );
  return [...lines, "", lastLine(comparison)];
}

function runLines(label: string, head: ComparedHead, width: number): string[] {
  const { name, version, target, started, planned } = head;
  const parts = [
    name,
    `${formatCount(planned)} planned`,
    target,
    started.replace(/\.\d+Z$/, "Z"),
    `mllp ${version}`,
  ];
  return hang(`  ${label}  `, printable(parts.join(", ")), width);
}

function cells(metric: ComparedMetric, a: ComparedHead, b: ComparedHead): string[] {
  const { name, unit, change, relative, verdict, few_samples } = metric;
  const value = (figure: number | null, { planned }: ComparedHead) => {
    if (figure === null) return "-";
    return unit === "count" && figure > 0 ? `${formatCount(figure)} (${share(figure, planned)})` : SHOW[unit](figure);
  };
  const how = PAINT[verdict];
  const painted = (text: string) => how === null ? text : paint(how, text);
  return [
    name,
    value(metric.a, a),
    value(metric.b, b),
    change === null ? "-" : painted(signed(change, SHOW[unit])),
    relative === null ? "" : painted(relatively(relative)),
    few_samples ? paint("dim", "few samples") : verdict === "same" ? "" : painted(verdict),
  ];
}

function signed(value: number, show: (value: number) => string): string {
  const text = show(Math.abs(value));
  return value === 0 || text === show(0) ? text : `${value > 0 ? "+" : "-"}${text}`;
}

/** A relative change: percent, and from ten times as much on how many times. */
function relatively(change: number): string {
  return change < TIMES - 1 ? signed(change, percent) : `${formatCount(Math.round(change + 1))} x`;
}

function wasWords({ metric, value, unit, a, b }: ChangeVerdict, runs: Comparison): string {
  if (a === null) return `${metric}: nothing measured`;
  // Only a latency can be missing.
  if (b === null) return `${metric}: ${micros(a)} -> nothing measured`;
  if (unit !== "fraction") return `${metric}: ${signed(value!, SHOW[unit])}`;
  if (value !== null) return `${metric}: ${relatively(value)}`;
  // From 0 on there is no percentage.
  const shown = metric === "rate" ? perSecond(b) : /\(/.test(metric) ? micros(b) : share(b, runs.b.planned);
  return `${metric}: 0 -> ${shown}`;
}

function lastLine(comparison: Comparison): string {
  const { thresholds, metrics, pass } = comparison;
  const failed = thresholds.filter((each) => !each.pass);
  if (!pass) {
    const more = failed.length > 1 ? `, and ${formatCount(failed.length - 1)} more` : "";
    return paint("red", `FAILED: ${printable(failed[0].expr)}, ${wasWords(failed[0], comparison)}${more}`);
  }
  const of = (verdict: ComparedMetric["verdict"]) => metrics.filter((each) => each.verdict === verdict).length;
  const [worse, better] = [of("worse"), of("better")];
  const parts = [
    ...worse > 0 ? [`${worse} worse`] : [],
    ...better > 0 ? [`${better} better`] : [],
    ...worse + better === 0 ? ["no change beyond noise"] : [],
    ...thresholds.length > 0
      ? [`${thresholds.length} ${thresholds.length === 1 ? "threshold" : "thresholds"} passed`]
      : [],
  ];
  return paint(worse > 0 ? "yellow" : "green", parts.join(", "));
}
