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
  const { response } = snapshot;
  const rows: [label: string, text: string, troubled?: boolean][] = [
    [snapshot.phase, progress(snapshot)],
    ["rate", rate(snapshot), snapshot.speed === 0],
    ["messages", messages(snapshot)],
    [
      "latency",
      `service ${percentiles(snapshot.service)}${response === null ? "" : `, response ${percentiles(response)}`}`,
    ],

    ["answers", answers(snapshot)],
    ["errors", errors(snapshot), isTroubled(snapshot)],
    ["open", connections(snapshot), snapshot.reopening > 0 || snapshot.refused !== null],
    ["itself", generator(snapshot)],
    ["history", sparkline(snapshot.history, Math.max(1, Math.min(60, width - LABEL)))],
  ];
  return rows.map(([label, text, troubled = false]) => {
    const head = truncate(label.padEnd(LABEL), width);
    const body = truncate(text, Math.max(0, width - LABEL));
    const painted = troubled ? paint("red", body) : body;
    return label === snapshot.phase ? paint("bold", head) + painted : paint("dim", head) + painted;
  });
}

const LABEL = 10;

function rate({ asked, achieved, speed, search }: LiveSnapshot): string {
  const parts = [asked === null ? "closed loop" : `${perSecond(asked)} asked`, `${perSecond(achieved)} achieved`];
  if (search !== null) parts.push(search);
  else if (speed === 0) parts.push("PAUSED");
  else if (speed !== 1) parts.push(`${Math.round(speed * 100)} % of the plan by hand`);
  return parts.join(", ");
}

function generator(snapshot: LiveSnapshot): string {
  const { lag_p99, cpu } = snapshot;
  const oldest = oldestQueued(snapshot);
  // The lag is that of messages that were sent: where none is, it says nothing of those that wait.
  const lag = lag_p99 === null || lag_p99 === 0 && oldest.length > 0 ? [] : [`lag p99 ${micros(lag_p99)}`];
  return [...lag, ...oldest, `cpu ${Math.round(cpu)} % of one core`].join(", ");
}

function oldestQueued({ queue, queued_for_us = 0 }: LiveSnapshot): string[] {
  if (queue === 0 || queued_for_us === 0) return [];
  return [`oldest queued ${queued_for_us < 1e6 ? micros(queued_for_us) : span(queued_for_us / 1e6)}`];
}

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
    `${snapshot.phase} ${progress(snapshot)}`,
    asked === null ? perSecond(achieved) : `${perSecond(achieved)} of ${perSecond(asked)}`,
    ...(snapshot.search === null ? [] : [snapshot.search]),
    [messages(snapshot), ...oldestQueued(snapshot)].join(", "),
    `service ${percentiles(snapshot.service)}`,
  ];
  if (response !== null) parts.push(`response ${percentiles(response)}`);
  if (Object.keys(snapshot.acks).length > 0) parts.push(answers(snapshot));
  if (isTroubled(snapshot)) parts.push(`errors: ${errors(snapshot)}`);
  parts.push(`open ${connections(snapshot)}`);
  return parts.join("; ");
}

/** How long it has run, and how much is left: of the count, of the time, of the drain. */
function progress(snapshot: LiveSnapshot): string {
  const { elapsed_s, left_s, drain_left_s, count, settled } = snapshot;
  if (elapsed_s < 0) return `t0 is in ${span(-elapsed_s)}`;
  const parts = [span(elapsed_s)];
  if (count !== null) parts.push(`${formatCount(settled)} of ${formatCount(count)}`);
  // All of a count may be due long before the last has its answer: nothing is left of the time then.
  if (left_s !== null && (count === null || left_s >= 0.05)) parts.push(`${span(Math.max(0, left_s))} left`);
  if (drain_left_s !== null) parts.push(`up to ${span(drain_left_s)} more${awaited(snapshot)}`);
  return parts.join(", ");
}

/** What the drain waits for. */
function awaited({ retrying, in_flight, queue }: LiveSnapshot): string {
  const kinds: readonly [number, string][] = [[retrying, "to retry"], [in_flight, "in flight"], [queue, "queued"]];
  const some = kinds.filter(([count]) => count > 0).map(([count, kind]) => `${formatCount(count)} ${kind}`);
  return some.length === 0 ? "" : `: ${some.join(", ")}`;
}

function messages(snapshot: LiveSnapshot): string {
  const { sent, acknowledged, in_flight, queue } = snapshot;
  return `${formatCount(sent)} sent, ${formatCount(acknowledged)} acknowledged, ` +
    `${formatCount(in_flight)} in flight, ${formatCount(queue)} queued`;
}

function percentiles({ count, p50, p99 }: LiveSnapshot["service"]): string {
  return count === 0 ? "p50 – p99 –" : `p50 ${micros(p50)} p99 ${micros(p99)}`;
}

function answers(snapshot: LiveSnapshot): string {
  const codes = Object.entries(snapshot.acks).filter(([, count]) => count > 0).sort(([a], [b]) => a < b ? -1 : 1);
  return codes.map(([code, count]) => `${truncate(printable(code), 20)} ${formatCount(count)}`).join(", ") ||
    "none yet";
}

function errors(snapshot: LiveSnapshot): string {
  const { outcomes, retrying, open, reopening } = snapshot;
  const met = OUTCOMES.filter((name) => name !== "accepted" && outcomes[name] > 0);
  const parts = met.map((name) => `${name} ${formatCount(outcomes[name])}`);
  if (retrying > 0) parts.push(`${formatCount(retrying)} to retry`);
  if (parts.length > 0) return parts.join(", ");
  return open === 0 && reopening > 0 ? "none yet, but no connection is open" : "none";
}

/** Whether there is anything to be told of errors. */
function isTroubled({ outcomes, retrying, open, reopening }: LiveSnapshot): boolean {
  return retrying > 0 || (open === 0 && reopening > 0) ||
    OUTCOMES.some((name) => name !== "accepted" && outcomes[name] > 0);
}

function connections({ open, connections: asked, refused, reopening }: LiveSnapshot): string {
  const parts = [`${formatCount(open)} of ${formatCount(asked)} connections`];
  if (refused !== null) {
    parts[0] += `: ${printable(refused.reason)}`;
    parts.push(`${formatCount(refused.tries)} ${refused.tries === 1 ? "try" : "tries"}`);
  }
  if (reopening > 0) parts.push("trying again");
  return parts.join(", ");
}
