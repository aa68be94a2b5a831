/**
 * MLLP release 2 as a link: each content block, the HL7 reply included, is answered by a commit
 * block once its receiver has it.
 *
 * This module performs no I/O.
 *
 * # Theory of operation (protocols.md section 1, release 2)
 *
 * The two directions of the stream are independent, each with its own source and destination.
 *
 * | as source, state | event | action | next |
 * |---|---|---|---|
 * | idle | `send` | write the block, start the commit timer, try 1 | waiting |
 * | waiting | commit ACK | `delivered` | idle, or the next in the queue |
 * | waiting | commit NAK, or the timer | tries left: write it again, timer; else `failed` | waiting, or idle |
 * | waiting | `send` | queue | waiting |
 * | idle | commit block | note `commit_unexpected` | idle |
 * | any | end of the stream | `failed` for all | idle |
 *
 * | as destination | action |
 * |---|---|
 * | content block | `message`; then commit ACK, or commit NAK if the sink refused it |
 * | fault that cost a frame | commit NAK: what was thrown away is never acknowledged |
 * | SB within a block, under `resync-on-start` | drop the partial, fault, no answer; the new block gets one |
 * | a frame begun and no byte for the receive timeout | drop it, fault `truncated`, no answer |
 *
 * A commit block names no message, so one that comes late, after its block was sent again, settles
 * whatever block waits then: release 2 has no cure for that. Who must be sure looks at the HL7
 * acknowledgement, which has an id.
 *
 * @module
 */
import { ACK, CR, FS, type HexWindow, NAK, VT } from "../bytes.ts";
import { LinkError } from "../errors.ts";
import type { Framer, FrameSink } from "../framing/framer.ts";
import { SendBuffer } from "../send_buffer.ts";
import type { Link, LinkOutput, LinkSink } from "./link.ts";

/** Timers and limits of MLLP release 2. */
export interface Mllp2Options {
  /** How long the source waits for a commit block; 5 to 30 s (spec), default 10 s. */
  readonly commitTimeoutMs?: number;
  /** How often a block is sent again; default 2 (spec). */
  readonly retries?: number;
  /** How long the destination waits for the rest of a block; at least twice the source's wait (spec), which is the default. */
  readonly receiveTimeoutMs?: number;
  /** `auto` (default) commits a block when the sink has taken it; `manual` leaves it to `commit()`. */
  readonly commit?: "auto" | "manual";
}

interface Outgoing {
  readonly ticket: number;
  readonly block: Uint8Array;
  tries: number;
}

const COMMIT_ACK = new Uint8Array([VT, ACK, FS, CR]);
const COMMIT_NAK = new Uint8Array([VT, NAK, FS, CR]);

/**
 * The link of MLLP release 2. Its framer must have been made with `commitBlocks: true`.
 *
 * @example
 * ```ts
 * import { Mllp2Link } from "./mllp2.ts";
 * import { MllpFramer } from "../framing/mllp.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const link = new Mllp2Link(new MllpFramer({ commitBlocks: true }));
 * const ticket = link.send(utf8("MSH|^~\\&|A\r"), 0);
 * link.output();
 * const delivered: number[] = [];
 * link.receive(new Uint8Array([0x0b, 0x06, 0x1c, 0x0d]), 12, (event) => {
 *   if (event.type === "delivered") delivered.push(event.ticket);
 * });
 * assert.deepEqual(delivered, [ticket]);
 * ```
 */
export class Mllp2Link implements Link {
  readonly confirms = true;
  readonly confirmsReplies = true;
  readonly #framer: Framer;
  readonly #commitTimeoutMs: number;
  readonly #receiveTimeoutMs: number;
  readonly #maxTries: number;
  readonly #manual: boolean;
  readonly #out = new SendBuffer();
  readonly #queue: Outgoing[] = [];
  #waiting: Outgoing | null = null;
  #tickets = 0;
  #commitAt = Infinity;
  #receiveAt = Infinity;
  /** While the sink looks at a block, its commit comes before anything the sink sends. */
  #taking = false;
  #refused = false;
  #now = 0;
  #sink: LinkSink = ignore;

