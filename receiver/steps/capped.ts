/**
 * Planned steps under a bound on every single wait (`limits.max_delay`).
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { PlannedStep } from "./registry.ts";
import type { Pace, Way } from "./way.ts";

/**
 * A step in which nothing waits longer at a time; the step itself where nothing does.
 *
 * @example
 * ```ts
 * import { cappedStep } from "./capped.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(cappedStep({ verb: "delay", ms: 60_000 }, 5000), { verb: "delay", ms: 5000 });
 * const pace = { kind: "chunks", chunks: 3, overMs: 60_000 } as const;
 * assert.deepEqual(cappedStep({ verb: "send", to: "end_data", items: ["AA"], pace }, 5000), {
 *   verb: "send",
 *   to: "end_data",
 *   items: ["AA"],
 *   pace: { kind: "chunks", chunks: 3, overMs: 10_000 },
 * });
 * ```
 */
export function cappedStep(step: PlannedStep, mostMs: number): PlannedStep {
  switch (step.verb) {
    case "accept_delay":
    case "delay":
    case "process_time":
      return step.ms > mostMs ? { ...step, ms: mostMs } : step;
    case "late_enq":
      // Links count whole milliseconds, from 1 on.
      return step.value > mostMs ? { ...step, value: Math.max(1, Math.floor(mostMs)) } : step;
    case "send":
      return step.pace === undefined ? step : { ...step, pace: cappedPace(step.pace, mostMs) };
    case "reply":
      return step.way === undefined ? step : { ...step, way: cappedWay(step.way, mostMs) };
    default:
      return step;
  }
}

function cappedWay(way: Way, mostMs: number): Way {
  const { pace, gather } = way;
  return {
    ...way,
    ...pace === undefined ? {} : { pace: cappedPace(pace, mostMs) },
    ...gather === undefined ? {} : { gather: { ...gather, withinMs: Math.min(gather.withinMs, mostMs) } },
  };
}

function cappedPace(pace: Pace, mostMs: number): Pace {
  switch (pace.kind) {
    case "bytes":
      return { ...pace, everyMs: Math.min(pace.everyMs, mostMs) };
    case "chunks":
      return { ...pace, overMs: Math.min(pace.overMs, mostMs * (pace.chunks - 1)) };
    case "split":
      return { ...pace, pauseMs: Math.min(pace.pauseMs, mostMs) };
  }
}
