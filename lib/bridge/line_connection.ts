/**
 * One live connection of the line: a session, the lock on it, and what the protocols' links can do beyond the contract
 * (hold an acknowledgement, answer a bid, refuse). It counts and tells what the link says, and hands on messages; what
 * they mean is for others.
 *
 * @module
 */
import { type Timer } from "../clock.ts";
import { describeFault } from "../framing/framer.ts";
import type { Link, LinkEvent } from "../link/link.ts";
import { type Ending, Session } from "../session.ts";
import type { Transport } from "../transport/transport.ts";
import { formatDuration } from "../values.ts";
import type { Context } from "./context.ts";
import { type Claim, type Direction, LineLock, type Refusal } from "./line_lock.ts";
import { countNote, isAbandoned, isBid, isTransferOver } from "./notes.ts";
import { withTap } from "./trace.ts";

/** Damage that a checksum or a count has shown. */
const CHECKED: ReadonlySet<string> = new Set(["invalid_checksum", "invalid_length", "invalid_count"]);

/** What a connection tells. */
export interface LineHandlers {
  /** A message; the bytes are the handler's to keep. `answer`: the link itself knows it for the answer to ours. */
  message(connection: LineConnection, message: Uint8Array, answer: boolean): void;
  /** The peer asks whether it may send. */
  bid(connection: LineConnection): void;
  /** The peer waits no more for the acknowledgement that is held. */
  abandoned(connection: LineConnection): void;
  /** What the peer had bid for is over, with a message or without. */
  transferOver(connection: LineConnection): void;
  /** Damage that cost a message: the start of it, a view, and what was wrong. */
  damaged(connection: LineConnection, start: Uint8Array, why: string): void;
  /** The peer has ended its half: nothing more will come, but it may wait for a reply still. */
  ended(connection: LineConnection): void;
  /** It is gone; last. */
  closed(connection: LineConnection, ending: Ending): void;
}

/** What some links can do beyond their contract; the policy table says which is used. */
interface Controls {
  answerBid?(ready: boolean): void;
  interrupt?(): void;
  abandon?(): void;
  readonly phase?: string;
}

/** A message handed to the link. */
export interface Sending {
  /** `null` once the line has confirmed it, or else why not, in words. Never settled by a line that confirms nothing. */
  readonly confirmed: Promise<string | null>;
}

/** One live connection of the line. */
export class LineConnection {
  /** The peer and a number, for logs. */
  readonly name: string;
  readonly sinceMs: number;
  readonly lock: LineLock;
  readonly session: Session;
  readonly #context: Context;
  readonly #handlers: LineHandlers;
  readonly #tickets = new Map<number, (why: string | null) => void>();
  #answerComes = false;
  #timer: Timer | null = null;

  constructor(transport: Transport, link: Link, name: string, context: Context, handlers: LineHandlers) {
    const { clock, options } = context;
    this.name = name;
    this.#context = context;
    this.#handlers = handlers;
    this.sinceMs = clock.now();
    this.lock = new LineLock({ bound: options.lineQueue, timeoutMs: options.lineTimeoutMs });
    const { onTrace } = options;
    const show = (direction: "in" | "out") => (bytes: Uint8Array) =>
      onTrace?.({ atMs: clock.now(), line: name, direction, bytes });
    const tapped = onTrace === undefined ? link : withTap(link, show("out"));
    this.session = new Session(transport, tapped, {
      event: (event) => this.#onEvent(event),
      peerEnded: () => handlers.ended(this),
      closed: (ending) => this.#onClosed(ending),
      bytes: onTrace === undefined ? undefined : show("in"),
    }, { clock });
  }

  /** Whether it can carry both ways. */
  get open(): boolean {
    return !this.session.closed && !this.session.peerEnded;
  }

  /** Whether a reply can still be written. */
  get writable(): boolean {
    return !this.session.closed;
  }

