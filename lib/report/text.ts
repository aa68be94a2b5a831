/**
 * A finished run, for people: verdicts first, then the figures (load.md section 7). What did not
 * happen is left out. It knows neither a terminal nor how the figures came about.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type Paint, paint, printable, truncate, width as columns, wrap } from "../text.ts";
import type { LatencyRow, RunDocument, ThresholdVerdict } from "../load/result.ts";
import { SHORTEST_CPU_MS } from "../load/verdict.ts";
import { OUTCOMES } from "../outcome.ts";
import { formatCount } from "../values.ts";
import { deliveryLines, searchLines, steeringLines, warmupLines } from "./asides.ts";
import { fill, hang, listed } from "./layout.ts";
import { fold, micros, perSecond, share, span, sparkline } from "./units.ts";
import {
  failedByGenerator,
  failedByOutcomes,
  GENERATOR_FAILS,
  type Judgement,
  LATENCY_COLUMNS,
  loadWords,
  measuredWords,
  NOTHING_MEASURED,
  OUTCOME_MEANING,
  resultSentence,
  sendingSeconds,
  shardWords,
  toneOf,
  withoutAbort,
} from "./words.ts";

/** How a report is to look, and how the run is judged. */
export interface View extends Judgement {
  /** Columns; default 80. `Infinity`, for files and pipes, leaves each line as long as it is. */
  readonly width?: number;
}

/** Below this not even the few percentiles that are left can be kept apart. */
const NARROWEST = 44;
/** Below this the table of latencies has but these. */
const NARROW = 66;
const NARROW_COLUMNS: readonly string[] = ["min", "p50", "p99", "max"];
/** Above this a line is hard to follow (our decision). */
const WIDEST = 100;

/**
 * The report, line by line, without line ends. Nothing is cut: what is wider than `width` goes on in the next line,
 * indented; at least 44 columns are used, and 100 at most unless there is no width at all. Below 66 the latencies lack
 * p90, p95 and p99.9. Verdicts are painted: who prints it takes the paint off where nothing shows it (`plain`). The
 * last line is the verdict once more.
 *
 * @example
 * ```ts
 * import { textReport } from "./text.ts";
 * import type { RunDocument } from "../load/result.ts";
 *
 * function show(run: RunDocument): string {
 *   return textReport(run, { width: 80 }).join("\n");
 * }
 * ```
 */
export function textReport(run: RunDocument, view: View = {}): string[] {
  const { width: wanted = 80 } = view;
  const width = wanted === Infinity ? Infinity : Math.min(WIDEST, Math.max(NARROWEST, wanted));
  const sections: [title: string, lines: string[]][] = [
    ["THRESHOLDS", thresholds(run, width)],
    ["SEARCH", searchLines(run, width)],
    ["RESULT", result(run, width)],
    ["LATENCY", latency(run, width)],
    ["ACKS", acks(run, width)],
    ["ERRORS", errors(run, width)],
    ["CONNECTIONS", connections(run, width)],
    ["GENERATOR", generator(run, width)],
    ["DELIVERED", deliveryLines(run, width)],
  ];
  const lines: string[] = [];
  for (const [title, body] of sections) {
    if (body.length === 0) continue;
    if (lines.length > 0) lines.push("");
    // The table of latencies has its heads on the line of the title.
    const onTitle = title === "LATENCY" ? body.shift() : title === "THRESHOLDS" ? ` ${paint("dim", FAILS_WHERE)}` : "";
    lines.push(paint("bold", title) + onTitle, ...body);
  }
  const about = `mllp ${run.version}, ${run.target}, ${loadOf(run)}seed ${run.seed}, ` +
    `started ${run.started.replace(/\.\d+Z$/, "Z")}${partOf(run)}`;
  const dim = wrap(printable(about), width).map((line) => paint("dim", line));
  return [...lines, "", ...dim, ...lastLine(run, view, width)];
}

const FAILS_WHERE = "(the run fails where one is true)";

