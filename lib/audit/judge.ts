/**
 * The comparison: what became of each message that was sent, and which were never sent.
 *
 * This module performs no I/O.
 *
 * # Theory
 *
 * | the sender's outcome | received | not received |
 * |---|---|---|
 * | accepted | accounted for | `lost`, `acknowledged_not_received` |
 * | error, reject | accounted for | accounted for: the sender was told |
 * | timeout, closed, reset, damaged, wrong_id, unanswered | `received_not_acknowledged` | `lost` |
 * | refused, dropped, unsent | `received_not_acknowledged` | accounted for: it was never sent |
 *
 * A receipt beyond the first is accounted for (`resent`) if the sender sent the message so often, or if the
 * receiver had not acknowledged the receipt before when it came; which explains more is counted, not their
 * sum, for each sending again mostly has both reasons. The rest is `duplicated`.
 *
 * A message is `reordered` if one that was sent after it was received before it, as RFC 4737 has it: a message
 * that overtakes many is one that came early, and all those many came late.
 *
 * @module
 */
import type { Outcome } from "../outcome.ts";
import type { AuditTerms, Finding } from "./document.ts";
import { NONE, type ReceivedLedger, type SentLedger } from "./ledgers.ts";

/** What a sender knows of a message. */
export type Account = "accepted" | "refused" | "unacknowledged" | "never_sent";

const ACCOUNTS: Readonly<Record<Outcome, Account>> = {
  accepted: "accepted",
  error: "refused",
  reject: "refused",
  timeout: "unacknowledged",
  closed: "unacknowledged",
  reset: "unacknowledged",
  damaged: "unacknowledged",
  wrong_id: "unacknowledged",
  unanswered: "unacknowledged",
  refused: "never_sent",
  dropped: "never_sent",
  unsent: "never_sent",
};

/** Who is told of what was found. */
export interface Findings {
  /** Message `i` of the sender's came to this by its account. */
  account(account: Account): void;
  /** Message `i` of the sender's is one of these; `copies` receipts are too many. */
  found(finding: Exclude<Finding, "foreign">, i: number, copies: number): void;
  /** Receipt `r` is of no message that was sent. */
  foreign(r: number): void;
}

/** The receipts of each sent message, in order of arrival. */
export class Receipts {
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  constructor(owner: Int32Array, arrival: Int32Array, sent: number) {
    this.#first = new Int32Array(sent).fill(-1);
    this.#next = new Int32Array(owner.length).fill(-1);
    for (let at = arrival.length - 1; at >= 0; at--) {
      const r = arrival[at];
      const i = owner[r];
      if (i < 0) continue;
      this.#next[r] = this.#first[i];
      this.#first[i] = r;
    }
  }

  /** The first receipt of message `i`; -1 if there is none. */
  first(i: number): number {
    return this.#first[i];
  }

  /** The one after receipt `r`, of the same message; -1 if there is none. */
  next(r: number): number {
    return this.#next[r];
  }
}

/** For each sent message the one that overtook it, or -1: among those of the same group, and log where `perLog`. */
export function overtakers(
  sent: SentLedger,
  received: ReceivedLedger,
  receipts: Receipts,
  owner: Int32Array,
  arrival: Int32Array,
  order: AuditTerms["order"],
  groups: number,
  perLog: boolean,
): Int32Array {
  const overtaker = new Int32Array(sent.length).fill(-1);
  if (order === "none") return overtaker;
  const highest = new Int32Array(groups + 1);
  for (let file = 0; file < (perLog ? sent.files.length : 1); file++) {
    highest.fill(-1);
    for (const r of arrival) {
      const i = owner[r];
      if (i < 0 || receipts.first(i) !== r || (perLog && sent.file.get(i) !== file)) continue;
      const group = order === "all" ? groups : orderKey(sent, received, i, r);
      if (group === NONE) continue;
      const before = highest[group];
      if (before < 0 || sent.k.get(i) > sent.k.get(before)) highest[group] = i;
      else overtaker[i] = before;
    }
  }
  return overtaker;
}

/** The key of a message: the sender's; where it wrote down none, the receiver's. */
export function orderKey(sent: SentLedger, received: ReceivedLedger, i: number, r: number): number {
  const key = sent.key.get(i);
  return key === NONE ? received.key.get(r) : key;
}

/** Tells of each message, in the order `sending`, and of each foreign receipt, by arrival. */
export function judge(
  sent: SentLedger,
  received: ReceivedLedger,
  receipts: Receipts,
  owner: Int32Array,
  sending: Int32Array,
  arrival: Int32Array,
  overtaker: Int32Array,
  content: boolean,
  findings: Findings,
): void {
  for (const i of sending) {
    const account = ACCOUNTS[sent.outcomeOf(i)];
    findings.account(account);
    const first = receipts.first(i);
    if (first < 0) {
      if (account === "accepted" || account === "unacknowledged") findings.found("lost", i, 0);
      if (account === "accepted") findings.found("acknowledged_not_received", i, 0);
      continue;
    }
    if (account === "unacknowledged" || account === "never_sent") findings.found("received_not_acknowledged", i, 0);
    if (overtaker[i] >= 0) findings.found("reordered", i, 0);
    let again = 0;
    let withReason = 0;
    let altered = received.content.get(first) !== sent.content.get(i);
    for (let before = first, r = receipts.next(first); r >= 0; before = r, r = receipts.next(r)) {
      again++;
      if (hadReason(received, before, r)) withReason++;
      altered ||= received.content.get(r) !== sent.content.get(i);
    }
    if (content && altered) findings.found("altered", i, 0);
    if (again === 0) continue;
    const tooMany = again - Math.min(again, Math.max(withReason, sent.attempts.get(i) - 1));
    if (tooMany > 0) findings.found("duplicated", i, tooMany);
    else findings.found("resent", i, again);
  }
  for (const r of arrival) if (owner[r] < 0) findings.foreign(r);
}

/** Whether somebody may rightly have sent again what then came as `r`: `before` had not been acknowledged. */
function hadReason({ at, acknowledged }: ReceivedLedger, before: number, r: number): boolean {
  // Sending again takes a wait: what comes in the same millisecond is a copy.
  if (at.get(r) <= at.get(before)) return false;
  return !(acknowledged.get(before) <= at.get(r));
}
