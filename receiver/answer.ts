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
import type { AckCode } from "../lib/hl7/ack_code.ts";
import type { AcksDue } from "../lib/hl7/ack_mode.ts";
import { isNegative } from "../lib/outcome.ts";
import type { Session } from "../lib/session.ts";
import { payloadScope } from "./attempts.ts";
import type { MessageContext, Plan } from "./decide/decide.ts";
import type { MessageFacts } from "./decide/moment.ts";
import type { MessageEvent, MessageOutcome } from "./events.ts";
import type { Prepared, Recording } from "./journal/recording.ts";
import type { Line, ReplyItem, Said } from "./steps/step.ts";
import type { Workbench } from "./workbench.ts";

/** How long a reset waits for bytes written just before it (faults.md section 1: measured; without it they may be lost with the connection). */
const BEFORE_RESET_MS = 50;

/** What an answer needs of its connection. */
export interface Conversation {
  readonly number: number;
  /** Which listener it came to: its index in the scenario. */
  readonly listener: number;
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
 * const answer = new Answer(bench, { number: 1, listener: 0, session, wrote: false, unconfirmed: 0 });
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
  /** How it stands with its entry in the journal; null where none is kept of it. */
  recording: Recording | null = null;
  readonly #sent: string[] = [];
  #code: AckCode | "file" = "AA";

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
    this.recording = null;
    if (this.#sent.length > 0) this.#sent.length = 0;
  }

  /** Whose draws are taken; worked out only where something is drawn, and then before the message is let go. */
  get scope(): string {
    const { header } = this.#bench;
    return header.start(10) < header.end(10) ? header.text(10) : payloadScope(this.message);
  }

  /** What conditions, counts and times look at. */
  get facts(): MessageFacts {
    const { number: connection, listener, session: { transport: { info } } } = this.#conversation;
    const { header } = this.#bench;
    return {
      listener,
      connection,
      peer: info.peerAddress,
      tlsName: info.tls?.peerCommonName ?? null,
      nowMs: this.#bench.elapsedMs(),
      message: this.message,
      header,
      warnings: this.warnings,
    };
  }

  /** The message must wait: what its answer needs of it is copied. */
  keep(whole: boolean): void {
    const { header } = this.#bench;
    const needed = header.problem === null ? header.segmentEnd + 1 : FAULT_KEEP;
    this.message = whole ? this.message.slice() : this.message.slice(0, needed);
    this.warnings = this.warnings.slice();
  }

  reply(item: ReplyItem, said?: Said): void {
    const conversation = this.#conversation;
    const { session } = conversation;
    const bytes = this.#say(item, said);
    session.send(bytes);
    conversation.wrote = true;
    if (session.link.confirms) conversation.unconfirmed++;
    this.outcome = "replied";
    this.recording?.sent(bytes.length, this.#bench.clock.now());
  }

  replyPart(item: ReplyItem, part: number): void {
    const conversation = this.#conversation;
    const { recording } = this;
    const bytes = recording === null ? this.#build(item) : this.#recorded(item, undefined, recording).bytes;
    const piece = this.partOf(bytes, part);
    if (piece.length === 0) return;
    conversation.session.write(piece);
    conversation.wrote = true;
    recording?.sent(piece.length, this.#bench.clock.now());
  }

  /** The first bytes of a payload's frame, this fraction of them. */
  partOf(payload: Uint8Array, part: number): Uint8Array {
    const frame = this.#conversation.session.link.encode(payload);
    return frame.subarray(0, Math.floor(frame.length * part));
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

  /** The lower layer tells the peer that the message was not taken: it gets no other answer, and that at once. */
  refuse(): void {
    this.plan = { rule: null, considered: [], steps: [] };
    this.next = 0;
    this.readyAt = 0;
    this.outcome = "refused";
  }

  /** Builds a reply that is to be sent later; `next` of the recording hands it out again. */
  prepare(item: ReplyItem, said?: Said): Prepared {
    const bytes = this.#build(item, said);
    return { item, bytes, code: this.#code };
  }

  /** A reply's payload, counted. */
  #say(item: ReplyItem, said: Said | undefined): Uint8Array {
    const bench = this.#bench;
    const { recording } = this;
    let bytes: Uint8Array;
    if (recording === null) bytes = this.#build(item, said);
    else ({ bytes, code: this.#code } = this.#recorded(item, said, recording));
    bench.totals.replies[this.#code]++;
    if (bench.telling || recording !== null) this.#sent.push(this.#code);
    return bytes;
  }

  /** What was foretold; without an entry in the journal, nothing is accepted. */
  #recorded(item: ReplyItem, said: Said | undefined, recording: Recording): Prepared {
    const { failure } = recording;
    if (failure === null) return recording.next(item) ?? this.prepare(item, said);
    if (typeof item === "string" && isNegative(item)) return this.prepare(item, said);
    this.text = failure;
    return this.prepare(item === "CA" ? "CE" : "AE");
  }

  /** A reply's payload; what it says is then in `#code`. */
  #build(item: ReplyItem, said?: Said): Uint8Array {
    const bench = this.#bench;
    bench.look(this.message);
    if (typeof item === "string") {
      const bytes = bench.acknowledgement(item, said?.text ?? this.text, said?.errors);
      this.#code = bench.builder.code;
      return bytes;
    }
    const template = bench.template(item.file);
    this.#code = template.code;
    return template.build(bench.header.controlId, bench.nextSequence(), bench.date());
  }

  /** It is done with: what the journal has of it is made right. */
  record(): void {
    this.recording?.done(this.#sent, this.#bench.clock.now());
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
