/**
 * The charts of the page: which there are, what they say, and their points as data for the page's
 * script. It draws nothing.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../../load/result.ts";
import { span } from "../units.ts";
import { withoutAbort } from "../words.ts";
import { type Markup, markup } from "./markup.ts";
import { type Column, type FigureColumns, type TimeSeries, timeSeries } from "./series.ts";
import { spectrum } from "./spectrum.ts";

/** Points of a chart at most, so that the page of a run of hours stays small (our decision: about as many as a chart has columns of pixels). */
const MOST_POINTS = 900;

/** One line of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** The custom property of the style sheet that holds its colour, without its `--`. */
  readonly tone: string;
  readonly values: Column;
  /** Dashed. */
  readonly dash?: true;
  /** The area below it is tinted. */
  readonly fill?: true;
}

/** One chart, as the page's script draws it. */
export interface Chart {
  /** Also the end of its element's id. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** What its values are: microseconds, messages per second, or a count. */
  readonly unit: "us" | "rate" | "count";
  /** Where its points are: in seconds since t0 (the common `starts`), or as here. */
  readonly places?: readonly number[];
  /** Whether its values are better seen on a logarithmic scale at first; null where it has none. */
  readonly log: boolean | null;
  /** Its series stand one on the other, the first on top: together they are the whole. */
  readonly stacked?: true;
  readonly series: readonly ChartSeries[];
}

/** What the page's script is given. */
export interface ChartData {
  /** Seconds since t0. */
  readonly starts: readonly number[];
  readonly end: number;
  /** How long each point lasts, the last one perhaps less; in seconds. */
  readonly step: number;
  /** Stretches in which the generator was the limit, in seconds since t0. */
  readonly limited: readonly (readonly [from: number, to: number])[];
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  readonly charts: readonly Chart[];
}

/**
 * The charts of a run; none of which nothing was measured.
 *
 * @example
 * ```ts
 * import { chartData } from "./charts.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function titles(run: RunDocument): string[] {
 *   return chartData(run).charts.map(({ title }) => title);
 * }
 * ```
 */
export function chartData(run: RunDocument): ChartData {
  const time = timeSeries(run, MOST_POINTS);
  const charts = [...overTime(run, time), ...overPercentiles(run)]
    .map((chart) => ({ ...chart, series: chart.series.filter(({ values }) => values.some((value) => value !== null)) }))
    .filter(({ series }) => series.length > 0)
    // A queue that was empty all along has nothing to show.
    .filter(({ name, series }) => name !== "queue" || series[0].values.some((value) => (value ?? 0) > 0));
  const count = time.starts.length;
  const end = count === 0 ? 0 : thousandths(time.starts[count - 1] + time.lengths[count - 1]);
  return {
    starts: time.starts.map(thousandths),
    end,
    step: time.lengths[0] ?? 0,
    limited: stretches(time),
    marks: marks(run, end),
    charts,
  };
}

function overTime(run: RunDocument, time: TimeSeries): Chart[] {
  const reported = (
    name: "response" | "service",
    title: string,
    about: string,
    { p50, p90, p99, max }: FigureColumns,
  ): Chart => {
    const series: ChartSeries[] = [
      { label: "max", tone: "max", values: figures(max), dash: true },
      { label: "p99", tone: "p99", values: figures(p99) },
      { label: "p90", tone: "p90", values: figures(p90) },
      { label: "p50", tone: "p50", values: figures(p50) },
    ];
    return { name, title, about, unit: "us", log: isWide(series), series };
  };
  const lag: ChartSeries[] = [
    { label: "p99", tone: "p99", values: figures(time.lag.p99) },
    { label: "p50", tone: "p50", values: figures(time.lag.p50) },
  ];
  const failures = [...time.failures].map(([name, values], i): ChartSeries => ({
    label: name.replace("_", " "),
    tone: `c${i % 8 + 1}`,
    values,
    ...(i >= 8 ? { dash: true } : {}),
  }));
  return [
    {
      name: "rate",
      title: "Rate",
      about: `messages per second: ${run.model === "closed" ? "" : "asked for, "}sent, acknowledged`,
      unit: "rate",
      log: null,
      series: [
        { label: "acknowledged", tone: "p50", values: rates(time.acknowledged), fill: true },
        { label: "sent", tone: "p90", values: rates(time.sent) },
        { label: "asked", tone: "text", values: rates(time.asked), dash: true },
      ],
    },
    // A scale of its own: beside a long queue, messages in flight and connections would lie on the ground.
    {
      name: "queue",
      title: "Queue",
      about: "messages that were due and waited for a connection",
      unit: "count",
      log: null,
      series: [{ label: "queue", tone: "p99", values: time.queue, fill: true }],
    },
    {
      name: "waiting",
      title: "In flight",
      about: "messages waiting for an answer; connections open",
      unit: "count",
      log: null,
      series: [
        { label: "in flight", tone: "p50", values: time.inFlight, fill: true },
        { label: "connections", tone: "text", values: time.open, dash: true },
      ],
    },
    reported("response", "Response time", "acknowledged minus due: what a sender upstream felt", time.response),
    reported("service", "Service time", "acknowledged minus written: the target's", time.service),
    {
      name: "failures",
      title: "Failures",
      about: "messages that were not accepted, in each step, one kind on the other",
      unit: "count",
      log: null,
      stacked: true,
      series: failures,
    },
    {
      name: "lag",
      title: "Lag",
      about: "sent minus due: waited for a connection or for this machine",
      unit: "us",
      log: isWide(lag),
      series: lag,
    },
  ];
}

