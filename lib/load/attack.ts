/**
 * The one load loop: arrivals, a bounded queue, the first free connection (load.md section 1). What
 * differs between the kinds of load is in the plan: a pacer or none, and when to stop. It knows
 * neither HL7 nor bytes: lines do.
 *
 * # A run
 *
 * | phase | what goes on | ends by |
 * |---|---|---|
 * | opening | the first connection is the probe; then all others are tried once | all tried; the probe's error ends the run |
 * | running | arrivals fall due from t0 on, are queued, sent, answered | the stop rule, `stop()`, an `abort after` threshold |
 * | draining | nothing falls due; what is queued is sent for a while, what is on its way may still be answered | all settled, or `drainMs` |
 *
 * At a rate a run of so many messages stops when the last is due, and has `drainMs` to send what is queued. One
 * that stops by time leaves `unsent` what is still queued a second later, or at once when no connection
 * is left: that much the target did not take (our decision; a second, so that a run which keeps up
 * does not end with `unsent` because all connections were busy at that very instant).
 *
 * # Pacing
 *
 * A tick a millisecond sends all that is due, at most 256 messages, then yields so that replies get read.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import { AbortWatches } from "./abort_watches.ts";
import { ArrivalQueue } from "./arrival_queue.ts";
import { type DocumentSource, runDocument } from "./document.ts";
import { Feed } from "./feed.ts";
import { FreeLines } from "./free_lines.ts";
import { Line } from "./line.ts";
import type { LineHost, SettledMessage } from "./line_host.ts";
import { completePlan, type LoadPlan, type WholePlan } from "./plan.ts";
import { INTERVAL_MS, Recorder } from "./recorder.ts";
import type { LiveSnapshot, RunDocument } from "./result.ts";
import { liveSnapshot } from "./snapshot.ts";
import { type Standing, standingOf } from "./standing.ts";
import { isOver, plannedBy } from "./stop_rule.ts";
import { type Surroundings, systemSurroundings } from "./surroundings.ts";

/** Sends in one go before replies get their turn (load.md section 2). */
const MOST_SENDS = 256;
/** How often waits for acknowledgements and pauses are looked at. */
const WATCH_MS = 10;
/** How long after the stop queued messages are still sent. */
const QUEUE_GRACE_MS = 1000;
/** How many connections are opened at the same time (our decision: fewer than a usual listen backlog). */
const OPENING = 64;

/** Who watches a run. */
export interface LoadObserver {
  /** Told of each message that has its outcome. Costs time: for a few messages a second. */
  readonly settled?: (message: SettledMessage) => void;
  /** Whether `settled` is to see replies as they stood on the line, frame bytes included. */
  readonly keepBytes?: boolean;
  readonly surroundings?: Surroundings;
}

/**
 * One run of load.
 *
 * @example
 * ```ts
 * import { Attack } from "./attack.ts";
 * import { Session } from "../session.ts";
 * import { linkMaker } from "../link/make.ts";
 * import { memoryPair } from "../transport/memory.ts";
 * import { AckScan } from "../hl7/ack_scan.ts";
 * import { buildAck } from "../hl7/ack.ts";
 * import { sampleAdt } from "../hl7/sample.ts";
 * import assert from "node:assert/strict";
 *
 * const at = new Date();
 * const attack = new Attack({
 *   target: "memory:example",
 *   connect() {
 *     const [near, far] = memoryPair();
 *     const receiver = new Session(far, linkMaker()(), {
 *       event(event) {
 *         if (event.type === "message") receiver.send(buildAck(event.payload, { code: "AA", controlId: "R1", at }));
 *       },
 *       closed() {},
 *     });
 *     return Promise.resolve(near);
 *   },
 *   makeLink: linkMaker(),
 *   messages: [sampleAdt({ controlId: "X", at })],
 *   stop: { durationMs: Infinity, count: 10 },
 * });
 * const run = await attack.run();
 * assert.equal(run.outcomes.accepted, 10);
 * ```
 */
