/**
 * The messages on their way over one connection: whose acknowledgement is which (lib/correlation.ts),
 * and beside each entry what the three clocks and a retry need, in arrays made once. Nothing is
 * allocated per message.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { Correlation } from "../correlation.ts";
import type { Awaited } from "../hl7/ack_awaited.ts";
import type { Outcome } from "../outcome.ts";
import type { WholePlan } from "./plan.ts";

/** A message that is not on its way now: it waits for its connection, for the first time or again. */
export interface Pending {
  readonly k: number;
  /** When it was due, in milliseconds since t0; NaN in a closed loop. */
  readonly dueAt: number;
  /** The time stamp it bears, in milliseconds since 1970. */
  readonly epochMs: number;
  /** When it was written the last time, on the loop's clock; NaN if it never was. */
  readonly writtenAt: number;
  /** Tries so far, those without a connection included. */
  attempts: number;
  /** Whether it was ever written. */
  sent: boolean;
  /** How the last try ended; null before the first. */
  outcome: Outcome | null;
}

/**
 * Messages on their way; an entry is an index of every array.
 *
 * @example
 * ```ts
 * import { InFlight } from "./in_flight.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const flight = new InFlight(1);
 * const entry = flight.sent.open(utf8("MSG1"));
 * flight.k[entry] = 12;
 * flight.await(entry, "accept", 1);
 * assert.equal(flight.awaited(entry), "accept");
 * assert.equal(flight.pending(entry).k, 12);
 * ```
 */
export class InFlight {
  readonly sent: Correlation;
  readonly k: Float64Array;
  /** Milliseconds since t0; NaN in a closed loop. */
  readonly dueAt: Float64Array;
  /** On the loop's clock. */
  readonly writtenAt: Float64Array;
  /** From when on the acknowledgement is waited for: the write, or the commit where the link confirms (Infinity before it). */
  readonly waitsFrom: Float64Array;
  readonly epochMs: Float64Array;
  /** When the peer was heard last; counts where a silence ends a wait. */
  heardAt = -Infinity;
  readonly attempts: Uint16Array;
  readonly #awaited: Uint8Array;
  readonly #ticket: Float64Array;
  #delivered = 0;

  constructor(inFlight: number) {
    this.sent = new Correlation(inFlight);
    const { size } = this.sent;
    this.k = new Float64Array(size);
    this.dueAt = new Float64Array(size);
    this.writtenAt = new Float64Array(size);
    this.waitsFrom = new Float64Array(size);
    this.epochMs = new Float64Array(size);
    this.attempts = new Uint16Array(size);
    this.#awaited = new Uint8Array(size);
    this.#ticket = new Float64Array(size);
  }

  /** Which acknowledgement the entry's message waits for. */
  awaited(entry: number): Awaited {
    return AWAITED[this.#awaited[entry]];
  }

  /** Says what the entry waits for, and its ticket with the link. */
  await(entry: number, awaited: Awaited, ticket: number): void {
    this.#awaited[entry] = AWAITED.indexOf(awaited);
    this.#ticket[entry] = ticket;
  }

  /** The waiting entry of a link's ticket; -1 if it does not wait any more. */
  ofTicket(ticket: number): number {
    const { sent } = this;
    for (let entry = sent.oldest; entry >= 0; entry = sent.after(entry)) {
      if (this.#ticket[entry] === ticket) return entry;
    }
    return -1;
  }

  /** The link has confirmed a ticket: the wait for the acknowledgement begins. Returns its waiting entry, or -1. */
  delivered(ticket: number, now: number): number {
    this.#delivered = ticket;
    const entry = this.ofTicket(ticket);
    if (entry >= 0) this.waitsFrom[entry] = now;
    return entry;
  }

  /** The waiting entry of the ticket that was confirmed last; -1 if it does not wait any more. */
  get lastDelivered(): number {
    return this.ofTicket(this.#delivered);
  }

  /** Whether an entry has waited for too long: for its acknowledgement, or for anything before the link has confirmed it. */
  isOver(entry: number, now: number, plan: Pick<WholePlan, "timeoutMs" | "deliveryTimeoutMs">): boolean {
    const from = this.waitsFrom[entry];
    if (from < Infinity) return now - from >= plan.timeoutMs;
    return now - Math.max(this.writtenAt[entry], this.heardAt) >= plan.deliveryTimeoutMs;
  }

  /** The entry's message as a value. */
  pending(entry: number): Pending {
    return {
      k: this.k[entry],
      dueAt: this.dueAt[entry],
      epochMs: this.epochMs[entry],
      writtenAt: this.writtenAt[entry],
      attempts: this.attempts[entry],
      sent: true,
      outcome: null,
    };
  }
}

const AWAITED: readonly Awaited[] = ["application", "accept", "none"];