/** What was asked for, where it is more than a rate, which stands with the result. */
function loadOf(run: RunDocument): string {
  const { load } = run;
  if (load === undefined || (load.arrivals === "regular" && ["constant", "closed"].includes(load.kind))) return "";
  return `${loadWords(run)}, `;
}

function partOf({ shard, merged }: RunDocument): string {
  if (merged !== undefined) return merged === 1 ? ", 1 run" : `, ${formatCount(merged)} runs added up`;
  return shard === undefined ? "" : `, ${shardWords(shard)}`;
}

function thresholds(run: RunDocument, width: number): string[] {
  const expressions = run.thresholds.map(({ expr }) => printable(expr));
  const widest = Math.max(...expressions.map((expr) => columns(expr)), 0);
  return run.thresholds.flatMap((each, i) => {
    const head = `  ${each.pass ? paint("green", "passed") : paint("red", "FAILED")}  `;
    const was = measured(each, run) + seeGenerator(each, run);
    const line = `${head}${expressions[i].padEnd(widest)}  ${was}`;
    return columns(line) <= width ? [line] : hang(head, `${expressions[i]} ${was}`, width);
  });
}

/** The threshold of a figure that the generator's own lateness is part of is to be read with its verdict. */
function seeGenerator({ pass, expr }: ThresholdVerdict, run: RunDocument): string {
  const limited = run.intervals.some((row) => row.generator_limited);
  return !pass && limited && /\((lag|response)\)/.test(expr) ? "  (see GENERATOR)" : "";
}

function measured(verdict: ThresholdVerdict, run: RunDocument): string {
  const words = measuredWords(verdict, run);
  return words === NOTHING_MEASURED ? words : `was ${words}`;
}

function result(run: RunDocument, width: number): string[] {
  const lines = hang("  ", resultSentence(run), width).map((line) => painted(colorOf(run), line));
  if (run.interrupted !== null) {
    lines.push(`  ${paint("yellow", `Ended by ${run.interrupted} after ${span(run.duration_s)}.`)}`);
  }
  const stops = run.thresholds.filter(({ stopped }) => stopped).map(({ expr }) => withoutAbort(expr));
  if (stops.length > 0) {
    const words = `Stopped after ${span(run.duration_s)} by: ${stops.join(", ")}`;
    lines.push(...hang("  ", words, width).map((line) => paint("red", line)));
  }
  const counted = OUTCOMES.filter((name) => name === "accepted" || run.outcomes[name] > 0);
  const figures = counted.map((name) => formatCount(run.outcomes[name]));
  const wide = Math.max(...figures.map((figure) => figure.length));
  counted.forEach((name, i) => {
    const part = share(run.outcomes[name], run.planned);
    const head = `  ${name.padEnd(10)}  ${figures[i].padStart(wide)}  ${part.padStart(9)}   `;
    lines.push(...hang(head, OUTCOME_MEANING[name], width));
  });
  if (run.outcomes.timeout > 0 && run.resending?.on_timeout === "keep" && run.resending.retries > 0) {
    const note = "a message is sent again after a reply timeout only with --on-timeout reconnect";
    lines.push(...fill(note.split(" "), width));
  }
  lines.push(...fill(sumLine(run), width));
  const total = OUTCOMES.reduce((sum, name) => sum + run.outcomes[name], 0);
  if (total !== run.planned) {
    lines.push(`  ${paint("red", `the outcomes add up to ${formatCount(total)}: a bug in this program`)}`);
  }
  lines.push(
    ...fill(rateLine(run), width),
    ...bars(run, width),
    ...steeringLines(run, width),
    ...warmupLines(run, width),
  );
  return lines;
}

/** A line with its words painted, but not its indent. */
function painted(how: Paint, line: string): string {
  return line.replace(/\S.*/, (said) => paint(how, said));
}

function colorOf(run: RunDocument): "green" | "yellow" | "red" {
  return COLORS[toneOf(run)];
}

const COLORS = { good: "green", mixed: "yellow", bad: "red" } as const;

