/**
 * ANSI X3.28 as a link: both stations take turns as master and slave of one line, and each block is acknowledged.
 *
 * This module performs no I/O.
 *
 * # Theory of operation (protocols.md section 3)
 *
 * The line is neutral, or one side has it for a *transfer*: one message, from its bid to EOT. The HL7 reply is a
 * transfer of its own, the other way.
 *
 * | phase | event | action | next |
 * |---|---|---|---|
 * | neutral | a message waits | ENQ, Timer A | bidding |
 * | neutral | ENQ, the `2 * bidTries`th running that came before a message of ours | NAK [ours] | neutral, and a bid of ours at once |
 * | neutral | ENQ, twice as often running | `bid_contended`, then ACK0 [ours] | receiving (asked) |
 * | neutral | ENQ, else | ACK0 (`bid: "manual"`: note `bid`, then as `answerBid` says: ACK0 or NAK) | receiving (asked) |
 * | bidding | ACK0 | block 1, Timer A | sending |
 * | bidding | NAK | bids left: again after `rebidMs` [ours]; else EOT, `bid_refused` | neutral |
 * | bidding | Timer A | bids left: ENQ; else EOT, `bid_timeout` | bidding, neutral |
 * | bidding | ACKn, not 0 | EOT, then as after Timer A: the peer sits in a transfer whose end was lost [ours] | bidding |
 * | neutral, bidding | EOT | none: it ends nothing [ours] | as it was |
 * | bidding | ENQ, `priority: "host"`, the first time running | none; ENQ again after `rebidMs`, which counts as no try | bidding |
 * | bidding | ENQ, else | as in neutral; our message waits | receiving (asked) |
 * | receiving, before any block | ACK0, after we yielded: both did | neutral for a drawn pause | neutral |
 * | sending | ACKn of our block | next block, Timer A; after the last EOT, `delivered` | sending, neutral |
 * | sending | RINT, the last valid answer an ACK | as ACKn, and the line is left to the peer afterwards | as ACKn |
 * | sending | RINT, the last valid answer RINT | the block is assumed garbled: as NAK | as NAK |
 * | sending | NAK, Timer A | tries left: the block again; else EOT, `commit_refused` or `commit_timeout` | sending, neutral |
 * | sending | EOT | `interrupted` | neutral |
 * | sending | ENQ, ACKn of another block | none: the block is sent again on Timer A [ours] | sending |
 * | receiving | the block due, good | ACKn or RINT; before the ACK of the last one `message` | receiving |
 * | receiving | the last accepted block again: number, text and end | discarded, its ACKn (or RINT) again, whatever was said since | receiving |
 * | receiving | a damaged block, a wrong number, block abort; the last number with another text [ours] | NAK | receiving |
 * | receiving | ENQ before any block | the same bid again: ACK0 | receiving (asked) |
 * | receiving | ENQ after an acknowledged ETX | a new bid, as in neutral: block 1 is due | receiving (asked) |
 * | receiving | ENQ between blocks | the last answer repeated, but NAK for ACK0, which answers a bid [ours] | receiving |
 * | receiving, `interrupt` was called | what is answered by ACK or NAK; nothing for Timer B | EOT | neutral |
 * | receiving | EOT, sending-station abort, Timer D | a partial message is discarded | neutral |
 * | receiving | message above `maxMessage` | EOT [ours] | neutral |
 * | any | Timer B | the partial block is dropped, unanswered | as it was |
 * | any | end of the stream | `failed` for all | neutral |
 *
 * A block after an acknowledged ETX without a bid, if its number is the next one, begins another message [ours].
 *
 * Two stations that bid at once come apart as follows [ours]. Who has the priority of the host insists once; where the
 * peer does too, both yield. Two that both yielded, each of which gets ACK0 from the other, go back to neutral and bid
 * again after a pause below `rebidMs`, drawn by seed and message. A contention uses up no try, but twice `bidTries` of
 * them running fail. A peer that bids again after each of its messages before we can is refused once, as the table says:
 * its transfers do not end the count of those, which only a transfer of ours does.
 *
 * `send`, `commit`, `answerBid` and `interrupt` have no sink: their notes go to the sink of the last verb that had one, or
 * wait for the first. The latter three have no time either: what they make possible is done at the next `tick`, which
 * is due at once. The caller asks for outputs and the deadline after them as after any verb.
 *
 * @module
 */
import type { HexWindow } from "../bytes.ts";
import { X328Reader } from "../framing/x328.ts";
import { checkMessage } from "../framing/x328_encode.ts";
import type { X328Control, X328ControlName, X328Sink } from "../framing/x328_token.ts";
import type { Link, LinkOutput, LinkSink } from "./link.ts";
import type { X328FaultName } from "./x328_fault.ts";
import { shown, X328Line, type X328Phase } from "./x328_line.ts";
import { X328Master } from "./x328_master.ts";
import { type X328Options, type X328Settings, x328Settings } from "./x328_options.ts";
import { Outgoing } from "./x328_outgoing.ts";
import { X328Slave } from "./x328_slave.ts";