export class Attack implements LineHost {
  readonly plan: WholePlan;
  readonly feed: Feed;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly matchAny: boolean;
  readonly timesAcks: boolean;
  readonly onSettled: ((message: SettledMessage) => void) | null;
  readonly keepBytes: boolean;
  t0 = 0;
  epochAtZero = 0;
  readonly #surroundings: Surroundings;
  readonly #queue: ArrivalQueue;
  readonly #lines: readonly Line[];
  readonly #free: FreeLines;
  readonly #watches: AbortWatches;
  #phase: LiveSnapshot["phase"] | "over" = "opening";
  #planned = 0;
  #dispatching = false;
  #yielded = false;
  #lastTick = 0;
  #lastWatch = 0;
  #lastSend = 0;
  #stoppedAt = 0;
  #sentByStop = 0;
  #openAtStop = 0;
  #endedAt = 0;
  #cpu = 0;
  #started = new Date(0);
  #signal: RunDocument["interrupted"] = null;
  #stopAsked = false;
  #timer: Timer | null = null;
  #finish: (() => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  /** Throws a `RangeError` for a plan that cannot be: no messages, a message that cannot be framed, numbers out of range. */
  constructor(plan: LoadPlan, observer: LoadObserver = {}) {
    this.plan = completePlan(plan);
    const { seed, raw, connections, thresholds, match, maxQueue } = this.plan;
    this.#surroundings = observer.surroundings ?? systemSurroundings;
    this.clock = this.#surroundings.clock;
    this.feed = new Feed(this.plan.messages, { seed, raw });
    const link = this.plan.makeLink();
    for (let k = 0; k < this.feed.size; k++) link.encode(this.feed.render(k, this.clock.date().getTime()));
    this.matchAny = match === "any" || !this.feed.hasIds;
    this.timesAcks = this.feed.asksForBoth ||
      thresholds.some(({ metric }) => metric.kind === "latency" && metric.series.startsWith("ack."));
    this.recorder = new Recorder(this.plan.pacer !== null);
    this.onSettled = observer.settled ?? null;
    this.keepBytes = observer.keepBytes ?? false;
    this.#queue = new ArrivalQueue(maxQueue);
    this.#lines = Array.from({ length: connections }, (_, index) => new Line(this, index));
    this.#free = new FreeLines(connections);
    this.#watches = new AbortWatches(thresholds);
  }

