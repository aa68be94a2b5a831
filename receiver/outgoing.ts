/**
 * The way out for what a message's steps do: bytes on its connection, at once, paced or in order behind what is paced; counted, and
 * noted for the journal; or kept until the message's entry is written. And what the lower layer says to the message and does wrong with
 * its reply. It does no steps.
 *
 * @module
 */
import { NO_BYTES } from "../lib/bytes.ts";
import type { FrameWarning } from "../lib/framing/framer.ts";
import type { HllpNakCode } from "../lib/framing/hllp_block.ts";
import { Arrival } from "./arrival.ts";
import { type Effect, Effects } from "./effects.ts";
import type { MessageOutcome } from "./events.ts";
import type { MadeReply } from "./made_reply.ts";
import type { Cut } from "./outlet.ts";
import { isFaultOf, isOfLink } from "./steps/link_faults.ts";
import type { LinkSent, LinkSentVerb } from "./steps/link_sent.ts";
import type { PlannedStep } from "./steps/registry.ts";
import type { Commit } from "./steps/step.ts";

/** What comes to nothing on the line although no rule has asked for silence there. */
const SAYS_NOTHING: ReadonlySet<MessageOutcome> = new Set<MessageOutcome>(["none", "replied", "undelivered"]);

/** What the lower layer says only where its link is told to make a mistake. */
const FAULTY: ReadonlySet<Commit> = new Set<Commit>(["eot", "wrong_ack", "rint"]);

/** A message that something is sent for. */
export abstract class Outgoing extends Arrival {
  /** Made where the first is to be kept. */
  effects: Effects | null = null;
  /** What the lower layer says to it, where a step has said so. */
  committed: Commit | null = null;
  /** Anything was sent for it on its own connection. */
  #spoke = false;
  /** What the lower layer is to do wrong when the next reply leaves. */
  readonly #faults: LinkSent[] = [];

  override take(message: Uint8Array, n: number, warnings: readonly FrameWarning[]): void {
    super.take(message, n, warnings);
    this.#spoke = false;
    this.committed = null;
  }

