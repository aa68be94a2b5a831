/**
 * The messages of a round from their falling due to their connection: numbered, queued, dropped when there
 * is no room or it is too late, given up at the end. It knows the schedule and the queue and no connection.
 *
 * A closed loop has no schedule: its messages are due when a connection asks for one. With lanes it
 * looks some messages ahead, so that each connection finds one of its own.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Backlog } from "./backlog.ts";
import { LATEST_MS } from "./catch_up.ts";
import type { FreeLines } from "./free_lines.ts";
import type { WholePlan } from "./plan.ts";
import { NeverSent } from "./never_sent.ts";
import type { RoundTerms } from "./round.ts";
import type { SettlerHost } from "./settler.ts";
import { plannedBy } from "./stop_rule.ts";

/** What arrivals need of their round's host. */
export interface ArrivalsHost extends SettlerHost {
  readonly plan: Pick<WholePlan, "connections" | "inFlight" | "maxQueue">;
  readonly backlog: Backlog;
  readonly free: FreeLines;
}

/**
 * The arrivals of one round.
 *
 * @example
 * ```ts
 * import { Arrivals } from "./arrivals.ts";
 *
 * // A round lets fall due what is due, then hands it out.
 * function tick(arrivals: Arrivals, elapsedMs: number): number {
 *   arrivals.arrive(elapsedMs);
 *   return arrivals.planned;
 * }
 * ```
 */
export class Arrivals {
  /** How many messages were planned. */
  planned = 0;
  /** When the first was due, in milliseconds since t0; NaN before, and in a closed loop. */
  firstDueMs = NaN;
  readonly #host: ArrivalsHost;
  readonly #terms: RoundTerms;
  readonly #neverSent: NeverSent;
  /** How many messages a closed loop with lanes looks ahead. */
  readonly #ahead: number;
  /** How many were queued: more than planned only where a closed loop looks ahead. */
  #queued = 0;

  constructor(host: ArrivalsHost, terms: RoundTerms) {
    this.#host = host;
    this.#terms = terms;
    this.#neverSent = new NeverSent(host);
    const { maxQueue, connections, inFlight } = host.plan;
    this.#ahead = Math.min(maxQueue, 16 * connections * inFlight);
  }

  /** What has fallen due by `elapsed` goes into the queue, or is dropped. */
  arrive(elapsed: number): void {
    const { pacer, stop } = this.#terms;
    if (pacer === null) return;
    const due = plannedBy(stop, pacer, elapsed);
    const { current } = this.#host.recorder;
    for (; this.planned < due; this.planned++) {
      const dueAt = pacer.dueAt(this.planned);
      if (this.planned === 0) this.firstDueMs = dueAt;
      current.planned++;
      current.lateness.record((elapsed - dueAt) * 1000);
      if (this.#push(dueAt)) continue;
      this.#neverSent.settle("dropped", this.#number(this.planned), dueAt, "the queue was full");
    }
  }

  /** In a closed loop: the number of the next message for a line, which is planned with that. */
  next(lane: number): number {
    const { backlog, recorder } = this.#host;
    recorder.current.planned++;
    const ordinal = this.planned++;
    if (!backlog.hasLanes) return this.#number(ordinal);
    const k = backlog.shift(lane);
    this.lookAhead();
    return k;
  }

  /** In a closed loop with lanes: enough messages in the queues that each line finds one of its own. */
  lookAhead(): void {
    const { backlog } = this.#host;
    while (backlog.length < this.#ahead && this.#queued < this.#terms.stop.count) this.#push(NaN);
  }

  /** Without catching up: what could not be sent in time is not sent at all. */
  dropLate(elapsed: number): void {
    const { backlog } = this.#host;
    const why = "it could not be sent in time";
    backlog.takeDueBefore(elapsed - LATEST_MS, (k, dueAt) => this.#neverSent.settle("dropped", k, dueAt, why));
  }

  /** The end: what is queued will not be sent, and what was only looked ahead at was never planned. */
  giveUp(): void {
    const { backlog } = this.#host;
    if (this.#terms.pacer === null) return backlog.clear();
    const why = "the run ended before the message could be sent";
    backlog.takeDueBefore(Infinity, (k, dueAt) => this.#neverSent.settle("unsent", k, dueAt, why));
  }

  /** Queues the next message; whether there was room. */
  #push(dueAt: number): boolean {
    const { backlog, feed, free, plan } = this.#host;
    const k = this.#number(this.#queued++);
    if (!backlog.hasLanes) return backlog.push(k, dueAt, 0);
    const lane = feed.laneOf!(k) % plan.connections;
    free.add(lane);
    return backlog.push(k, dueAt, lane);
  }

  #number(ordinal: number): number {
    return this.#terms.first + ordinal * this.#terms.step;
  }
}
