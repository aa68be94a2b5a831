/**
 * The line lock: who has the line, who waits for it, and for how long. Time is an argument. It knows no line, no
 * message and no timer.
 *
 * This module performs no I/O.
 *
 * # Theory of operation (protocols.md section 5: one resource, first come first served, with a bound and a timeout)
 *
 * Two directions ask: `in`, what the peer on the line began, and `out`, what a distal client began. Each has a queue,
 * first in, first out. Whoever asks while nobody has the line gets it within the call, so that nothing can come in
 * between. On release the longest wait of the *other* direction goes first, if there is one: under contention the two
 * take turns, and neither starves however much the other has to say (our decision; where only one direction asks, it
 * is first come first served).
 *
 * | event | action |
 * |---|---|
 * | `ask`, nobody has it | granted at once |
 * | `ask`, somebody has it, room in the queue | waits, until granted or for the timeout |
 * | `ask`, somebody has it, no room | refused: `full` |
 * | `release` by the holder | the next one is granted, other direction first |
 * | `release` by one who waits | leaves the queue; nothing is told |
 * | `tick` at a deadline | who waited too long is refused: `timeout` |
 * | `close` | all who wait are refused: `closed`; whoever asks later is, too |
 *
 * @module
 */

/** Which side began what the line is wanted for. */
export type Direction = "in" | "out";

/** Why the line was not to be had. */
export type Refusal = "full" | "timeout" | "closed";

/** What is told to one who asked, once. It may call any verb of the lock. */
export type ClaimSettled = (refusal: Refusal | null) => void;

/** A place in the queue, and then the line itself. */
export interface Claim {
  readonly direction: Direction;
  /** When it was asked for. */
  readonly since: number;
  readonly state: "waiting" | "granted" | "over";
}

interface OpenClaim extends Claim {
  state: Claim["state"];
  readonly settled: ClaimSettled;
}

/** Limits of a lock. */
export interface LineLockOptions {
  /** How many may wait, both directions together. */
  readonly bound: number;
  /** How long each may wait. */
  readonly timeoutMs: number;
}

/**
 * A lock with two fair queues.
 *
 * @example
 * ```ts
 * import { LineLock } from "./line_lock.ts";
 * import assert from "node:assert/strict";
 *
 * const lock = new LineLock({ bound: 8, timeoutMs: 1000 });
 * const told: string[] = [];
 * const first = lock.ask("in", 0, (refusal) => told.push(`first ${refusal}`));
 * lock.ask("in", 10, (refusal) => told.push(`second ${refusal}`));
 * lock.ask("out", 20, (refusal) => told.push(`distal ${refusal}`));
 * lock.release(first, 50);
 * assert.deepEqual(told, ["first null", "distal null"]);
 * assert.equal(lock.longestWaitMs.out, 30);
 * ```
 */
export class LineLock {
  readonly #options: LineLockOptions;
  #holder: OpenClaim | null = null;
  #last: Direction = "out";
  readonly #queues: Record<Direction, OpenClaim[]> = { in: [], out: [] };
  #closed = false;
  /** The longest that anybody has waited, granted or not. */
  readonly longestWaitMs: Record<Direction, number> = { in: 0, out: 0 };

  constructor(options: LineLockOptions) {
    this.#options = options;
  }

  /** Who has the line. */
  get holder(): Direction | null {
    return this.#holder?.direction ?? null;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#queues.in.length + this.#queues.out.length;
  }

  /** Asks for the line; `settled` is called once, within this call or later, unless the claim is released before. */
  ask(direction: Direction, now: number, settled: ClaimSettled): Claim {
    const claim: OpenClaim = { direction, since: now, state: "waiting", settled };
    if (this.#closed) this.#refuse(claim, "closed", now);
    else if (this.#holder === null) this.#grant(claim, now);
    else if (this.waiting >= this.#options.bound) this.#refuse(claim, "full", now);
    else this.#queues[direction].push(claim);
    return claim;
  }

  /** Gives the line back, or leaves the queue. A second call does nothing. */
  release(claim: Claim, now: number): void {
    const open = claim as OpenClaim;
    if (open.state === "waiting") {
      this.#queues[open.direction] = this.#queues[open.direction].filter((other) => other !== open);
      this.#waited(open, now);
    }
    open.state = "over";
    if (this.#holder !== open) return;
    this.#holder = null;
    const other = this.#last === "in" ? "out" : "in";
    const next = this.#queues[other].shift() ?? this.#queues[this.#last].shift();
    if (next !== undefined) this.#grant(next, now);
  }

  /** When the first of those who wait has waited too long; `Infinity` if nobody waits. */
  deadline(): number {
    const oldest = Math.min(this.#queues.in[0]?.since ?? Infinity, this.#queues.out[0]?.since ?? Infinity);
    return oldest + this.#options.timeoutMs;
  }

  /** Time has passed. */
  tick(now: number): void {
    for (const direction of ["in", "out"] as const) {
      for (let first = this.#queues[direction][0]; first !== undefined; first = this.#queues[direction][0]) {
        if (first.since + this.#options.timeoutMs > now) break;
        this.#queues[direction].shift();
        this.#refuse(first, "timeout", now);
      }
    }
  }

  /** The line has gone. */
  close(now: number): void {
    this.#closed = true;
    for (const claim of [...this.#queues.in.splice(0), ...this.#queues.out.splice(0)]) {
      this.#refuse(claim, "closed", now);
    }
  }

  #grant(claim: OpenClaim, now: number): void {
    this.#holder = claim;
    this.#last = claim.direction;
    claim.state = "granted";
    this.#waited(claim, now);
    claim.settled(null);
  }

  #refuse(claim: OpenClaim, why: Refusal, now: number): void {
    claim.state = "over";
    this.#waited(claim, now);
    claim.settled(why);
  }

  #waited({ direction, since }: OpenClaim, now: number): void {
    this.longestWaitMs[direction] = Math.max(this.longestWaitMs[direction], now - since);
  }
}
