/**
 * What else there is to a run: answers, error texts, connections, the generator, warm-up, what was
 * changed by hand, who was told; and the table of it over time. What did not happen is left out.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../../load/result.ts";
import { SHORTEST_CPU_MS } from "../../load/verdict.ts";
import { OUTCOMES } from "../../outcome.ts";
import { formatCount } from "../../values.ts";
import { micros, perSecond, span } from "../units.ts";
import { latencyRows, outcomeTable } from "./figures.ts";
import { type Markup, markup, table } from "./markup.ts";
import { timeSeries } from "./series.ts";

/** Rows of the table over time at most: what a reader looks through (our decision; `--csv` has every interval). */
const MOST_ROWS = 60;

/** Anomalies, for who meets them the first time. */
const ANOMALY_MEANING: Readonly<Record<string, string>> = {
  stale: "to an earlier message: answered before, or given up",
  duplicate: "to a message that has its answer already",
  unsolicited: "to no message of ours, and nothing waited",
  wrong_id: "to no message of ours, while something waited",
  no_msa: "without the id of a message",
  late: "after the timeout",
  commit: "of receipt, while the application's was due",
};

/**
 * Everything below the charts.
 *
 * @example
 * ```ts
 * import { details } from "./details.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function bottom(run: RunDocument): string {
 *   return details(run).text;
 * }
 * ```
 */
export function details(run: RunDocument): Markup {
  const small = [
    outcomeTable(run),
    section("answers", "Answers", acks(run), anomalies(run), tolerated(run)),
    section("connections", "Connections", connections(run)),
    section("generator", "Generator", generator(run)),
    section("steering", "Steering", steering(run)),
    section("deliveries", "Deliveries", deliveries(run)),
  ];
  return markup`<div class="pair">\n${small}</div>
${section("errors", "Error texts", errors(run))}${section("warm-up", "Warm-up", warmup(run))}${
    section("over-time", "Over time", overTime(run))
  }`;
}