  constructor(framer: Framer, options: Mllp2Options = {}) {
    this.#framer = framer;
    this.#commitTimeoutMs = options.commitTimeoutMs ?? 10_000;
    this.#receiveTimeoutMs = options.receiveTimeoutMs ?? 2 * this.#commitTimeoutMs;
    this.#maxTries = 1 + (options.retries ?? 2);
    this.#manual = options.commit === "manual";
    if (!(this.#commitTimeoutMs > 0)) throw new RangeError(`Cannot wait ${this.#commitTimeoutMs} ms for a commit`);
    if (this.#receiveTimeoutMs < 2 * this.#commitTimeoutMs) {
      throw new RangeError(
        `Cannot use a receive timeout of ${this.#receiveTimeoutMs} ms: it must be at least twice the commit timeout of ${this.#commitTimeoutMs} ms`,
      );
    }
  }

  /** Commits the block in the sink's hands, or the last one under `commit: "manual"`: ACK, or NAK for `false`. */
  commit(accepted: boolean): void {
    if (this.#taking && !this.#manual) this.#refused = !accepted;
    else this.#out.append(accepted ? COMMIT_ACK : COMMIT_NAK);
  }

  readonly #onFrame: FrameSink = (event) => {
    if (event.type === "noise") return this.#sink(event);
    if (event.type === "fault") {
      this.#sink(event);
      // Bytes outside of a frame are no block of anybody's, and a partial that its own repetition
      // drops is answered with that; a frame that was lost is not, so it is refused.
      const resent = event.code === "unexpected_start" && event.rule === null;
      if (event.code !== "invalid_header" && event.code !== "truncated" && !resent) this.#out.append(COMMIT_NAK);
      return;
    }
    const { payload } = event;
    if (payload.length === 1 && payload[0] === ACK) return this.#onCommit(true);
    if (payload.length === 1 && payload[0] === NAK) return this.#onCommit(false);
    this.#taking = true;
    this.#refused = false;
    this.#sink({ type: "message", payload, empty: event.empty, warnings: event.warnings, heldMs: 0 });
    this.#taking = false;
    if (!this.#manual) this.#out.append(this.#refused ? COMMIT_NAK : COMMIT_ACK);
    this.#writeNext();
  };

  #onCommit(accepted: boolean): void {
    const waiting = this.#waiting;
    const name = accepted ? "commit_ack" : "commit_nak";
    if (waiting === null) {
      this.#sink({ type: "note", note: "commit_unexpected", detail: `a ${name} came, but no block waits for one` });
      return;
    }
    this.#sink({ type: "note", note: name, detail: `block ${waiting.ticket}, try ${waiting.tries}` });
    if (!accepted) return this.#tryAgain("commit_refused");
    this.#settled();
    this.#sink({ type: "delivered", ticket: waiting.ticket });
    this.#writeNext();
  }

  #settled(): void {
    this.#waiting = null;
    this.#commitAt = Infinity;
  }

  #tryAgain(why: "commit_refused" | "commit_timeout"): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    if (waiting.tries < this.#maxTries) {
      this.#sink({ type: "note", note: "resend", detail: `block ${waiting.ticket}, try ${waiting.tries + 1}` });
      return this.#write(waiting);
    }
    this.#settled();
    const reason = why === "commit_refused"
      ? `the last of ${waiting.tries} tries was answered with a commit NAK`
      : `no commit acknowledgement within ${this.#commitTimeoutMs} ms, ${waiting.tries} tries`;
    this.#sink({
      type: "failed",
      ticket: waiting.ticket,
      error: new LinkError(why, `Cannot deliver the message: ${reason}`),
    });
    this.#writeNext();
  }

  #writeNext(): void {
    if (this.#taking || this.#waiting !== null) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#write(next);
  }

  #write(outgoing: Outgoing): void {
    outgoing.tries++;
    this.#waiting = outgoing;
    this.#commitAt = this.#now + this.#commitTimeoutMs;
    this.#out.append(outgoing.block);
  }

  get stopped(): boolean {
    return this.#framer.stopped;
  }

  get unfinished(): HexWindow | null {
    return this.#framer.unfinished;
  }

  receive(chunk: Uint8Array, now: number, sink: LinkSink): void {
    this.#enter(now, sink);
    this.#framer.push(chunk, this.#onFrame);
    // A start block as the last byte has begun a frame of which nothing is held yet.
    const begun = chunk[chunk.length - 1] === VT;
    const unfinished = begun || this.#framer.buffered > 0 || this.#framer.wantsIdle;
    const listening = unfinished && !this.#framer.stopped;
    this.#receiveAt = listening ? now + this.#receiveTimeoutMs : Infinity;
  }

  send(message: Uint8Array, now: number): number {
    this.#now = now;
    const block = this.#framer.encode(message);
    const outgoing = { ticket: ++this.#tickets, block, tries: 0 };
    this.#queue.push(outgoing);
    this.#writeNext();
    return outgoing.ticket;
  }

  output(): LinkOutput | null {
    const bytes = this.#out.take();
    return bytes === null ? null : { type: "bytes", bytes };
  }

  deadline(): number {
    return Math.min(this.#commitAt, this.#receiveAt);
  }

  tick(now: number, sink: LinkSink): void {
    this.#enter(now, sink);
    if (now >= this.#receiveAt) {
      this.#receiveAt = Infinity;
      sink({
        type: "note",
        note: "partial_dropped",
        detail: `no byte for ${this.#receiveTimeoutMs} ms inside a block`,
      });
      this.#framer.end(this.#onFrame);
    }
    if (now >= this.#commitAt) this.#tryAgain("commit_timeout");
  }

  end(now: number, sink: LinkSink): void {
    this.#enter(now, sink);
    this.#framer.end(this.#onFrame);
    this.#receiveAt = Infinity;
    const unsettled = this.#waiting === null ? [] : [this.#waiting];
    unsettled.push(...this.#queue.splice(0));
    this.#settled();
    for (const { ticket } of unsettled) {
      sink({
        type: "failed",
        ticket,
        error: new LinkError("link_ended", "Cannot deliver the message: the stream ended before it was confirmed"),
      });
    }
  }

  encode(message: Uint8Array): Uint8Array {
    return this.#framer.encode(message);
  }

  #enter(now: number, sink: LinkSink): void {
    this.#now = now;
    this.#sink = sink;
  }
}

function ignore(): void {}
