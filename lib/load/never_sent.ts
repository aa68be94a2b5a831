/**
 * What becomes of messages that no connection ever carried: counted, and told to who asked for each.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { Settler, type SettlerHost } from "./settler.ts";

/**
 * The settler of messages that wait for a connection.
 *
 * @example
 * ```ts
 * import { NeverSent } from "./never_sent.ts";
 * import { Feed } from "./feed.ts";
 * import { Recorder } from "./recorder.ts";
 * import { VirtualClock } from "../clock.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const feed = new Feed([utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")], { seed: 7 });
 * const recorder = new Recorder(true);
 * const host = { recorder, feed, clock: new VirtualClock(), t0: 0, epochAtZero: 0, onSettled: null };
 * new NeverSent(host).settle("dropped", 12, 500, "the queue was full");
 * assert.equal(recorder.current.outcomes.dropped, 1);
 * ```
 */
export class NeverSent {
  readonly #host: SettlerHost;
  readonly #settler: Settler;

  constructor(host: SettlerHost) {
    this.#host = host;
    this.#settler = new Settler(host);
  }

  /** Message `k`, due at `dueAt` in milliseconds since t0, will not be sent, and why. */
  settle(outcome: "dropped" | "unsent", k: number, dueAt: number, why: string): void {
    const { recorder, onSettled, epochAtZero, t0, clock } = this.#host;
    if (outcome === "unsent") recorder.current.unsent.record((clock.now() - t0 - dueAt) * 1000);
    if (onSettled === null) return recorder.settle(outcome);
    const epochMs = epochAtZero + clock.now();
    const message = { k, dueAt, epochMs, writtenAt: NaN, attempts: 0, sent: false, outcome: null };
    this.#settler.settle(message, outcome, null, null, why);
  }
}
