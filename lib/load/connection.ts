/**
 * The connection of one line: opened, lost, opened again with growing waits. It knows how a
 * connection comes and goes and nothing of the messages on it.
 *
 * # States
 *
 * | state | meaning | leaves it by |
 * |---|---|---|
 * | `closed` | there is none, and none is wanted now | `connect()` |
 * | `connecting` | a try is under way | `opened` or `refused` |
 * | `open` | messages go out | `lost`, when the peer or the system ended it; `drop()` |
 * | `pausing` | waits before the next try | its time, by `tick` |
 *
 * A connection that ended after it had answered something is opened again at once; one that had
 * answered nothing counts as a failed try, so that a receiver which resets every connection is met
 * with growing waits (our decision).
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { TransportError } from "../errors.ts";
import type { LinkEvent } from "../link/link.ts";
import type { Outcome } from "../outcome.ts";
import { type Ending, Session } from "../session.ts";
import type { Transport } from "../transport/transport.ts";
import { backoffMs } from "./backoff.ts";
import type { WholePlan } from "./plan.ts";

/** How long a connection that we close may wait for the peer's end. */
const LINGER_MS = 500;

/** What a connection tells its line. */
export interface ConnectionHandlers {
  /** It is open, `tookMs` after the try began; `again` if it was open before. */
  opened(tookMs: number, again: boolean): void;
  /** A try failed. The connection is `closed`: the line says what is next. */
  refused(error: TransportError): void;
  event(event: LinkEvent): void;
  /** It is gone, and the state is `closed`; what was on its way has this outcome, and why. */
  lost(outcome: Outcome, why: string, error: Error | null): void;
  /** The stream takes bytes again. */
  drained(): void;
  /** Each chunk as it came. */
  bytes?(chunk: Uint8Array): void;
  /** An error that nobody foresaw. */
  fail(error: unknown): void;
}

/**
 * A connection that comes and goes.
 *
 * @example
 * ```ts
 * import { Connection } from "./connection.ts";
 * import { completePlan } from "./plan.ts";
 * import { systemClock } from "../clock.ts";
 * import { linkMaker } from "../link/make.ts";
 * import { memoryPair } from "../transport/memory.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * const plan = completePlan({
 *   target: "memory:pair",
 *   connect: () => Promise.resolve(near),
 *   makeLink: linkMaker(),
 *   messages: [utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")],
 * });
 * const ignore = () => {};
 * const connection = new Connection(plan, systemClock, 0, {
 *   opened: ignore,
 *   refused: ignore,
 *   event: ignore,
 *   lost: ignore,
 *   drained: ignore,
 *   fail: ignore,
 * });
 * assert.equal(await connection.connect(), null);
 * assert.equal(connection.state, "open");
 * await Promise.all([connection.end(0), far.close()]);
 * ```
 */
export class Connection {
  state: "closed" | "connecting" | "open" | "pausing" = "closed";
  /** The session of the open connection. */
  session: Session | null = null;
  /** How long streams did not take what was written to them, in milliseconds. */
  blockedMs = 0;
  /** Tries that were refused since it was last open. */
  refusals = 0;
  readonly #plan: WholePlan;
  readonly #clock: Clock;
  readonly #index: number;
  readonly #handlers: ConnectionHandlers;
  #connecting: AbortController | null = null;
  #retryAt = 0;
  /** Tries that failed in a row, connections that answered nothing included. */
  #failures = 0;
  #useful = false;
  #openedBefore = false;
  #blockedAt = NaN;
  #over = false;

  /** `index` is the line's number; the jitter of its waits is drawn by it. */
  constructor(plan: WholePlan, clock: Clock, index: number, handlers: ConnectionHandlers) {
    this.#plan = plan;
    this.#clock = clock;
    this.#index = index;
    this.#handlers = handlers;
  }

