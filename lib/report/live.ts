/**
 * A run under way, for people: a few lines to be redrawn in place, or one line to be printed every
 * few seconds where there is no terminal (load.md section 4).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { paint, printable, truncate } from "../text.ts";
import type { LiveSnapshot } from "../load/result.ts";
import { OUTCOMES } from "../outcome.ts";
import { formatCount } from "../values.ts";
import { micros, perSecond, span, sparkline } from "./units.ts";

/**
 * The view: always the same number of lines, none wider than `width`, so that it is redrawn without
 * a jump.
 *
 * @example
 * ```ts
 * import { liveView } from "./live.ts";
 * import type { LiveSnapshot } from "../load/result.ts";
 *
 * function draw(snapshot: LiveSnapshot): string {
 *   return liveView(snapshot, { width: 80 }).join("\n");
 * }
 * ```
 */
export function liveView(
  snapshot: LiveSnapshot,
  view: { readonly width?: number } = {},
): string[] {
  const { width = 80 } = view;
  const { asked, achieved, response } = snapshot;
  const rows: [label: string, text: string][] = [
    [snapshot.phase, elapsed(snapshot)],
    ["rate", `${asked === null ? "closed loop" : `${perSecond(asked)} asked`}, ${perSecond(achieved)} achieved`],
    ["messages", messages(snapshot)],
    [
      "latency",
      `service ${percentiles(snapshot.service)}${response === null ? "" : `, response ${percentiles(response)}`}`,
    ],
    ["answers", answers(snapshot)],
    ["errors", errors(snapshot)],
    ["open", `${formatCount(snapshot.open)} of ${formatCount(snapshot.connections)} connections`],
    ["history", sparkline(snapshot.history, Math.max(1, Math.min(60, width - LABEL)))],
  ];
  const troubled = failed(snapshot) > 0;
  return rows.map(([label, text]) => {
    const head = truncate(label.padEnd(LABEL), width);
    const body = truncate(text, Math.max(0, width - LABEL));
    const painted = label === "errors" && troubled ? paint("red", body) : body;
    return label === snapshot.phase ? paint("bold", head) + painted : paint("dim", head) + painted;
  });
}

const LABEL = 10;

/**
 * The view in one line, for logs.
 *
 * @example
 * ```ts
 * import { liveLine } from "./live.ts";
 * import type { LiveSnapshot } from "../load/result.ts";
 *
 * function log(snapshot: LiveSnapshot): string {
 *   return liveLine(snapshot);
 * }
 * ```
 */
export function liveLine(snapshot: LiveSnapshot): string {
  const { asked, achieved, response } = snapshot;
  const parts = [
    `${snapshot.phase} ${elapsed(snapshot)}`,
    asked === null ? perSecond(achieved) : `${perSecond(achieved)} of ${perSecond(asked)}`,
    messages(snapshot),
    `service ${percentiles(snapshot.service)}`,
  ];
  if (response !== null) parts.push(`response ${percentiles(response)}`);
  if (Object.keys(snapshot.acks).length > 0) parts.push(answers(snapshot));
  if (failed(snapshot) > 0) parts.push(`errors: ${errors(snapshot)}`);
  parts.push(`open ${formatCount(snapshot.open)} of ${formatCount(snapshot.connections)}`);
  return parts.join("; ");
}

function elapsed(snapshot: LiveSnapshot): string {
  const left = snapshot.left_s === null ? "" : `, ${span(Math.max(0, snapshot.left_s))} left`;
  return `${span(snapshot.elapsed_s)}${left}`;
}

function messages(snapshot: LiveSnapshot): string {
  const { sent, acknowledged, in_flight, queue } = snapshot;
  return `${formatCount(sent)} sent, ${formatCount(acknowledged)} acknowledged, ` +
    `${formatCount(in_flight)} in flight, ${formatCount(queue)} queued`;
}

function percentiles(figures: { readonly p50: number; readonly p99: number }): string {
  return `p50 ${micros(figures.p50)} p99 ${micros(figures.p99)}`;
}

function answers(snapshot: LiveSnapshot): string {
  const codes = Object.entries(snapshot.acks).filter(([, count]) => count > 0).sort(([a], [b]) => a < b ? -1 : 1);
  return codes.map(([code, count]) => `${truncate(printable(code), 20)} ${formatCount(count)}`).join(", ") ||
    "none yet";
}

function errors(snapshot: LiveSnapshot): string {
  const { outcomes } = snapshot;
  const met = OUTCOMES.filter((name) => name !== "accepted" && outcomes[name] > 0);
  return met.map((name) => `${name} ${formatCount(outcomes[name])}`).join(", ") || "none";
}

function failed(snapshot: LiveSnapshot): number {
  return OUTCOMES.reduce((sum, name) => name === "accepted" ? sum : sum + snapshot.outcomes[name], 0);
}
