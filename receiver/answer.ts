/**
 * One message on its way to its answer: what came, what is to be done with it, how far that is.
 * It is the `Line` on which its steps are performed. The connection decides when.
 *
 * One object serves the messages of a connection one after the other, as long as each is answered at once;
 * nothing is allocated for those. A message that must wait takes its object with it.
 *
 * @module
 */
import { latin1, NO_BYTES } from "../lib/bytes.ts";
import { FAULT_KEEP, type FrameWarning, NO_WARNINGS } from "../lib/framing/framer.ts";
import type { AcksDue } from "../lib/hl7/ack_mode.ts";
import type { Session } from "../lib/session.ts";
import { payloadScope } from "./attempts.ts";
import type { MessageContext, Plan } from "./decide/decide.ts";
import type { MessageEvent, MessageOutcome } from "./events.ts";
import type { Line, ReplyItem } from "./steps/step.ts";
import type { Workbench } from "./workbench.ts";

/** How long a reset waits for bytes written just before it (faults.md section 1: measured; without it they may be lost with the connection). */
const BEFORE_RESET_MS = 50;

/** What an answer needs of its connection. */
export interface Conversation {
  readonly number: number;
  readonly session: Session;
  /** Whether anything was written in the present turn. */
  wrote: boolean;
  /** Messages of ours that the peer's lower layer has not confirmed; only where it confirms at all. */
  unconfirmed: number;
}

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
 * const session = { send: (bytes: Uint8Array) => sent.push(bytes), link: { confirms: false } } as never;
 * const answer = new Answer(bench, { number: 1, session, wrote: false, unconfirmed: 0 });
 * answer.take(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r"), 1, []);
 * answer.reply("AA");
 * assert.equal(sent.length, 1);
 * assert.equal(answer.outcome, "replied");
 * ```
 */
export class Answer implements Line, MessageContext {
  readonly #bench: Workbench;
  readonly #conversation: Conversation;
  // What is known of the message. `message` is a view until `keep`.
  message: Uint8Array = NO_BYTES;
  n = 0;
  size = 0;
  attempt = 1;
  due!: AcksDue;
  isAnswer = false;
  warnings: readonly FrameWarning[] = NO_WARNINGS;
  /** MSA-3 of its reply, if something is to be said. */
  text: string | undefined = undefined;
  // What is done with it.
  plan!: Plan;
  /** Index of the next step. */
  next = 0;
  /** When it may be done, in the clock's time. */
  readyAt = 0;
  waitedMs = 0;
  outcome: MessageOutcome = "none";
  arrivedAt = 0;
  readonly #sent: string[] = [];

  constructor(bench: Workbench, conversation: Conversation) {
    this.#bench = bench;
    this.#conversation = conversation;
  }

  /** Takes a message that the workbench has just scanned. */
  take(message: Uint8Array, n: number, warnings: readonly FrameWarning[]): void {
    this.message = message;
    this.n = n;
    this.size = message.length;
    this.attempt = 1;
    this.warnings = warnings;
    this.text = undefined;
    this.next = 0;
    this.readyAt = 0;
    this.waitedMs = 0;
    this.outcome = "none";
    if (this.#sent.length > 0) this.#sent.length = 0;
  }

  /** Whose draws are taken; worked out only where something is drawn, and then before the message is let go. */
  get scope(): string {
    const { header } = this.#bench;
    return header.start(10) < header.end(10) ? header.text(10) : payloadScope(this.message);
  }

  /** The message must wait: what its answer needs of it is copied. */
  keep(whole: boolean): void {
    const { header } = this.#bench;
    const needed = header.problem === null ? header.segmentEnd + 1 : FAULT_KEEP;
    this.message = whole ? this.message.slice() : this.message.slice(0, needed);
    this.warnings = this.warnings.slice();
  }

  reply(item: ReplyItem): void {
    const conversation = this.#conversation;
    const { session } = conversation;
    session.send(this.#build(item));
    conversation.wrote = true;
    if (session.link.confirms) conversation.unconfirmed++;
    this.outcome = "replied";
  }

  replyPart(item: ReplyItem, part: number): void {
    const conversation = this.#conversation;
    const frame = conversation.session.link.encode(this.#build(item, false));
    const length = Math.floor(frame.length * part);
    if (length === 0) return;
    conversation.session.write(frame.subarray(0, length));
    conversation.wrote = true;
  }

  hold(): void {
    this.outcome = "held";
  }

  close(): void {
    this.outcome = "fin";
    void this.#conversation.session.close();
  }

  reset(): void {
    const { session, wrote } = this.#conversation;
    this.outcome = "rst";
    if (!wrote) return session.reset();
    // Replies to earlier messages are on their way and must not be lost with this one.
    session.flush();
    const { clock } = this.#bench;
    clock.schedule(clock.now() + BEFORE_RESET_MS, () => session.reset());
  }

  #build(item: ReplyItem, counts = true): Uint8Array {
    const bench = this.#bench;
    bench.look(this.message);
    const { replies } = bench.totals;
    if (typeof item === "string") {
      const bytes = bench.acknowledgement(item, this.text);
      const { code } = bench.builder;
      if (counts) {
        replies[code]++;
        if (bench.telling) this.#sent.push(code);
      }
      return bytes;
    }
    const template = bench.template(item.file);
    if (counts) {
      replies[template.code]++;
      if (bench.telling) this.#sent.push(template.code);
    }
    return template.build(bench.header.controlId, bench.nextSequence(), bench.date());
  }

  /** What has become of it, for who wants to know. */
  event(): MessageEvent {
    const bench = this.#bench;
    bench.look(this.message);
    const { plan } = this;
    const event: MessageEvent = {
      event: "message",
      at: bench.isoTime(this.arrivedAt),
      n: this.n,
      connection: this.#conversation.number,
      type: bench.header.type,
      controlId: bench.header.text(10),
      bytes: this.size,
      attempt: this.attempt,
      rule: plan.rule,
      draw: plan.rule === null ? null : plan.considered[plan.considered.length - 1]?.draw ?? null,
      delayMs: this.waitedMs,
      reply: [...this.#sent],
      outcome: this.outcome,
      warnings: this.warnings.map((warning) => warning.rule),
    };
    return bench.observer?.payloads ? { ...event, payload: latin1(this.message) } : event;
  }
}