export type { X328Options } from "./x328_options.ts";

/**
 * The link of X3.28.
 *
 * The constructor throws a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { X328Link } from "./x328.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const link = new X328Link();
 * const events: string[] = [];
 * const said = () => {
 *   const output = link.output();
 *   return output?.type === "bytes" ? latin1(output.bytes) : "";
 * };
 * link.send(utf8("MSH|\r"), 0);
 * assert.equal(said(), "\x05\r");
 * link.receive(utf8("\x100\r"), 12, (event) => events.push(event.type));
 * assert.equal(said(), "\x02100005MSH|\r\x0320\r");
 * link.receive(utf8("\x101\r"), 30, (event) => events.push(event.type));
 * assert.equal(said(), "\x04\r");
 * assert.equal(events.at(-1), "delivered");
 * ```
 */
export class X328Link implements Link {
  readonly confirms = true;
  readonly confirmsReplies = true;
  readonly stopped = false;
  readonly frameEnd = "0x03 (ETX) or 0x17 (ETB)";
  readonly #settings: X328Settings;
  readonly #reader: X328Reader;
  readonly #line: X328Line;
  readonly #master: X328Master;
  readonly #slave: X328Slave;
  #tickets = 0;
  /** Timer B, and where the block began that it runs for. */
  #blockAt = Infinity;
  #blockStart = -1;

  constructor(options: X328Options = {}) {
    this.#settings = x328Settings(options);
    const { maxMessage, sevenBit } = this.#settings;
    this.#reader = new X328Reader({ maxText: maxMessage, sevenBit });
    this.#line = new X328Line(this.#settings);
    this.#master = new X328Master(this.#line);
    this.#slave = new X328Slave(this.#line);
  }

  /** Whether the line is neutral and nothing is queued. */
  get idle(): boolean {
    return this.#line.phase === "neutral" && this.#line.queue.length === 0 && this.#reader.blockStart < 0;
  }

  /** Whose turn it is. */
  get phase(): X328Phase {
    return this.#line.phase;
  }

  /** How often each note was made, each fault found, each message taken, delivered or failed: by note, code, `message`, `delivered`. */
  get counts(): ReadonlyMap<string, number> {
    return this.#line.counts;
  }

  get holdsBack(): boolean {
    return this.#line.queue.length > 0;
  }

  get unfinished(): HexWindow | null {
    return this.#reader.unfinished;
  }

  /**
   * Answers the message in the sink's hands or, under `commit: "manual"`, the one that is held: ACK (or RINT), or NAK
   * for `false`. Does nothing if none is.
   */
  commit(accepted: boolean): void {
    this.#slave.commit(accepted);
  }

