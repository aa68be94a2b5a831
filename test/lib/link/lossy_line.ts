/**
 * A line that damages what it carries, by a seed, on a virtual clock: two links, bytes each way with a
 * delay, and a fault function that decides what becomes of each parcel. It keeps no log, so that ten
 * thousand messages cost seconds; scripts with exact times are `wire.ts`.
 */
import { type Timer, VirtualClock } from "../../../lib/clock.ts";
import type { Link, LinkEvent, LinkSink } from "../../../lib/link/link.ts";
import { RandomStream } from "../../../lib/random.ts";
import type { Parcel, Side } from "./wire.ts";

/** What arrives of a parcel: bytes, the same array where it was not touched, or `null` where it was lost. */
export type Damage = (parcel: Parcel) => Uint8Array | null;

export interface LossyLineOptions {
  /** One way, in whole milliseconds; default 5. */
  readonly delayMs?: number;
  /** How many bytes the line carries in a millisecond, each way; default: any number. */
  readonly bytesPerMs?: number;
  /** Default: nothing is damaged. */
  readonly damage?: Damage;
  /** Each event of a link, within its sink: views in it are valid only during the call. */
  readonly onEvent?: (event: LinkEvent, side: Side, now: number) => void;
}

export class LossyLine {
  readonly clock = new VirtualClock();
  readonly links: Readonly<Record<Side, Link>>;
  readonly #options: LossyLineOptions;
  readonly #written: Record<Side, number> = { near: 0, far: 0 };
  /** When the last byte under way from a side has arrived: parcels never overtake each other. */
  readonly #freeAt: Record<Side, number> = { near: 0, far: 0 };
  readonly #timers: Record<Side, { at: number; timer: Timer } | null> = { near: null, far: null };
  /** Whose verb is under way: what its sink sends leaves with the outputs of that verb. */
  #inside: Side | null = null;

  constructor(near: Link, far: Link, options: LossyLineOptions = {}) {
    this.links = { near, far };
    this.#options = options;
  }

  /** Sends a message and lets the line have what it causes; returns its ticket. May be called within an event. */
  send(side: Side, message: Uint8Array): number {
    const ticket = this.links[side].send(message, this.clock.now());
    this.settle(side);
    return ticket;
  }

  /** What the contract asks of a caller after every verb: outputs until `null`, then the deadline. */
  settle(side: Side): void {
    if (this.#inside === side) return;
    const link = this.links[side];
    for (let output = link.output(); output !== null; output = link.output()) {
      if (output.type === "bytes") this.#carry(side, output.bytes);
    }
    const at = link.deadline();
    const set = this.#timers[side];
    if (set?.at === at) return;
    set?.timer.cancel();
    this.#timers[side] = at === Infinity ? null : { at, timer: this.clock.schedule(at, () => this.#tick(side)) };
  }

  /** Lets time pass until nothing is under way and no timer runs, or until `untilMs`; returns the time then. */
  run(untilMs: number = Infinity): number {
    for (let at = this.clock.next(); at <= untilMs && at !== Infinity; at = this.clock.next()) {
      this.clock.advance(at - this.clock.now());
    }
    return this.clock.now();
  }

  #tick(side: Side): void {
    this.#timers[side] = null;
    this.#within(side, (link, now, sink) => link.tick(now, sink));
  }

  #within(side: Side, verb: (link: Link, now: number, sink: LinkSink) => void): void {
    const now = this.clock.now();
    this.#inside = side;
    verb(this.links[side], now, (event) => this.#options.onEvent?.(event, side, now));
    this.#inside = null;
    this.settle(side);
  }

  #carry(from: Side, written: Uint8Array): void {
    const { damage, delayMs = 5, bytesPerMs = Infinity } = this.#options;
    const number = ++this.#written[from];
    const bytes = damage === undefined ? written : damage({ from, number, bytes: written });
    const start = Math.max(this.clock.now(), this.#freeAt[from]);
    this.#freeAt[from] = start + Math.ceil(written.length / bytesPerMs);
    if (bytes === null || bytes.length === 0) return;
    const to: Side = from === "near" ? "far" : "near";
    const copy = bytes.slice();
    this.clock.schedule(this.#freeAt[from] + delayMs, () => {
      this.#within(to, (link, now, sink) => link.receive(copy, now, sink));
    });
  }
}

/** What a damaging line did. */
export interface DamageCounts {
  flipped: number;
  dropped: number;
  doubled: number;
}

/**
 * Damage by a seed: of all bytes the share `rate` has one bit flipped, is dropped or is doubled, each kind as likely
 * as the others, but at most one byte of a parcel (a block, as links write them).
 */
export function seededDamage(seed: number, rate: number): { damage: Damage; counts: DamageCounts } {
  const random = new RandomStream(seed);
  const counts: DamageCounts = { flipped: 0, dropped: 0, doubled: 0 };
  const damage: Damage = ({ bytes }) => {
    if (random.next() >= 1 - (1 - rate) ** bytes.length) return bytes;
    const at = random.integer(bytes.length);
    const kind = random.integer(3);
    if (kind === 0) {
      counts.flipped++;
      const flipped = bytes.slice();
      flipped[at] ^= 1 << random.integer(8);
      return flipped;
    }
    counts[kind === 1 ? "dropped" : "doubled"]++;
    const before = bytes.subarray(0, kind === 1 ? at : at + 1);
    return new Uint8Array([...before, ...bytes.subarray(kind === 1 ? at + 1 : at)]);
  };
  return { damage, counts };
}
