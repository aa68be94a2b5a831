/**
 * A hostile line: two links, bytes each way on a clock that jumps from event to event, and for each parcel a fate that
 * the case has drawn. It checks what the contract of a link asks of any: tickets settled once, deadlines that move on, an
 * end to everything. It knows no protocol.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Link, LinkEvent, LinkSink } from "../lib/link/link.ts";

/** One end of the line. */
export type Side = "near" | "far";

/** What becomes of a parcel: of one that is hit, the byte at a part of its length. */
export interface Fate {
  readonly kind: "well" | "lost" | "flip" | "drop" | "double" | "tail";
  /** Where, in thousandths of the length. */
  readonly at: number;
  readonly bit: number;
}

/** How a line goes. */
export interface LineOptions {
  /** One way. */
  readonly delayMs: number;
  /** Of each side's parcels, in order; those behind the last arrive as written. */
  readonly fates: Readonly<Record<Side, readonly Fate[]>>;
  /** Each event of a link, within its sink: views in it are valid only during the call. */
  readonly onEvent: (event: LinkEvent, side: Side) => void;
  /** The most steps of the clock, else it goes on for ever. */
  readonly mostSteps?: number;
}

/** A tick may leave a deadline at the same time, for what is to be done in turn, but not again and again. */
const MOST_TICKS_AT_ONCE = 8;

/** What arrives of a parcel. */
export function fateOf(bytes: Uint8Array, { kind, at, bit }: Fate): Uint8Array {
  const place = Math.min(bytes.length - 1, Math.floor(at * bytes.length / 1000));
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place + 1)];
  switch (kind) {
    case "well":
      return bytes;
    case "lost":
      return bytes.subarray(0, 0);
    case "flip":
      return Uint8Array.from([...before, bytes[place] ^ (1 << bit), ...after]);
    case "drop":
      return Uint8Array.from([...before, ...after]);
    case "double":
      return Uint8Array.from([...before, bytes[place], bytes[place], ...after]);
    case "tail":
      return before;
  }
}

/** The line; the links are made by who makes it. */
export class HostileLine {
  now = 0;
  readonly links: Readonly<Record<Side, Link>>;
  /** How many parcels were not carried as written. */
  damaged = 0;
  readonly #options: LineOptions;
  readonly #parcels: Record<Side, number> = { near: 0, far: 0 };
  readonly #queue: { readonly at: number; readonly serial: number; readonly act: () => void }[] = [];
  readonly #settled: Record<Side, Set<number>> = { near: new Set(), far: new Set() };
  readonly #sent: Record<Side, number> = { near: 0, far: 0 };
  readonly #stuck: Record<Side, { at: number; ticks: number }> = {
    near: { at: -1, ticks: 0 },
    far: { at: -1, ticks: 0 },
  };
  #serial = 0;
  #inside: Side | null = null;

  constructor(near: Link, far: Link, options: LineOptions) {
    this.links = { near, far };
    this.#options = options;
  }

  /** Does something at a time. */
  at(ms: number, act: () => void): void {
    this.#queue.push({ at: Math.max(ms, this.now), serial: this.#serial++, act });
  }

  /** Sends a message; may be called within an event. Returns its ticket. */
  send(side: Side, message: Uint8Array): number {
    const ticket = this.links[side].send(message, this.now);
    assert.ok(ticket === this.#sent[side] + 1, `ticket ${ticket} behind ${this.#sent[side]}`);
    this.#sent[side] = ticket;
    this.#carryAll(side);
    return ticket;
  }

  /** Bytes from nowhere. */
  inject(side: Side, bytes: Uint8Array): void {
    this.#within(side, (link, sink) => link.receive(bytes, this.now, sink));
  }

  /** The end of the stream reaches a side. */
  end(side: Side): void {
    this.#within(side, (link, sink) => link.end(this.now, sink));
  }

  /** Whether a ticket is settled. */
  isSettled(side: Side, ticket: number): boolean {
    return this.#settled[side].has(ticket);
  }

  /** Lets time pass until nothing is under way and no timer runs. */
  run(): void {
    const { mostSteps = 50_000 } = this.#options;
    for (let steps = 0;; steps++) {
      assert.ok(steps < mostSteps, `it goes on for ever: ${steps} steps, ${this.now} ms`);
      const next = this.#queue.reduce<number>((best, { at, serial }, i) => {
        const other = this.#queue[best];
        return other === undefined || at < other.at || (at === other.at && serial < other.serial) ? i : best;
      }, -1);
      const due = { near: this.links.near.deadline(), far: this.links.far.deadline() };
      const side: Side = due.near <= due.far ? "near" : "far";
      assert.ok(!Number.isNaN(due[side]), `the deadline of ${side} is no number`);
      const queued = next < 0 ? Infinity : this.#queue[next].at;
      if (Math.min(queued, due[side]) === Infinity) return;
      if (queued <= due[side]) {
        const [{ at, act }] = this.#queue.splice(next, 1);
        this.now = Math.max(this.now, at);
        act();
      } else this.#tick(side, due[side]);
    }
  }

  #tick(side: Side, deadline: number): void {
    this.now = Math.max(this.now, deadline);
    this.#within(side, (link, sink) => link.tick(this.now, sink));
    const stuck = this.#stuck[side];
    const again = this.links[side].deadline();
    if (stuck.at !== this.now) this.#stuck[side] = { at: this.now, ticks: 0 };
    else if (again <= this.now && ++stuck.ticks > MOST_TICKS_AT_ONCE) {
      assert.fail(`the deadline of ${side} stays at ${again} after ${stuck.ticks} ticks at ${this.now}`);
    }
  }

  #within(side: Side, verb: (link: Link, sink: LinkSink) => void): void {
    this.#inside = side;
    verb(this.links[side], (event) => {
      if (event.type === "delivered" || event.type === "failed") this.#settle(side, event.ticket);
      this.#options.onEvent(event, side);
    });
    this.#inside = null;
    this.#carryAll(side);
  }

  #settle(side: Side, ticket: number): void {
    assert.ok(ticket >= 1 && ticket <= this.#sent[side], `${side} settles ticket ${ticket} of ${this.#sent[side]}`);
    assert.ok(!this.#settled[side].has(ticket), `${side} settles ticket ${ticket} again`);
    this.#settled[side].add(ticket);
  }

  /** What the contract asks of a caller after every verb: outputs until `null`. */
  #carryAll(side: Side): void {
    if (this.#inside === side) return;
    for (let count = 0;; count++) {
      assert.ok(count < 1000, `${side} has outputs for ever`);
      const output = this.links[side].output();
      if (output === null) return;
      if (output.type === "bytes") this.#carry(side, output.bytes);
    }
  }

  #carry(from: Side, written: Uint8Array): void {
    assert.ok(written.length > 0, `${from} writes no bytes`);
    const fate = this.#options.fates[from][this.#parcels[from]++];
    const bytes = (fate === undefined ? written : fateOf(written, fate)).slice();
    if (bytes.length !== written.length || bytes.some((byte, i) => byte !== written[i])) this.damaged++;
    if (bytes.length === 0) return;
    const to: Side = from === "near" ? "far" : "near";
    this.at(this.now + this.#options.delayMs, () => this.inject(to, bytes));
  }
}
