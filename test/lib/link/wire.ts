/**
 * Two real links back to back on a virtual clock: what one writes reaches the other after a delay,
 * unless the script loses it, cuts it or holds it up. The log is the whole story, in order.
 */
import { VirtualClock } from "../../../lib/clock.ts";
import type { Timer } from "../../../lib/clock.ts";
import { byteName, latin1, utf8 } from "../../../lib/bytes.ts";
import type { Link, LinkEvent } from "../../../lib/link/link.ts";

export type Side = "near" | "far";

/** What one side wrote in one wake-up. */
export interface Parcel {
  readonly from: Side;
  /** Counted from 1 for each side. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What becomes of a parcel: `null` loses it; `bytes` replaces it; `delayMs` is how long it takes. */
export type Fate = { readonly bytes?: Uint8Array; readonly delayMs?: number } | null;

export interface WireOptions {
  /** One way, default 5 ms. */
  readonly delayMs?: number;
  /** Default: every parcel arrives as written. */
  readonly fate?: (parcel: Parcel) => Fate;
  /** Called within the sink for each message, after it is logged. */
  readonly onMessage?: (text: string, side: Side) => void;
}

/** Control characters by name, the rest as it is: `<VT>MSG1<CR><FS><CR>`. */
export function readable(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[^\x20-\x7e]/g, (character) => {
    const name = byteName(character.charCodeAt(0));
    return `<${/\((.*)\)/.exec(name)?.[1] ?? name}>`;
  });
}

function describe(event: LinkEvent): string {
  switch (event.type) {
    case "message": {
      const warnings = event.warnings.map(({ rule }) => ` (${rule})`).join("");
      return `message ${readable(event.payload)}${warnings}`;
    }
    case "delivered":
      return `delivered ${event.ticket}`;
    case "failed":
      return `failed ${event.ticket} ${event.error.code}`;
    case "note":
      return `note ${event.note}`;
    case "noise":
      return `noise ${readable(event.bytes)}`;
    case "fault":
      return `fault ${event.code}`;
  }
}

export class Wire {
  readonly clock = new VirtualClock();
  /** `TIME SIDE WHAT`, in order: `0 near writes <VT>A<CR><FS><CR>`, `5 far message A<CR>`. */
  readonly log: string[] = [];
  readonly #links: Record<Side, Link>;
  readonly #options: WireOptions;
  readonly #written: Record<Side, number> = { near: 0, far: 0 };
  readonly #timers: Record<Side, Timer | null> = { near: null, far: null };

  constructor(near: Link, far: Link, options: WireOptions = {}) {
    this.#links = { near, far };
    this.#options = options;
  }

  /** Sends a text and lets the line have what it causes. */
  send(side: Side, text: string): number {
    const ticket = this.#links[side].send(utf8(text), this.clock.now());
    this.#settle(side);
    return ticket;
  }

  /** The end of stream reaches `side`. */
  end(side: Side): void {
    this.#links[side].end(this.clock.now(), this.#sink(side));
    this.#settle(side);
  }

  /** Bytes from nowhere reach `side` now. */
  inject(side: Side, bytes: Uint8Array): void {
    this.#links[side].receive(bytes, this.clock.now(), this.#sink(side));
    this.#settle(side);
  }

  /** Lets time pass until no parcel is under way and no timer runs, or for `ms`; returns the log so far. */
  run(ms?: number): readonly string[] {
    if (ms !== undefined) this.clock.advance(ms);
    else {
      for (let at = this.clock.next(); at !== Infinity; at = this.clock.next()) {
        this.clock.advance(at - this.clock.now());
      }
    }
    return this.log;
  }

  #sink(side: Side): (event: LinkEvent) => void {
    return (event) => {
      this.#note(side, describe(event));
      if (event.type === "message") this.#options.onMessage?.(latin1(event.payload), side);
    };
  }

  #note(side: Side, what: string): void {
    this.log.push(`${this.clock.now()} ${side} ${what}`);
  }

  /** What the contract asks of a caller after every verb: outputs until null, then the deadline. */
  #settle(side: Side): void {
    const link = this.#links[side];
    for (let output = link.output(); output !== null; output = link.output()) {
      if (output.type !== "bytes") this.#note(side, output.type);
      else this.#carry(side, output.bytes);
    }
    this.#timers[side]?.cancel();
    const deadline = link.deadline();
    this.#timers[side] = deadline === Infinity ? null : this.clock.schedule(deadline, () => {
      link.tick(this.clock.now(), this.#sink(side));
      this.#settle(side);
    });
  }

  #carry(from: Side, written: Uint8Array): void {
    const number = ++this.#written[from];
    const fate = this.#options.fate?.({ from, number, bytes: written }) ?? (this.#options.fate ? null : {});
    const bytes = fate?.bytes ?? written;
    const lost = fate === null ? " (lost)" : bytes === written ? "" : ` (arrives ${readable(bytes)})`;
    this.#note(from, `writes ${readable(written)}${lost}`);
    if (fate === null) return;
    const to: Side = from === "near" ? "far" : "near";
    const copy = bytes.slice();
    this.clock.schedule(this.clock.now() + (fate.delayMs ?? this.#options.delayMs ?? 5), () => this.inject(to, copy));
  }
}

/** A fate that loses the parcels named `near 2`, `far 1`, ... */
export function losing(...names: string[]): (parcel: Parcel) => Fate {
  return ({ from, number }) => names.includes(`${from} ${number}`) ? null : {};
}
