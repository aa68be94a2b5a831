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
import { cutOf, offsetOf } from "./cut.ts";
import type { Plan } from "./decide/decide.ts";
import type { MessageOutcome } from "./events.ts";
import type { MadeReply } from "./made_reply.ts";
import { Outgoing } from "./outgoing.ts";
import type { PlannedStep } from "./steps/registry.ts";
import type { After, Line, Rates, ReplyItem, Said } from "./steps/step.ts";
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
 * const transmit = (bytes: Uint8Array) => sent.push(bytes);
 * const answer = new Answer(bench, { number: 1, listener: 0, outlet: null, transmit } as never);
 * answer.take(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r"), 1, []);
 * answer.reply("AA");
 * assert.equal(sent.length, 1);
 * assert.equal(answer.outcome, "replied");
 * ```
 */
export class Answer extends Outgoing implements Line {
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
  /** It has ended the connection. */
  ended = false;
  /** What is done instead, where it was healed while its entry was being written. */
  healed: Plan | null = null;
  /** The rule under whose fault it counts. */
  activeRule: string | null = null;
  /** The reply that is sent in parts, and how far it has gone. */
  #parts: MadeReply | null = null;
  #frameAt = 0;
  /** How often its steps have begun: what was asked for before is no answer to what is asked now. */
  #beginnings = 0;

  override take(message: Uint8Array, n: number, warnings: readonly FrameWarning[]): void {
    super.take(message, n, warnings);
    this.restart();
  }

  /** Its steps begin anew. */
  restart(): void {
    this.next = 0;
    this.readyAt = 0;
    this.waitedMs = 0;
    this.isAside = false;
    this.ended = false;
    this.healed = null;
    this.#beginnings++;
    this.forgetFaults();
    this.#forgetParts();
  }

  /** Nothing of its reply has been sent. */
  #forgetParts(): void {
    this.#parts = null;
    this.#frameAt = 0;
  }

  reply(item: ReplyItem, said?: Said, way?: Way): number {
    const conversation = this.conversation;
    const { outlet } = conversation;
    if (way === undefined && outlet === null && !this.gathers && !this.bench.keepsReplies) {
      const payload = this.build(item, said);
      this.count(this.code);
      this.transmit(payload);
      this.outcome = "replied";
      return 0;
    }
    const made = this.make(item, said, way);
    const times = way?.twice === true ? 2 : 1;
    const refuse = () => void this.reply(item, said);
    if (way?.via !== undefined) return this.#replyElsewhere(made, way, { times, refuse });
    if (way?.gather !== undefined) return this.#replyTogether(made, way, refuse);
    const paced = way?.pace !== undefined || outlet !== null;
    const frame = made.frame ?? (paced ? conversation.session.link.encode(made.payload) : null);
    const keep = this.keeper(made);
    const cut = frame === null || way?.pace === undefined ? null : cutOf(way.pace, frame);
    this.outcome = "replied";
    const size = made.frame?.length ?? made.payload.length;
    const untilMs = this.until(times * (frame?.length ?? 0), cut);
    for (let i = 0; i < times; i++) {
      const carryOut = () => {
        this.count(made.code);
        if (frame === null) this.sendPayload(made.payload);
        else this.write(made.frame ?? this.framed(made.payload, frame), cut);
        if (made.endless !== null) conversation.paced().writeEndlessly(made.endless);
        keep?.();
      };
      this.emit({ code: made.code, bytes: size, carryOut, refuse });
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
    const untilMs = this.until(piece.length, cut);
    const keep = whole ? this.keeper(parts) : null;
    const carryOut = () => {
      if (whole) this.count(parts.code);
      this.write(piece, cut);
      keep?.();
    };
    // The parts of another frame: `release` has forgotten this one, of which nothing has left.
    const refuse = () => void this.send(item, upTo, pace);
    this.emit({ code: whole && from === 0 ? parts.code : null, bytes: piece.length, carryOut, refuse });
    return untilMs;
  }

  hold(): void {
    if (!this.conversation.mayHold()) {
      const { steps } = this.bench.spared(this);
      // Where silence is the default, nobody is spared it.
      if (steps.every(({ verb }) => verb !== "hold")) return this.instead(steps);
    }
    this.outcome = "held";
  }

  dropReply(): void {
    this.outcome = "reply_lost";
    // It was taken: who sends it again may get what was lost.
    if (this.bench.answered !== null) this.keeper(this.make("AA", undefined, undefined), true)?.();
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
    this.do(() => this.conversation.afterwards(act));
  }

  halfClose(): void {
    this.outcome = "fin";
    this.do(() => this.conversation.halfClose());
  }

  aside(): void {
    this.isAside = true;
  }

  instead(steps: readonly PlannedStep[]): void {
    this.plan = { ...this.plan, steps: [...this.plan.steps.slice(0, this.next), ...steps] };
  }

  say(bytes: Uint8Array): number {
    const untilMs = this.until(bytes.length, null);
    this.do(() => this.write(bytes, null));
    return untilMs;
  }

  stopReading(forMs: number): void {
    this.#treat(() => this.conversation.stopReading(forMs));
  }

  limitRates(rates: Rates): void {
    this.#treat(() => this.conversation.limitRates(rates));
  }

  later(after: After, steps: readonly PlannedStep[]): void {
    this.#treat(() => this.conversation.later(after, steps, this.n > 0));
  }

  /** Does something to the connection that lasts, and is undone when the rule is healed. */
  #treat(act: () => void): void {
    this.do(() => {
      this.conversation.treated(this.plan);
      act();
    });
  }

  waitForRoom(concurrent: number): number {
    this.do(() => this.conversation.waitForRoom(concurrent, this));
    return Infinity;
  }

  replyAgain(): number {
    const payload = this.bench.answered?.find(this.controlId);
    return payload === undefined ? 0 : this.#replyWith(payload);
  }

  forward(endpoint: string, timeoutMs: number): number {
    // What could not be written down was not taken, and is nobody else's either.
    if (this.failure !== null) return this.reply("AA");
    // A view is valid during this call alone, and the answer takes longer.
    const message = this.message.slice();
    const carryOut = () => {
      const beginning = this.#beginnings;
      void this.bench.forward(endpoint, message, timeoutMs).then((result) => {
        // Who was healed meanwhile has had an answer.
        if (this.conversation.over || this.#beginnings !== beginning) return;
        const failure = result === null || typeof result === "string" ? result : this.unfit(result);
        if (failure !== null) {
          this.text = failure;
          this.reply("AE");
        } else if (result instanceof Uint8Array) this.#replyWith(result);
        this.conversation.resume(this);
      });
    };
    this.emit({ code: null, bytes: 0, carryOut, refuse: () => void this.reply("AA") });
    return Infinity;
  }

  override refuse(): void {
    if (!this.refused) this.plan = { rule: null, considered: [], steps: [] };
    this.next = 0;
    this.readyAt = 0;
    this.outcome = "refused";
    this.effects?.take();
  }

  /** What was decided is no more: nothing waits, a frame under way is completed, and who was told nothing gets this answer. */
  heal(plan: Plan): void {
    this.isHealed = true;
    if (this.recording?.state === "waiting") {
      this.healed = plan;
      this.readyAt = 0;
      return;
    }
    // What was kept and not carried out yet is not done any more.
    if (this.gathers) this.drop("none");
    const begun = this.outcome === "replied" || this.outcome === "partial";
    if (this.outcome === "partial") this.send("AA", "end_data");
    // Of what is left, replies alone: a frame that is complete by now gets no more parts.
    const left = this.plan.steps.slice(this.next).filter(({ verb }) => verb === "reply");
    this.plan = begun ? { ...this.plan, steps: left } : plan;
    const { isAside } = this;
    this.restart();
    this.isAside = isAside;
  }

  /** Carries out what was kept; where nothing could be written down of the message, nothing is accepted. */
  release(): void {
    const failed = this.failure !== null;
    if (failed) {
      this.#forgetParts();
      this.forget();
    }
    for (const { carryOut, refuse } of this.effects?.take() ?? []) {
      if (failed && refuse !== null) refuse();
      else carryOut();
    }
    // What is refused is refused at once: nobody else has been asked for anything.
    if (failed && this.readyAt === Infinity) this.readyAt = 0;
  }

  /** What was kept is not carried out. */
  drop(outcome: MessageOutcome): void {
    if (this.gathers) this.forget();
    this.effects?.take();
    this.outcome = outcome;
  }

  /** A payload that is the reply as it is. */
  #replyWith(payload: Uint8Array): number {
    const code = this.bench.codeOf(payload);
    this.outcome = "replied";
    const keep = this.keeper({ code, payload, frame: null, endless: null });
    const carryOut = () => {
      this.count(code);
      this.sendPayload(payload);
      keep?.();
    };
    this.emit({ code, bytes: payload.length, carryOut, refuse: () => void this.reply("AA") });
    return 0;
  }

  #replyElsewhere(
    made: MadeReply,
    way: Way,
    { times, refuse }: { readonly times: number; readonly refuse: () => void },
  ): number {
    const bytes = made.frame ?? this.conversation.session.link.encode(made.payload);
    const keep = this.keeper(made, true);
    const carryOut = () => {
      const beginning = this.#beginnings;
      void this.bench.deliver(way.via!, bytes, { times, fresh: way.viaNew === true }).then((failure) => {
        if (failure !== null) this.conversation.tellFault("undelivered", failure);
        else for (let i = 0; i < times; i++) this.count(made.code);
        // Who was healed meanwhile has had an answer, and waits for nothing.
        if (this.#beginnings !== beginning) return;
        if (failure === null) {
          this.recording?.sent(times * bytes.length, this.bench.clock.now());
          keep?.();
        }
        this.outcome = failure === null ? "replied" : "undelivered";
        this.conversation.resume(this);
      });
    };
    this.emit({ code: null, bytes: 0, carryOut, refuse });
    return Infinity;
  }

  #replyTogether(made: MadeReply, way: Way, refuse: () => void): number {
    const frame = made.frame ?? this.conversation.session.link.encode(made.payload);
    const gathering = way.gather!;
    const keep = this.keeper(made);
    const carryOut = () =>
      this.conversation.together(this, gathering, {
        frame,
        write: (bytes) => this.write(bytes, null),
        gone: (sent) => {
          this.count(made.code);
          keep?.(sent);
          this.outcome = "replied";
          this.conversation.resume(this);
        },
      });
    this.emit({ code: made.code, bytes: frame.length, carryOut, refuse });
    return Infinity;
  }
}
