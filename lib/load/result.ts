/**
 * What a run of load is, as data: the run document (`mllp.run/1`, cli.md) that reports and
 * scripts read, and the snapshot that live views draw. Reports are pure consumers of these.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Outcome } from "../outcome.ts";

/** One histogram in figures; all in microseconds. All zero when `count` is zero. */
export interface LatencyRow {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p99_9: number;
  readonly max: number;
}

/** Acknowledgements that answered nothing that waited, by kind. */
export interface Anomalies {
  stale: number;
  duplicate: number;
  unsolicited: number;
  wrong_id: number;
  no_msa: number;
  late: number;
  /** A commit acknowledgement while the application acknowledgement is due. */
  commit: number;
}

/** One interval of the run (one second; coarser after an hour). Counts are of that interval alone. */
export interface IntervalRow {
  /** Seconds from t0 to the interval's start. */
  readonly start: number;
  /** Its length in seconds. */
  readonly length: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly accepted: number;
  /** Every outcome but `accepted`. */
  readonly errors: number;
  readonly in_flight: number;
  readonly queue: number;
  readonly open: number;
  /** Messages per second asked for, on average over the interval; null in a closed loop. */
  readonly asked?: number | null;
  /** The outcomes but `accepted` that messages came to in it; what did not happen is left out. */
  readonly failures?: Readonly<Partial<Record<Outcome, number>>>;
  readonly service: IntervalFigures;
  readonly response: IntervalFigures | null;
  readonly lag: IntervalFigures | null;
  /** Whether the generator, not the target, was the limit in it. */
  readonly generator_limited: boolean;
}

