/**
 * What a receiver tells of: events as they happen, and totals. These are the lines of `--json`:
 * keys are public, additions are welcome, changes are not (cli.md).
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { AckCode } from "../lib/hl7/ack_code.ts";
import type { Framing } from "../lib/link/make.ts";
import type { JournalNote } from "./journal/entry.ts";
import type { Verdict } from "./verify/verdict.ts";

/** A listener is ready. All are bound before the first of these. */
export interface ListeningEvent {
  readonly event: "listening";
  /** The endpoint really bound, without options: `tcp://127.0.0.1:40112`. */
  readonly endpoint: string;
  readonly framing: Framing;
}

/** The first byte of a connection has come. */
export interface OpenEvent {
  readonly event: "open";
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** Numbered from 1 in order of acceptance. */
  readonly connection: number;
  /** The listener's endpoint. */
  readonly endpoint: string;
  /** The peer's address. */
  readonly peer: string;
}

/** What a message came to. */
export type MessageOutcome =
  /** Every frame due was handed to the connection. */
  | "replied"
  /** No acknowledgement was due: the message asked for none, or is an acknowledgement itself. */
  | "none"
  /** Deliberately not answered. */
  | "held"
  /** Only a part of its reply was sent. */
  | "partial"
  /** It was taken, and its reply deliberately lost. */
  | "reply_lost"
  /** It was deliberately lost itself. */
  | "discarded"
  /** Its reply was to go elsewhere, and could not be delivered there. */
  | "undelivered"
  /** The bytes went back as they came. */
  | "echoed"
  /** We closed the connection in order, in the course of its steps. */
  | "fin"
  /** We broke the connection, in the course of its steps. */
  | "rst"
  /** It was not taken, for its entry in the journal could not be written: the lower layer said so (MLLP 2, commit NAK). */
  | "refused"
  /** The peer had gone before all steps were done. */
  | "peer_closed"
  /** The connection ended before its turn: by an earlier message's fault, or because the receiver was stopped. */
  | "dropped";

/** A message has been dealt with. Events come in the order in which messages are done with; `n` tells the order of arrival. */
export interface MessageEvent {
  readonly event: "message";
  /** When it had come in whole: ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** Numbered from 1 in order of arrival, over all connections. */
  readonly n: number;
  readonly connection: number;
  /** MSH-9 as `ADT^A01`; empty where there is none. */
  readonly type: string;
  /** MSH-10 as ISO 8859-1; empty where there is none. */
  readonly controlId: string;
  /** The message's length, frame bytes not counted. */
  readonly bytes: number;
  /** The how-manieth time this control id has come, from 1. */
  readonly attempt: number;
  /** The rule that decided; `null` for the defaults. */
  readonly rule: string | null;
  /** The draw that made the rule decide, in [0, 1); `null` if none was needed. */
  readonly draw: number | null;
  /** How long it was made to wait, in milliseconds. */
  readonly delayMs: number;
  /** What was sent: MSA-1 of each acknowledgement, `file` for a file without an MSA. */
  readonly reply: readonly string[];
  readonly outcome: MessageOutcome;
  /** The deviations of its frame that were tolerated, by rule. */
  readonly warnings: readonly string[];
  /** Somebody ended the fault that it waited under. One that was held has had an event before, with the same `n` and the outcome `held`. */
  readonly healed?: true;
  /** The message itself as ISO 8859-1; only where payloads were asked for. */
  readonly payload?: string;
}

/** Damage on the line: a frame that was refused, or a message that the lower layer could not deliver. */
export interface FaultEvent {
  readonly event: "fault";
  readonly at: string;
  readonly connection: number;
  /** One of the codes of `lib/errors.ts`. */
  readonly code: string;
  /** Offset in the stream of the byte in question; `null` for a failed delivery. */
  readonly offset: number | null;
  /** The rule that would have let it pass; `null` if none. */
  readonly rule: string | null;
  /** One sentence for people. */
  readonly detail: string;
}

/** A connection that had sent something is gone. */
export interface CloseEvent {
  readonly event: "close";
  readonly at: string;
  readonly connection: number;
  /** `fin` and `reset`: the peer did it; `idle`: we did, because it was silent; `local`: we did, for another reason; `error`: the system said something else. */
  readonly how: "fin" | "reset" | "error" | "local" | "idle";
  readonly messages: number;
}

/** A connection that was not taken. */
export interface RefusedEvent {
  readonly event: "refused";
  readonly at: string;
  readonly endpoint: string;
  readonly peer: string;
  /** `too_many`: it was closed at once, beyond the limit. Else the code of what failed while it was accepted, such as `tls_failed`. */
  readonly reason: string;
  /** One sentence for people. */
  readonly detail: string;
}

/** A connection began with something that is no frame. */
export interface StrangerEvent {
  readonly event: "stranger";
  readonly at: string;
  readonly connection: number;
  readonly peer: string;
  /** What it looks like, in words; `null` for nothing known. */
  readonly what: string | null;
}

/** A phase has ended or begun, a waiting message was healed, a rule has come to its end, or somebody has changed something by hand. */
export interface ChangeEvent {
  readonly event: "change";
  readonly at: string;
  /** `phase`, `heal`, `reset`, `rule`, `state`, `listener`, `expired`, ... */
  readonly what: string;
  /** One sentence for people. */
  readonly detail: string;
}

