/**
 * The slave of an X3.28 line: answers bids, takes blocks, answers each, delivers the message with the last. The table
 * is in `x328.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, NO_BYTES } from "../bytes.ts";
import { NO_WARNINGS } from "../framing/framer.ts";
import type { X328Block, X328FaultCode } from "../framing/x328_token.ts";
import { Incoming } from "./x328_incoming.ts";
import type { X328Line } from "./x328_line.ts";

/** Damage that somebody waits to hear about; any other is no block, or is followed by the next. */
const REFUSED: ReadonlySet<string> = new Set<X328FaultCode>([
  "invalid_checksum",
  "invalid_count",
  "invalid_block_number",
  "invalid_trailer",
  "frame_too_large",
]);

/**
 * The receiving role.
 *
 * @example
 * ```ts
 * import { X328Slave } from "./x328_slave.ts";
 * import { X328Line } from "./x328_line.ts";
 * import { x328Settings } from "./x328_options.ts";
 * import assert from "node:assert/strict";
 *
 * const line = new X328Line(x328Settings({ bid: "manual" }));
 * const slave = new X328Slave(line);
 * slave.bidCame();
 * assert.equal(line.phase, "asked");
 * slave.answerBid(true);
 * assert.equal(line.phase, "receiving");
 * assert.equal(line.counts.get("ack_sent"), 1);
 * ```
 */
export class X328Slave {
  readonly #line: X328Line;
  readonly #incoming: Incoming;
  /** RINT is due with the next ACK. */
  #endWanted = false;
  /** EOT is due in place of the answer to this transfer's next block. */
  #endsNext = false;

  constructor(line: X328Line) {
    this.#line = line;
    this.#incoming = new Incoming(line.settings.maxMessage);
  }

  /** Whether this transfer has not brought a block yet. */
  get fresh(): boolean {
    return this.#incoming.last === null;
  }

  /** Whether the acknowledgement of a message is held. */
  get holds(): boolean {
    return this.#incoming.holds;
  }

  /** Whether nothing of this transfer is due any more but its EOT. */
  get ended(): boolean {
    return this.#incoming.ended && !this.holds;
  }

  /** EOT takes the place of the answer that is held, or of the next; it does not wait longer than Timer B for that. */
  interrupt(): void {
    if (this.holds) return this.endTransfer("interrupted");
    this.#endsNext = true;
    this.heard();
  }