/** The verdict in one line: what stands on the screen when the rest has gone by. */
function lastLine(run: RunDocument, judgement: Judgement, width: number): string[] {
  const { thresholds, planned, outcomes } = run;
  const failed = thresholds.filter(({ pass }) => !pass);
  const worst = failed.find(({ stopped }) => stopped) ?? failed[0];
  if (worst !== undefined) {
    const stopped = worst.stopped ? `, stopped after ${span(run.duration_s)}` : "";
    const more = failed.length > 1 ? `, and ${failed.length - 1} more` : "";
    const text = `FAILED: ${withoutAbort(worst.expr)} ${measured(worst, run)}${stopped}${more}`;
    return wrap(text, width).map((line) => paint("red", line));
  }
  if (failedByGenerator(run, judgement)) {
    return wrap(`FAILED: ${GENERATOR_FAILS}`, width).map((line) => paint("red", line));
  }
  const others = OUTCOMES.filter((name) => name !== "accepted" && outcomes[name] > 0)
    .map((name) => `${name} ${formatCount(outcomes[name])}`);
  const parts = [`accepted ${formatCount(outcomes.accepted)} of ${formatCount(planned)}`, ...others];
  if (failedByOutcomes(run)) {
    return wrap(`FAILED: ${parts.join(", ")}`, width).map((line) => paint("red", line));
  }
  if (thresholds.length > 0) {
    parts.push(`${formatCount(thresholds.length)} ${thresholds.length === 1 ? "threshold" : "thresholds"} passed`);
  }
  return wrap(parts.join(", "), width).map((line) => paint(colorOf(run), line));
}

function sumLine(run: RunDocument): string[] {
  const parts = OUTCOMES.filter((name) => name === "accepted" || run.outcomes[name] > 0);
  return parts.map((name, i) => {
    const sign = i === 0 ? `planned ${formatCount(run.planned)} =` : "+";
    return `${sign} ${name} ${formatCount(run.outcomes[name])}`;
  });
}

function rateLine(run: RunDocument): string[] {
  const { asked, achieved } = run.rate;
  const parts = [
    `sent ${formatCount(run.sent)} in ${span(sendingSeconds(run))}`,
    `achieved ${perSecond(achieved)}${asked === null ? "" : ` of ${perSecond(asked)} asked`}`,
  ];
  if (run.retries > 0) parts.push(`${formatCount(run.retries)} ${run.retries === 1 ? "retry" : "retries"}`);
  return listed(parts);
}

function bars(run: RunDocument, width: number): string[] {
  if (run.intervals.length < 2) return [];
  // The last interval may be short: what came in it is not scaled up to a whole one.
  const whole = run.intervals[0].length;
  const rates = run.intervals.map((row) => row.acknowledged / Math.max(row.length, whole));
  const label = "  acknowledged  ";
  const most = `  most ${perSecond(Math.max(...rates))}`;
  const room = Math.min(60, width - label.length - most.length);
  const lines = [`${label}${sparkline(rates, room)}${most}`];
  // Where the generator, not the target, was the limit.
  if (run.intervals.some((row) => row.generator_limited)) {
    const limited = fold(run.intervals.map((row) => row.generator_limited ? 1 : 0), room);
    const marks = limited.map((part) => part > 0 ? "^" : " ").join("").trimEnd();
    lines.push(`  limited here  ${marks}`);
  }
  return lines;
}

