/**
 * A run of load from its plan to its document: connections are opened, perhaps warmed up, perhaps a common
 * start is waited for, then the round (round.ts) is played, and what was recorded becomes the
 * document. Pacing, the end and where response times are counted from are values in the plan.
 *
 * # A run
 *
 * | phase | what goes on | ends by |
 * |---|---|---|
 * | opening | the first connection is the probe; then all others are tried once | all tried; the probe's error ends the run |
 * | warming | a round with statistics of its own, at the rate the run begins with | its time, then all of its messages settled |
 * | waiting | nothing; the plan says when t0 is | t0 |
 * | running, draining | the round | see round.ts |
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { pause } from "../clock.ts";
import { Backlog } from "./backlog.ts";
import { type DocumentSource, runDocument, warmupSummary } from "./document.ts";
import { FreeLines } from "./free_lines.ts";
import { Line } from "./line.ts";
import type { SettledMessage } from "./line_host.ts";
import type { MessageSource } from "./message_source.ts";
import { ConstantPacer, type Pacer } from "./pacer.ts";
import { completePlan, type LoadPlan, type WholePlan } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import type { LiveSnapshot, RunDocument, WarmupSummary } from "./result.ts";
import { Round, type RoundHost } from "./round.ts";
import { liveSnapshot } from "./snapshot.ts";
import { SteeredPacer } from "./steered.ts";
import { type Surroundings, systemSurroundings } from "./surroundings.ts";

/** How many connections are opened at the same time (our decision: fewer than a usual listen backlog). */
const OPENING = 64;
/** A warm-up before an agreed t0 ends so long before it: its last answers take their time (our decision). */
const WARM_BEFORE_MS = 500;
/** The numbers of warm-up messages begin here: no run gets so far, and twelve digits hold them. */
const FIRST_OF_WARMUP = 900_000_000_000;

/** Who watches a run. */
export interface LoadObserver {
  /** Told of each message that has its outcome, the warm-up's not. Costs time: it is called on the hot path. */
  readonly settled?: (message: SettledMessage) => void;
  /** While it says so, no further message is sent: the run slows down rather than losing what it tells. */
  readonly isFull?: () => boolean;
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
export class Attack implements RoundHost {
  readonly plan: WholePlan;
  readonly feed: MessageSource;
  readonly clock: Clock;
  readonly surroundings: Surroundings;
  readonly lines: readonly Line[];
  readonly free: FreeLines;
  readonly backlog: Backlog;
  readonly matchAny: boolean;
  readonly timesAcks: boolean;
  readonly keepBytes: boolean;
  readonly isHeld: (() => boolean) | null;
  recorder: Recorder;
  t0: number;
  epochAtZero: number;
  readonly #settled: ((message: SettledMessage) => void) | null;
  readonly #main: Round;
  #round: Round | null = null;
  #warming = false;
  #warmup: WarmupSummary | null = null;
  #started = new Date(0);
  #signal: RunDocument["interrupted"] = null;
  #stopAsked = false;
  #hurried = false;
  /** Until when it waits before it warms up, on the clock; NaN when it does not. */
  #idleUntil = NaN;
  #lateStartMs = 0;
  readonly #stopOpening = new AbortController();
  #failure: { readonly error: unknown } | null = null;

