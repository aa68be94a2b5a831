/**
 * The one load loop: arrivals, a bounded queue, the first free connection (load.md section 1). What
 * differs between the kinds of load is in the terms: a pacer or none, and when to stop. It knows
 * neither HL7 nor bytes nor how connections come and go: lines do.
 *
 * # A round
 *
 * | phase | what goes on | ends by |
 * |---|---|---|
 * | waiting | nothing; t0 is still to come | t0, or `stop()` |
 * | running | arrivals fall due from t0 on, are queued, sent, answered | the stop rule, the schedule's end, `stop()`, an `abort after` threshold, a search that is done |
 * | draining | nothing falls due; what is queued is sent for a while, what is on its way may still be answered | all settled, or `drainMs` |
 *
 * At a rate a round of so many messages stops when the last is due, and has `drainMs` to send what is queued. One
 * that stops by time leaves `unsent` what is still queued a second later, or at once when no connection
 * is left: that much the target did not take (our decision; a second, so that a run which keeps up
 * does not end with `unsent` because all connections were busy at that very instant).
 *
 * # Pacing
 *
 * A tick a millisecond sends all that is due, at most 256 messages, then yields so that replies get read.
 *
 * # Order
 *
 * Where messages have lanes, each lane has its queue and its connection. A closed loop then looks some
 * messages ahead, so that a connection whose next message is not the next of all need not wait.
 *
 * @module
 */
import { AbortWatches } from "./abort_watches.ts";
import type { Backlog } from "./backlog.ts";
import { Arrivals } from "./arrivals.ts";
import { CatchUpBudget } from "./catch_up.ts";
import type { FreeLines } from "./free_lines.ts";
import type { Line } from "./line.ts";
import type { LineHost } from "./line_host.ts";
import type { WholePlan } from "./plan.ts";
import { INTERVAL_MS, type Recorder } from "./recorder.ts";
import type { RateSearch } from "./search.ts";
import { type Standing, standingOf } from "./standing.ts";
import type { SpeedChange, SteeredPacer } from "./steered.ts";
import { endsAt, type StopRule } from "./stop_rule.ts";
import type { Surroundings } from "./surroundings.ts";

/** Sends in one go before replies get their turn (load.md section 2). */
const MOST_SENDS = 256;
/** How often waits for acknowledgements and pauses are looked at. */
const WATCH_MS = 10;
/** How long after the stop queued messages are still sent. */
const QUEUE_GRACE_MS = 1000;
/** Pauses that are remembered (our decision). */
const MOST_CHANGES = 1000;

/** What a round is to do. */
export interface RoundTerms {
  readonly pacer: SteeredPacer | null;
  readonly stop: StopRule;
  readonly search: RateSearch | null;
  readonly thresholds: WholePlan["thresholds"];
  /** The number of its first message, and how far apart its numbers are. */
  readonly first: number;
  readonly step: number;
}

/** What a round works with. */
export interface RoundHost extends LineHost {
  readonly lines: readonly Line[];
  readonly free: FreeLines;
  readonly backlog: Backlog;
  readonly surroundings: Surroundings;
  readonly recorder: Recorder;
  /** Whether whoever is told of each message can take no more now. */
  readonly isHeld: (() => boolean) | null;
  /** An interval is over: the date may have been set meanwhile. */
  readDate(): void;
}

/**
 * One round of load over lines that are open: the run itself, or its warm-up. Its owner calls
 * `tick` every millisecond.
 *
 * @example
 * ```ts
 * import { Round } from "./round.ts";
 *
 * // The attack plays its rounds, one after the other.
 * async function play(round: Round, t0: number): Promise<number> {
 *   await round.play(t0);
 *   return round.stoppedAtMs;
 * }
 * ```
 */
export class Round {
  phase: "waiting" | "running" | "draining" | "over" = "waiting";
  /** The end of the schedule, of the drain, in milliseconds since t0. */
  stoppedAtMs = 0;
  endedAtMs = 0;
  sentByStop = 0;
  openAtStop = 0;
  /** Processor time over wall time, up to the stop. */
  cpu = 0;
  /** How long no connection was to be had when a closed loop gave up; 0 if it did not. */
  gaveUpMs = 0;
  readonly terms: RoundTerms;
  readonly watches: AbortWatches;
  readonly #host: RoundHost;
  readonly #arrivals: Arrivals;
  readonly #budget: CatchUpBudget | null;
  #t0 = Infinity;
  /** Of a closed loop, which has no schedule to keep them. */
  readonly #pauses: SpeedChange[] = [];
  #paused = false;
  #stopAsked = false;
  #dispatching = false;
  #yielded = false;
  #lastTick = 0;
  #lastWatch = 0;
  #lastSend = 0;
  #finish: (() => void) | null = null;

  constructor(host: RoundHost, terms: RoundTerms) {
    this.#host = host;
    this.terms = terms;
    this.watches = new AbortWatches(terms.thresholds);
    this.#arrivals = new Arrivals(host, terms);
    this.#budget = host.plan.catchUp === "2x" && terms.pacer !== null ? new CatchUpBudget(terms.pacer) : null;
  }

