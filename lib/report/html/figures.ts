/**
 * The key figures, the outcomes and the latencies of a run, as HTML.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { LatencyRow, RunDocument } from "../../load/result.ts";
import { type Outcome, OUTCOMES } from "../../outcome.ts";
import { formatCount } from "../../values.ts";
import { micros, perSecond, share, span } from "../units.ts";
import { FEW_SAMPLES, LATENCY_COLUMNS, OUTCOME_MEANING, sendingSeconds } from "../words.ts";
import { type Inserted, type Markup, markup, table } from "./markup.ts";

/** What was sent and never answered in time. */
const LOST: readonly Outcome[] = ["timeout", "closed", "reset", "unanswered"];

/**
 * The figures that are looked for first, large.
 *
 * @example
 * ```ts
 * import { keyFigures } from "./figures.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function tiles(run: RunDocument): string {
 *   return keyFigures(run).text;
 * }
 * ```
 */
export function keyFigures(run: RunDocument): Markup {
  const { planned, outcomes, rate, search, latency_us: { response, service } } = run;
  const errors = planned - outcomes.accepted;
  const lost = LOST.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
  const tiles: [name: string, figure: string, ...more: string[]][] = [
    ...(search === undefined || search === null || search.rate === null
      ? []
      : [["highest rate", perSecond(search.rate), `at which ${search.expr}`]] as [string, string, string][]),
    ["accepted", share(outcomes.accepted, planned), `${formatCount(outcomes.accepted)} of ${formatCount(planned)}`],
    [
      "rate achieved",
      perSecond(rate.achieved),
      rate.asked === null ? "closed loop" : `of ${perSecond(rate.asked)} asked`,
    ],
    ...(response === null ? [] : [tile("response", response)]),
    tile("service", service),
    [
      "errors",
      formatCount(errors),
      `${share(errors, planned)} of planned`,
      `lost ${formatCount(lost)}: sent, and no answer came`,
    ],
    ["sent", formatCount(run.sent), `in ${span(sendingSeconds(run))}`, ...retries(run)],
  ];
  return markup`<section aria-labelledby="key"><h2 id="key">Key figures</h2>
<dl class="tiles">${
    tiles.map(([name, figure, ...more]) =>
      markup`<div><dt>${name}</dt><dd class="figure">${figure}</dd>${
        more.map((words) => markup`<dd>${words}</dd>`)
      }</div>\n`
    )
  }</dl></section>
`;
}

function tile(name: string, row: LatencyRow): [string, string, ...string[]] {
  if (row.count === 0) return [`${name} p99`, "–", "nothing measured"];
  if (row.count < FEW_SAMPLES) return [`${name} max`, micros(row.max), `p50 ${micros(row.p50)}`];
  return [`${name} p99`, micros(row.p99), `p50 ${micros(row.p50)}`, `max ${micros(row.max)}`];
}

function retries({ retries }: RunDocument): string[] {
  return retries === 0 ? [] : [`${formatCount(retries)} ${retries === 1 ? "retry" : "retries"}`];
}

/**
 * What became of the messages: each outcome that came, and their sum.
 *
 * @example
 * ```ts
 * import { outcomeTable } from "./figures.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function fates(run: RunDocument): string {
 *   return outcomeTable(run).text;
 * }
 * ```
 */
export function outcomeTable({ outcomes, planned, resending }: RunDocument): Markup {
  const counted = OUTCOMES.filter((name) => name === "accepted" || outcomes[name] > 0);
  const rows: Inserted[][] = counted.map((name) => [
    name,
    formatCount(outcomes[name]),
    markup`${share(outcomes[name], planned)} <span class="bar" style="--part:${
      (planned === 0 ? 0 : outcomes[name] / planned).toFixed(4)
    }"></span>`,
    OUTCOME_MEANING[name],
  ]);
  rows.push(["planned", formatCount(planned), "", "each has exactly one outcome"]);
  return markup`<section aria-labelledby="outcomes"><h2 id="outcomes">Outcomes</h2>
${
    table("What became of the messages that were due", [
      { head: "outcome" },
      { head: "messages", figures: true },
      { head: "share", figures: true },
      { head: "meaning" },
    ], rows)
  }${
    outcomes.timeout > 0 && resending?.on_timeout === "keep" && resending.retries > 0
      ? markup`<p class="note">A message is sent again after a reply timeout only with --on-timeout reconnect.</p>\n`
      : null
  }</section>
`;
}

/**
 * A table of latencies, a unit in every cell; null where nothing was measured.
 *
 * @example
 * ```ts
 * import { latencyRows } from "./figures.ts";
 * import type { LatencyRow } from "../../load/result.ts";
 *
 * function connects(row: LatencyRow): string {
 *   return latencyRows("Warm-up", [["connect", "", row]])?.text ?? "";
 * }
 * ```
 */
export function latencyRows(
  caption: string,
  rows: readonly (readonly [name: string, meaning: string, row: LatencyRow | null | undefined])[],
): Markup | null {
  const measured = rows.flatMap(([name, meaning, row]) =>
    row === null || row === undefined || row.count === 0 ? [] : [{ name, meaning, row }]
  );
  if (measured.length === 0) return null;
  const heads = [{ head: "clock" }, { head: "count", figures: true }];
  return table(
    caption,
    [...heads, ...LATENCY_COLUMNS.map(([head]) => ({ head, figures: true }))],
    measured.map(({ name, meaning, row }) => [
      meaning === "" ? name : markup`${name} <span class="aside">${meaning}</span>`,
      formatCount(row.count),
      ...LATENCY_COLUMNS.map(([, key, samples]) => row.count < samples ? "–" : micros(row[key])),
    ]),
    { folds: true },
  );
}

/**
 * The latencies of a run.
 *
 * @example
 * ```ts
 * import { latencySection } from "./figures.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function clocks(run: RunDocument): string {
 *   return latencySection(run).text;
 * }
 * ```
 */
export function latencySection({ model, latency_us }: RunDocument): Markup {
  const { lag, service, response, negative, connect, unsent, ack } = latency_us;
  const codes = Object.keys(ack ?? {}).sort().filter((code) => (ack?.[code].count ?? 0) > 0);
  const rows = latencyRows("Percentiles over the whole run", [
    ["lag", "sent minus due: waited on our side", lag],
    ["service", "acknowledged minus written: the target's", service],
    ["response", "acknowledged minus due: what a sender upstream felt", response],
    // Apart only where several came: else the row of service says the same.
    ...(codes.length < 2 ? [] : codes.map((code) => [`ack ${code}`, "service, of these alone", ack?.[code]] as const)),
    ["negative", "service, of AE, AR, CE, CR", negative],
    ["connect", "until a connection stood", connect],
    ["unsent", "age of what was never sent", unsent],
  ]);
  return markup`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
${rows ?? markup`<p>Nothing was measured.</p>\n`}${
    model === "closed"
      ? markup`<p class="note">Closed loop: a message is sent when the one before it is answered. Nothing is due at a time of its own, so stalls of the target are hidden.</p>\n`
      : null
  }</section>
`;
}