  /** Throws a `RangeError` for a plan that cannot be: no messages, a message that cannot be framed, numbers out of range. */
  constructor(plan: LoadPlan, observer: LoadObserver = {}) {
    this.plan = completePlan(plan);
    const { connections, thresholds, match, maxQueue, pacer, stop, search, shard } = this.plan;
    this.surroundings = observer.surroundings ?? systemSurroundings;
    this.clock = this.surroundings.clock;
    this.feed = this.plan.messages;
    const link = this.plan.makeLink();
    const kinds = this.feed.kinds?.() ?? Array.from({ length: this.feed.size }, (_, k) => k);
    for (const k of kinds) link.encode(this.feed.render(k, this.clock.date().getTime()));
    this.matchAny = match === "any" || !this.feed.hasIds;
    this.timesAcks = this.feed.asksForBoth ||
      thresholds.some(({ metric }) => metric.kind === "latency" && metric.series.startsWith("ack."));
    this.recorder = new Recorder(pacer !== null);
    this.#settled = observer.settled ?? null;
    this.isHeld = observer.isFull ?? null;
    this.keepBytes = observer.keepBytes ?? false;
    this.t0 = this.clock.now();
    this.epochAtZero = this.clock.date().getTime() - this.t0;
    this.backlog = new Backlog(maxQueue, this.feed.laneOf === undefined ? 1 : connections);
    this.lines = Array.from({ length: connections }, (_, index) => new Line(this, index));
    this.free = new FreeLines(connections);
    this.#main = new Round(this, {
      pacer: pacer === null || pacer instanceof SteeredPacer ? pacer : new SteeredPacer(pacer),
      stop,
      search,
      thresholds,
      first: shard?.index ?? 0,
      step: shard?.of ?? 1,
    });
  }

  /** Told of each message; nobody is told of the warm-up's. */
  get onSettled(): ((message: SettledMessage) => void) | null {
    return this.#warming ? null : this.#settled;
  }

  /**
   * Runs to the end and resolves with the document. Rejects with a `TransportError` if the first
   * connection, the probe, cannot be opened: then nothing was planned. To be called once.
   */
  async run(): Promise<RunDocument> {
    const { surroundings } = this;
    const timer = surroundings.every(surroundings.tickMs, () => this.#round?.tick());
    try {
      await timer.ready;
      await this.#open();
      if (this.plan.warmupMs > 0 && !this.#isOff()) await this.#warmUp();
      if (this.#failure === null) await this.#play();
    } finally {
      timer.cancel();
      this.#main.end();
      await Promise.all(this.lines.map((line) => line.end(this.#drainLeftMs)));
    }
    if (this.#failure !== null) throw this.#failure.error;
    this.#main.closeInterval();
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
    this.#round?.stop();
    if (this.#round === null) {
      this.#stopOpening.abort();
      this.lines.forEach((line) => void line.end());
    }
  }

  /** Ends it now: what is on its way is `unanswered`, what is queued `unsent`; the report is still made. */
  abort(): void {
    this.stop();
    this.#hurried = true;
    if (this.#round?.phase === "draining") this.#round.end();
  }

  /** How fast the schedule goes; see `steer`. */
  get speed(): number {
    return (this.#round ?? this.#main).speed;
  }

  /** Goes on at `speed` times the planned rate, 0 being a pause; the document says so. In a closed loop all but 0 is full speed. */
  steer(speed: number): void {
    (this.#round ?? this.#main).steer(speed);
  }

  /** How things stand. */
  snapshot(): LiveSnapshot {
    const round = this.#round ?? this.#main;
    const idle = this.#round === null && !Number.isNaN(this.#idleUntil);
    const opening = idle ? "waiting" : "opening";
    const phase = this.#round === null ? opening : this.#warming ? "warming" : round.phase;
    return liveSnapshot({
      ...this.#source(),
      phase: phase === "over" ? "draining" : phase,
      elapsedMs: this.#round !== null ? round.elapsed() : idle ? this.clock.now() - this.#idleUntil : 0,
      standing: round.standing(),
      oldestDueMs: this.backlog.oldestDueAt,
      speed: round.speed,
    });
  }

  room(line: Line): void {
    if (this.#round === null) this.free.add(line.index);
    else this.#round.room(line);
  }

  wantsConnections(): boolean {
    return this.#round === null || this.#warming || this.#round.wantsConnections;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#round?.end();
  }

  /** The date may have been set. */
  readDate(): void {
    this.epochAtZero = this.clock.date().getTime() - this.clock.now();
  }

  /** What is left of the drain is the peers' to end their side in. */
  get #drainLeftMs(): number {
    const { stoppedAtMs, endedAtMs } = this.#main;
    return this.#hurried ? 0 : Math.max(0, this.plan.drainMs - (endedAtMs - stoppedAtMs));
  }

  #isOff(): boolean {
    return this.#stopAsked || this.#failure !== null;
  }

  async #open(): Promise<void> {
    const { connectionPerMessage, connectRate } = this.plan;
    const [probe, ...others] = this.lines;
    const began = this.clock.now();
    const error = await probe.connection.connect();
    if (error !== null) throw error;
    if (connectionPerMessage) return others.forEach((line) => this.room(line));
    const waiting = others.values();
    const { signal } = this.#stopOpening;
    const worker = async () => {
      for (const line of waiting) {
        const at = connectRate === null ? 0 : began + line.index * 1000 / connectRate;
        if (at > this.clock.now()) await pause(this.clock, at - this.clock.now(), signal);
        if (!this.#stopAsked) await line.connection.connect();
      }
    };
    await Promise.all(Array.from({ length: OPENING }, worker));
  }

  /** A round of its own before the run: what it leaves behind is warm connections, and nothing in the run's figures. */
  async #warmUp(): Promise<void> {
    const { pacer, warmupMs, startAtMs } = this.plan;
    if (startAtMs !== null) await this.#idle(startAtMs - warmupMs - WARM_BEFORE_MS);
    if (this.#isOff()) return;
    const mainRecorder = this.recorder;
    this.recorder = new Recorder(pacer !== null);
    this.#warming = true;
    const round = new Round(this, {
      pacer: pacer === null ? null : new SteeredPacer(new ConstantPacer(firstRate(pacer))),
      stop: { durationMs: warmupMs, count: Infinity },
      search: null,
      thresholds: [],
      first: FIRST_OF_WARMUP + (this.plan.shard?.index ?? 0),
      step: this.plan.shard?.of ?? 1,
    });
    await this.#playRound(round, this.clock.now());
    this.lines.forEach((line) => line.giveUp());
    round.closeInterval();
    this.#warmup = warmupSummary(this.recorder, round.endedAtMs);
    this.recorder = mainRecorder;
    this.#round = null;
    this.#warming = false;
    // Whoever waits for room has said so to a round that is over.
    this.lines.forEach(({ index, hasRoom }) => hasRoom && this.free.add(index));
  }

  /** Waits for a date, so that connections are still warm at t0. */
  async #idle(untilMs: number): Promise<void> {
    this.readDate();
    this.#idleUntil = untilMs - this.epochAtZero;
    await pause(this.clock, this.#idleUntil - this.clock.now(), this.#stopOpening.signal);
    this.#idleUntil = NaN;
  }

  #play(): Promise<void> {
    const { startAtMs } = this.plan;
    this.readDate();
    const t0 = startAtMs === null ? this.clock.now() : startAtMs - this.epochAtZero;
    this.#started = new Date(this.epochAtZero + t0);
    this.#lateStartMs = Math.max(0, this.clock.now() - t0);
    // Who was stopped before has nothing to play.
    return this.#stopAsked ? Promise.resolve() : this.#playRound(this.#main, t0);
  }

  #playRound(round: Round, t0: number): Promise<void> {
    this.t0 = t0;
    this.readDate();
    this.#round = round;
    return round.play(t0);
  }

  #source(): DocumentSource {
    return {
      plan: this.plan,
      recorder: this.recorder,
      round: this.#main,
      started: this.#started,
      lateStartMs: this.#lateStartMs,
      blockedMs: this.lines.reduce((sum, line) => sum + line.connection.blockedMs, 0),
      signal: this.#signal,
      warmup: this.#warmup,
    };
  }
}

/** The rate that a schedule begins with; of one that begins with nothing, the mean of its first minute. */
function firstRate(pacer: Pacer): number {
  return pacer.rateAt(0) || pacer.meanRate(Math.min(pacer.endsAt, 60_000)) || 1;
}
