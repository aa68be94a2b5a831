/**
 * The way out for what a message's steps do: bytes on its connection, at once, paced or in order behind what is paced; counted, and
 * noted for the journal; or kept until the message's entry is written. It knows no steps.
 *
 * @module
 */
import { Arrival } from "./arrival.ts";
import { type Effect, Effects } from "./effects.ts";
import type { MadeReply } from "./made_reply.ts";
import type { Cut } from "./outlet.ts";

/** A message that something is sent for. */
export abstract class Outgoing extends Arrival {
  /** Made where the first is to be kept. */
  effects: Effects | null = null;

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
    const { conversation, bench, gathers } = this;
    if (!bench.keepsReplies) return null;
    bench.look(this.message);
    const { answered, header, remembers } = bench;
    const controlId = header.controlId.slice();
    const remember = (sent: Uint8Array) => {
      if (remembers && !elsewhere) conversation.previous = { code, frame: sent, controlId };
    };
    const taken = () => {
      if (code === "AA" || code === "CA") answered?.remember(controlId, payload);
    };
    const own = frame ?? (remembers ? conversation.session.link.encode(payload) : payload);
    if (gathers) {
      taken();
      remember(own);
    }
    return (sent) => {
      taken();
      if (!gathers || sent !== undefined) remember(sent ?? own);
    };
  }

  /** It was not taken after all. */
  protected forget(): void {
    const { answered, header } = this.bench;
    if (answered === null) return;
    this.bench.look(this.message);
    answered.forget(header.controlId);
  }

  protected sendPayload(payload: Uint8Array): void {
    const conversation = this.conversation;
    const { session, outlet } = conversation;
    if (outlet !== null && (outlet.busy || outlet.rate < Infinity)) {
      return this.write(session.link.encode(payload), null, payload.length);
    }
    session.send(payload);
    conversation.wrote = true;
    if (session.link.confirms) conversation.unconfirmed++;
    this.recording?.sent(payload.length, this.bench.clock.now());
  }

  /** How long it takes until so many bytes will have left. */
  protected until(length: number, cut: Cut | null): number {
    const { conversation } = this;
    return cut === null && conversation.outlet === null ? 0 : conversation.paced().until(length, cut);
  }

  protected write(bytes: Uint8Array, cut: Cut | null, size = bytes.length): void {
    const conversation = this.conversation;
    conversation.wrote = true;
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
