/**
 * The master of an X3.28 line: bids for it, sends a message block by block, ends the transfer; and what becomes of
 * two that bid at once. The table is in `x328.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { draw } from "../random.ts";
import type { X328Line } from "./x328_line.ts";
import type { X328LinkCode } from "./x328_options.ts";
import type { Outgoing } from "./x328_outgoing.ts";

/**
 * The sending role. Its verbs are called in the phases `bidding` and `sending` alone, but for `bid` (neutral) and
 * `bothYielded` (receiving).
 *
 * @example
 * ```ts
 * import { X328Master } from "./x328_master.ts";
 * import { X328Line } from "./x328_line.ts";
 * import { x328Settings } from "./x328_options.ts";
 * import { Outgoing } from "./x328_outgoing.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const line = new X328Line(x328Settings({}));
 * line.queue.push(new Outgoing(1, utf8("MSH|\r"), 245));
 * const master = new X328Master(line);
 * master.bid();
 * assert.equal(line.phase, "bidding");
 * master.bidAnswered(0);
 * assert.equal(line.phase, "sending");
 * ```
 */
export class X328Master {
  readonly #line: X328Line;
  /** Both bid at once: how often running, whether the peer's bid came upon our present one, whether we gave way to it. */
  #contentions = 0;
  #crossed = false;
  #yielded = false;
  /** How often running the peer bid while a message of ours waited, its transfers in between or not. */
  #passes = 0;
  /** Whether the last valid answer was RINT, and whether any in this transfer was. */
  #lastWasRint = false;
  #askedToEnd = false;

  constructor(line: X328Line) {
    this.#line = line;
  }

