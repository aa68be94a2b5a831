/**
 * What is counted and timed: the same of the whole run and of one interval. Each message ends in
 * exactly one outcome, so the outcomes of a finished run add up to the messages planned.
 *
 * @module
 */
import { isNegative, type Outcome, OUTCOMES } from "../outcome.ts";
import { Latency } from "./latency.ts";
import type { Anomalies, EncodedHistograms, RunDocument } from "./result.ts";

/**
 * Counters and series.
 *
 * @example
 * ```ts
 * import { Tally } from "./tally.ts";
 * import assert from "node:assert/strict";
 *
 * const tally = new Tally();
 * tally.planned = 2;
 * tally.outcomes.accepted++;
 * tally.outcomes.timeout++;
 * assert.equal(tally.errors, 1);
 * ```
 */
export class Tally {
  planned = 0;
  sent = 0;
  /** Acknowledgements that settled a message. */
  acknowledged = 0;
  retries = 0;
  reconnects = 0;
  readonly outcomes: Record<Outcome, number> = noOutcomes();
  /** Acknowledgements that answered a message, by code as sent. */
  readonly acks: Record<string, number> = {};
  readonly anomalies: Anomalies = noAnomalies();
  /** Tolerated deviations, by word: a framing rule, `noise`, `echo`, `unmatched`, ... */
  readonly warnings: Record<string, number> = {};
  /** Send minus intended. */
  readonly lag = new Latency();
  /** How late the loop itself noticed an arrival: the part of the lag that is nobody else's fault. */
  readonly lateness = new Latency();
  /** Acknowledgement minus write: of positive acknowledgements, and of timeouts at their timeout. */
  readonly service = new Latency();
  /** Acknowledgement minus intended, of the same messages. */
  readonly response = new Latency();
  /** Acknowledgement minus write, of negative acknowledgements. */
  readonly negative = new Latency();
  readonly connect = new Latency();
  /** How long messages had been due that were never sent. */
  readonly unsent = new Latency();
  readonly #ack: Record<string, Latency> = {};

  /** Every outcome but `accepted`. */
  get errors(): number {
    let errors = 0;
    for (const outcome of OUTCOMES) if (outcome !== "accepted") errors += this.outcomes[outcome];
    return errors;
  }

  /** Counts a deviation that was tolerated. */
  warn(word: string): void {
    this.warnings[word] = (this.warnings[word] ?? 0) + 1;
  }

  /** Times an acknowledgement under its own code. */
  timeAck(code: string, us: number): void {
    (this.#ack[code] ??= new Latency()).record(us);
  }

  /** Counts an answer that settled a message and times it; `responseUs` is NaN where nothing was intended. */
  answer(code: string | null, serviceUs: number, responseUs: number): void {
    this.acknowledged++;
    if (isNegative(code)) return this.negative.record(serviceUs);
    this.service.record(serviceUs);
    if (!Number.isNaN(responseUs)) this.response.record(responseUs);
  }

  /** The series of the run document, in figures; lag and response only where messages were scheduled. */
  latencyRows(scheduled: boolean): RunDocument["latency_us"] {
    const ack = Object.entries(this.#ack).map(([code, latency]) => [code, latency.row()] as const);
    return {
      lag: scheduled ? this.lag.row() : null,
      service: this.service.row(),
      response: scheduled ? this.response.row() : null,
      negative: this.negative.row(),
      connect: this.connect.row(),
      unsent: this.unsent.row(),
      ack: Object.fromEntries(ack),
    };
  }

  /** The same series as text, so that runs can be added up exactly. */
  histograms(scheduled: boolean): EncodedHistograms {
    return {
      encoding: "HdrHistogram V2, deflate, base64",
      lag: scheduled ? this.lag.encode() : null,
      service: this.service.encode(),
      response: scheduled ? this.response.encode() : null,
      negative: this.negative.encode(),
      connect: this.connect.encode(),
      unsent: this.unsent.encode(),
      ack: Object.fromEntries(Object.entries(this.#ack).map(([code, latency]) => [code, latency.encode()])),
    };
  }

  /** Adds all of another tally. */
  add(other: Tally): void {
    this.planned += other.planned;
    this.sent += other.sent;
    this.acknowledged += other.acknowledged;
    this.retries += other.retries;
    this.reconnects += other.reconnects;
    addCounts(this.outcomes, other.outcomes);
    addCounts(this.acks, other.acks);
    addCounts(
      this.anomalies as unknown as Record<string, number>,
      other.anomalies as unknown as Record<string, number>,
    );
    addCounts(this.warnings, other.warnings);
    for (const series of SERIES) this[series].add(other[series]);
    for (const [code, latency] of Object.entries(other.#ack)) (this.#ack[code] ??= new Latency()).add(latency);
  }

  /** Forgets everything. */
  clear(): void {
    this.planned =
      this.sent =
      this.acknowledged =
      this.retries =
      this.reconnects =
        0;
    Object.assign(this.outcomes, noOutcomes());
    Object.assign(this.anomalies, noAnomalies());
    for (const key of Object.keys(this.acks)) this.acks[key] = 0;
    for (const key of Object.keys(this.warnings)) this.warnings[key] = 0;
    for (const series of SERIES) this[series].clear();
    for (const latency of Object.values(this.#ack)) latency.clear();
  }
}

const SERIES = ["lag", "lateness", "service", "response", "negative", "connect", "unsent"] as const;

function noOutcomes(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}

function noAnomalies(): Anomalies {
  return { stale: 0, duplicate: 0, unsolicited: 0, wrong_id: 0, no_msa: 0, late: 0, commit: 0 };
}

function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(from)) if (count !== 0) into[key] = (into[key] ?? 0) + count;
}