/** What a receiver tells as it happens. */
export type ReceiverEvent =
  | StrangerEvent
  | ChangeEvent
  | ListeningEvent
  | OpenEvent
  | MessageEvent
  | FaultEvent
  | CloseEvent
  | RefusedEvent;

/** Counts from the start. */
export interface Totals {
  /** Frames taken as messages, acknowledgements and empty ones included. */
  messages: number;
  /** Frames sent as replies, by MSA-1; `file` for a file's message without one, `echo` for echoed messages. */
  readonly replies: Record<AckCode | "file" | "echo", number>;
  /** How often each rule of the scenario struck. */
  readonly faults: Record<string, number>;
  /** Accepted connections, those without data included. */
  connections: number;
  /** Messages whose control id had come before. */
  duplicates: number;
  /** Connections that opened and closed without a byte, as load balancers do. */
  probes: number;
  /** Connections beyond the limit, and such as failed while they were accepted (a TLS handshake). */
  refused: number;
  /** Refused frames and failed deliveries, by code. */
  readonly frameFaults: Record<string, number>;
  /** Bytes outside of frames. */
  noiseBytes: number;
  /** Connections that began with something that is no frame. */
  strangers: number;
  /** Messages deliberately not answered. */
  held: number;
  /** Messages that a rule had decided on and that got the default reply, for there were as many under a fault as there may be. */
  spared: number;
  /** Messages whose steps were cut off by the end of their connection. */
  unanswered: number;
  /** What messages came to that got no reply and are in none of the counts above. */
  readonly ends: Partial<Record<MessageOutcome, number>>;
}

/**
 * Totals of nothing.
 *
 * @example
 * ```ts
 * import { newTotals } from "./events.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(newTotals().messages, 0);
 * ```
 */
export function newTotals(): Totals {
  return {
    messages: 0,
    replies: { AA: 0, AE: 0, AR: 0, CA: 0, CE: 0, CR: 0, file: 0, echo: 0 },
    faults: {},
    connections: 0,
    duplicates: 0,
    probes: 0,
    refused: 0,
    frameFaults: {},
    noiseBytes: 0,
    strangers: 0,
    held: 0,
    spared: 0,
    unanswered: 0,
    ends: {},
  };
}

/** What has a count of its own, or a reply. */
const COUNTED: readonly MessageOutcome[] = ["replied", "echoed", "held", "peer_closed", "dropped"];

/**
 * Counts what a message came to that is done with, if it got no reply.
 *
 * @example
 * ```ts
 * import { countEnd, newTotals } from "./events.ts";
 * import assert from "node:assert/strict";
 *
 * const totals = newTotals();
 * countEnd(totals, { outcome: "fin", codes: [] });
 * countEnd(totals, { outcome: "fin", codes: ["AA"] });
 * assert.deepEqual(totals.ends, { fin: 1 });
 * ```
 */
export function countEnd(
  { ends }: Totals,
  { outcome, codes }: { readonly outcome: MessageOutcome; readonly codes: readonly string[] },
): void {
  if (codes.length === 0 && !COUNTED.includes(outcome)) ends[outcome] = (ends[outcome] ?? 0) + 1;
}

/** The last line of `--json`. */
export interface Summary extends Omit<Totals, "replies"> {
  readonly event: "summary";
  /** Only what was sent at all. */
  readonly replies: Readonly<Record<string, number>>;
  /** The seed of the run's draws. */
  readonly seed: number;
  /** Where a journal is kept: how many messages have their entry, and how many have none because it could not be written. */
  readonly journal?: { readonly entries: number; readonly failed: number };
  /** The verdicts of the scenario's expectations; none before the end. */
  readonly expect: readonly Verdict[];
}

/**
 * The summary of totals, and of what a journal counted if there is one.
 *
 * @example
 * ```ts
 * import { newTotals, summarize } from "./events.ts";
 * import assert from "node:assert/strict";
 *
 * const totals = newTotals();
 * totals.replies.AA = 3;
 * assert.deepEqual(summarize(totals, 7).replies, { AA: 3 });
 * ```
 */
export function summarize(
  totals: Totals,
  seed: number,
  journal: Summary["journal"] | null = null,
): Summary {
  const replies = Object.fromEntries(Object.entries(totals.replies).filter(([, count]) => count > 0));
  const recorded = journal === null ? {} : { journal: { ...journal } };
  return { event: "summary", ...totals, replies, seed, ...recorded, expect: [] };
}

/**
 * An event as a note in a journal; `now` is its time where it has none.
 *
 * @example
 * ```ts
 * import { noteOf } from "./events.ts";
 * import assert from "node:assert/strict";
 *
 * const event = { event: "listening", endpoint: "tcp://127.0.0.1:2575", framing: "mllp" } as const;
 * assert.deepEqual(noteOf(event, new Date(0)), {
 *   note: "listening",
 *   at: "1970-01-01T00:00:00.000Z",
 *   endpoint: "tcp://127.0.0.1:2575",
 *   framing: "mllp",
 * });
 * ```
 */
export function noteOf(event: Exclude<ReceiverEvent, MessageEvent>, now: Date): JournalNote {
  const { event: note, ...about } = event;
  return { note, at: now.toISOString(), ...about };
}

/** Who wants to hear of events. */
export interface ReceiverObserver {
  event(event: ReceiverEvent): void;
  /** Asked before a message's event is put together; without it, every one is wanted. */
  wantsMessage?(): boolean;
  /** Whether messages' events carry the message; off by default, for it is about patients. */
  readonly payloads?: boolean;
}
