/**
 * The way out of a connection for bytes that are not to leave at once and whole: in pieces, at a rate, or without
 * an end. What goes here stays in order; whoever writes past it while it is busy overtakes it.
 *
 * @module
 */
import type { Clock, Timer } from "../lib/clock.ts";
import type { Session } from "../lib/session.ts";

/** How bytes are cut: the first piece has its own size, the others this one; the next leaves so much after the one before. */
export interface Cut {
  readonly first: number;
  readonly size: number;
  readonly everyMs: number;
}

/** What is written between two looks at the clock, where there is a rate (our decision: fine enough to look even). */
const TICK_MS = 20;
/** So much of something endless at a time. */
const ENDLESS_BYTES = 64 * 1024;

interface Job extends Cut {
  readonly bytes: Uint8Array;
  at: number;
  readonly endless: boolean;
}

/**
 * A paced writer over one session.
 *
 * @example
 * ```ts
 * import { Outlet } from "./outlet.ts";
 * import { VirtualClock } from "../lib/clock.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const clock = new VirtualClock();
 * const seen: string[] = [];
 * const session = { write: (bytes: Uint8Array) => seen.push(latin1(bytes)), blocked: false, closed: false } as never;
 * const outlet = new Outlet(session, clock);
 * assert.equal(outlet.write(utf8("abc"), { first: 1, size: 1, everyMs: 20 }), 40);
 * clock.advance(40);
 * assert.deepEqual(seen, ["a", "b", "c"]);
 * ```
 */
export class Outlet {
  readonly #session: Session;
  readonly #clock: Clock;
  #rate = Infinity;
  #jobs: Job[] = [];
  #afterwards: (() => void)[] = [];
  #timer: Timer | null = null;
  #nextAt = -Infinity;
  #hurried = false;
  /** When everything written so far will have left. */
  #freeAt = -Infinity;

  constructor(session: Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** At most so many bytes a second leave; `Infinity` for as many as the peer takes. */
  get rate(): number {
    return this.#rate;
  }

  set rate(perSecond: number) {
    this.#rate = perSecond;
  }

  /** Whether whatever is written must come behind something. */
  get busy(): boolean {
    return this.#jobs.length > 0;
  }

  /** Whether something is still to leave that has an end. */
  get owes(): boolean {
    return this.#jobs.length > 0 && !this.#jobs[0].endless;
  }

  /** How long it takes until bytes written now will have left, in milliseconds, those before them included. */
  until(length: number, cut: Cut | null): number {
    return Math.max(0, this.#freeAt - this.#clock.now()) + this.#duration(length, cut);
  }

  #duration(length: number, cut: Cut | null): number {
    const paced = cut === null || length <= cut.first ? 0 : Math.ceil((length - cut.first) / cut.size) * cut.everyMs;
    return Math.max(paced, this.#rate === Infinity ? 0 : Math.floor((length / this.#rate) * 1000));
  }

  /** Writes bytes; the caller lets them be. Returns how long they take, in milliseconds. */
  write(bytes: Uint8Array, cut: Cut | null = null): number {
    const { first = bytes.length, size = bytes.length, everyMs = 0 } = cut ?? {};
    const untilMs = this.until(bytes.length, cut);
    this.#freeAt = this.#clock.now() + untilMs;
    this.#add({ bytes, at: 0, first, size, everyMs, endless: false });
    return untilMs;
  }

  /** Writes these again and again until the connection ends, as fast as the peer takes them. */
  writeEndlessly(filler: Uint8Array): void {
    const times = Math.max(1, Math.ceil(ENDLESS_BYTES / filler.length));
    const bytes = new Uint8Array(times * filler.length);
    for (let i = 0; i < times; i++) bytes.set(filler, i * filler.length);
    this.#add({ bytes, at: 0, first: bytes.length, size: bytes.length, everyMs: 0, endless: true });
  }

  /** Does something when everything written so far has left; at once if it has. */
  afterwards(act: () => void): void {
    if (this.#jobs.length === 0) act();
    else this.#afterwards.push(act);
  }

  /** The peer takes bytes again. */
  drained(): void {
    if (this.#timer === null && this.#jobs.length > 0) this.#go();
  }

  /** Everything leaves at once, but for what has no end: that ends here. */
  hurry(): void {
    this.#rate = Infinity;
    this.#jobs = this.#jobs.filter((job) => !job.endless);
    this.#hurried = true;
    this.#freeAt = -Infinity;
    this.#stopTimer();
    this.#go();
    this.#hurried = false;
  }

  /** The connection is gone. */
  drop(): void {
    this.#stopTimer();
    this.#jobs = [];
    this.#afterwards = [];
  }

  #add(job: Job): void {
    this.#jobs.push(job);
    if (this.#timer === null && this.#jobs.length === 1) this.#go();
  }

  readonly #go = (): void => {
    this.#timer = null;
    const session = this.#session;
    while (this.#jobs.length > 0) {
      const now = this.#clock.now();
      if (this.#nextAt > now && !this.#hurried) {
        this.#timer = this.#clock.schedule(this.#nextAt, this.#go);
        return;
      }
      // Who does not read gets no more: `drained` goes on.
      if (session.blocked && !this.#hurried) return;
      const job = this.#jobs[0];
      const wanted = this.#hurried ? job.bytes.length : job.at < job.first ? job.first - job.at : job.size;
      const most = this.#rate === Infinity ? wanted : Math.max(1, Math.floor((this.#rate * TICK_MS) / 1000));
      const length = Math.min(wanted, most, job.bytes.length - job.at);
      session.write(job.bytes.subarray(job.at, job.at + length));
      job.at += length;
      const ended = job.at >= job.bytes.length;
      if (ended && job.endless && !session.closed) job.at = 0;
      else if (ended) this.#jobs.shift();
      const paceMs = ended || (job.at < job.first && this.#rate < Infinity) ? 0 : job.everyMs;
      this.#nextAt = now + Math.max(paceMs, this.#rate === Infinity ? 0 : (length / this.#rate) * 1000);
      if (job.endless && !this.#hurried) {
        // Others are to have their turn, too.
        this.#timer = this.#clock.schedule(Math.max(this.#nextAt, now), this.#go);
        return;
      }
    }
    for (const act of this.#afterwards.splice(0)) act();
  };

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#nextAt = -Infinity;
  }
}
