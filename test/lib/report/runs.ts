/** Invented runs for the tests of the reports. */
import { OUTCOMES } from "../../../lib/outcome.ts";
import type { Outcome } from "../../../lib/outcome.ts";
import type { IntervalRow, LatencyRow, LiveSnapshot, RunDocument } from "../../../lib/load/result.ts";

/** A histogram of which nothing was measured. */
export const EMPTY: LatencyRow = { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p99_9: 0, max: 0 };

/** A histogram with these figures. */
export function row(count: number, [min, p50, p90, p95, p99, p99_9, max]: readonly number[]): LatencyRow {
  return { count, min, mean: p50, p50, p90, p95, p99, p99_9, max };
}

/** Every outcome, zero where not given. */
export function outcomes(counts: Partial<Record<Outcome, number>>): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((name) => [name, counts[name] ?? 0])) as Record<Outcome, number>;
}

/** One second of a run. */
export function interval(start: number, acknowledged: number): IntervalRow {
  return {
    start,
    length: 1,
    sent: acknowledged,
    acknowledged,
    accepted: acknowledged,
    errors: 0,
    in_flight: 1,
    queue: 0,
    open: 8,
    service: { p50: 4000, p90: 7000, p99: 9000, max: 12_000 },
    response: { p50: 4200, p90: 7400, p99: 9900, max: 13_000 },
    lag: { p50: 300, p90: 800, p99: 1100, max: 2400 },
    generator_limited: false,
  };
}

/** A run at a rate in which all went well. */
export function goodRun(changes: Partial<RunDocument> = {}): RunDocument {
  return {
    schema: "mllp.run/1",
    version: "0.1.0",
    target: "tcp://127.0.0.1:2575",
    seed: 42,
    model: "rate",
    started: "2026-01-31T12:00:00.000Z",
    duration_s: 5,
    planned: 1000,
    sent: 1000,
    outcomes: outcomes({ accepted: 1000 }),
    acks: { AA: 1000 },
    anomalies: { stale: 0, duplicate: 0, unsolicited: 0, wrong_id: 0, no_msa: 0, late: 0, commit: 0 },
    retries: 0,
    rate: { asked: 200, achieved: 199.83 },
    latency_us: {
      lag: row(1000, [12, 312, 611, 702, 1104, 2207, 2403]),
      service: row(1000, [402, 4213, 7804, 8808, 12_307, 20_114, 25_004]),
      response: row(1000, [611, 4605, 8204, 9302, 13_100, 21_530, 26_310]),
      negative: EMPTY,
      connect: row(8, [104, 151, 240, 240, 240, 240, 240]),
    },
    connections: { asked: 8, open: 8, reconnects: 0, in_flight: 1, per_message: false },
    generator: { verdict: "healthy", reasons: [], cpu: 12.3, longest_gap_us: 3100 },
    errors: [],
    thresholds: [],
    intervals: [190, 200, 210, 200, 200].map((count, second) => interval(second, count)),
    interrupted: null,
    ...changes,
  };
}

