/**
 * Where the run is written down as it goes: the current interval, the whole so far, the rows, the
 * texts, and what the process itself used. It reads the processor's clock and nothing else of the
 * system; the loop tells it the time.
 *
 * Everything is counted in the interval and added to the whole when the interval closes, so that a
 * message costs one record in each of its series, not two.
 *
 * @module
 */
import { type Outcome, OUTCOMES } from "../outcome.ts";
import type { TransportError } from "../errors.ts";
import { ErrorTexts } from "./error_texts.ts";
import { Intervals } from "./intervals.ts";
import type { Latency } from "./latency.ts";
import type { IntervalFigures, IntervalRow } from "./result.ts";
import type { Standing } from "./standing.ts";
import { Tally } from "./tally.ts";
import { isLimited, SHORTEST_CPU_MS } from "./verdict.ts";

/** Length of an interval. */
export const INTERVAL_MS = 1000;
/** How many intervals the live view shows. */
const HISTORY = 60;

/** The figures of the last whole interval, for live views. */
export interface LastInterval {
  readonly achieved: number;
  readonly service: { readonly count: number; readonly p50: number; readonly p99: number };
  readonly response: { readonly count: number; readonly p50: number; readonly p99: number };
  readonly lagP99: number;
  /** Processor time over wall time. */
  readonly cpu: number;
}

/** The seconds in which the generator was the limit, and the worst that they saw. */
export interface LimitedSeconds {
  readonly seconds: number;
  /** The greatest of their 99th percentiles of the lateness, in microseconds. */
  readonly latenessP99: number;
  /** Processor time over wall time; null where no second was whole. */
  readonly cpu: number | null;
  /** Longest gap of the event loop, in milliseconds. */
  readonly gapMs: number;
}

/**
 * The run, written down.
 *
 * @example
 * ```ts
 * import { Recorder } from "./recorder.ts";
 * import assert from "node:assert/strict";
 *
 * const recorder = new Recorder(true);
 * recorder.current.sent++;
 * recorder.settle("accepted");
 * recorder.close(recorder.row(1000, { inFlight: 0, queue: 0, open: 1 }, 1));
 * assert.equal(recorder.count("sent"), 1);
 * assert.equal(recorder.intervals.rows[0].accepted, 1);
 * ```
 */
export class Recorder {
  /** The current interval. */
  readonly current = new Tally();
  /** The intervals before it. */
  readonly total = new Tally();
  readonly texts = new ErrorTexts();
  readonly intervals = new Intervals();
  /** Acknowledged per second of each interval, newest last. */
  readonly history: number[] = [];
  /** How many messages have their outcome. */
  settled = 0;
  limited: LimitedSeconds = { seconds: 0, latenessP99: 0, cpu: null, gapMs: 0 };
  last: LastInterval = { achieved: 0, service: NOTHING, response: NOTHING, lagP99: 0, cpu: 0 };
  /** Longest gap of the event loop in the intervals that are closed, in milliseconds. */
  longestGapMs = 0;
  /** Why a connection was refused the last time, in a few words; empty if none was. */
  refusal = "";
  #gapMs = 0;
  #startedMs = 0;
  #cpuUs = processorUs();
  #cpuBeganUs = this.#cpuUs;

  /** `scheduled`: whether messages have an intended time, so that lag and response mean something. */
  constructor(readonly scheduled: boolean) {}

  /** Gives a message its one outcome. */
  settle(outcome: Outcome): void {
    this.current.outcomes[outcome]++;
    this.settled++;
  }

  /** A try to connect failed at `atMs` since t0. */
  refused({ message, endpoint }: TransportError, atMs: number): void {
    this.texts.add(message, atMs);
    const place = `Cannot connect to ${endpoint}: `;
    this.refusal = message.startsWith(place) ? message.slice(place.length) : message;
  }