  /** Something came of the block that is to be answered by EOT: where nothing more does, Timer B ends the transfer. */
  heard(): void {
    if (this.#endsNext) this.#line.quietAt = this.#line.now + this.#line.settings.timerBMs;
  }

  /** Nothing came for Timer D, or for Timer B where EOT is due. */
  fellSilent(): void {
    if (this.#endsNext) return this.endTransfer("interrupted");
    this.#line.note("timer_d", `nothing came for ${this.#line.settings.timerDMs} ms`);
    this.leave();
  }

  /** Timer B has dropped the block under way. */
  blockDropped(): void {
    if (this.#endsNext) this.endTransfer("interrupted");
  }

  /** RINT is to take the place of the next ACK. */
  wantEnd(): void {
    this.#endWanted = true;
  }

  /** The peer bids for the line. */
  bidCame(): void {
    const line = this.#line;
    line.peerBids();
    line.awaitMaster();
    line.bidAt = Infinity;
    line.phase = "asked";
    if (line.settings.bid === "auto") return this.answerBid(true);
    line.note("bid", "the peer bids for the line, and waits for the answer");
  }

  /** Answers a bid: ACK0 or NAK. */
  answerBid(ready: boolean, why: string = "not ready"): void {
    const line = this.#line;
    this.#begin();
    if (ready) {
      line.phase = "receiving";
      line.say("ack", 0);
    } else {
      line.say("nak", 0, why);
      line.release(0);
    }
  }

  /** ENQ within a transfer: the last answer again, or the bid again where there was no block. */
  enquired(): void {
    const line = this.#line;
    if (this.#incoming.holds) return line.note("bid_ignored", "an acknowledgement is held");
    if (this.fresh) return this.bidCame();
    line.awaitMaster();
    const { answer } = this.#incoming;
    // To one who bids, ACK0 would say that block 1 of its message is due.
    if (answer?.control === "ack" && answer.number === 0) return this.#refuse("ACK0 is the answer to a bid");
    this.#repeatAnswer();
  }

  #repeatAnswer(): void {
    const { answer } = this.#incoming;
    if (answer !== null) this.#line.say(answer.control, answer.number, "again");
  }

  /** A whole block. */
  blockCame(block: X328Block): void {
    const line = this.#line;
    const incoming = this.#incoming;
    line.awaitMaster();
    if (incoming.holds) return line.note("block_discarded", `${block.number}: an acknowledgement is held`);
    const what = incoming.judge(block);
    if (what === "repeat") {
      line.note("duplicate", `block ${block.number} again`);
      // Whatever was said since, such as NAK to a repeat that was damaged.
      incoming.answer = incoming.accepted;
      return this.#repeatAnswer();
    }
    if (what === "other") return this.#wrongNumber(block);
    if (this.#endsNext) return this.endTransfer("interrupted");
    const instead = line.armed.answer();
    if (instead === "nak") return this.#refuse("on purpose");
    if (instead === "eot") return this.endTransfer("on purpose");
    if (incoming.overflows(block)) {
      line.note("message_too_large", `more than ${line.settings.maxMessage} bytes`);
      return this.endTransfer("the message is too large");
    }
    incoming.hold(block);
    if (!block.last) return this.commit(true);
    const payload = incoming.message;
    const empty = payload.length === 0 || (payload.length === 1 && payload[0] === CR);
    line.count("message");
    line.emit({ type: "message", payload, empty, warnings: NO_WARNINGS, heldMs: 0 });
    if (line.settings.commit === "auto") this.commit(true);
  }

  #wrongNumber(block: X328Block): void {
    const { due, last } = this.#incoming;
    if (block.number === last) this.#line.note("not_a_repeat", `block ${last} with another text than the one accepted`);
    const offset = block.offset + 1;
    const found = 0x30 + block.number;
    this.#line.count("invalid_block_number");
    this.#line.emit({
      type: "fault",
      code: "invalid_block_number",
      rule: null,
      offset,
      found,
      wanted: `the block number ${due}`,
      bytes: NO_BYTES,
      window: { offset, bytes: new Uint8Array([found]), mark: offset },
    });
    this.#refuse(`block ${due} is due`);
  }

  /** Damage, told already. */
  faultCame(code: string): void {
    if (!REFUSED.has(code)) return;
    this.#line.awaitMaster();
    if (!this.#incoming.holds) this.#refuse("damaged");
  }

  /** The master took the block under way back. */
  blockAborted(): void {
    this.#line.awaitMaster();
    if (this.#incoming.holds) return;
    this.#line.note("block_aborted", "by ENQ");
    this.#refuse("aborted");
  }

  /** Answers the block that is held, if one is. */
  commit(accepted: boolean): void {
    const incoming = this.#incoming;
    if (!incoming.holds) return;
    // Who took the message may have armed something for it.
    const instead = accepted ? this.#line.armed.answer() : "nak";
    if (instead === "eot") return this.endTransfer("on purpose");
    if (instead === "nak") {
      incoming.refuse();
      return this.#refuse(accepted ? "on purpose" : "not taken");
    }
    const number = incoming.accept();
    const due = this.#endWanted && !incoming.interrupted;
    const ack = due ? "rint" : this.#line.armed.ack(number);
    incoming.interrupted = ack === "rint";
    if (ack === "rint") {
      this.#endWanted = false;
      incoming.answer = incoming.accepted = { control: "rint", number };
      return this.#line.say("rint", 0, `block ${number}`);
    }
    incoming.answer = incoming.accepted = { control: "ack", number };
    this.#line.say("ack", ack);
  }

  #refuse(why: string): void {
    if (this.#endsNext) return this.endTransfer("interrupted");
    this.#incoming.answer = { control: "nak", number: 0 };
    this.#line.say("nak", 0, why);
  }

  /** Termination interrupt. */
  endTransfer(why: string): void {
    this.#line.say("eot", 0, why);
    this.#begin();
    this.#line.release(0);
  }

  /** The master or a timer has ended the transfer: part of a message is nothing. */
  leave(): void {
    if (this.#incoming.holds) this.#line.note("hold_abandoned", "the transfer ended before the acknowledgement");
    else if (this.#incoming.partial) this.#line.note("partial_discarded", "the transfer ended within a message");
    this.#begin();
    this.#line.release(0);
  }

  #begin(): void {
    this.#incoming.begin();
    this.#endsNext = false;
  }
}
