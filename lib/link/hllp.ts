/**
 * HLLP as a link: a half duplex dialogue in which the block in answer is the acknowledgement, retries and timers.
 *
 * This module performs no I/O.
 *
 * # Theory of operation (protocols.md section 2; [ours] is our decision)
 *
 * A D block is a request or the answer to one. As asker, whose message waits for its answer:
 *
 * | state | event | action | next |
 * |---|---|---|---|
 * | free | `send` | write it, read timer, try 1 | waiting |
 * | waiting, owing, yielding, a block coming in | `send` of a request | queue | the same |
 * | waiting | D that settles: MSA-2 is our MSH-10, or it is empty (`hllp_match.ts`) | `delivered`, then `message` | free, or yielding |
 * | waiting | an empty D, to a message that was sent more than once | same; then nothing for 1 s [ours] | free |
 * | waiting | N; damage (never answered with a NAK) | tries left: write it again; else `failed` | waiting, or free |
 * | waiting | read timer: 10 s since the write, or since the last byte of a block under way; never more than 30 s since the write [ours] | end that block; same | same |
 * | waiting, or first in the queue | 180 s since it was the first: no room for it between what the peer sends [ours] | end a block under way; `failed` | free, or owing |
 * | waiting | D that answers an earlier message of ours | note [ours] | waiting |
 * | waiting | our own block, by an echoing line | note `echo` [ours] | waiting |
 * | waiting | any other D: a crossing request, and we have priority | keep it | waiting |
 * | same | same, without priority | take ours back, uncounted; `message` | owing |
 * | owing, ours taken back | D that settles ours all the same | `delivered`, then `message` [ours] | owing |
 * | yielding | the kept D comes again, as it will, or another, for which the peer has given it up [ours] | forget the kept one; `message` | owing |
 * | yielding | it does not within 1 s | hand on the kept one: `message` [ours] | owing |
 * | waiting, with a kept D | read timer | hand on the kept D; ours goes again after its answer [ours] | owing |
 *
 * The table of the answerer is in `hllp_debt.ts`, the limits are in `hllp_limits.ts`.
 *
 * Where it fits the contract of `link.ts`: `delivered` says that the answer has come, and the `message` that follows
 * within the same call is that answer. Nothing confirms an answer, so the tickets of answers are settled by no event
 * (`confirmsReplies` is false).
 *
 * @module
 */
import { type HexWindow, NO_BYTES, sameBytes } from "../bytes.ts";
import type { HllpBlockReceived, HllpFramer, HllpSink } from "../framing/hllp.ts";
import { hllpDataOf, type HllpNakCode, type HllpVersion } from "../framing/hllp_block.ts";
import { HllpCrossing, YIELD_MS } from "./hllp_crossing.ts";
import { HllpDebt } from "./hllp_debt.ts";
import type { HllpFaultName } from "./hllp_faults.ts";
import { HLLP_MOST_TIMEOUTS, longestLimitMs, messageLimitMs, timeoutText, tryLimitMs } from "./hllp_limits.ts";
import { HllpMatch } from "./hllp_match.ts";
import { completeHllpOptions, type HllpOptions } from "./hllp_options.ts";
import { failureOf, type HllpRequest, type HllpWhy, lineTimeMs, messageOf, newRequest } from "./hllp_request.ts";
import { HllpWriter } from "./hllp_writer.ts";
import type { Link, LinkOutput, LinkSink } from "./link.ts";

/**
 * The link of HLLP.
 *
 * @example
 * ```ts
 * import { HllpLink } from "./hllp.ts";
 * import { HllpFramer } from "../framing/hllp.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const link = new HllpLink(new HllpFramer());
 * link.send(utf8("MSH|^~\\&|A|||||||MSG1\r"), 0);
 * assert.equal(link.output()?.type, "bytes");
 * const answer = new HllpFramer().encode(utf8("MSH|^~\\&|B\rMSA|AA|MSG1\r"));
 * const told: string[] = [];
 * link.receive(answer, 20, (event) => told.push(event.type));
 * assert.deepEqual(told, ["delivered", "message"]);
 * ```
 */
