/** Invented runs with true histograms, for what adds them up or writes them down. */
import { RandomStream } from "../../../lib/random.ts";
import { Tally } from "../../../lib/load/tally.ts";
import type { RunDocument } from "../../../lib/load/result.ts";
import { EMPTY, goodRun, interval, outcomes } from "./runs.ts";

/** What a run measured: for each message its lag and its service time, in microseconds. */
export type Sample = readonly [lag: number, service: number];

/** So many samples, heavy in the tail, the same for the same seed. */
export function samples(seed: number, count: number): Sample[] {
  const random = new RandomStream(seed);
  return Array.from({ length: count }, () => {
    const lag = Math.round(100 + 400 * random.next());
    return [lag, Math.round(1000 + 4000 / (1.0001 - random.next()))];
  });
}

/** A run in which these were measured, all accepted, so many in each second. */
export function measuredRun(
  measured: readonly Sample[],
  changes: Partial<RunDocument> = {},
  perSecond = 100,
): RunDocument {
  const tally = new Tally();
  for (const [lag, service] of measured) {
    tally.lag.record(lag);
    tally.answer("AA", service, lag + service);
    tally.timeAck("AA", service);
  }
  tally.connect.record(200 + measured.length % 100);
  const scheduled = (changes.model ?? "rate") === "rate";
  const seconds = Math.ceil(measured.length / perSecond);
  return goodRun({
    duration_s: seconds,
    planned: measured.length,
    sent: measured.length,
    outcomes: outcomes({ accepted: measured.length }),
    acks: { AA: measured.length },
    rate: { asked: scheduled ? perSecond : null, achieved: perSecond },
    latency_us: tally.latencyRows(scheduled),
    histograms: tally.histograms(scheduled),
    intervals: Array.from({ length: seconds }, (_, second) => ({
      ...interval(second, Math.min(perSecond, measured.length - perSecond * second)),
      asked: scheduled ? perSecond : null,
      failures: {},
    })),
    ...changes,
  });
}

/** Both halves of a plan on two machines, message k on shard k mod 2, and the whole on one. */
export function shardedRuns(count: number, seed = 1): { whole: RunDocument; shards: [RunDocument, RunDocument] } {
  const all = samples(seed, count);
  const shard = (index: number) =>
    measuredRun(all.filter((_, k) => k % 2 === index), { shard: { index, of: 2 }, seed }, 50);
  return { whole: measuredRun(all, { seed }), shards: [shard(0), shard(1)] };
}

/** A run that has every field there is. */
export function wholeRun(): RunDocument {
  const { whole } = shardedRuns(300);
  return {
    ...whole,
    load: { kind: "stages", text: "30s@50,2m@50..500", arrivals: "poisson" },
    shard: { index: 0, of: 2 },
    merged: 2,
    parts: [0, 1].map((index) => ({
      started: whole.started,
      seed: 1,
      shard: { index, of: 2 },
      duration_s: 3,
      planned: 150,
    })),
    connections: { ...whole.connections, blocked_s: 0.2 },
    generator: { ...whole.generator, limited_s: 1 },
    warmup: {
      duration_s: 5,
      planned: 10,
      sent: 10,
      outcomes: outcomes({ accepted: 10 }),
      service: EMPTY,
      connect: EMPTY,
    },
    search: {
      expr: "p99(response) < 250ms",
      rate: 180.5,
      verdict: "it held up to 180.5/s",
      steps: [{
        asked: 200,
        achieved: 199,
        start_s: 1,
        duration_s: 10,
        value: 312_000,
        holds: false,
        why: "",
      }],
    },
    steering: [{ at_s: 3, speed: 0 }],
    deliveries: [{ to: "log", delivered: 290, lost: 10, note: "the disk was slow" }],
    thresholds: [
      { expr: "lost > 0", pass: false, value: 3, stopped: true },
      { expr: "max(ack.CA) > 1s", pass: true, value: null },
    ],
  };
}