  /** Plays from t0, on the host's clock, to the end. */
  play(t0: number): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#finish = resolve);
    this.#t0 = t0;
    this.#lastTick = this.#lastWatch = this.#lastSend = this.#host.clock.now();
    if (this.elapsed() >= 0) this.#begin();
    return ended;
  }

  /** Milliseconds since t0; below 0 before it. */
  elapsed(): number {
    return this.#host.clock.now() - this.#t0;
  }

  /** How fast the schedule goes, by hand or by a search; 0 is a pause. */
  get speed(): number {
    return this.terms.pacer?.speed ?? (this.#paused ? 0 : 1);
  }

  /** Goes on at `speed` times the planned rate; 0 pauses. In a closed loop all but 0 is full speed; a search steers itself. */
  steer(speed: number): void {
    if (this.phase === "draining" || this.phase === "over" || this.terms.search !== null) return;
    const elapsed = Math.max(0, this.elapsed());
    if (this.phase === "running") this.#arrivals.arrive(elapsed);
    this.terms.pacer?.setSpeed(speed, elapsed);
    if (this.terms.pacer === null) this.#pause(speed === 0, elapsed);
    if (!this.#yielded && this.phase === "running") this.#dispatch();
  }

  /** When a message was given to a connection the last time, in milliseconds since t0. */
  get lastSentMs(): number {
    return this.#lastSend - this.#t0;
  }

  /** When the first message was due, in milliseconds since t0; NaN before, and in a closed loop. */
  get firstDueMs(): number {
    return this.#arrivals.firstDueMs;
  }

  /** What was changed by hand. */
  get changes(): readonly SpeedChange[] {
    return this.terms.search !== null ? [] : this.terms.pacer?.changes ?? this.#pauses;
  }

  /** Stops and drains, as at the end of its time. */
  stop(): void {
    this.#stopAsked = true;
    if (this.phase === "waiting") return this.end();
    if (this.phase === "running") this.#stop(this.elapsed());
  }

  /** Ends it now. */
  end(): void {
    if (this.phase === "over") return;
    this.endedAtMs = Math.max(0, this.elapsed());
    this.#arrivals.giveUp();
    this.phase = "over";
    this.#finish?.();
  }

  /** A line can take a message. */
  room(line: Line): void {
    this.#host.free.add(line.index);
    if (!this.#dispatching && !this.#yielded && this.phase !== "waiting") this.#dispatch();
  }

  /** Whether there is, or will be, any message for a connection to carry. */
  get wantsConnections(): boolean {
    return this.phase === "waiting" || this.phase === "running" || this.#host.backlog.length > 0;
  }

  /** How things stand. */
  standing(): Standing {
    const { lines, backlog } = this.#host;
    // What a closed loop has looked ahead at does not wait.
    return standingOf(lines, this.terms.pacer === null ? 0 : backlog.length);
  }

  /** A millisecond or so has passed. */
  tick(): void {
    const { clock, lines, recorder } = this.#host;
    const now = clock.now();
    const elapsed = now - this.#t0;
    const gapMs = now - this.#lastTick;
    this.#lastTick = now;
    if (now - this.#lastWatch >= WATCH_MS) {
      this.#lastWatch = now;
      for (const line of lines) line.tick(now);
    }
    if (this.phase === "over") return;
    if (this.phase === "waiting") {
      if (elapsed >= 0) this.#begin();
      return;
    }
    if (elapsed >= recorder.intervalEndsMs) this.closeInterval(Math.floor(elapsed / INTERVAL_MS) * INTERVAL_MS);
    // Counted where the arrivals are that it made late.
    recorder.gap(gapMs);
    if (this.phase === "running") this.#arrivals.arrive(elapsed);
    if (this.#host.plan.catchUp === "none" && this.terms.pacer !== null) this.#arrivals.dropLate(elapsed);
    this.#budget?.accrue(elapsed);
    if (!this.#yielded) this.#dispatch();
    if (this.phase === "running") this.#stopIfDone(now, elapsed);
    if (this.phase === "draining") this.#endIfDone(elapsed);
  }

  #pause(paused: boolean, elapsed: number): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (this.#pauses.length < MOST_CHANGES) {
      this.#pauses.push({ at_s: Math.round(elapsed) / 1000, speed: paused ? 0 : 1 });
    }
  }

  #begin(): void {
    this.#host.recorder.begin();
    this.phase = "running";
    if (this.#stopAsked) this.#stop(0);
    else this.#dispatch();
  }

  /** Gives messages to free lines, a bounded number, and yields if there is more to give. */
  #dispatch(): void {
    const { free, lines, backlog, plan, surroundings } = this.#host;
    const { pacer } = this.terms;
    this.#dispatching = true;
    const flushEach = plan.inFlight === 1;
    let sends = 0;
    if (backlog.hasLanes && pacer === null && this.phase === "running") this.#arrivals.lookAhead();
    while (free.count > 0 && this.#hasNext()) {
      if (sends === MOST_SENDS) {
        this.#yielded = true;
        surroundings.yield(this.#resume);
        break;
      }
      const line = lines[free.take()];
      if (!line.hasRoom) continue;
      const lane = backlog.hasLanes ? line.index : 0;
      // A line of a lane that is empty is told when something comes.
      if (backlog.hasLanes && backlog.isEmpty(lane)) continue;
      if (this.#waits(lane)) {
        free.add(line.index);
        break;
      }
      sends++;
      this.#give(line, lane);
      if (flushEach) line.flush();
      if (line.hasRoom) this.room(line);
    }
    if (sends > 0) this.#lastSend = this.#lastTick;
    this.#dispatching = false;
  }

  readonly #resume = (): void => {
    this.#yielded = false;
    if (this.phase !== "over") this.#dispatch();
  };

  #hasNext(): boolean {
    if (this.terms.pacer !== null) return this.#host.backlog.length > 0;
    return this.phase === "running" && !this.#paused && this.#arrivals.planned < this.terms.stop.count;
  }

  /** Whether a message that could be sent is not to be sent yet. */
  #waits(lane: number): boolean {
    const { isHeld, backlog } = this.#host;
    if (isHeld?.()) return true;
    return this.#budget !== null && !this.#budget.allows(this.elapsed() - backlog.headDueAt(lane));
  }

  #give(line: Line, lane: number): void {
    const { backlog } = this.#host;
    if (this.terms.pacer === null) return line.take(this.#arrivals.next(lane), NaN);
    const dueAt = backlog.headDueAt(lane);
    line.take(backlog.shift(lane), dueAt);
  }

  #stopIfDone(now: number, elapsed: number): void {
    const { stop, pacer } = this.terms;
    const ends = endsAt(stop, pacer);
    if (elapsed >= ends) return this.#stop(ends);
    if (stop.count === Infinity) return;
    // At a rate the run is over when the last message is due; what is queued then has the time to drain.
    if (this.#arrivals.planned >= stop.count) return this.#stop(elapsed);
    if (pacer !== null) return;
    const idleMs = now - this.#lastSend;
    if (idleMs < Math.max(this.#host.plan.drainMs, QUEUE_GRACE_MS) || this.#paused) return;
    if (this.#host.lines.some((line) => line.isHopeful)) return;
    this.gaveUpMs = idleMs;
    this.#stop(elapsed - idleMs);
  }

  #stop(elapsed: number): void {
    const { recorder, backlog } = this.#host;
    this.phase = "draining";
    this.#arrivals.arrive(elapsed);
    if (this.terms.pacer === null) backlog.clear();
    if (!this.#yielded) this.#dispatch();
    this.stoppedAtMs = elapsed;
    this.sentByStop = recorder.count("sent");
    this.openAtStop = this.standing().open;
    this.cpu = recorder.cpu(elapsed);
  }

  #endIfDone(elapsed: number): void {
    const { backlog, recorder, lines, plan } = this.#host;
    const since = elapsed - this.stoppedAtMs;
    if (backlog.length > 0 && this.#arrivals.planned < this.terms.stop.count) {
      const hopeless = !lines.some((line) => line.isHopeful);
      if (hopeless || since >= Math.min(QUEUE_GRACE_MS, plan.drainMs)) this.#arrivals.giveUp();
    }
    if (recorder.settled === this.#arrivals.planned || since >= plan.drainMs) this.end();
  }

  /** Closes the interval at `atMs` since t0; at the end of the round, the last. */
  closeInterval(atMs: number = this.endedAtMs): void {
    const { recorder } = this.#host;
    const { pacer, search } = this.terms;
    const startMs = recorder.intervalStartedMs;
    const asked = pacer === null ? null : this.#askedBetween(startMs, atMs);
    const running = this.phase === "running";
    const enough = running && this.watches.feed(atMs, atMs - startMs, recorder.current, pacer !== null);
    const row = recorder.row(atMs, this.standing(), asked);
    if (running && search !== null) {
      const { queue, in_flight: inFlight, generator_limited: limited } = row;
      const rate = search.feed({
        endMs: atMs,
        lengthMs: atMs - startMs,
        tally: recorder.current,
        limited,
        queue,
        inFlight,
      });
      pacer?.setSpeed(rate / search.startRate, this.elapsed());
    }
    recorder.close(row);
    this.#host.readDate();
    if (enough || (running && search?.done)) this.stop();
  }

  /** Messages per second that the schedule asked for between two times; after the stop, none. */
  #askedBetween(fromMs: number, toMs: number): number {
    const pacer = this.terms.pacer!;
    const stopMs = this.phase === "running" ? Infinity : this.stoppedAtMs;
    const asked = (t: number) => pacer.meanRate(Math.min(t, stopMs)) * Math.min(t, stopMs);
    return toMs <= fromMs ? 0 : Math.round((asked(toMs) - asked(fromMs)) * 1000 / (toMs - fromMs)) / 1000;
  }
}
