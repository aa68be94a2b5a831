/**
 * A message that has come, the replies that can be made to it, and what has become of it: for decisions, for the journal, for who
 * wants to know. What is done with it is `answer.ts`.
 *
 * @module
 */
import { latin1, NO_BYTES } from "../lib/bytes.ts";
import { FAULT_KEEP, type FrameWarning, NO_WARNINGS } from "../lib/framing/framer.ts";
import { isNegative } from "../lib/outcome.ts";
import type { AcksDue } from "../lib/hl7/ack_mode.ts";
import { payloadScope } from "./attempts.ts";
import type { Conversation } from "./conversation.ts";
import type { MessageContext, Plan } from "./decide/decide.ts";
import type { EventFacts, MessageFacts } from "./decide/moment.ts";
import type { MessageEvent, MessageOutcome } from "./events.ts";
import type { Recording } from "./journal/recording.ts";
import { inItsWay, type MadeReply, type ReplyCode } from "./made_reply.ts";
import type { Household, ReplyItem, Said } from "./steps/step.ts";
import type { Way } from "./steps/way.ts";
import type { Workbench } from "./workbench.ts";

/**
 * A message of a connection; one object serves many, one after the other.
 *
 * @example
 * ```ts
 * import { Arrival } from "./arrival.ts";
 * import { scenarioFromFlags } from "./scenario/from_flags.ts";
 * import { Workbench } from "./workbench.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const bench = new Workbench(scenarioFromFlags({ seed: 1 }));
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r");
 * bench.scan(message);
 * const arrival = new Arrival(bench, { number: 1, listener: 0 } as never);
 * arrival.take(message, 1, []);
 * assert.equal(arrival.scope, "MSG1");
 * ```
 */
export class Arrival implements MessageContext {
  /** What all connections share. */
  protected readonly bench: Workbench;
  /** Who brought it. */
  protected readonly conversation: Conversation;
  /** A view until `keep`. */
  message: Uint8Array = NO_BYTES;
  /** Its number; 0 for what is no message: a refused frame, something that happened to the connection. */
  n = 0;
  size = 0;
  attempt = 1;
  due!: AcksDue;
  isAnswer = false;
  /** The fault that it was under was ended before its time. */
  isHealed = false;
  warnings: readonly FrameWarning[] = NO_WARNINGS;
  plan!: Plan;
  waitedMs = 0;
  outcome: MessageOutcome = "none";
  arrivedAt = 0;
  /** How it stands with its entry in the journal; null where none is kept of it. */
  recording: Recording | null = null;
  /** MSA-3 of its reply, if something is to be said. */
  text: string | undefined = undefined;
  /** What the reply last built says. */
  protected code: ReplyCode = "AA";
  /** MSA-1 of each reply sent, where somebody wants to know. */
  readonly codes: string[] = [];

  constructor(bench: Workbench, conversation: Conversation) {
    this.bench = bench;
    this.conversation = conversation;
  }

  /** Takes a message that the workbench has just scanned. */
  take(message: Uint8Array, n: number, warnings: readonly FrameWarning[]): void {
    this.message = message;
    this.n = n;
    this.size = message.length;
    this.attempt = 1;
    this.warnings = warnings;
    this.isHealed = false;
    this.waitedMs = 0;
    this.outcome = "none";
    this.recording = null;
    this.text = undefined;
    if (this.codes.length > 0) this.codes.length = 0;
  }

  /** Whose draws are taken; worked out only where something is drawn, and then before the message is let go. */
  get scope(): string {
    const { header } = this.bench;
    this.bench.look(this.message);
    return header.start(10) < header.end(10) ? header.text(10) : payloadScope(this.message);
  }

  /** What conditions, counts and times look at. */
  get facts(): MessageFacts {
    const { header } = this.bench;
    this.bench.look(this.message);
    return { ...this.circumstances(), message: this.message, header, warnings: this.warnings };
  }

  /** MSH-10 as ISO 8859-1; empty where there is none. */
  get controlId(): string {
    if (this.recording !== null) return this.recording.controlId;
    this.bench.look(this.message);
    return this.bench.header.text(10);
  }

  /** What is known apart from the message. */
  circumstances(): EventFacts {
    const { number: connection, listener, session: { transport: { info } } } = this.conversation;
    const tlsName = info.tls?.peerCommonName ?? null;
    return { listener, connection, peer: info.peerAddress, tlsName, nowMs: this.bench.elapsedMs() };
  }

  get nowMs(): number {
    return this.bench.elapsedMs();
  }

  get listener(): number {
    return this.conversation.listener;
  }

  get household(): Household {
    return this.bench.household;
  }

  get isDuplicate(): boolean {
    return this.bench.answered?.find(this.controlId) !== undefined;
  }

  /** The message must wait: what its answer needs of it is copied. */
  keep(whole: boolean): void {
    const { header } = this.bench;
    const needed = header.problem === null ? header.segmentEnd + 1 : FAULT_KEEP;
    this.message = whole ? this.message.slice() : this.message.slice(0, needed);
    this.warnings = this.warnings.slice();
  }

  /** The reply as it is asked for. */
  protected make(item: ReplyItem, said: Said | undefined, way: Way | undefined): MadeReply {
    const { bench, message, attempt, conversation: { previous } } = this;
    const payload = this.build(item, said);
    const plain = { code: this.code, payload, frame: null, endless: null };
    if (way === undefined || this.failure !== null) return plain;
    const { scenario: { seed }, header: { controlId }, attempts } = bench;
    const isKnown = (id: Uint8Array) => attempts.knows(id);
    return inItsWay(plain, way, { seed, message, controlId, attempt, isKnown, previous });
  }

  /** Why the message has no entry in the journal; then nothing is accepted. */
  protected get failure(): string | null {
    return this.recording?.failure ?? null;
  }

  /** A reply's payload; what it says is then in `code`. */
  protected build(item: ReplyItem, said: Said | undefined): Uint8Array {
    const { bench } = this;
    const failure = this.failure;
    bench.look(this.message);
    if (failure !== null && !(typeof item === "string" && isNegative(item))) {
      const payload = bench.acknowledgement(item === "CA" ? "CE" : "AE", failure);
      this.code = bench.builder.code;
      return payload;
    }
    if (typeof item === "string") {
      const payload = bench.acknowledgement(item, said?.text ?? this.text, said?.errors);
      this.code = bench.builder.code;
      return payload;
    }
    const template = bench.template(item.file);
    this.code = template.code;
    return template.build(bench.header.controlId, bench.nextSequence(), bench.date());
  }

  /** It is done with: what the journal has of it is made right. */
  record(): void {
    this.recording?.done(this.codes, this.bench.clock.now());
  }

  /** What has become of it, for who wants to know. */
  event(): MessageEvent {
    const { bench } = this;
    bench.look(this.message);
    const { plan } = this;
    const event: MessageEvent = {
      event: "message",
      at: bench.isoTime(this.arrivedAt),
      n: this.n,
      connection: this.conversation.number,
      type: this.recording?.type ?? bench.header.type,
      controlId: this.controlId,
      bytes: this.size,
      attempt: this.attempt,
      rule: plan.rule,
      draw: plan.rule === null ? null : plan.considered[plan.considered.length - 1]?.draw ?? null,
      delayMs: this.waitedMs,
      reply: [...this.codes],
      outcome: this.outcome,
      warnings: this.warnings.map((warning) => warning.rule),
    };
    const told = this.isHealed ? { ...event, healed: true as const } : event;
    return bench.observer?.payloads ? { ...told, payload: latin1(this.message) } : told;
  }
}