  /**
   * Runs to the end and resolves with the document. Rejects with a `TransportError` if the first
   * connection, the probe, cannot be opened: then nothing was planned. To be called once.
   */
  async run(): Promise<RunDocument> {
    try {
      await this.#open();
      if (this.#failure === null) await this.#play();
    } finally {
      this.#phase = "over";
      this.#timer?.cancel();
      await Promise.all(this.#lines.map((line) => line.end()));
    }
    if (this.#failure !== null) throw this.#failure.error;
    this.#closeInterval(this.#endedAt);
    return runDocument(this.#source());
  }

  /**
   * Stops and drains, as at the end of its time; `signal` goes into the document. While connections are
   * still being opened there is nothing to drain. The first call counts.
   */
  stop(signal: RunDocument["interrupted"] = null): void {
    if (this.#stopAsked) return;
    this.#stopAsked = true;
    this.#signal = signal;
    if (this.#phase === "running") this.#stop(this.#elapsed());
    if (this.#phase === "opening") this.#lines.forEach((line) => void line.end());
  }

  /** Ends it now: what is on its way is `unanswered`, what is queued `unsent`; the report is still made. */
  abort(): void {
    this.stop();
    if (this.#phase === "draining") this.#end();
  }

  /** How things stand. */
  snapshot(): LiveSnapshot {
    return liveSnapshot({
      ...this.#source(),
      phase: this.#phase === "over" ? "draining" : this.#phase,
      elapsedMs: this.#phase === "opening" ? 0 : this.#elapsed(),
      standing: this.#standing(),
    });
  }

  room(line: Line): void {
    this.#free.add(line.index);
    if (!this.#dispatching && !this.#yielded) this.#dispatch();
  }

  wantsConnections(): boolean {
    return this.#phase === "opening" || this.#phase === "running" || this.#queue.length > 0;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end();
  }

  async #open(): Promise<void> {
    const { connectionPerMessage } = this.plan;
    const [probe, ...others] = this.#lines;
    const error = await probe.connection.connect();
    if (error !== null) throw error;
    if (connectionPerMessage) return others.forEach((line) => this.room(line));
    const waiting = others.values();
    const worker = async () => {
      for (const line of waiting) if (!this.#stopAsked) await line.connection.connect();
    };
    await Promise.all(Array.from({ length: OPENING }, worker));
  }

  /** From t0 to the end. */
  #play(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#finish = resolve);
    this.#started = this.clock.date();
    this.t0 = this.clock.now();
    this.epochAtZero = this.#started.getTime() - this.t0;
    this.#lastTick = this.#lastWatch = this.#lastSend = this.t0;
    this.recorder.begin();
    this.#phase = "running";
    this.#timer = this.#surroundings.every(1, () => this.#tick());
    if (this.#stopAsked) this.#stop(0);
    else this.#dispatch();
    return ended;
  }

  #elapsed(): number {
    return this.clock.now() - this.t0;
  }

  #tick(): void {
    const now = this.clock.now();
    const elapsed = now - this.t0;
    const gapMs = now - this.#lastTick;
    this.#lastTick = now;
    if (now - this.#lastWatch >= WATCH_MS) {
      this.#lastWatch = now;
      for (const line of this.#lines) line.tick(now);
    }
    if (elapsed >= this.recorder.intervalEndsMs) this.#closeInterval(Math.floor(elapsed / INTERVAL_MS) * INTERVAL_MS);
    // Counted where the arrivals are that it made late.
    this.recorder.gap(gapMs);
    if (this.#phase === "running") this.#arrive(elapsed);
    if (!this.#yielded) this.#dispatch();
    if (this.#phase === "running") this.#stopIfDone(now, elapsed);
    if (this.#phase === "draining") this.#endIfDone(elapsed);
  }

  /** What has fallen due goes into the queue, or is dropped. */
  #arrive(elapsed: number): void {
    const { pacer, stop } = this.plan;
    if (pacer === null) return;
    const due = plannedBy(stop, pacer, elapsed);
    const { current } = this.recorder;
    for (; this.#planned < due; this.#planned++) {
      const dueAt = pacer.dueAt(this.#planned);
      current.planned++;
      current.lateness.record((elapsed - dueAt) * 1000);
      if (!this.#queue.push(this.#planned, dueAt)) this.recorder.settle("dropped");
    }
  }

  /** Gives messages to free lines, a bounded number, and yields if there is more to give. */
  #dispatch(): void {
    this.#dispatching = true;
    const flushEach = this.plan.inFlight === 1;
    let sends = 0;
    while (this.#free.count > 0 && this.#hasNext()) {
      if (sends === MOST_SENDS) {
        this.#yielded = true;
        this.#surroundings.yield(this.#resume);
        break;
      }
      const line = this.#lines[this.#free.take()];
      if (!line.hasRoom) continue;
      sends++;
      this.#give(line);
      if (flushEach) line.flush();
      if (line.hasRoom) this.room(line);
    }
    if (sends > 0) this.#lastSend = this.#lastTick;
    this.#dispatching = false;
  }

  readonly #resume = (): void => {
    this.#yielded = false;
    if (this.#phase !== "over") this.#dispatch();
  };

  #hasNext(): boolean {
    if (this.#queue.length > 0) return true;
    return this.plan.pacer === null && this.#phase === "running" && this.#planned < this.plan.stop.count;
  }

  #give(line: Line): void {
    if (this.plan.pacer === null) {
      this.recorder.current.planned++;
      return line.take(this.#planned++, NaN);
    }
    const dueAt = this.#queue.headDueAt;
    line.take(this.#queue.shift(), dueAt);
  }

  #stopIfDone(now: number, elapsed: number): void {
    const { stop, drainMs, pacer } = this.plan;
    if (elapsed >= stop.durationMs) return this.#stop(stop.durationMs);
    if (stop.count === Infinity) return;
    // At a rate the run is over when the last message is due; what is queued then has the time to drain.
    if (isOver(stop, elapsed, this.#planned)) return this.#stop(elapsed);
    if (pacer !== null) return;
    const stalled = now - this.#lastSend >= Math.max(drainMs, QUEUE_GRACE_MS);
    if (stalled && !this.#lines.some((line) => line.isHopeful)) this.#stop(elapsed);
  }

  #stop(elapsed: number): void {
    this.#phase = "draining";
    this.#arrive(elapsed);
    if (!this.#yielded) this.#dispatch();
    this.#stoppedAt = elapsed;
    this.#sentByStop = this.recorder.count("sent");
    this.#openAtStop = this.#standing().open;
    this.#cpu = this.recorder.cpu(elapsed);
  }

  #endIfDone(elapsed: number): void {
    const since = elapsed - this.#stoppedAt;
    const { drainMs } = this.plan;
    if (this.#queue.length > 0 && !isOver({ ...this.plan.stop, durationMs: Infinity }, elapsed, this.#planned)) {
      const hopeless = !this.#lines.some((line) => line.isHopeful);
      if (hopeless || since >= Math.min(QUEUE_GRACE_MS, drainMs)) this.#giveUpQueue(elapsed);
    }
    if (this.recorder.settled === this.#planned || since >= drainMs) this.#end();
  }

  #giveUpQueue(elapsed: number): void {
    while (this.#queue.length > 0) {
      this.recorder.current.unsent.record((elapsed - this.#queue.headDueAt) * 1000);
      this.#queue.shift();
      this.recorder.settle("unsent");
    }
  }

  #end(): void {
    if (this.#phase === "over") return;
    if (this.#phase !== "opening") {
      this.#endedAt = this.#elapsed();
      this.#giveUpQueue(this.#endedAt);
    }
    this.#phase = "over";
    this.#timer?.cancel();
    this.#finish?.();
  }

  #closeInterval(atMs: number): void {
    const { recorder, plan } = this;
    const lengthMs = atMs - recorder.intervalStartedMs;
    const asked = plan.pacer?.rateAt(atMs) ?? null;
    const enough = this.#phase === "running" && this.#watches.feed(atMs, lengthMs, recorder.current, asked);
    recorder.close(atMs, this.#standing());
    // The date may have been set meanwhile.
    this.epochAtZero = this.clock.date().getTime() - this.clock.now();
    if (enough) this.stop();
  }

  #standing(): Standing {
    return standingOf(this.#lines, this.#queue.length);
  }

  #source(): DocumentSource {
    return {
      plan: this.plan,
      recorder: this.recorder,
      started: this.#started,
      stoppedAtMs: this.#stoppedAt,
      sentByStop: this.#sentByStop,
      openAtStop: this.#openAtStop,
      cpu: this.#cpu,
      blockedMs: this.#lines.reduce((sum, line) => sum + line.connection.blockedMs, 0),
      signal: this.#signal,
      aborted: this.#watches.fired,
    };
  }
}