function section(id: string, title: string, ...parts: readonly (Markup | null)[]): Markup | null {
  if (parts.every((part) => part === null)) return null;
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${parts}</section>\n`;
}

/** What was counted by word, in the words' order; null if nothing was. */
function counted(
  caption: string,
  head: string,
  counts: Readonly<Record<string, number>> | undefined,
  meaning: Readonly<Record<string, string>> = {},
): Markup | null {
  const some = Object.entries(counts ?? {}).filter(([, count]) => count > 0).sort(([a], [b]) => a < b ? -1 : 1);
  if (some.length === 0) return null;
  const told = some.some(([word]) => Object.hasOwn(meaning, word));
  const columns = [{ head }, { head: "count", figures: true }, ...(told ? [{ head: "meaning" }] : [])];
  return table(
    caption,
    columns,
    some.map((
      [word, count],
    ) => [word, formatCount(count), ...(told ? [Object.hasOwn(meaning, word) ? meaning[word] : ""] : [])]),
  );
}

const acks = ({ acks }: RunDocument) => counted("Acknowledgements by code", "code", acks);
const anomalies = ({ anomalies }: RunDocument) =>
  counted("Acknowledgements that answered nothing that waited", "kind", { ...anomalies }, ANOMALY_MEANING);
const tolerated = ({ warnings }: RunDocument) => counted("Deviations that were tolerated", "kind", warnings);

function errors({ errors }: RunDocument): Markup | null {
  if (errors.length === 0) return null;
  return table(
    "Texts of negative acknowledgements and failures, most frequent first",
    [{ head: "count", figures: true }, { head: "first at", figures: true }, { head: "text" }],
    errors.map(({ text, count, first_seen_s }) => [
      formatCount(count),
      span(first_seen_s),
      markup`<span class="said">${text}</span>`,
    ]),
  );
}

/** Facts with their names; those that are null are left out. */
function facts(pairs: readonly (readonly [name: string, fact: string | null])[]): Markup {
  const known = pairs.filter(([, fact]) => fact !== null);
  return markup`<dl class="facts">${
    known.map(([name, fact]) => markup`<div><dt>${name}</dt><dd>${fact}</dd></div>`)
  }</dl>\n`;
}

function connections({ connections }: RunDocument): Markup {
  const { asked, open, reconnects, in_flight, per_message, blocked_s = 0 } = connections;
  return facts([
    ["asked", per_message ? `one for each message, at most ${formatCount(asked)} at a time` : formatCount(asked)],
    ["open at the stop", per_message ? null : formatCount(open)],
    ["in flight on each", per_message ? null : `at most ${formatCount(in_flight)}`],
    ["reconnects", formatCount(reconnects)],
    ["time the peer did not read", blocked_s > 0 ? span(blocked_s) : null],
  ]);
}

function generator({ generator, duration_s }: RunDocument): Markup {
  const { verdict, reasons, cpu, longest_gap_us, limited_s } = generator;
  return markup`<p>${verdict}</p>
${reasons.length === 0 ? null : markup`<ul>${reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>\n`}${
    facts([
      [
        "processor",
        duration_s < SHORTEST_CPU_MS / 1000
          ? null
          : `${formatCount(Math.round(cpu))} % of one core, over the whole run`,
      ],
      ["longest gap of the event loop", micros(longest_gap_us)],
      ["time it was the limit", limited_s === undefined ? null : span(limited_s)],
    ])
  }`;
}

function warmup({ warmup }: RunDocument): Markup | null {
  if (warmup === undefined || warmup === null) return null;
  const { duration_s, planned, sent, outcomes, service, connect } = warmup;
  const failed = OUTCOMES.filter((name) => name !== "accepted" && outcomes[name] > 0)
    .map((name) => `${name} ${formatCount(outcomes[name])}`);
  return markup`<p class="note">Before the run; counted nowhere else on this page.</p>
${
    facts([
      ["duration", span(duration_s)],
      ["sent", `${formatCount(sent)} of ${formatCount(planned)}`],
      ["accepted", formatCount(outcomes.accepted)],
      ["not accepted", failed.length === 0 ? null : failed.join(", ")],
    ])
  }${latencyRows("Latency while warming up", [["service", "", service], ["connect", "", connect]])}`;
}

function steering({ steering }: RunDocument): Markup | null {
  if (steering === undefined || steering.length === 0) return null;
  return table(
    "Changed by hand while it ran",
    [{ head: "at", figures: true }, { head: "speed from then on" }],
    steering.map((
      { at_s, speed },
    ) => [span(at_s), speed === 0 ? "paused" : `${Math.round(speed * 100)} % of the plan`]),
  );
}

function deliveries({ deliveries }: RunDocument): Markup | null {
  if (deliveries === undefined || deliveries.length === 0) return null;
  return table(
    "Who was told of each message",
    [{ head: "to" }, { head: "delivered", figures: true }, { head: "lost", figures: true }, { head: "why" }],
    deliveries.map(({ to, delivered, lost, note }) => [to, formatCount(delivered), formatCount(lost), note]),
  );
}

function overTime(run: RunDocument): Markup | null {
  if (run.intervals.length === 0) return null;
  const time = timeSeries(run, MOST_ROWS, "told");
  const closed = run.model === "closed";
  const failures = (i: number) =>
    [...time.failures].filter(([, counts]) => counts[i] > 0)
      .map(([name, counts]) => `${name} ${formatCount(counts[i])}`).join(", ");
  const rate = (value: number | null) => value === null ? "–" : perSecond(value);
  const us = (value: number | null) => value === null ? "–" : micros(value);
  const count = (value: number | null) => value === null ? "–" : formatCount(value);
  const columns: [head: string, cell: (i: number) => string, left?: true][] = [
    ["from", (i) => span(time.starts[i])],
    ...(closed ? [] : [["asked", (i: number) => rate(time.asked[i])] as [string, (i: number) => string]]),
    ["sent", (i) => rate(time.sent[i])],
    ["acknowledged", (i) => rate(time.acknowledged[i])],
    ["in flight", (i) => count(time.inFlight[i])],
    ...(closed ? [] : [
      ["queue", (i: number) => count(time.queue[i])],
      ["response p50", (i: number) => us(time.response.p50[i])],
      ["response p99", (i: number) => us(time.response.p99[i])],
      ["response max", (i: number) => us(time.response.max[i])],
    ] as [string, (i: number) => string][]),
    ["service p50", (i) => us(time.service.p50[i])],
    ["service p99", (i) => us(time.service.p99[i])],
    ["service max", (i) => us(time.service.max[i])],
    ...(closed ? [] : [["lag p99", (i: number) => us(time.lag.p99[i])] as [string, (i: number) => string]]),
    ["not accepted", failures, true],
    ["limit", (i) => time.limited[i] ? "generator" : "", true],
  ];
  const [length, last] = [span(time.lengths[0]), span(time.lengths[time.lengths.length - 1])];
  const short = last === length ? "" : `, the last ${last}`;
  const told = columns.filter(([, cell]) => time.starts.some((_, i) => cell(i) !== ""));
  const rows = time.starts.map((_, i) => told.map(([, cell]) => cell(i)));
  return markup`<details${time.starts.length <= 10 ? markup` open` : null}><summary>${formatCount(rows.length)} ${
    rows.length === 1 ? "row" : "rows"
  } of ${length}</summary>
${
    table(
      `Each row is ${length}${short}: rates are means, percentiles the worst in it, in flight and queue the most`,
      told.map(([head, , left]) => ({ head, figures: left !== true })),
      rows,
    )
  }</details>
`;
}