  /** Under `bid: "manual"` answers the bid that waits: ACK0 if ready, else NAK. Does nothing if none waits. */
  answerBid(ready: boolean): void {
    if (this.#line.phase === "asked") this.#slave.answerBid(ready);
  }

  /**
   * Termination interrupt: EOT in place of the acknowledgement that is due or held, or else of the next answer of this
   * transfer, and where nothing comes for Timer B. Does nothing if the peer has none under way: the next is not to blame.
   */
  interrupt(): void {
    if (this.#line.phase === "receiving") this.#slave.interrupt();
  }

  /** Ends whatever is under way, for who hangs up: EOT to a transfer, NAK to a bid that waits. What was queued is given up. */
  abandon(): void {
    const { phase, queue } = this.#line;
    queue.length = 0;
    if (phase === "asked") this.#slave.answerBid(false);
    else if (phase === "receiving" && this.#slave.ended) this.#slave.leave();
    else if (phase === "receiving") this.#slave.endTransfer("the line is left");
    else if (phase === "bidding" || phase === "sending") this.#master.abandon();
  }

  /** Reverse interrupt: RINT in place of the next ACK, or of the one after that if the last was a RINT. */
  requestEnd(): void {
    this.#slave.wantEnd();
  }

  /**
   * Commits a fault of the table `X328_FAULTS`: with the next message given to `send` and no other, or in answer to the block
   * that is held, or else the next. `value` is how often, how many, or how many milliseconds. Throws a `RangeError` for a name
   * that is not in the table, and a value that is not a whole number of at least 1.
   */
  fault(name: X328FaultName, value: number = 1): void {
    this.#line.armed.arm(name, value, this.#tickets + 1);
  }

  receive(chunk: Uint8Array, now: number, sink: LinkSink): void {
    this.#line.enter(now, sink);
    this.#reader.push(chunk, this.#onToken);
    if (this.#line.phase === "receiving" && chunk.length > 0) this.#slave.heard();
    const start = this.#reader.blockStart;
    if (start < 0) this.#blockAt = Infinity;
    else if (start !== this.#blockStart) this.#blockAt = now + this.#settings.timerBMs;
    this.#blockStart = start;
    this.#line.busy = false;
  }

  send(message: Uint8Array, now: number): number {
    checkMessage(message, this.#settings);
    const line = this.#line;
    line.now = now;
    line.queue.push(new Outgoing(++this.#tickets, message, this.#settings.maxBlock));
    line.wantBid();
    // Within a verb the bid waits for the next tick: what else the peer has said may come first.
    if (!line.busy && line.bidAt <= now) this.#master.bid();
    return this.#tickets;
  }

  output(): LinkOutput | null {
    const bytes = this.#line.out.take();
    return bytes === null ? null : { type: "bytes", bytes };
  }

  deadline(): number {
    const { answerAt, quietAt, bidAt } = this.#line;
    return Math.min(answerAt, this.#blockAt, quietAt, bidAt);
  }

  tick(now: number, sink: LinkSink): void {
    const line = this.#line;
    line.enter(now, sink);
    if (now >= this.#blockAt) {
      line.note("timer_b", `a block did not end within ${this.#settings.timerBMs} ms`);
      this.#dropBlock();
      if (line.phase === "receiving") this.#slave.blockDropped();
    }
    if (now >= line.quietAt) this.#slave.fellSilent();
    if (now >= line.answerAt) this.#master.noAnswer();
    if (now >= line.bidAt) this.#master.bid();
    line.busy = false;
  }

  #dropBlock(): void {
    this.#reader.drop(this.#onToken);
    this.#blockAt = Infinity;
    this.#blockStart = -1;
  }

  end(now: number, sink: LinkSink): void {
    const line = this.#line;
    line.enter(now, sink);
    this.#reader.end(this.#onToken);
    this.#dropBlock();
    const unsettled = line.queue.splice(0);
    this.#slave.leave();
    for (const { ticket } of unsettled) {
      line.failed(ticket, "link_ended", "the stream ended before it was confirmed");
    }
    line.busy = false;
  }

  /** The blocks of the message, without the bid before them and the EOT after. */
  encode(message: Uint8Array): Uint8Array {
    checkMessage(message, this.#settings);
    return new Outgoing(0, message, this.#settings.maxBlock).blocks();
  }

  readonly #onToken: X328Sink = (token) => {
    const line = this.#line;
    const receiving = line.phase === "receiving";
    switch (token.type) {
      case "noise":
        line.count("noise");
        return line.emit(token);
      case "fault":
        line.count(token.code);
        line.emit(token);
        if (receiving) this.#slave.faultCame(token.code);
        return;
      case "block": {
        const { number, text, last } = token;
        line.note("block_received", `${number}, ${text.length} bytes, ${last ? "ETX" : "ETB"}`);
        if (!receiving) return line.note("block_unexpected", `${number}: no transfer is under way`);
        this.#master.peerSent();
        return this.#slave.blockCame(token);
      }
      case "abort":
        if (token.by === "enq") {
          // Where no block is due, STX was noise before a bid.
          if (!receiving) return this.#onControl({ type: "control", control: "enq", number: 0, offset: token.offset });
          return this.#slave.blockAborted();
        }
        line.note("message_aborted", "by EOT");
        return receiving ? this.#slave.leave() : undefined;
      case "control":
        return this.#onControl(token);
    }
  };

  #onControl({ control, number }: X328Control): void {
    this.#line.note(`${control}_received`, shown(control, number));
    this.#control(control, number);
  }

  /** A new bid of the peer's, which is to be answered. */
  #bidCame(): void {
    if (this.#master.isOurTurn()) this.#slave.answerBid(false, "a message of ours has waited for too long");
    else this.#slave.bidCame();
  }

  /** The table's rows for control sequences; what is not in it is noted and not answered. */
  #control(control: X328ControlName, number: number): void {
    const line = this.#line;
    const master = this.#master;
    const slave = this.#slave;
    switch (`${line.phase} ${control}`) {
      case "neutral enq":
        return this.#bidCame();
      case "bidding enq":
        return master.contend() ? this.#bidCame() : undefined;
      case "bidding ack":
        return master.bidAnswered(number);
      case "bidding nak":
        return master.bidRefused();
      case "sending ack":
        return master.acknowledged(number);
      case "sending nak":
        return master.refused();
      case "sending rint":
        return master.interrupted();
      case "sending eot":
        return master.ended();
      case "asked enq":
        line.awaitMaster();
        return line.note("bid_ignored", "the bid before it is not answered yet");
      case "asked eot":
      case "receiving eot":
        return slave.leave();
      case "neutral eot":
      case "bidding eot":
        return;
      case "receiving enq":
        return slave.ended ? this.#bidCame() : slave.enquired();
      case "receiving ack":
        if (number === 0 && master.yielded && slave.fresh) return master.bothYielded();
    }
    line.note(
      control === "enq" ? "bid_ignored" : "unexpected",
      `${shown(control, number)} while ${line.phase}`,
    );
  }
}
