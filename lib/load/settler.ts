/**
 * Where a message gets its outcome: it is counted, and told to who asked for each. It knows nothing
 * of connections.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1 } from "../bytes.ts";
import type { Outcome } from "../outcome.ts";
import { SendBuffer } from "../send_buffer.ts";
import type { Pending } from "./in_flight.ts";
import type { LineHost } from "./line_host.ts";

/** How many bytes of a reply are kept for showing (our decision). */
const KEEP_BYTES = 1024 * 1024;

/** What the settler needs of the loop. */
export type SettlerHost = Pick<LineHost, "recorder" | "feed" | "clock" | "t0" | "epochAtZero" | "onSettled">;

/**
 * The settler of one line.
 *
 * @example
 * ```ts
 * import { Settler } from "./settler.ts";
 * import { Feed } from "./feed.ts";
 * import { Recorder } from "./recorder.ts";
 * import { VirtualClock } from "../clock.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const feed = new Feed([utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")], { seed: 7 });
 * const recorder = new Recorder(false);
 * const settler = new Settler({ recorder, feed, clock: new VirtualClock(), t0: 0, epochAtZero: 0, onSettled: null });
 * const pending = { k: 0, dueAt: NaN, epochMs: 0, writtenAt: 0, attempts: 1, sent: true, outcome: null };
 * settler.settle(pending, "timeout", null, null, "timed out");
 * assert.equal(recorder.current.outcomes.timeout, 1);
 * ```
 */
export class Settler {
  readonly #host: SettlerHost;
  #raw: SendBuffer | null = null;

  constructor(host: SettlerHost) {
    this.#host = host;
  }

  /** Keeps bytes as they came, to be told with the next outcome in place of the reply. */
  keep(chunk: Uint8Array): void {
    this.#raw ??= new SendBuffer();
    const room = KEEP_BYTES - this.#raw.length;
    if (room > 0) this.#raw.append(chunk.subarray(0, room));
  }

  /** Gives a message its outcome, by an acknowledgement of this code; `error` says why there is no reply, and is empty if there is one. */
  settle(pending: Pending, outcome: Outcome, code: string | null, reply: Uint8Array | null, error: string): void {
    const { recorder, onSettled, feed, clock, t0, epochAtZero } = this.#host;
    recorder.settle(outcome);
    if (onSettled === null) return;
    const { k, epochMs, dueAt, writtenAt, attempts } = pending;
    const now = clock.now();
    const message = feed.render(k, epochMs);
    const raw = this.#raw?.take() ?? null;
    onSettled({
      k,
      controlId: latin1(feed.controlId),
      message,
      due: Number.isNaN(dueAt) ? null : new Date(epochAtZero + t0 + dueAt),
      sent: new Date(epochMs),
      settled: new Date(epochAtZero + now),
      outcome,
      code,
      attempts,
      lagUs: Number.isNaN(writtenAt) ? NaN : (epochMs - epochAtZero - t0 - dueAt) * 1000,
      serviceUs: (now - writtenAt) * 1000,
      responseUs: (now - t0 - dueAt) * 1000,
      reply: reply === null ? null : raw ?? reply,
      error,
    });
  }
}
