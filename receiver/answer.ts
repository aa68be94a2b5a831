/**
 * One message on its way to its answer: what came, what is to be done with it, how far that is.
 * It is the `Line` on which its steps are performed. The connection decides when.
 *
 * One object serves the messages of a connection one after the other, as long as each is answered at once;
 * nothing is allocated for those. A message that must wait takes its object with it. Something that happens to a connection
 * without a message is done with in the same way: an answer whose `n` is 0.
 *
 * # Gathering
 *
 * Where a journal is kept, a message's entry must be written before anything of its answer leaves, and tell what that is. So its
 * steps are performed while it gathers: what they do is kept, and carried out when the entry is written.
 *
 * @module
 */
import type { FrameWarning } from "../lib/framing/framer.ts";
import { Arrival } from "./arrival.ts";
import { cutOf, offsetOf } from "./cut.ts";
import type { Plan } from "./decide/decide.ts";
import type { MessageOutcome } from "./events.ts";
import type { MadeReply } from "./made_reply.ts";
import { Effects, type WholeReply } from "./effects.ts";
import type { Cut } from "./outlet.ts";
import type { PlannedStep } from "./steps/registry.ts";
import type { After, Commit, Line, Rates, ReplyItem, Said } from "./steps/step.ts";
import type { FramePlace, Pace, Way } from "./steps/way.ts";

/**
 * A message, and what is done with it.
 *
 * @example
 * ```ts
 * import { Answer } from "./answer.ts";
 * import { scenarioFromFlags } from "./scenario/from_flags.ts";
 * import { Workbench } from "./workbench.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const bench = new Workbench(scenarioFromFlags({ seed: 1 }));
 * const sent: Uint8Array[] = [];
 * const session = { send: (bytes: Uint8Array) => sent.push(bytes), link: { confirms: false } };
 * const answer = new Answer(bench, { number: 1, listener: 0, session, outlet: null, wrote: false } as never);
 * answer.take(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r"), 1, []);
 * answer.reply("AA");
 * assert.equal(sent.length, 1);
 * assert.equal(answer.outcome, "replied");
 * ```
 */
export class Answer extends Arrival implements Line {
  /** Index of the next step. */
  next = 0;
  /** When it may be done, in the clock's time; `Infinity` where somebody says so. */
  readyAt = 0;
  /** Its steps wait for no other message, nor others for it. */
  isAside = false;
  /** How far its steps have come while they were kept, and how long is to be waited when they are carried out. */
  progress: "waits" | "aside" | "done" = "done";
  pendingMs = 0;
  /** A step is being done; what it waits for has come meanwhile. */
  performing = false;
  resumed = false;
  /** The last reply sent, where it may be wanted again. */
  lastPayload: Uint8Array | null = null;
  /** It has ended the connection. */
  ended = false;
  /** What the lower layer says to it, where a step has said so. */
  committed: Commit | null = null;
  /** The rule under whose fault it counts. */
  activeRule: string | null = null;
  /** Made where the first is to be kept. */
  effects: Effects | null = null;
  /** The reply that is sent in parts, and how far it has gone. */
  #parts: MadeReply | null = null;
  #frameAt = 0;

  override take(message: Uint8Array, n: number, warnings: readonly FrameWarning[]): void {
    super.take(message, n, warnings);
    this.committed = null;
    this.lastPayload = null;
    this.restart();
  }

  /** Its steps begin anew. */
  restart(): void {
    this.next = 0;
    this.readyAt = 0;
    this.waitedMs = 0;
    this.isAside = false;
    this.ended = false;
    this.#parts = null;
    this.#frameAt = 0;
  }