function overPercentiles(run: RunDocument): Chart[] {
  const lines = spectrum(run);
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([place]) => place)))].sort((a, b) => a - b);
  const tones: Readonly<Record<string, string>> = {
    response: "p50",
    service: "p90",
    lag: "p99",
    "ack CA": "max",
    "ack AA": "c8",
  };
  const series = lines.map(({ name, points }): ChartSeries => {
    const known = new Map(points);
    return {
      label: name,
      tone: tones[name],
      values: figures(places.map((place) => known.get(place) ?? null)),
    };
  });
  const coarse = lines.some(({ exact }) => !exact) ? "; only the percentiles of the table are known" : "";
  return [{
    name: "spectrum",
    title: "Percentile spectrum",
    about: `how long the quickest 50 %, 90 %, 99 %, ... of all messages took${coarse}`,
    unit: "us",
    places: places.map((place) => Number(place.toFixed(4))),
    log: isWide(series),
    series,
  }];
}

/** Whether a linear scale would press the lower values to the ground. */
function isWide(series: readonly ChartSeries[]): boolean {
  let least = Infinity;
  let greatest = 0;
  for (const { values } of series) {
    for (const value of values) {
      if (value === null || value === 0) continue;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  return greatest > 30 * least;
}

/** To three figures: as many as a histogram knows, and as a reader is shown. */
function figures(column: Column): Column {
  return column.map((value) => value === null ? null : Number(value.toPrecision(3)));
}

function rates(column: Column): Column {
  return column.map((value) => value === null ? null : Number(value >= 1000 ? value.toFixed(0) : value.toPrecision(4)));
}

function thousandths(seconds: number): number {
  return Number(seconds.toFixed(3));
}

function stretches({ starts, lengths, limited }: TimeSeries): [number, number][] {
  const found: [number, number][] = [];
  limited.forEach((is, i) => {
    if (!is) return;
    const end = thousandths(starts[i] + lengths[i]);
    if (i > 0 && limited[i - 1]) found[found.length - 1][1] = end;
    else found.push([thousandths(starts[i]), end]);
  });
  return found;
}

function marks(run: RunDocument, end: number): ChartData["marks"] {
  const stopped = run.thresholds.filter((each) => each.stopped).map(({ expr }) => withoutAbort(expr));
  const early = run.interrupted ?? (stopped.length > 0 ? `stopped: ${stopped.join(", ")}` : null);
  const found = (run.steering ?? []).map(({ at_s, speed }) => ({
    at: thousandths(at_s),
    text: speed === 0 ? "paused" : `speed ${Math.round(speed * 100)} %`,
  }));
  // At the edge of the chart, an end that was planned says nothing.
  if (early !== null || end - run.duration_s > 0.02 * end) {
    found.push({ at: thousandths(run.duration_s), text: early ?? "end of the load" });
  }
  return found;
}

/**
 * The charts' places on the page, hidden until the script has drawn them; null if there is no chart.
 *
 * @example
 * ```ts
 * import { chartData, chartSection } from "./charts.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function section(run: RunDocument): string {
 *   return chartSection(chartData(run))?.text ?? "";
 * }
 * ```
 */
export function chartSection({ charts, limited, step }: ChartData): Markup | null {
  if (charts.length === 0) return null;
  return markup`<section aria-labelledby="charts"><h2 id="charts">Charts</h2>
<noscript><p class="note">The charts are drawn by a script; the tables on this page hold the same figures.</p></noscript>
${
    limited.length === 0
      ? null
      : markup`<p class="note"><span class="shade"></span> The generator was the limit in the shaded stretches.</p>\n`
  }
<p class="note drawn" hidden>Each step of a line is ${
    span(step)
  }. Drag across a chart to look closer, double-click to see all of it. The same figures as a table: <a href="#over-time">over time</a>.</p>
<div class="charts">
${
    charts.map(({ name, title, about }) =>
      markup`<figure id="chart-${name}" hidden><figcaption><h3>${title}</h3><p>${about}</p></figcaption><div class="plot" aria-hidden="true"></div></figure>\n`
    )
  }</div></section>
`;
}