  /** The event loop did not come round for so long. */
  gap(ms: number): void {
    if (ms > this.#gapMs) this.#gapMs = ms;
  }

  /** Planned, sent and so on: the whole up to now. */
  count(key: "planned" | "sent" | "acknowledged" | "retries" | "reconnects"): number {
    return this.total[key] + this.current[key];
  }

  /** t0: what the process used before does not count. */
  begin(): void {
    this.#cpuUs = this.#cpuBeganUs = processorUs();
  }

  /** When the current interval began, in milliseconds since t0. */
  get intervalStartedMs(): number {
    return this.#startedMs;
  }

  /** When the current interval is over, in milliseconds since t0. */
  get intervalEndsMs(): number {
    return this.#startedMs + INTERVAL_MS;
  }

  /** Processor time since the run began, over `elapsedMs` of wall time. */
  cpu(elapsedMs: number): number {
    return elapsedMs > 0 ? (processorUs() - this.#cpuBeganUs) / 1000 / elapsedMs : 0;
  }

  /** The row of the current interval, if it ends at `nowMs` since t0; `asked` messages per second, null in a closed loop. To be closed with. */
  row(nowMs: number, standing: Pick<Standing, "inFlight" | "queue" | "open">, asked: number | null): IntervalRow {
    const { current, scheduled } = this;
    const lengthMs = nowMs - this.#startedMs;
    const cpuUs = processorUs();
    const service = figures(current.service);
    const lateness = { count: current.lateness.count, p99: current.lateness.percentile(99) };
    const cpu = lengthMs > 0 ? (cpuUs - this.#cpuUs) / 1000 / lengthMs : 0;
    const limited = isLimited({ lengthMs, lateness, serviceP50: service.p50, cpu });
    if (limited) this.#limit(lengthMs, lateness.p99, cpu);
    this.last = {
      achieved: lengthMs > 0 ? current.sent * 1000 / lengthMs : 0,
      service: { ...service, count: current.service.count },
      response: { ...figures(current.response), count: current.response.count },
      lagP99: current.lag.percentile(99),
      cpu,
    };
    this.#cpuUs = cpuUs;
    return {
      start: seconds(this.#startedMs),
      length: seconds(lengthMs),
      sent: current.sent,
      acknowledged: current.acknowledged,
      accepted: current.outcomes.accepted,
      errors: current.errors,
      in_flight: standing.inFlight,
      queue: standing.queue,
      open: standing.open,
      asked,
      failures: failures(current),
      service,
      response: scheduled ? figures(current.response) : null,
      lag: scheduled ? figures(current.lag) : null,
      generator_limited: limited,
    };
  }

  /** Closes the current interval with its row. */
  close(row: IntervalRow): void {
    const { current } = this;
    const lengthMs = row.length * 1000;
    this.intervals.add(row);
    // What came in less than a whole second is not scaled up to one.
    this.history.push(current.acknowledged * INTERVAL_MS / Math.max(lengthMs, INTERVAL_MS));
    if (this.history.length > HISTORY) this.history.shift();
    this.total.add(current);
    current.clear();
    this.#startedMs += lengthMs;
    this.longestGapMs = Math.max(this.longestGapMs, this.#gapMs);
    this.#gapMs = 0;
  }

  #limit(lengthMs: number, latenessP99: number, cpu: number): void {
    const before = this.limited;
    this.limited = {
      seconds: before.seconds + lengthMs / 1000,
      latenessP99: Math.max(before.latenessP99, latenessP99),
      cpu: lengthMs < SHORTEST_CPU_MS ? before.cpu : Math.max(before.cpu ?? 0, cpu),
      gapMs: Math.max(before.gapMs, this.#gapMs),
    };
  }
}

const NOTHING = Object.freeze({ count: 0, p50: 0, p99: 0 });

function figures(latency: Latency): IntervalFigures {
  const { max } = latency;
  return { p50: latency.percentile(50), p90: latency.percentile(90), p99: latency.percentile(99), max };
}

function failures({ outcomes }: Tally): IntervalRow["failures"] {
  const met = OUTCOMES.filter((outcome) => outcome !== "accepted" && outcomes[outcome] > 0);
  return Object.fromEntries(met.map((outcome) => [outcome, outcomes[outcome]]));
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

function processorUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