  reply(item: ReplyItem, said?: Said, way?: Way): number {
    const conversation = this.conversation;
    const { outlet } = conversation;
    if (way === undefined && outlet === null && !this.gathers && !this.bench.keepsReplies) {
      const { session } = conversation;
      const payload = this.build(item, said);
      this.#count(this.code);
      session.send(payload);
      conversation.wrote = true;
      if (session.link.confirms) conversation.unconfirmed++;
      this.outcome = "replied";
      this.recording?.sent(payload.length, this.bench.clock.now());
      return 0;
    }
    const made = this.make(item, said, way);
    const times = way?.twice === true ? 2 : 1;
    if (way?.via !== undefined) return this.#replyElsewhere(made, way, times);
    if (way?.gather !== undefined) return this.#replyTogether(made, item, said, way);
    const paced = way?.pace !== undefined || outlet !== null;
    const frame = made.frame ?? (paced ? conversation.session.link.encode(made.payload) : null);
    const keep = this.bench.keepsReplies ? this.#keeper(made) : null;
    const cut = frame === null || way?.pace === undefined ? null : cutOf(way.pace, frame);
    this.outcome = "replied";
    const size = made.frame?.length ?? made.payload.length;
    const untilMs = this.#until(times * (frame?.length ?? 0), cut);
    for (let i = 0; i < times; i++) {
      this.#emit({ item, said, code: made.code }, size, () => {
        this.#count(made.code);
        if (frame === null) this.#send(made.payload);
        else this.#write(frame, cut);
        if (made.endless !== null) conversation.paced().writeEndlessly(made.endless);
        keep?.();
      });
    }
    return untilMs;
  }

  send(item: ReplyItem, upTo: FramePlace, pace?: Pace): number {
    const { session: { link } } = this.conversation;
    const parts = this.#parts ??= this.make(item, undefined, undefined);
    const frame = parts.frame ?? link.encode(parts.payload);
    const to = offsetOf(upTo, frame);
    const from = this.#frameAt;
    if (to <= from) return 0;
    this.#frameAt = to;
    const piece = frame.subarray(from, to);
    const whole = to === frame.length;
    this.outcome = whole ? "replied" : "partial";
    const cut = pace === undefined ? null : cutOf(pace, piece, from, frame);
    // The rest of a frame that has begun cannot become another one.
    const reply = whole && from === 0 ? { item, said: undefined, code: parts.code } : null;
    const untilMs = this.#until(piece.length, cut);
    this.#emit(reply, piece.length, () => {
      if (whole) this.#count(parts.code);
      this.#write(piece, cut);
    });
    return untilMs;
  }

  hold(): void {
    if (this.conversation.mayHold()) this.outcome = "held";
    else this.instead(this.bench.spared(this).steps);
  }

  dropReply(): void {
    this.outcome = "reply_lost";
    // It was taken: who sends it again may get what was lost.
    if (this.bench.answered !== null) this.lastPayload = this.build("AA", undefined);
  }

  discard(): void {
    this.outcome = "discarded";
  }

  close(): void {
    this.#end("fin", () => void this.conversation.session.close());
  }

  reset(): void {
    this.#end("rst", () => this.conversation.break());
  }

  #end(outcome: "fin" | "rst", act: () => void): void {
    this.outcome = outcome;
    this.ended = true;
    this.#do(() => {
      const { outlet } = this.conversation;
      if (outlet === null) act();
      else outlet.afterwards(act);
    });
  }

  halfClose(): void {
    this.outcome = "fin";
    this.#do(() => this.conversation.halfClose());
  }

  aside(): void {
    this.isAside = true;
  }

  instead(steps: readonly PlannedStep[]): void {
    this.plan = { ...this.plan, steps: [...this.plan.steps.slice(0, this.next), ...steps] };
  }

  say(bytes: Uint8Array): number {
    const untilMs = this.#until(bytes.length, null);
    this.#do(() => this.#write(bytes, null));
    return untilMs;
  }

  stopReading(forMs: number): void {
    this.#do(() => this.conversation.stopReading(forMs));
  }

  limitRates(rates: Rates): void {
    this.#do(() => this.conversation.limitRates(rates));
  }

  later(after: After, steps: readonly PlannedStep[]): void {
    this.#do(() => this.conversation.later(after, steps, this.n > 0));
  }

  waitForRoom(concurrent: number): number {
    this.#do(() => this.conversation.waitForRoom(concurrent, this));
    return Infinity;
  }

  replyAgain(): number {
    const bench = this.bench;
    bench.look(this.message);
    const payload = bench.answered?.find(bench.header.controlId);
    return payload === undefined ? 0 : this.#replyWith(payload);
  }

  forward(endpoint: string, timeoutMs: number): number {
    // A view is valid during this call alone, and the answer takes longer.
    const message = this.message.slice();
    this.#do(() => {
      void this.bench.forward(endpoint, message, timeoutMs).then((result) => {
        if (this.conversation.over) return;
        if (typeof result === "string") {
          this.text = result;
          this.reply("AE");
        } else if (result !== null) this.#replyWith(result);
        this.conversation.resume(this);
      });
    });
    return Infinity;
  }

  commit(word: Commit): void {
    if (this.committed !== null) return;
    this.committed = word;
    if (word === "nak") this.refuse();
  }

  /** The lower layer tells the peer that the message was not taken: it gets no other answer, and that at once. */
  refuse(): void {
    this.plan = { rule: this.committed === "nak" ? this.plan.rule : null, considered: [], steps: [] };
    this.next = 0;
    this.readyAt = 0;
    this.outcome = "refused";
    this.effects?.take();
  }

  /** What was decided is no more: nothing waits, a frame under way is completed, and who was told nothing gets this answer. */
  heal(plan: Plan): void {
    if (this.gathers) return;
    const begun = this.outcome === "replied" || this.outcome === "partial";
    if (this.outcome === "partial") this.send("AA", "end_data");
    // Of what is left, replies alone: a frame that is complete by now gets no more parts.
    const left = this.plan.steps.slice(this.next).filter(({ verb }) => verb === "reply");
    this.plan = begun ? { ...this.plan, steps: left } : plan;
    const { isAside } = this;
    this.restart();
    this.isAside = isAside;
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

  /** Carries out what was kept; where nothing could be written down of the message, nothing is accepted. */
  release(): void {
    const failed = this.failure !== null;
    for (const { reply, carryOut } of this.effects?.take() ?? []) {
      if (failed && reply !== null) this.reply(reply.item, reply.said);
      else carryOut();
    }
  }

  /** What was kept is not carried out. */
  drop(outcome: MessageOutcome): void {
    this.effects?.take();
    this.outcome = outcome;
  }

  #emit(reply: WholeReply | null, bytes: number, carryOut: () => void): void {
    if (this.gathers) this.effects!.add({ reply, bytes, carryOut });
    else carryOut();
  }

  #do(carryOut: () => void): void {
    this.#emit(null, 0, carryOut);
  }

  /** Keeps a reply when it is sent, for who wants it again. */
  #keeper({ code, payload, frame }: MadeReply): () => void {
    const { conversation, bench: { header, remembers, answered } } = this;
    const controlId = header.controlId.slice();
    const bytes = remembers ? frame ?? conversation.session.link.encode(payload) : frame;
    return () => {
      if (answered !== null && (code === "AA" || code === "CA")) this.lastPayload = payload;
      if (remembers && bytes !== null) conversation.previous = { code, frame: bytes, controlId };
    };
  }

  /** A payload that is the reply as it is. */
  #replyWith(payload: Uint8Array): number {
    const code = this.bench.codeOf(payload);
    this.outcome = "replied";
    this.#emit({ item: "AA", said: undefined, code }, payload.length, () => {
      this.#count(code);
      this.#send(payload);
    });
    return 0;
  }

  #replyElsewhere(made: MadeReply, way: Way, times: number): number {
    const bytes = made.frame ?? this.conversation.session.link.encode(made.payload);
    this.#do(() => {
      void this.bench.deliver(way.via!, bytes, { times, fresh: way.viaNew === true }).then((failure) => {
        if (failure === null) {
          for (let i = 0; i < times; i++) this.#count(made.code);
          this.outcome = "replied";
          this.recording?.sent(times * bytes.length, this.bench.clock.now());
        } else {
          this.outcome = "undelivered";
          this.conversation.tellFault("undelivered", failure);
        }
        this.conversation.resume(this);
      });
    });
    return Infinity;
  }

  #replyTogether(made: MadeReply, item: ReplyItem, said: Said | undefined, way: Way): number {
    const frame = made.frame ?? this.conversation.session.link.encode(made.payload);
    const gathering = way.gather!;
    this.#emit({ item, said, code: made.code }, frame.length, () => {
      this.conversation.together(this, gathering, {
        frame,
        write: (bytes) => this.#write(bytes, null),
        gone: () => {
          this.#count(made.code);
          this.outcome = "replied";
          this.conversation.resume(this);
        },
      });
    });
    return Infinity;
  }

  #send(payload: Uint8Array): void {
    const conversation = this.conversation;
    const { session, outlet } = conversation;
    if (outlet !== null && (outlet.busy || outlet.rate < Infinity)) {
      return this.#write(session.link.encode(payload), null, payload.length);
    }
    session.send(payload);
    conversation.wrote = true;
    if (session.link.confirms) conversation.unconfirmed++;
    this.recording?.sent(payload.length, this.bench.clock.now());
  }

  /** How long it takes until so many bytes will have left. */
  #until(length: number, cut: Cut | null): number {
    const { conversation } = this;
    return cut === null && conversation.outlet === null ? 0 : conversation.paced().until(length, cut);
  }

  #write(bytes: Uint8Array, cut: Cut | null, size = bytes.length): void {
    const conversation = this.conversation;
    conversation.wrote = true;
    this.recording?.sent(size, this.bench.clock.now());
    if (cut === null && conversation.outlet === null) return conversation.session.write(bytes);
    conversation.session.flush();
    conversation.paced().write(bytes, cut);
  }

  #count(code: MadeReply["code"]): void {
    this.bench.totals.replies[code]++;
    if (this.bench.telling || this.recording !== null || this.bench.witness !== null || this.bench.answered !== null) {
      this.codes.push(code);
    }
  }
}