  fault(verb: LinkSentVerb, value: number): void {
    const fault = { verb, value };
    if (!isFaultOf(this.bench.framingOf(this.listener), fault)) return;
    // What could not be written down is refused, and by a reply that is as it should be.
    this.emit({ code: null, bytes: 0, carryOut: () => void this.#faults.push(fault), refuse: () => {} });
  }

  /** Nothing is wrong with the next reply. */
  protected forgetFaults(): void {
    if (this.#faults.length > 0) this.#faults.length = 0;
  }

  /** Asks its steps what the lower layer is to say to it. */
  askForWord(perform: (step: PlannedStep) => void): void {
    const { steps } = this.plan;
    const framing = this.bench.framingOf(this.listener);
    for (const [i, step] of steps.entries()) {
      if (!isOfLink(step.verb) || !isFaultOf(framing, step)) continue;
      perform(step);
      // What was asked is all that is done: for the journal, and for who repeats it.
      if (this.refused) this.plan = { ...this.plan, steps: steps.slice(0, i + 1).filter(({ verb }) => isOfLink(verb)) };
      if (this.committed !== null) return;
    }
  }

  /** Whether the lower layer says that it was not taken. */
  get refused(): boolean {
    return this.committed === "nak" || this.committed === "eot";
  }

  commit(word: Commit, code?: HllpNakCode): void {
    if (this.committed !== null) return;
    this.committed = word;
    const { link } = this.conversation.session;
    if (code !== undefined) link.fault?.("link_nak", 1, code);
    if (FAULTY.has(word)) link.fault?.(word, 1);
    if (this.refused) this.refuse();
  }

  /** The lower layer tells the peer that the message was not taken: it gets no other answer, and that at once. */
  abstract refuse(): void;

  /** Where the lower layer waits for an answer and there is nothing to say, it gets one without a word. */
  acknowledge(): void {
    if (this.n === 0 || this.#spoke || !SAYS_NOTHING.has(this.outcome)) return;
    if (this.conversation.session.link.owesAnswer) this.transmit(NO_BYTES);
  }

  /** Sends a message of ours over its own connection. */
  protected transmit(payload: Uint8Array): void {
    this.#spoke = true;
    if (this.#faults.length > 0) this.#commitFaults();
    this.conversation.transmit(payload);
    this.recording?.sent(payload.length, this.bench.clock.now());
  }

  /** A reply as it stands on the line; `frame`, if it was made already, of the same length whatever is wrong with it. */
  protected framed(payload: Uint8Array, frame?: Uint8Array): Uint8Array {
    if (frame !== undefined && this.#faults.length === 0) return frame;
    this.#commitFaults();
    return this.conversation.session.link.encode(payload);
  }

  #commitFaults(): void {
    for (const { verb, value } of this.#faults.splice(0)) this.conversation.session.link.fault?.(verb, value);
  }

  /** From now on, what steps do is kept. */
  gather(): void {
    this.effects ??= new Effects();
    this.effects.gather();
  }

  /** Whether what steps do is kept. */
  get gathers(): boolean {
    return this.effects?.gathering ?? false;
  }

  protected emit(effect: Effect): void {
    if (this.gathers) this.effects!.add(effect);
    else effect.carryOut();
  }

  protected do(carryOut: () => void): void {
    this.emit({ code: null, bytes: 0, carryOut, refuse: null });
  }

  /**
   * Keeps a reply when it is sent, for who wants it again; what is really sent may be another frame. What is gathered stands before
   * what is gathered next as if it were sent. `null` where nobody wants it.
   */
  protected keeper({ code, payload, frame }: MadeReply, elsewhere = false): ((sent?: Uint8Array) => void) | null {
    const { conversation, bench: { keepsReplies, remembers, answered }, gathers } = this;
    if (!keepsReplies) return null;
    const { controlId } = this;
    const keep = (sent: Uint8Array | null) => {
      if (code === "AA" || code === "CA") answered?.remember(controlId, payload);
      // Nearly no frame is ever asked for.
      const own = () => sent ?? conversation.session.link.encode(payload);
      if (remembers && !elsewhere) conversation.previous = { code, controlId, frame: own };
    };
    if (gathers) keep(frame);
    return (sent) => {
      if (!gathers || sent !== undefined) keep(sent ?? frame);
    };
  }

  /** It was not taken after all. */
  protected forget(): void {
    this.bench.answered?.forget(this.controlId);
  }

  /** Why a payload from elsewhere cannot be sent here, in words; `null` if it can. */
  protected unfit(payload: Uint8Array): string | null {
    try {
      this.conversation.session.link.encode(payload);
      return null;
    } catch (error) {
      return `The reply cannot be passed on: ${(error as Error).message}`;
    }
  }

  protected sendPayload(payload: Uint8Array): void {
    const { outlet } = this.conversation;
    if (outlet !== null && (outlet.busy || outlet.rate < Infinity)) {
      return this.write(this.framed(payload), null, payload.length);
    }
    this.transmit(payload);
  }

  /** How long it takes until so many bytes will have left. */
  protected until(length: number, cut: Cut | null): number {
    const { conversation } = this;
    return cut === null && conversation.outlet === null ? 0 : conversation.paced().until(length, cut);
  }

  protected write(bytes: Uint8Array, cut: Cut | null, size = bytes.length): void {
    const conversation = this.conversation;
    conversation.wrote = true;
    this.#spoke = true;
    this.recording?.sent(size, this.bench.clock.now());
    if (cut === null && conversation.outlet === null) return conversation.session.write(bytes);
    conversation.session.flush();
    conversation.paced().write(bytes, cut);
  }

  protected count(code: MadeReply["code"]): void {
    this.bench.totals.replies[code]++;
    if (this.bench.telling || this.recording !== null || this.bench.witness !== null || this.bench.answered !== null) {
      this.codes.push(code);
    }
  }
}
