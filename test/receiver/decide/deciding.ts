/**
 * What the tests of decisions decide with: messages with all that is known of them, and deciders of texts.
 *
 * @module
 */
import { utf8 } from "../../../lib/bytes.ts";
import type { AcksDue } from "../../../lib/hl7/ack_mode.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { Attempts } from "../../../receiver/attempts.ts";
import { type Asked, Decider, type MessageContext, type Plan } from "../../../receiver/decide/decide.ts";
import type { MessageFacts } from "../../../receiver/decide/moment.ts";
import type { Matcher } from "../../../receiver/decide/passes.ts";
import { matcherOf } from "../../../receiver/matcher.ts";
import { scenarioOf } from "../scenario/files.ts";

/** What all test messages ask for. */
export const ORIGINAL: AcksDue = { mode: "original", accept: "NE", application: "AL" };

/** What can be said of a test message; the rest is as usual. */
export interface Sent extends Partial<Omit<MessageFacts, "message" | "header">> {
  readonly id: string;
  /** MSH-9. */
  readonly type?: string;
  /** The segments behind MSH. */
  readonly rest?: string;
  /** MSH-12. */
  readonly version?: string;
  /** MSH-3. */
  readonly from?: string;
}

/** As in the program. */
export const matcher: Matcher = matcherOf();

/** A message's bytes. */
export function bytesOf({ id, type = "ADT^A01", rest = "EVN|A01\r", version = "2.5", from = "ADT" }: Sent): Uint8Array {
  return utf8(`MSH|^~\\&|${from}|WARD|LAB|MAIN|20260131120000||${type}|${id}|P|${version}\r${rest}`);
}

/** Decides on messages of a scenario's text, numbering attempts as a receiver does. */
export class Judge {
  readonly decider: Decider;
  readonly #attempts: Attempts = new Attempts();

  constructor(text: string, seed = 7) {
    this.decider = new Decider(scenarioOf(text, { seed, matcher }), { matcher });
  }

  /** The plan for a message. */
  plan(sent: Sent, asked: Asked | null = null): Plan {
    return this.decider.decide(contextOf(sent, this.#attempts.seen(utf8(sent.id))), asked);
  }

  /** The rule that decides on each message. */
  rules(...messages: readonly Sent[]): (string | null)[] {
    return messages.map((sent) => this.plan(sent).rule);
  }

  /** The rule that decides on each of so many messages, one like the other but for their ids. */
  many(count: number, sent: (i: number) => Partial<Sent> = () => ({})): (string | null)[] {
    return Array.from({ length: count }, (_, i) => this.plan({ id: `MSG${i}`, ...sent(i) }).rule);
  }
}

/** What a receiver knows of a message. */
export function contextOf(sent: Sent, attempt = 1): MessageContext {
  const { id: scope, type: _, rest: __, version: ___, from: ____, ...known } = sent;
  const message = bytesOf(sent);
  const header = new HeaderScan();
  header.scan(message);
  const facts: MessageFacts = {
    listener: 0,
    connection: 1,
    peer: "10.0.0.1",
    tlsName: null,
    nowMs: 0,
    warnings: [],
    ...known,
    message,
    header,
  };
  return { due: ORIGINAL, isAnswer: false, attempt, scope, facts };
}

/** The numbers, from 1, of the messages on which a rule decided. */
export function struck(rules: readonly (string | null)[], id = "a"): number[] {
  return rules.flatMap((rule, i) => rule === id ? [i + 1] : []);
}
