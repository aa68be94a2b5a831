/**
 * What the two roles of an X3.28 station share: the phase of the line, its timers, what is to be written, and where
 * notes go. It decides nothing.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { LinkError } from "../errors.ts";
import { encodeControl } from "../framing/x328_encode.ts";
import type { X328ControlName } from "../framing/x328_token.ts";
import { SendBuffer } from "../send_buffer.ts";
import type { LinkEvent, LinkSink } from "./link.ts";
import { ArmedFaults } from "./x328_fault.ts";
import type { X328LinkCode, X328Settings } from "./x328_options.ts";
import type { Outgoing } from "./x328_outgoing.ts";

/** Whose turn it is; the table is in `x328.ts`. */
export type X328Phase = "neutral" | "bidding" | "sending" | "asked" | "receiving";

/**
 * A station's end of the line.
 *
 * @example
 * ```ts
 * import { X328Line } from "./x328_line.ts";
 * import { x328Settings } from "./x328_options.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const line = new X328Line(x328Settings({}));
 * line.say("ack", 3);
 * assert.equal(latin1(line.out.take() ?? new Uint8Array()), "\x103\r");
 * assert.equal(line.counts.get("ack_sent"), 1);
 * ```
 */
export class X328Line {
  readonly settings: X328Settings;
  readonly out = new SendBuffer();
  readonly armed = new ArmedFaults();
  /** What waits to be sent; the first is what is being bid for or sent. */
  readonly queue: Outgoing[] = [];
  /** How often each note was made and each fault found. */
  readonly counts = new Map<string, number>();
  phase: X328Phase = "neutral";
  /** Timer A. */
  answerAt = Infinity;
  /** Timer D. */
  quietAt = Infinity;
  /** When to bid. */
  bidAt = Infinity;
  /** The time of the last verb. */
  now = 0;
  /** Whether a verb is under way whose caller will ask for the deadline. */
  busy = false;
  /** Until when the line is left to the peer. */
  #notBefore = -Infinity;
  /** For how long after the next transfer of ours. */
  #turnMs: number;
  #sink: LinkSink | null = null;
  /** Notes from before there was a sink. */
  readonly #early: LinkEvent[] = [];

  constructor(settings: X328Settings) {
    this.settings = settings;
    this.#turnMs = settings.turnMs;
  }

  /** A verb with a sink begins. */
  enter(now: number, sink: LinkSink): void {
    this.now = now;
    this.#sink = sink;
    this.busy = true;
    for (const event of this.#early.splice(0)) sink(event);
  }

  /** Tells an event; before the first verb with a sink it waits for that. */
  emit(event: LinkEvent): void {
    if (this.#sink === null) this.#early.push(event);
    else this.#sink(event);
  }

  /** Counts a word. */
  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Makes a note. */
  note(note: string, detail: string): void {
    this.count(note);
    this.emit({ type: "note", note, detail });
  }

  /** Writes a control sequence. */
  say(control: X328ControlName, number = 0, why = ""): void {
    this.out.append(encodeControl(control, number));
    this.note(`${control}_sent`, why === "" ? shown(control, number) : `${shown(control, number)}, ${why}`);
  }

  /** Starts Timer A. */
  awaitAnswer(): void {
    this.answerAt = this.now + this.settings.timerAMs;
  }

  /** Something came from the master: starts Timer D again. */
  awaitMaster(): void {
    this.quietAt = this.now + this.settings.timerDMs;
  }

  /** The line is neutral; for `pauseMs` it is left to the peer. */
  release(pauseMs: number): void {
    this.phase = "neutral";
    this.answerAt = Infinity;
    this.quietAt = Infinity;
    this.bidAt = Infinity;
    this.#notBefore = this.now + pauseMs;
    this.wantBid();
  }

  /**
   * A transfer of ours is over: the line is left to the peer for `turnMs`, for half as long each time that it does not
   * bid, and an eighth at least, which is time enough for one that bids at once [ours].
   */
  leaveToPeer(): void {
    const ms = this.#turnMs;
    this.#turnMs = Math.max(Math.ceil(ms / 2), Math.ceil(this.settings.turnMs / 8));
    this.release(ms);
  }

  /** The peer bids: it shall have its whole turn. */
  peerBids(): void {
    this.#turnMs = this.settings.turnMs;
  }

  /** Sees to it that a bid is made as soon as it may be, if anything waits. */
  wantBid(): void {
    if (this.phase !== "neutral" || this.queue.length === 0 || this.bidAt !== Infinity) return;
    this.bidAt = Math.max(this.now, this.#notBefore);
  }

  /** A message could not be delivered. */
  failed(ticket: number, code: X328LinkCode, reason: string): void {
    const error = new LinkError(code, `Cannot deliver the message: ${reason}`);
    this.count(code);
    this.emit({ type: "failed", ticket, error });
  }
}

/**
 * A control sequence as people read it: `ENQ`, `ACK3`.
 *
 * @example
 * ```ts
 * import { shown } from "./x328_line.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(shown("ack", 3), "ACK3");
 * ```
 */
export function shown(control: X328ControlName, number: number): string {
  return control === "ack" ? `ACK${number}` : control.toUpperCase();
}
