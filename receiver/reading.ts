/**
 * Whether a connection is read: it is, as long as no reason says otherwise. It knows reasons and times, no messages.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";
import type { Session } from "../lib/session.ts";

/** What is read at a time where there is a rate (our decision, as for the way out: fine enough to look even). */
const TICK_MS = 20;

/** Why a connection is not read: too much waits for its answer; a step said so; the rate is used up; there is no room for it yet. */
export type Reason = "pending" | "stopped" | "rate" | "room";

/**
 * The reading of one connection.
 *
 * Where there is a rate, the stream is not let flow: so much is taken out of it at a time. So a message is complete when its last
 * byte would have come over a line of that rate, however large the pieces are in which the system hands it over.
 *
 * @example
 * ```ts
 * import { Reading } from "./reading.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import assert from "node:assert/strict";
 *
 * const said: string[] = [];
 * const stream = { pause: () => said.push("pause"), resume: () => said.push("resume") };
 * const clock = new VirtualClock();
 * const reading = new Reading({ transport: { stream }, blocked: false } as never, clock);
 * reading.stop("stopped", 100);
 * clock.advance(100);
 * assert.deepEqual(said, ["pause", "resume"]);
 * ```
 */
export class Reading {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #reasons: Map<Reason, Timer | null> = new Map();
  #rate = Infinity;
  #freeAt = -Infinity;
  /** From the first rate on; a stream that was asked for its bytes is not made to flow again. */
  #asks = false;

  constructor(session: Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Whether this reason holds it back. */
  isStopped(reason: Reason): boolean {
    return this.#reasons.has(reason);
  }

  /** At most so many bytes a second are read; `Infinity` for as many as come. */
  set rate(perSecond: number) {
    this.#rate = perSecond;
    if (!this.#asks && perSecond < Infinity) {
      this.#asks = true;
      this.#session.transport.stream.on("readable", () => this.#take());
    }
    if (perSecond === Infinity) this.goOn("rate");
  }

  /** Reads nothing for so long, or until told to go on. */
  stop(reason: Reason, forMs = Infinity): void {
    this.#reasons.get(reason)?.cancel();
    const until = this.#clock.now() + forMs;
    this.#reasons.set(reason, forMs === Infinity ? null : this.#wait(reason, until));
    this.#session.transport.stream.pause();
  }

  #wait(reason: Reason, until: number): Timer {
    return this.#clock.schedule(until, () => {
      if (this.#clock.now() >= until) this.goOn(reason);
      else this.#reasons.set(reason, this.#wait(reason, until));
    });
  }

  /** This reason holds no longer. */
  goOn(reason: Reason): void {
    const timer = this.#reasons.get(reason);
    if (timer === undefined) return;
    timer?.cancel();
    this.#reasons.delete(reason);
    this.settle();
  }

  /** So many bytes came. */
  came(bytes: number): void {
    if (this.#rate === Infinity) return;
    const now = this.#clock.now();
    this.#freeAt = Math.max(now, this.#freeAt) + (bytes / this.#rate) * 1000;
    this.stop("rate", this.#freeAt - now);
  }

  /** The session reads again by itself, and must not where there is a reason. */
  settle(): void {
    const { stream } = this.#session.transport;
    if (this.#asks) this.#take();
    else if (this.#reasons.size > 0) stream.pause();
    else if (!this.#session.blocked) stream.resume();
  }

  /** Takes what may be taken now; `came` says when there may be more. */
  #take(): void {
    const { stream } = this.#session.transport;
    while (this.#reasons.size === 0 && !this.#session.blocked) {
      const most = Math.max(1, Math.floor((this.#rate * TICK_MS) / 1000));
      // Of nothing, nothing is taken: that asks the stream for more, or for its end.
      if (stream.read(Math.min(most, stream.readableLength)) === null) return;
    }
  }

  /** The connection is gone, or is read away to be closed. */
  drop(): void {
    for (const timer of this.#reasons.values()) timer?.cancel();
    this.#reasons.clear();
    this.#rate = Infinity;
  }
}
