/**
 * Records for the tests of the audit: what was sent, what was received, made up.
 *
 * @module
 */
import { Audit } from "../../../lib/audit/audit.ts";
import { type AuditDocument, type AuditTerms, FAILING } from "../../../lib/audit/document.ts";
import type { ReceivedMessage, SentMessage } from "../../../lib/audit/records.ts";

export const HEAD = {
  journal: "mllp.journal/1",
  at: "2026-01-31T12:00:00.000Z",
  seed: 7,
  scenario: "",
  run: "r1",
  key: "PID-3.1",
} as const;

const BEGIN = Date.parse("2026-01-31T12:00:00.000Z");

/** The time so many milliseconds after the beginning. */
export const time = (ms: number): string => new Date(BEGIN + ms).toISOString();

/** A content's hash. */
export const hash = (content: number): string => content.toString(16).padStart(64, "0");

/** Message `k`, sent 10 ms after the one before; its own id and content. */
export function sent(k: number, other: Partial<SentMessage> = {}): SentMessage {
  return {
    k,
    at: time(k * 10),
    controlId: `M${k}`,
    key: null,
    hash: hash(k),
    outcome: "accepted",
    attempts: 1,
    ...other,
  };
}

/** Receipt `n`, of what `sent(k)` is, acknowledged a millisecond later. */
export function received(n: number, k: number, other: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const at = other.at ?? time(n * 10 + 1);
  return {
    n,
    at,
    controlId: `M${k}`,
    key: null,
    hash: hash(k),
    outcome: "replied",
    reply: { code: ["AA"], lastByteAt: new Date(Date.parse(at) + 1).toISOString() },
    ...other,
  };
}

/** What an audit of one log and one journal finds. */
export function audited(
  log: readonly SentMessage[],
  journal: readonly ReceivedMessage[],
  terms: Partial<AuditTerms> = {},
): AuditDocument {
  const audit = new Audit({ by: "controlId", order: "key", content: true, list: 1000, failOn: FAILING, ...terms });
  audit.beginLog("run.ndjson");
  for (const message of log) audit.sent(message);
  audit.beginJournal("journal.ndjson");
  audit.head(HEAD);
  for (const message of journal) audit.received(message);
  return audit.judge("1.0.0", []);
}

/** What was found, without what was not. */
export function found(document: AuditDocument): Record<string, number> {
  return Object.fromEntries(Object.entries(document.counts).filter(([, count]) => count > 0));
}