export class HllpLink implements Link {
  readonly confirms = true;
  readonly confirmsReplies = false;
  readonly stopped = false;
  readonly settlesWithinMs: number;
  readonly #framer: HllpFramer;
  readonly #options: Required<HllpOptions>;
  readonly #match = new HllpMatch();
  readonly #debt: HllpDebt;
  readonly #crossing = new HllpCrossing();
  readonly #writer = new HllpWriter();
  readonly #queue: HllpRequest[] = [];
  #waiting: HllpRequest | null = null;
  #tickets = 0;
  #readAt = Infinity;
  /** Until when the next of ours waits, though the line is free. */
  #restUntil = -Infinity;
  /** Why ours is to be sent again when all that has come was read. */
  #again: HllpWhy | null = null;
  #refusal: HllpNakCode | null = null;
  /** The version of the peer's last block. */
  #version: HllpVersion | undefined = undefined;
  /** Within a call that reads: what is queued leaves at its end. */
  #reading = false;
  #taking = false;
  #ending = false;
  #now = 0;
  #sink: LinkSink = () => {};

  /** Throws a `RangeError` for options that make no sense. */
  constructor(framer: HllpFramer, options: HllpOptions = {}) {
    this.#framer = framer;
    this.#options = completeHllpOptions(options);
    this.settlesWithinMs = longestLimitMs(this.#options);
    this.#debt = new HllpDebt(this.#match, this.#options);
  }

  get unfinished(): HexWindow | null {
    return this.#framer.unfinished;
  }

  /** Whether a message of the peer waits for its answer. */
  get owesAnswer(): boolean {
    return this.#debt.owed > 0;
  }

  /** `false` refuses the message in the sink's hands, or later the last one that is not answered: a NAK, after which it may come again. */
  commit(accepted: boolean, code?: HllpNakCode): void {
    if (accepted) return;
    const said = code ?? this.#writer.faults.answer() ?? "G";
    if (this.#taking) this.#refusal = said;
    else if (this.#debt.owed > 0) this.#refuse(said);
  }

  /** Commits a fault as often, from the next time on that it can be; `code` is what a NAK says. Throws a `RangeError` for what there is none of. */
  fault(name: HllpFaultName, times: number = 1, code: HllpNakCode = "G"): void {
    this.#writer.faults.arm(name, times, code);
  }

  /** An answer was written past the link: it is not known, so a repeat of its message is handed on as a message. */
  wrotePast(): void {
    if (this.#debt.owed > 0) this.#debt.forget();
  }

  receive(chunk: Uint8Array, now: number, sink: LinkSink): void {
    this.#enter(now, sink);
    this.#framer.push(chunk, this.#onEvent);
    if (this.#framer.inBlock) {
      const silentAt = now + this.#options.readTimeoutMs;
      const waiting = this.#waiting;
      this.#readAt = waiting === null ? silentAt : Math.min(Math.max(this.#readAt, silentAt), waiting.tryUntil);
      this.#crossing.listen(silentAt);
    } else if (this.#waiting === null) this.#readAt = Infinity;
    this.#leave();
  }

  send(message: Uint8Array, now: number): number {
    this.#now = now;
    const debt = this.#debt;
    const answer = this.#framer.encodeAs(message, debt.version);
    if (debt.owed > 0 && this.#match.isAnswer(message)) this.#answer(message, answer);
    else if (debt.isLastAnswer(answer)) this.#writer.put(answer);
    else {
      const block = this.#framer.encode(message);
      this.#queue.push(newRequest(this.#tickets + 1, this.#match.idOf(message), block));
    }
    this.#tickets++;
    this.#writeNext();
    return this.#tickets;
  }

  output(): LinkOutput | null {
    return this.#writer.take();
  }

  deadline(): number {
    return Math.min(this.#readAt, this.#crossing.at, this.#nextAt(), this.#first?.overAt ?? Infinity);
  }

  tick(now: number, sink: LinkSink): void {
    if (now < this.deadline()) return;
    this.#enter(now, sink);
    const first = this.#first;
    if (first !== undefined && now >= first.overAt) this.#giveUp(first);
    if (now >= this.#readAt) {
      this.#readAt = Infinity;
      this.#note("timeout", timeoutText(this.#framer.inBlock, this.#waiting, now, this.#options));
      if (this.#framer.inBlock) this.#framer.end(this.#onEvent);
      if (this.#waiting !== null) this.#again = "timeout";
    }
    if (this.#debt.owed > 0 && now >= this.#nextAt()) {
      this.#debt.owed = 0;
      this.#note("unanswered", "nobody has answered the peer's last message: the line is free again");
    }
    if (now >= this.#crossing.at) this.#takeKept();
    this.#leave();
  }

  end(now: number, sink: LinkSink): void {
    this.#enter(now, sink);
    this.#ending = true;
    this.#framer.end(this.#onEvent);
    this.#ending = false;
    const unsettled = [...this.#waiting === null ? [] : [this.#waiting], ...this.#queue.splice(0)];
    this.#waiting = null;
    this.#crossing.take();
    this.#again = null;
    this.#readAt = Infinity;
    for (const request of unsettled) this.#fail(request, "ended");
    this.#leave();
  }

  encode(message: Uint8Array): Uint8Array {
    return this.#writer.faults.block(this.#framer.encode(message));
  }

  #enter(now: number, sink: LinkSink): void {
    this.#now = now;
    this.#sink = sink;
    this.#reading = true;
  }

  #leave(): void {
    const why = this.#again;
    this.#again = null;
    if (why !== null && this.#waiting !== null) this.#tryAgain(this.#waiting, why);
    this.#reading = false;
    this.#writeNext();
  }

  readonly #onEvent: HllpSink = (event) => {
    if (event.type === "noise") return this.#sink(event);
    if (event.type === "fault") {
      this.#sink(event);
      if (event.nak === null || this.#ending) return;
      if (this.#waiting !== null) this.#again ??= "damaged";
      else this.#writeNak(event.nak);
      return;
    }
    this.#version = event.version;
    if (event.kind === "N") return this.#onNak(event);
    if (!event.checked) this.#note("unchecked", "the block has the checksum 999: its bytes were counted only");
    this.#onBlock(event.empty ? NO_BYTES : event.payload, event);
  };

  #onNak({ payload }: HllpBlockReceived): void {
    const code = payload.length === 1 ? String.fromCharCode(payload[0]) : `${payload.length} bytes`;
    if (this.#waiting !== null) {
      this.#note("nak", `the peer refused block ${this.#waiting.ticket}, try ${this.#waiting.tries}: ${code}`);
      this.#again = "refused";
      return;
    }
    const answer = this.#debt.refused(this.#now);
    if (answer === null) return this.#note("nak_unexpected", `a NAK (${code}) came, but no block of ours waits`);
    this.#note("nak", `the peer refused our answer, which goes again: ${code}`);
    this.#writer.put(answer);
  }

  #onBlock(data: Uint8Array, block: HllpBlockReceived): void {
    const waiting = this.#waiting;
    // What was taken back may have been answered all the same.
    const asked = waiting ?? (this.#queue[0]?.written ? this.#queue[0] : null);
    if (asked !== null && this.#match.settles(data, asked.id)) return this.#settled(asked, data, block);
    if (data.length === 0) return this.#note("empty_unexpected", "an empty block came, but no block of ours waits");
    const repeated = this.#debt.repeated(data, this.#now);
    if (repeated !== "no") {
      const answer = repeated === "due" ? "is due" : "goes again";
      this.#note("duplicate", `the peer's last block came again; its answer ${answer}`);
      return repeated === "due" ? undefined : this.#writer.put(repeated);
    }
    const past = this.#match.past(data);
    if (past !== null) return this.#note(past, "an answer came to a message that was settled before");
    if (waiting === null) return this.#take(data, block.version);
    if (sameBytes(data, hllpDataOf(waiting.block))) return this.#note("echo", "our own block came back");
    const { priority } = this.#options;
    this.#note("crossing", `both sides have sent a message; ${priority ? "ours" : "the peer's"} goes first`);
    if (priority) this.#crossing.keep(data, block.version);
    else {
      this.#takeBack(waiting);
      waiting.tries--;
      this.#take(data, block.version);
    }
  }

  /** A message of the peer. */
  #take(data: Uint8Array, version: HllpVersion): void {
    this.#crossing.take();
    this.#restUntil = -Infinity;
    const fault = this.#writer.faults.answer();
    if (fault !== null) return this.#writeNak(fault);
    this.#debt.take(data, version, this.#now);
    this.#refusal = null;
    this.#taking = true;
    this.#sink(messageOf(data, false));
    this.#taking = false;
    if (this.#refusal !== null) this.#refuse(this.#refusal);
    else if (this.#options.answers === "auto" && this.#debt.isOpen && this.#match.asksNothing(data)) {
      this.#answer(NO_BYTES, this.#framer.encodeAs(NO_BYTES, version));
    }
  }

  #answer(message: Uint8Array, block: Uint8Array): void {
    this.#debt.answered(message, block, this.#now);
    this.#writer.put(block);
  }

  #refuse(code: HllpNakCode): void {
    this.#debt.forget();
    this.#writeNak(code);
  }

  #writeNak(code: HllpNakCode): void {
    if (this.#reading) this.#note("nak_sent", code);
    this.#writer.put(this.#framer.nak(code, this.#version));
    // The line is the peer's, who sends its block again.
    this.#restUntil = this.#now + YIELD_MS;
  }

  #settled(request: HllpRequest, data: Uint8Array, { payload, empty }: HllpBlockReceived): void {
    this.#match.settled(request.id, data);
    if (this.#waiting === null) this.#queue.shift();
    this.#free();
    // An empty answer names no message: the one to an earlier try must not settle the next message.
    const restMs = YIELD_MS + lineTimeMs(request, this.#options.bytesPerSecond);
    if (empty && request.tries > 1) this.#restUntil = this.#now + restMs;
    this.#sink({ type: "delivered", ticket: request.ticket });
    this.#sink(messageOf(payload, empty));
  }

  /** Ours waits no more; a request that crossed it is to come now. */
  #free(): void {
    this.#waiting = null;
    this.#again = null;
    this.#readAt = this.#framer.inBlock ? this.#now + this.#options.readTimeoutMs : Infinity;
    this.#crossing.yield(this.#now, this.#now + HLLP_MOST_TIMEOUTS * this.#options.readTimeoutMs);
  }

  /** Ours goes again when the peer has had its answer. */
  #takeBack(request: HllpRequest): void {
    this.#queue.unshift(request);
    this.#free();
  }

  /** The request that crossed ours did not come again. */
  #takeKept(): void {
    const kept = this.#crossing.take();
    if (kept !== null) this.#take(kept.data, kept.version);
  }

  #tryAgain(waiting: HllpRequest, why: HllpWhy): void {
    if (waiting.tries > this.#options.retries) {
      this.#free();
      this.#match.settled(waiting.id, null);
      this.#fail(waiting, why);
    } else if (this.#crossing.isKept && why === "timeout") this.#takeBack(waiting);
    else {
      this.#note("resend", `block ${waiting.ticket}, try ${waiting.tries + 1}`);
      return this.#write(waiting);
    }
    if (why === "timeout") this.#takeKept();
  }

  #fail(request: HllpRequest, why: HllpWhy): void {
    const waitedMs = why === "busy" ? messageLimitMs(request, this.#options) : this.#options.readTimeoutMs;
    this.#sink({ type: "failed", ticket: request.ticket, error: failureOf(why, request.tries, waitedMs) });
  }

  /** The message that is under way, or the next. */
  get #first(): HllpRequest | undefined {
    return this.#waiting ?? this.#queue[0];
  }

  /** The peer leaves it no room: a block without an end must not keep the next from the line too. */
  #giveUp(request: HllpRequest): void {
    if (this.#framer.inBlock) this.#framer.end(this.#onEvent);
    if (this.#waiting === null) this.#queue.shift();
    this.#free();
    this.#match.settled(request.id, null);
    this.#fail(request, "busy");
    this.#takeKept();
  }

  /** When the queue's first may go: when the line is free, or the debt before it has lapsed; `Infinity` for not yet. */
  #nextAt(): number {
    if (this.#queue.length === 0 || this.#waiting !== null || this.#crossing.isKept || this.#framer.inBlock) {
      return Infinity;
    }
    return Math.max(this.#debt.owed > 0 ? this.#debt.until : this.#now, this.#restUntil, this.#now);
  }

  #writeNext(): void {
    if (this.#reading) return;
    const first = this.#first;
    if (first?.overAt === Infinity) first.overAt = this.#now + messageLimitMs(first, this.#options);
    if (this.#debt.owed > 0 || this.#nextAt() > this.#now) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#write(next);
  }

  #write(request: HllpRequest): void {
    request.tries++;
    request.written = true;
    this.#waiting = request;
    this.#writer.put(request.block);
    const { readTimeoutMs, bytesPerSecond } = this.#options;
    this.#readAt = this.#now + readTimeoutMs + lineTimeMs(request, bytesPerSecond);
    request.tryUntil = this.#now + tryLimitMs(request, this.#options);
  }

  #note(note: string, detail: string): void {
    this.#sink({ type: "note", note, detail });
  }
}
