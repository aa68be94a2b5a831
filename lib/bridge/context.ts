/**
 * What every part of one driver shares: its options with the defaults filled in, its clock, its counters, and whether
 * it is to end. It does nothing of its own accord.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { parseNetwork } from "../network.ts";
import { Answers } from "./answers.ts";
import { type Counters, DRIVER_DEFAULTS, type DriverEvent, type DriverOptions, type Media } from "./options.ts";
import { type LinePolicy, POLICIES } from "./policy.ts";

/** Counters to count on. */
export type OpenCounters = { -readonly [K in keyof Counters]: number };

/** The options with every default filled in. */
export type FullOptions =
  & Required<Omit<DriverOptions, "onEvent" | "onTrace">>
  & Pick<DriverOptions, "onEvent" | "onTrace">;

/** Who may connect to the distal server unless told otherwise: this host alone (the seed's rule). */
const THIS_HOST = ["127.0.0.0/8", "::1"];

/**
 * What the parts of a driver share.
 *
 * @example
 * ```ts
 * import { Context } from "./context.ts";
 * import { VirtualClock } from "../clock.ts";
 * import { parseEndpoint } from "../transport/endpoint.ts";
 * import { connect, listen } from "../transport/open.ts";
 * import assert from "node:assert/strict";
 *
 * const context = new Context({
 *   line: { medium: "listen", endpoint: parseEndpoint(":0"), protocol: "hllp" },
 *   to: parseEndpoint(":2600"),
 *   dist: null,
 * }, new VirtualClock(), { connect, listen });
 * assert.equal(context.policy.refusal, "nak_g");
 * assert.equal(context.options.ackHoldMs, 4000);
 * ```
 */
export class Context {
  readonly options: FullOptions;
  readonly clock: Clock;
  readonly policy: LinePolicy;
  readonly answers: Answers = new Answers();
  readonly counters: OpenCounters;
  /** No new work is taken. */
  stopping = false;
  /** Whether the last try to use the destination worked; `null` before the first. */
  destinationUp: boolean | null = null;
  readonly #end = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  /** Told when a transaction that the line began is over: for `once`. */
  onTransaction: (ok: boolean, why: string) => void = () => {};

  constructor(options: DriverOptions, clock: Clock, media: Media) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const distalAllow = THIS_HOST.map(parseNetwork);
    this.options = { ...DRIVER_DEFAULTS, distalAllow, clock, media, ...given } as unknown as FullOptions;
    this.clock = clock;
    this.policy = POLICIES[options.line.protocol];
    this.counters = zeroCounters();
  }

  /** Aborted when what is still in hand must end now. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Everything in hand ends now. */
  endNow(): void {
    this.#end.abort();
  }

  /** Says what happened. */
  tell(event: DriverEvent): void {
    this.options.onEvent?.(event);
  }

  /** Work in hand, which an end waits for. It must not reject. */
  track(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  /** Resolves when nothing is in hand. */
  async idle(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** The wait before try `failures` + 1, of a list whose last repeats. */
  static waitMs(waits: readonly number[], failures: number): number {
    return waits[Math.min(failures, waits.length) - 1] ?? 0;
  }
}

/** Counters that have counted nothing. */
export function zeroCounters(): OpenCounters {
  return {
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    repliesOut: 0,
    repliesIn: 0,
    refusedIn: 0,
    failedOut: 0,
    repliesLost: 0,
    unmatched: 0,
    destinationFailures: 0,
    distalRefused: 0,
    blocksOut: 0,
    blocksIn: 0,
    naksIn: 0,
    naksOut: 0,
    retries: 0,
    duplicates: 0,
    checksumErrors: 0,
    faults: 0,
    timeouts: 0,
    lineOpens: 0,
    reopenings: 0,
    spooled: 0,
    drained: 0,
    deadLetters: 0,
  };
}
