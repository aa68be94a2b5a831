/**
 * What an audit found, as data (`mllp.audit/1`). Keys are public: additions are welcome, changes are not.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Outcome } from "../outcome.ts";

/** The kinds of findings, the worst first. */
export const FINDINGS = [
  /** Sent, or tried to be, and never received: the next kind included. */
  "lost",
  /** Lost, though the sender holds a positive acknowledgement: nobody will send it again. */
  "acknowledged_not_received",
  /** Received more often than the sender sent it, after it had been acknowledged: somebody made it up. */
  "duplicated",
  /** First received after a message that was sent later and had to keep its order: of the same key. */
  "reordered",
  /** Received with another content than it was sent with. */
  "altered",
  /** Received, and never sent; what came before the first message was sent is not of this run, and only counted. */
  "foreign",
  /** Received, though the sender has no acknowledgement of any kind: it may send it again. */
  "received_not_acknowledged",
  /** Received again because it was sent again: the sender did so, or the receiver had not acknowledged it. */
  "resent",
] as const;

/** A kind of finding. */
export type Finding = typeof FINDINGS[number];

/**
 * What fails an audit unless told otherwise (our decision): everything but what a sender does rightly when an
 * acknowledgement fails to come. Such messages are where they belong, and accounted for.
 */
export const FAILING: readonly Finding[] = FINDINGS.filter((finding) =>
  finding !== "received_not_acknowledged" && finding !== "resent"
);

/** Which of a message's receipts. */
export interface Receipt {
  readonly n: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly controlId: string;
  /** The journal. */
  readonly file: string;
}

/** A sent message of which something is to be said. */
export interface SentExample {
  readonly k: number;
  /** When it was sent: ISO 8601, UTC. */
  readonly at: string;
  readonly controlId: string;
  readonly key: string | null;
  readonly outcome: Outcome;
  readonly attempts: number;
  /** The log. */
  readonly file: string;
  /** The first of its receipts, in order of arrival, at most ten. */
  readonly received: readonly Receipt[];
  /** How many receipts there are. */
  readonly times: number;
  /** Of a reordered message: the one sent later and received before it, with the highest k. */
  readonly overtaken_by?: { readonly k: number; readonly controlId: string; readonly at: string };
}

/** A received message that nobody sent. */
export interface ForeignExample extends Receipt {
  readonly key: string | null;
}

/** How it is judged. */
export interface AuditTerms {
  /** By what a received message is known as a sent one. */
  readonly by: "controlId" | "key";
  /** What must have kept its order: messages of the same key, the whole run, nothing. */
  readonly order: "key" | "all" | "none";
  /** Whether contents are compared. */
  readonly content: boolean;
  /** How many examples of each kind are listed. */
  readonly list: number;
  /** The kinds that fail it. */
  readonly failOn: readonly Finding[];
}

/** What an audit found. */
export interface AuditDocument {
  readonly schema: "mllp.audit/1";
  readonly version: string;
  readonly by: AuditTerms["by"];
  readonly order: AuditTerms["order"];
  readonly content: boolean;
  readonly sent: {
    readonly files: readonly { readonly name: string; readonly messages: number }[];
    /** Lines of the logs: the sum of the next four. */
    readonly messages: number;
    /** With a positive acknowledgement. */
    readonly accepted: number;
    /** With a negative one. */
    readonly refused: number;
    /** Without any that was good: timeout, closed, reset, damaged, wrong_id, unanswered. */
    readonly unacknowledged: number;
    /** Never on a connection: refused, dropped, unsent. */
    readonly never_sent: number;
  };
  readonly received: {
    readonly files: readonly { readonly name: string; readonly messages: number }[];
    /** Lines of messages in the journals, each receipt one. */
    readonly messages: number;
    /** How many of the sent messages they are. */
    readonly different: number;
    /** Never sent, but they came before the first message was: of a warm-up, which no log holds, or of an earlier run. */
    readonly earlier: number;
  };
  /** How many messages each kind of finding is about. */
  readonly counts: Readonly<Record<Finding, number>>;
  /** How many receipts were too many: of `duplicated` messages those that nobody had reason for, of `foreign` all. */
  readonly copies: { readonly duplicated: number; readonly resent: number };
  /** The first of each kind, by k; foreign ones by arrival. */
  readonly examples:
    & Readonly<Record<Exclude<Finding, "foreign">, readonly SentExample[]>>
    & { readonly foreign: readonly ForeignExample[] };
  /** What could not be judged, and why: sentences for people. */
  readonly unjudged: readonly string[];
  /** What was odd about the files: sentences for people. */
  readonly warnings: readonly string[];
  readonly fail_on: readonly Finding[];
  /** Those of them that were found. */
  readonly failed: readonly Finding[];
  readonly pass: boolean;
}