  /** Asks for the line; resolves with the claim, to be released, or with why it is not to be had. */
  claim(direction: Direction): Promise<Claim | Refusal> {
    return new Promise((resolve) => {
      const claim = this.lock.ask(direction, this.#context.clock.now(), (refusal) => {
        // Settled within `ask`, the claim is not there yet.
        queueMicrotask(() => resolve(refusal ?? claim));
      });
      this.#keepDeadline();
    });
  }

  /** Gives the line back. */
  release(claim: Claim): void {
    this.lock.release(claim, this.#context.clock.now());
    this.#keepDeadline();
  }

  /** Hands a message to the link. Throws a `RangeError` for one that the protocol cannot carry. */
  send(message: Uint8Array): Sending {
    const ticket = this.session.send(message);
    this.#countBlock("blocksOut");
    return { confirmed: new Promise((resolve) => this.#tickets.set(ticket, resolve)) };
  }

  /** The same for the answer that the peer waits for, which nothing confirms. */
  answer(message: Uint8Array): void {
    this.session.send(message);
    this.#countBlock("blocksOut");
  }

  /** The protocol's own acknowledgement of the message that is held. */
  commit(accepted: boolean): void {
    this.session.link.commit?.(accepted);
    this.session.flush();
  }

  /** Whether the peer may send, after a bid. */
  answerBid(ready: boolean): void {
    this.#controls.answerBid?.(ready);
    this.session.flush();
  }

  /** Whether a transfer is under way, or asked for, where the protocol has such. */
  get inTransfer(): boolean {
    return (this.#controls.phase ?? "neutral") !== "neutral";
  }

  /** Ends the peer's transfer in place of acknowledging what is held, or the next block of it. */
  interrupt(): void {
    this.#controls.interrupt?.();
    this.session.flush();
  }

  /** Refuses the message that the peer waits to have answered. */
  refuse(): void {
    const { link } = this.session;
    if (link.owesAnswer) link.commit?.(false);
    this.session.flush();
  }

  /** Ends it, after what is queued; a transfer that is under way is broken off in words. */
  close(): Promise<void> {
    if (!this.session.closed) this.#controls.abandon?.();
    return this.session.close();
  }

  /** The link does not settle a message: it is let go of with its connection. Returns why, in words. */
  stuck(waitedMs: number): string {
    this.session.reset();
    return `The line has neither taken nor refused the message within ${formatDuration(waitedMs)}`;
  }

  get #controls(): Controls {
    return this.session.link as Link & Controls;
  }

  #onEvent(event: LinkEvent): void {
    const { counters } = this.#context;
    switch (event.type) {
      case "message": {
        const answer = this.#answerComes;
        this.#answerComes = false;
        this.#countBlock("blocksIn");
        this.#handlers.message(this, event.payload.slice(), answer);
        break;
      }
      case "delivered":
        // Where the answer is the confirmation it follows within the same call.
        this.#answerComes = this.#context.policy.settledBy === "link";
        this.#settle(event.ticket, null);
        break;
      case "failed":
        this.#settle(event.ticket, event.error.message);
        break;
      case "note":
        if (isBid(event)) this.#handlers.bid(this);
        else this.#onNote(event);
        break;
      case "noise":
        this.#tell("note", "noise", `${event.bytes.length} bytes between messages, thrown away`);
        break;
      case "fault":
        counters[CHECKED.has(event.code) ? "checksumErrors" : "faults"]++;
        this.#context.tell({
          event: "fault",
          level: "warning",
          line: this.name,
          code: event.code,
          detail: describeFault(event),
        });
        // What the end of the stream cut off has nobody who waits.
        if (event.code !== "truncated") this.#handlers.damaged(this, event.bytes, describeFault(event));
    }
  }

  #onNote(event: Extract<LinkEvent, { type: "note" }>): void {
    if (isAbandoned(event)) this.#handlers.abandoned(this);
    if (isTransferOver(event)) this.#handlers.transferOver(this);
    const level = countNote(event, this.#context.counters);
    if (level !== null) this.#tell("note", event.note, event.detail, level);
  }

  /** A message is a block, but where the link tells of each block. */
  #countBlock(counter: "blocksIn" | "blocksOut"): void {
    if (!this.#context.policy.bids) this.#context.counters[counter]++;
  }

  #tell(event: "note", code: string, detail: string, level: "info" | "warning" = "info"): void {
    this.#context.tell({ event, level, line: this.name, code, detail });
  }

  #settle(ticket: number, why: string | null): void {
    const settle = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    settle?.(why);
  }

  #onClosed(ending: Ending): void {
    this.#timer?.cancel();
    for (const [ticket] of [...this.#tickets]) this.#settle(ticket, "The line hung up before it had the message");
    this.lock.close(this.#context.clock.now());
    this.#handlers.closed(this, ending);
  }

  #keepDeadline(): void {
    this.#timer?.cancel();
    const deadline = this.lock.deadline();
    this.#timer = deadline === Infinity ? null : this.#context.clock.schedule(deadline, () => {
      this.lock.tick(this.#context.clock.now());
      this.#keepDeadline();
    });
  }
}