  get #outgoing(): Outgoing {
    return this.#line.queue[0];
  }

  /** Whether we gave way to a bid of the peer's, and it has sent nothing yet. */
  get yielded(): boolean {
    return this.#yielded;
  }

  /** Bids for the first message that waits. */
  bid(): void {
    const line = this.#line;
    const outgoing = this.#outgoing;
    const waitMs = line.armed.waitMs(outgoing.ticket);
    if (waitMs > 0) return line.release(waitMs);
    const times = line.armed.bids(outgoing.ticket);
    outgoing.bids++;
    this.#crossed = false;
    this.#yielded = false;
    line.phase = "bidding";
    line.bidAt = Infinity;
    line.awaitAnswer();
    for (let i = 0; i < times; i++) line.say("enq", 0, `message ${outgoing.ticket}, try ${outgoing.bids}`);
  }

  /** ACK0, or in its place the ACK of a transfer that the peer believes to be in. */
  bidAnswered(number: number): void {
    const line = this.#line;
    if (number !== 0) {
      if (this.#outgoing.bids < line.settings.bidTries) line.say("eot", 0, "the peer is in an earlier transfer");
      return this.#tryBidAgain("bid_timeout");
    }
    this.#contentions = 0;
    this.#passes = 0;
    this.#lastWasRint = false;
    this.#askedToEnd = false;
    line.phase = "sending";
    this.#sendBlock();
  }

  /** NAK to a bid. */
  bidRefused(): void {
    this.#tryBidAgain("bid_refused");
  }

  /** Timer A. */
  noAnswer(): void {
    const line = this.#line;
    if (line.phase === "bidding" && this.#crossed) {
      line.note("bid_again", "both had bid at once");
      return this.bid();
    }
    line.note("timer_a", `no answer within ${line.settings.timerAMs} ms`);
    if (line.phase === "bidding") this.#tryBidAgain("bid_timeout");
    else this.#tryBlockAgain("commit_timeout");
  }

  #tryBidAgain(why: "bid_refused" | "bid_timeout"): void {
    const line = this.#line;
    const { bidTries, timerAMs, rebidMs } = line.settings;
    if (this.#outgoing.bids >= bidTries) {
      const reason = why === "bid_refused"
        ? `the peer refused the last of ${bidTries} bids`
        : `no valid answer to the last of ${bidTries} bids within ${timerAMs} ms`;
      return this.#fail(why, reason);
    }
    if (why === "bid_timeout") return this.bid();
    line.note("bid_refused", `bidding again after ${rebidMs} ms`);
    line.release(rebidMs);
  }

  /** The peer has bid as well: whether it is to be answered. */
  contend(): boolean {
    const line = this.#line;
    const { priority, bidTries, rebidMs } = line.settings;
    if (this.#crossed) {
      line.note("bid_ignored", "we have priority");
      return false;
    }
    this.#contentions++;
    line.peerBids();
    this.#outgoing.bids--;
    line.note("contention", `both bid at once, ${this.#contentions} running`);
    if (this.#contentions >= 2 * bidTries) {
      this.#fail("bid_contended", `both stations bid at once ${this.#contentions} times running`);
      return true;
    }
    // Two hosts that never gave way would never come to terms.
    if (priority === "host" && this.#contentions === 1) {
      this.#crossed = true;
      line.answerAt = line.now + rebidMs;
      return false;
    }
    line.note("yielded", "the peer's message comes first");
    line.answerAt = Infinity;
    this.#yielded = true;
    return true;
  }

  /**
   * The peer bids, and is to be answered: whether by NAK, since it has gone before a message of ours for too long. A message
   * that waits on although it was is given up.
   */
  isOurTurn(): boolean {
    const line = this.#line;
    if (line.queue.length === 0) return false;
    const most = 2 * line.settings.bidTries;
    this.#passes++;
    if (this.#passes >= 2 * most) {
      this.#fail("bid_contended", `the peer bid ${this.#passes} times running while it waited`);
      return false;
    }
    if (this.#passes !== most) return false;
    this.#yielded = false;
    return true;
  }

  /** The peer that we gave way to has given way to us. */
  bothYielded(): void {
    this.#yielded = false;
    const { seed, rebidMs } = this.#line.settings;
    const pauseMs = Math.floor(draw(seed, "x328 bid", this.#outgoing.distinct, this.#contentions) * rebidMs);
    this.#line.note("both_yielded", `neither has the line; bidding again after ${pauseMs} ms`);
    this.#line.release(pauseMs);
  }

  /** The peer that we gave way to has used the line. */
  peerSent(): void {
    this.#yielded = false;
    this.#contentions = 0;
  }

  #sendBlock(): void {
    const line = this.#line;
    const outgoing = this.#outgoing;
    outgoing.tries++;
    line.awaitAnswer();
    line.out.append(line.armed.block(outgoing.block(), outgoing.ticket));
    const end = outgoing.last ? "ETX" : "ETB";
    line.note(
      "block_sent",
      `${outgoing.number}, ${outgoing.size} bytes, ${end}, ${outgoing.place}, try ${outgoing.tries}`,
    );
  }

  /** ACKn to a block. */
  acknowledged(number: number): void {
    const { number: due, place } = this.#outgoing;
    // An ACK twice is what a block sent twice causes: sending again for it would never end.
    if (number !== due) return this.#line.note("unexpected", `ACK${number}, but ACK${due} is due for ${place}`);
    this.#lastWasRint = false;
    this.#goOn();
  }

  /** RINT to a block. */
  interrupted(): void {
    if (this.#lastWasRint) return this.#tryBlockAgain("commit_refused");
    this.#lastWasRint = true;
    this.#askedToEnd = true;
    this.#goOn();
  }

  #goOn(): void {
    const outgoing = this.#outgoing;
    if (outgoing.advance()) return this.#sendBlock();
    const line = this.#line;
    if (line.armed.endsWithEot(outgoing.ticket)) line.say("eot");
    line.queue.shift();
    if (this.#askedToEnd) line.release(line.settings.rebidMs);
    else line.leaveToPeer();
    line.count("delivered");
    line.emit({ type: "delivered", ticket: outgoing.ticket });
  }

  /** NAK to a block. */
  refused(): void {
    this.#tryBlockAgain("commit_refused");
  }

  #tryBlockAgain(why: "commit_refused" | "commit_timeout"): void {
    const line = this.#line;
    const { place, tries } = this.#outgoing;
    const { blockTries, timerAMs } = line.settings;
    if (tries < blockTries) {
      line.note("resend", `${place}, try ${tries + 1}`);
      return this.#sendBlock();
    }
    const reason = why === "commit_refused"
      ? `the peer refused the last of ${tries} tries of ${place}`
      : `no valid answer to the last of ${tries} tries of ${place} within ${timerAMs} ms`;
    this.#fail(why, reason);
  }

  /** EOT to a block. */
  ended(): void {
    this.#fail("interrupted", `the peer ended the transfer at ${this.#outgoing.place}`);
  }

  /** Ends what is under way; the queue is empty already. */
  abandon(): void {
    this.#line.say("eot", 0, "the line is left");
    this.#line.release(0);
  }

  #fail(code: X328LinkCode, reason: string): void {
    const line = this.#line;
    const { ticket } = this.#outgoing;
    if (code !== "interrupted" && (line.phase === "bidding" || line.phase === "sending")) {
      line.say("eot", 0, "no more is tried");
    }
    line.queue.shift();
    this.#contentions = 0;
    this.#passes = 0;
    line.release(line.settings.turnMs);
    line.failed(ticket, code, reason);
  }
}