/** A run at a rate in which much went wrong. */
export function badRun(): RunDocument {
  return goodRun({
    planned: 24_000,
    sent: 23_400,
    duration_s: 125,
    outcomes: outcomes({
      accepted: 22_950,
      error: 130,
      reject: 20,
      timeout: 240,
      closed: 50,
      unanswered: 10,
      dropped: 600,
    }),
    acks: { AA: 22_950, AE: 130, AR: 20 },
    anomalies: { stale: 2, duplicate: 1, unsolicited: 0, wrong_id: 0, no_msa: 0, late: 31, commit: 0 },
    warnings: { "no-final-cr": 22_950, noise: 3 },
    retries: 12,
    rate: { asked: 192, achieved: 187.2 },
    latency_us: {
      lag: row(23_400, [15, 640, 2900, 11_500, 41_204, 88_000, 140_200]),
      service: row(23_350, [702, 38_410, 240_300, 903_400, 1_900_400, 5_000_000, 5_000_000]),
      response: row(23_350, [911, 45_010, 644_000, 2_410_000, 7_330_000, 12_400_000, 61_200_000]),
      negative: row(150, [612, 2010, 4400, 5102, 9003, 9100, 9100]),
      connect: row(27, [204, 351, 940, 1040, 3240, 3240, 3240]),
      unsent: EMPTY,
    },
    connections: { asked: 8, open: 7, reconnects: 19, in_flight: 1, per_message: false, blocked_s: 3.2 },
    generator: {
      verdict:
        "generator was the limit for 12 % of the run (worst second: late by p99 41 ms, CPU 98 %); those seconds are marked",
      reasons: ["192/s x 38.4 ms needs at least 8 connections at p50 and more behind every stall; there were 8"],
      cpu: 97.6,
      longest_gap_us: 140_000,
    },
    errors: [
      { text: "Patient not found", count: 118, first_seen_s: 1.24 },
      {
        text: "Segment PID is missing\rwhich cannot be stored, because nothing in it says whose it is",
        count: 32,
        first_seen_s: 63,
      },
    ],
    thresholds: [
      { expr: "p99(response) > 250ms", pass: false, value: 7_330_000 },
      { expr: "errors > 5%", pass: true, value: 0.04375 },
      { expr: "rate < 99%", pass: false, value: 0.975 },
      { expr: "lost > 1_000", pass: true, value: 300 },
      { expr: "rate < 150/s", pass: true, value: 187.2 },
      { expr: "max(ack.CA) > 1s", pass: true, value: null },
    ],
    intervals: Array.from({ length: 125 }, (_, second) => ({
      ...interval(second, second >= 60 && second < 75 ? 0 : 190),
      generator_limited: second >= 30 && second < 45,
    })),
    interrupted: "SIGINT",
  });
}

/** A closed loop with commit and application acknowledgements. */
export function closedRun(): RunDocument {
  return goodRun({
    model: "closed",
    planned: 1_234_567,
    sent: 1_234_567,
    outcomes: outcomes({ accepted: 1_234_567 }),
    acks: { AA: 1_234_567, CA: 1_234_567 },
    rate: { asked: null, achieved: 61_728.35 },
    duration_s: 20,
    latency_us: {
      lag: null,
      service: row(1_234_567, [61, 402, 611, 702, 1104, 2207, 12_403]),
      response: null,
      negative: EMPTY,
      connect: row(8, [104, 151, 240, 240, 240, 240, 240]),
      ack: {
        CA: row(1_234_567, [41, 102, 211, 302, 404, 807, 9403]),
        AA: row(1_234_567, [61, 402, 611, 702, 1104, 2207, 12_403]),
      },
    },
    connections: { asked: 8, open: 8, reconnects: 0, in_flight: 4, per_message: false },
    intervals: [],
  });
}

/** What a live view is shown. */
export function snapshot(changes: Partial<LiveSnapshot> = {}): LiveSnapshot {
  return {
    phase: "running",
    elapsed_s: 12.34,
    left_s: 47.66,
    drain_left_s: null,
    count: null,
    settled: 2453,
    asked: 200,
    achieved: 199.83,
    planned: 2468,
    sent: 2460,
    acknowledged: 2452,
    in_flight: 8,
    queue: 0,
    retrying: 0,
    service: { count: 200, p50: 4213, p99: 12_307 },
    response: { count: 200, p50: 4605, p99: 13_100 },
    acks: { AA: 2449, AE: 3 },
    outcomes: outcomes({ accepted: 2449, error: 3, timeout: 1 }),
    open: 8,
    connections: 8,
    reopening: 0,
    refused: null,
    history: [190, 200, 210, 0, 200],
    speed: 1,
    lag_p99: 1100,
    cpu: 12,
    search: null,
    ...changes,
  };
}