  /** Whether the stream has more than it can take now; `drained` follows. */
  get isBlocked(): boolean {
    if (this.session === null || !this.session.blocked) return false;
    if (Number.isNaN(this.#blockedAt)) this.#blockedAt = this.#clock.now();
    return true;
  }

  /** The present connection has answered something. */
  answered(): void {
    this.#useful = true;
    this.#failures = 0;
  }

  /** Tries to open it; resolves with the error of this try, or null. */
  async connect(): Promise<TransportError | null> {
    this.state = "connecting";
    const connecting = new AbortController();
    this.#connecting = connecting;
    const began = this.#clock.now();
    let transport: Transport;
    try {
      transport = await this.#plan.connect(connecting.signal, this.#index);
    } catch (error) {
      if (this.#over) return null;
      if (!(error instanceof TransportError)) {
        this.#handlers.fail(error);
        return null;
      }
      this.#failures++;
      this.refusals++;
      this.state = "closed";
      this.#handlers.refused(error);
      return error;
    }
    if (this.#over) {
      void transport.close(0);
      return null;
    }
    this.#opened(transport, this.#clock.now() - began);
    return null;
  }

  #opened(transport: Transport, tookMs: number): void {
    const handlers = this.#handlers;
    // A session that was let go of may still have something to say.
    const session: Session = new Session(transport, this.#plan.makeLink(), {
      event: (event) => {
        if (this.session === session) handlers.event(event);
      },
      peerEnded: () => {
        if (this.session === session) this.#lost("closed", "the receiver closed the connection before the reply", null);
      },
      closed: (ending) => {
        if (this.session === session) this.#broken(ending);
      },
      drained: () => {
        if (this.session !== session) return;
        this.#endBlocked();
        handlers.drained();
      },
      bytes: handlers.bytes === undefined ? undefined : (chunk) => handlers.bytes?.(chunk),
    }, { clock: this.#clock, readWhileBlocked: true });
    this.session = session;
    this.state = "open";
    this.refusals = 0;
    this.#useful = false;
    const again = this.#openedBefore;
    this.#openedBefore = true;
    handlers.opened(tookMs, again);
  }

  #broken({ how, error }: Ending): void {
    if (how === "reset") return this.#lost("reset", "the receiver reset the connection before the reply", null);
    if (how !== "error") return this.#lost("closed", "the receiver closed the connection before the reply", null);
    const outcome = error instanceof TransportError && error.code === "tls_failed" ? "refused" : "closed";
    this.#lost(outcome, `the connection failed before the reply: ${error?.message ?? "unknown error"}`, error);
  }

  #lost(outcome: Outcome, why: string, error: Error | null): void {
    this.drop();
    this.#handlers.lost(outcome, why, error);
  }

  /** Lets go of the connection, after what was written. */
  drop(): void {
    this.#endBlocked();
    const { session } = this;
    this.session = null;
    this.state = "closed";
    void session?.close(LINGER_MS);
  }

  /** Opens it again: at once if the last one was of use, else after a wait. */
  again(): void {
    if (this.#useful) {
      void this.connect();
      return;
    }
    this.#failures++;
    this.pause();
  }

  /** Opens it again after a wait that grows with the failures. */
  pause(): void {
    this.state = "pausing";
    this.#retryAt = this.waitUntil();
  }

  /** Until when to wait before the next try. */
  waitUntil(): number {
    const { backoff, seed } = this.#plan;
    return this.#clock.now() + backoffMs(backoff, Math.max(1, this.#failures), seed, this.#index);
  }

  /** Time has passed. */
  tick(now: number): void {
    if (this.state === "pausing" && now >= this.#retryAt) void this.connect();
  }

  /** Ends it for good; resolves when the descriptor is gone: the peer may take at most `mostMs` for its end. May be called twice. */
  async end(mostMs: number): Promise<void> {
    this.#over = true;
    this.#connecting?.abort();
    const { session } = this;
    this.#endBlocked();
    this.session = null;
    this.state = "closed";
    await session?.close(Math.min(mostMs, LINGER_MS));
  }

  #endBlocked(): void {
    if (!Number.isNaN(this.#blockedAt)) this.blockedMs += this.#clock.now() - this.#blockedAt;
    this.#blockedAt = NaN;
  }
}