/** A series in one interval; microseconds, all zero where nothing was measured. */
export interface IntervalFigures {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What was asked of the generator, in words that a report can print. */
export interface LoadDescription {
  /** `closed`, `constant`, `stages`, `burst`, `search`. */
  readonly kind: "closed" | "constant" | "stages" | "burst" | "search";
  /** As asked for: `200/s`, `30s@50,2m@50..500`, `200/10s`, the expression of a search; empty in a closed loop. */
  readonly text: string;
  /** `regular`: by the schedule's formula; `poisson`: at random about it. */
  readonly arrivals: "regular" | "poisson";
}

/** The warm-up: measured apart, and not counted anywhere else. */
export interface WarmupSummary {
  /** Its length, what it took to settle its last messages included. */
  readonly duration_s: number;
  readonly planned: number;
  readonly sent: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly service: LatencyRow;
  readonly connect: LatencyRow;
}

/** One rate that a search tried. */
export interface SearchStep {
  /** Messages per second. */
  readonly asked: number;
  readonly achieved: number;
  /** Seconds from t0, and how long it was measured. */
  readonly start_s: number;
  readonly duration_s: number;
  /** The metric's value, in the unit of a threshold's value; null when nothing of it was measured. */
  readonly value: number | null;
  readonly holds: boolean;
  /** Why it does not, where it is not the expression: the rate was not achieved, the generator was the limit. */
  readonly why: string;
}

/** What a search found. */
export interface SearchResult {
  readonly expr: string;
  /** The highest rate at which it held, in messages per second; null if it held at none. */
  readonly rate: number | null;
  /** In plain words: what was found, or why the search ended before. */
  readonly verdict: string;
  readonly steps: readonly SearchStep[];
}

/** A file or service that was told of each message. */
export interface Delivery {
  /** `log`, `axiom`. */
  readonly to: string;
  readonly delivered: number;
  readonly lost: number;
  /** Why some were lost, or empty. */
  readonly note: string;
}

/** The histograms, so that runs can be added up exactly. */
export interface EncodedHistograms {
  readonly encoding: "HdrHistogram V2, deflate, base64";
  readonly lag: string | null;
  readonly service: string;
  readonly response: string | null;
  readonly negative: string;
  readonly connect: string;
  readonly unsent: string;
  readonly ack: Readonly<Record<string, string>>;
}

/** The verdict on one `--fail-if`. */
export interface ThresholdVerdict {
  readonly expr: string;
  /** False when the expression came true. */
  readonly pass: boolean;
  /** Present where it ended the run before its time (`abort after`). */
  readonly stopped?: true;
  /**
   * The metric's value at the end: microseconds, a count, or a fraction of planned (of asked for `rate`); null where
   * nothing of it was measured.
   */
  readonly value: number | null;
}

/** One of the runs that a merged document was added up from. */
export interface RunPart {
  /** As in its own document. */
  readonly started: string;
  readonly seed: number;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly duration_s: number;
  readonly planned: number;
}

/** The run document. Keys are a contract (cli.md); additions are welcome. */
export interface RunDocument {
  readonly schema: "mllp.run/1";
  readonly version: string;
  readonly target: string;
  readonly seed: number;
  /** `closed` or `rate`. */
  readonly model: "closed" | "rate";
  readonly load?: LoadDescription;
  /** Present where this run was one of several machines': message k was its own if k mod `of` is `index`. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Present where runs were added up: how many. */
  readonly merged?: number;
  /** Present where runs were added up: which, so that none is counted twice. */
  readonly parts?: readonly RunPart[];
  /** ISO 8601, UTC. */
  readonly started: string;
  /** Seconds from t0 to the stop, drain not included. */
  readonly duration_s: number;
  /** Arrivals due by the stop; in a closed loop, messages sent. */
  readonly planned: number;
  readonly sent: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Count by acknowledgement code as sent by the peer. */
  readonly acks: Readonly<Record<string, number>>;
  readonly anomalies: Readonly<Anomalies>;
  /** Deviations that were tolerated, by word: a framing rule, `noise`, `echo`, `unmatched`, `nak_without_id`, ... */
  readonly warnings?: Readonly<Record<string, number>>;
  readonly retries: number;
  /** What was allowed: how often a message may be sent again, and what a reply timeout does to its connection. */
  readonly resending?: { readonly retries: number; readonly on_timeout: "keep" | "reconnect" };
  /**
   * Messages per second; `asked` is null in a closed loop. Where the rate was not constant, what fell due
   * over the time it took.
   */
  readonly rate: { readonly asked: number | null; readonly achieved: number };
  readonly latency_us: {
    readonly lag: LatencyRow | null;
    readonly service: LatencyRow;
    readonly response: LatencyRow | null;
    /** Of AE, AR, CE, CR alone. */
    readonly negative: LatencyRow;
    readonly connect: LatencyRow;
    /** How long the messages that were never sent had been due by the end. */
    readonly unsent?: LatencyRow;
    /**
     * The service time (acknowledgement minus write) by acknowledgement code as sent by the peer, so that
     * commit (CA) and application (AA) acknowledgements are timed apart: each acknowledgement that answered
     * a message counts once under its own code, a CA on the way to an AA included. At least the codes that a
     * threshold names with `ack.CA` or `ack.AA` and that came; a code that never came may be missing.
     */
    readonly ack?: Readonly<Record<string, LatencyRow>>;
  };
  readonly connections: {
    readonly asked: number;
    /** Open at the stop. */
    readonly open: number;
    readonly reconnects: number;
    readonly in_flight: number;
    readonly per_message: boolean;
    /** Seconds, over all connections, in which the peer did not take what was written. */
    readonly blocked_s?: number;
  };
  readonly generator: {
    readonly verdict: string;
    readonly reasons: readonly string[];
    /** Percent of one core. */
    readonly cpu: number;
    /** Longest gap of the event loop, in microseconds. */
    readonly longest_gap_us: number;
    /** Seconds in which the generator was the limit. */
    readonly limited_s?: number;
  };
  readonly warmup?: WarmupSummary | null;
  readonly search?: SearchResult | null;
  /** What was changed by hand while it ran: the schedule went on at `speed` times its rate from then on (0: paused). */
  readonly steering?: readonly { readonly at_s: number; readonly speed: number }[];
  readonly deliveries?: readonly Delivery[];
  readonly histograms?: EncodedHistograms;
  /** Texts of negative acknowledgements and failures, most frequent first, at most 10. */
  readonly errors: readonly {
    readonly text: string;
    readonly count: number;
    /** Seconds from t0. */
    readonly first_seen_s: number;
  }[];
  readonly thresholds: readonly ThresholdVerdict[];
  readonly intervals: readonly IntervalRow[];
  /** `null`, or what ended the run: a signal, or the key. */
  readonly interrupted: "SIGINT" | "SIGTERM" | "q" | null;
}

/** What a live view shows; made at most ten times a second. */
export interface LiveSnapshot {
  /** `opening`, `warming`, `waiting` (for the common t0), `running`, `draining`. */
  readonly phase: "opening" | "warming" | "waiting" | "running" | "draining";
  /** Seconds since t0. */
  readonly elapsed_s: number;
  /** Seconds until the planned stop; null when there is none. */
  readonly left_s: number | null;
  /** Seconds that the drain may still take; null before it. */
  readonly drain_left_s: number | null;
  /** How many messages make the run, where their number ends it; else null. */
  readonly count: number | null;
  /** How many have their outcome. */
  readonly settled: number;
  readonly asked: number | null;
  /** Messages per second over the last whole interval. */
  readonly achieved: number;
  readonly planned: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly in_flight: number;
  readonly queue: number;
  /** How long the oldest of the queue has been due, in microseconds; left out, or 0, where nothing is queued. */
  readonly queued_for_us?: number;
  /** Messages that wait to be sent again. */
  readonly retrying: number;
  /** Microseconds; of the last whole interval. Nothing was measured where `count` is 0. */
  readonly service: { readonly count: number; readonly p50: number; readonly p99: number };
  readonly response: { readonly count: number; readonly p50: number; readonly p99: number } | null;
  readonly acks: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly open: number;
  readonly connections: number;
  /** Connections that could not be opened or were lost, and are tried again. */
  readonly reopening: number;
  /** Tries to connect that failed, of connections that are not open since, and why the last did; null if there is none. */
  readonly refused: { readonly tries: number; readonly reason: string } | null;
  /** Acknowledged per second of each interval, newest last; at most 60. */
  readonly history: readonly number[];
  /** How fast the schedule goes by hand: 1 as planned, 0 paused. */
  readonly speed: number;
  /** The 99th percentile of the lag, in microseconds, and the processor's share, in percent of one core, of the last whole interval. */
  readonly lag_p99: number | null;
  readonly cpu: number;
  /** What a search has found so far, in a few words; null where none is on. */
  readonly search: string | null;
}