function latency(run: RunDocument, width: number): string[] {
  const { lag, service, response, negative, connect, unsent, ack } = run.latency_us;
  const rows: [label: string, row: LatencyRow | null][] = [
    ["lag", lag],
    ["service", service],
    ["response", response],
    // Apart only where both kinds came: else the row of service says the same.
    ...(ack?.CA !== undefined && ack.AA !== undefined && ack.CA.count > 0 && ack.AA.count > 0
      ? [["ack CA", ack.CA], ["ack AA", ack.AA]] satisfies [string, LatencyRow][]
      : []),
    ["negative", negative],
    ["connect", connect],
    // Not a latency but an age: how long what was never sent had been due.
    ["unsent", unsent ?? null],
  ];
  const measured = rows.filter((row): row is [string, LatencyRow] => row[1] !== null && row[1].count > 0);
  if (measured.length === 0) return ["", "  nothing measured"];
  const most = Math.max(...measured.map(([, row]) => row.count));
  const fitting = LATENCY_COLUMNS.filter(([name]) => width >= NARROW || NARROW_COLUMNS.includes(name));
  const shown = fitting.filter(([, , samples]) => most >= samples);
  const cell = Math.min(10, Math.floor((width - 10) / fitting.length));
  const lines = [`   ${shown.map(([name]) => name.padStart(cell)).join("")}`];
  for (const [label, row] of measured) {
    const cells = shown.map(([, key, samples]) => row.count < samples ? "-" : micros(row[key]));
    lines.push(`  ${label.padEnd(8)}${cells.map((text) => text.padStart(cell)).join("")}`);
  }
  lines.push(...fill(run.model === "closed" ? ["closed loop: hides stalls"] : CLOCKS, Math.min(width, LEGEND)));
  return lines;
}

/** A legend is no figure that a script reads: it is as narrow in a file as on a screen. */
const LEGEND = 80;

const CLOCKS = [
  "lag: waited on our side, for a free connection or for this machine;",
  "service: the target's;",
  "response: what a sender upstream felt",
];

function acks(run: RunDocument, width: number): string[] {
  return [
    ...counts("", run.acks, width),
    ...counts("besides ", run.anomalies, width),
    ...counts("tolerated ", run.warnings ?? {}, width),
  ];
}

/** What was counted by word, the words in order: `AA 996, AE 3`. */
function counts(before: string, counted: Readonly<Record<string, number>>, width: number): string[] {
  const some = Object.entries(counted).filter(([, count]) => count > 0).sort(([a], [b]) => a < b ? -1 : 1);
  const parts = some.map(([word, count]) => `${truncate(printable(word), 24)} ${formatCount(count)}`);
  return fill(listed(parts).map((part, i) => i === 0 ? before + part : part), width);
}

function errors(run: RunDocument, width: number): string[] {
  const counts = run.errors.map((error) => formatCount(error.count));
  const times = run.errors.map((error) => span(error.first_seen_s));
  const wide = Math.max(0, ...counts.map((count) => count.length));
  const late = Math.max(0, ...times.map((time) => time.length));
  return run.errors.flatMap((error, i) => {
    const head = `  ${counts[i].padStart(wide)}  first at ${times[i].padStart(late)}  `;
    return hang(head, printable(error.text), width);
  });
}

function connections(run: RunDocument, width: number): string[] {
  const { asked, open, reconnects, in_flight, per_message, blocked_s = 0 } = run.connections;
  const parts = per_message ? [`one for each message, at most ${formatCount(asked)} at a time`] : [
    `${formatCount(asked)} asked, ${formatCount(open)} open at the end, ${formatCount(in_flight)} in flight on each`,
  ];
  if (reconnects > 0) parts.push(`${formatCount(reconnects)} ${reconnects === 1 ? "reconnect" : "reconnects"}`);
  if (blocked_s > 0) parts.push(`${span(blocked_s)} in which the peer did not read`);
  return fill(listed(parts), width);
}

function generator(run: RunDocument, width: number): string[] {
  const { verdict, reasons, cpu, longest_gap_us } = run.generator;
  const color = verdict === "healthy" ? "green" : "yellow";
  const lines = fill(printable(verdict).split(" "), width).map((line) => painted(color, line));
  for (const reason of reasons) lines.push(...fill(printable(reason).split(" "), width));
  const used = run.duration_s < SHORTEST_CPU_MS / 1000 ? "-" : `${Math.round(cpu)} % of one core`;
  lines.push(...fill(["over the whole run:", `cpu ${used},`, `longest gap ${micros(longest_gap_us)}`], width));
  return lines;
}
