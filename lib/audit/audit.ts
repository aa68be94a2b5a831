/**
 * The proof of delivery: what one side says it sent against what the other side says it received. Fed with
 * records, it holds them in columns, and judges at the end. It knows no file and no protocol.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatCount } from "../values.ts";
import { arrivalOrder, sortedBy } from "./arrival.ts";
import {
  type AuditDocument,
  type AuditTerms,
  type Finding,
  FINDINGS,
  type ForeignExample,
  type Receipt,
  type SentExample,
} from "./document.ts";
import { judge, overtakers, Receipts } from "./judge.ts";
import { Interner } from "./interner.ts";
import { NONE, ReceivedLedger, SentLedger } from "./ledgers.ts";
import { match, type Matching } from "./match.ts";
import type { Amendment, ReceivedHead, ReceivedMessage, SentMessage } from "./records.ts";

/** So many receipts of a message are listed. */
const MOST_RECEIPTS = 10;

/**
 * An audit.
 *
 * @example
 * ```ts
 * import { Audit } from "./audit.ts";
 * import { FAILING } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * const at = "2026-01-31T12:00:00.000Z";
 * const audit = new Audit({ by: "controlId", order: "key", content: true, list: 10, failOn: FAILING });
 * audit.beginLog("run.ndjson");
 * for (const k of [0, 1]) {
 *   audit.sent({ k, at, controlId: `M${k}`, key: null, hash: "", outcome: "accepted", attempts: 1 });
 * }
 * audit.beginJournal("journal.ndjson");
 * audit.head({ journal: "mllp.journal/1", at, seed: 1, scenario: "", key: null });
 * audit.received({ n: 1, at, controlId: "M1", key: null, hash: "", outcome: "none", reply: null });
 * const { counts, examples, pass } = audit.judge("1.0.0", []);
 * assert.equal(counts.acknowledged_not_received, 1);
 * assert.equal(examples.lost[0].controlId, "M0");
 * assert.equal(pass, false);
 * ```
 */
export class Audit {
  readonly #terms: AuditTerms;
  readonly #names = new Interner();
  readonly #sent = new SentLedger(this.#names);
  readonly #received = new ReceivedLedger(this.#names);

  constructor(terms: AuditTerms) {
    this.#terms = terms;
  }

  /** Another log begins. */
  beginLog(name: string): void {
    this.#sent.begin(name);
  }

  /** A line of the log begun last. */
  sent(message: SentMessage): void {
    this.#sent.add(message);
  }

  /** Another journal begins; its head is to come first. */
  beginJournal(name: string): void {
    this.#received.begin(name);
  }

  /** The head of a journal. Throws a `RangeError` where messages are to be known by their keys and it has none. */
  head(head: ReceivedHead): void {
    if (this.#terms.by === "key" && (head.key ?? null) === null) {
      throw new RangeError("no key is kept in this journal; mllp receive --journal-key PATH puts it there");
    }
    this.#received.head(head);
  }

  /** A message of the journal whose head came last. */
  received(message: ReceivedMessage): void {
    this.#received.add(message);
  }

  /** What became of a message later, in the journal whose head came last. */
  amended(amendment: Amendment): void {
    this.#received.amend(amendment);
  }

  /** How many messages have come from the logs. */
  get logged(): number {
    return this.#sent.length;
  }

  /**
   * Judges. `version` and `warnings` stand in the document as they are. Throws a `RangeError` for logs of which
   * nothing can be said: a message that stands in them twice, no key though messages are to be known by it.
   */
  judge(version: string, warnings: readonly string[]): AuditDocument {
    const [sent, received, { by, order, content, list, failOn }] = [this.#sent, this.#received, this.#terms];
    const byK = sortedBy(sent.k);
    const perLog = this.#checkNumbers(byK);
    const names = this.#names.size;
    const arrival = arrivalOrder(received);
    const matching = match(
      {
        name: sent[by === "key" ? "key" : "id"],
        content: sent.content,
        order: byK,
        attempts: sent.attempts,
      },
      { name: received[by === "key" ? "key" : "id"], content: received.content, order: arrival },
      names,
    );
    const { owner } = matching;
    const receipts = new Receipts(owner, arrival, sent.length);
    const overtaker = overtakers(sent, received, receipts, owner, arrival, order, names, perLog);

    const accounts = { accepted: 0, refused: 0, unacknowledged: 0, never_sent: 0 };
    const counts = perFinding(() => 0);
    const examples = perFinding((): (SentExample | ForeignExample)[] => []);
    const copies = { duplicated: 0, resent: 0 };
    let earlier = 0;
    let begin = Infinity;
    for (let i = 0; i < sent.length; i++) begin = Math.min(begin, sent.at.get(i));
    judge(sent, received, receipts, owner, byK, arrival, overtaker, content, {
      account: (account) => accounts[account]++,
      found: (finding, i, tooMany) => {
        if (counts[finding]++ < list) {
          examples[finding].push(this.#sentExample(i, receipts, finding === "reordered" ? overtaker[i] : -1));
        }
        if (finding === "duplicated" || finding === "resent") copies[finding] += tooMany;
      },
      foreign: (r) => {
        if (received.at.get(r) < begin) return void earlier++;
        if (counts.foreign++ >= list) return;
        examples.foreign.push({ ...this.#receipt(r), key: this.#text(received.key.get(r)) });
      },
    });
    let different = 0;
    for (let i = 0; i < sent.length; i++) if (receipts.first(i) >= 0) different++;
    const failed = failOn.filter((finding) => counts[finding] > 0);
    return {
      schema: "mllp.audit/1",
      version,
      by,
      order,
      content,
      sent: { files: sent.files, messages: sent.length, ...accounts },
      received: { files: received.files, messages: received.length, different, earlier },
      counts,
      copies,
      examples: examples as AuditDocument["examples"],
      unjudged: this.#unjudged(matching, receipts, perLog),
      warnings: perLog ? warnings : [...warnings, ...this.#missingNumbers(byK)],
      fail_on: failOn,
      failed,
      pass: failed.length === 0,
    };
  }

  /**
   * Whether several logs count from the same number: they are of runs of their own, and only within each k tells
   * the order. Throws a `RangeError` for a message that stands in the logs twice.
   */
  #checkNumbers(order: Int32Array): boolean {
    const { k, id, at, file, files } = this.#sent;
    let perLog = false;
    for (let place = 1; place < order.length; place++) {
      const [i, j] = [order[place - 1], order[place]];
      if (k.get(i) !== k.get(j)) continue;
      const [one, other] = [files[file.get(i)].name, files[file.get(j)].name];
      if (file.get(i) === file.get(j)) {
        throw new RangeError(`${one}: message ${k.get(i)} stands in it twice; is it of two runs?`);
      }
      if (id.get(i) === id.get(j) && at.get(i) === at.get(j)) {
        throw new RangeError(`${other}: message ${k.get(i)} stands in ${one} too; wanted each log once`);
      }
      perLog = true;
    }
    return perLog;
  }

  /**
   * Whether numbers are missing among those of one run: then lines are. A shard's are those of one remainder.
   */
  #missingNumbers(order: Int32Array): string[] {
    const { k } = this.#sent;
    if (order.length < 2) return [];
    const lowest = k.get(order[0]);
    const highest = k.get(order[order.length - 1]);
    let step = 0;
    for (const i of order) step = commonDivisor(k.get(i) - lowest, step);
    const missing = Math.floor(highest / step) + 1 - order.length;
    if (missing <= 0) return [];
    return [
      `${messages(missing)} of the run ${
        missing === 1 ? "is" : "are"
      } in no log: up to k ${highest} there should be more lines; were some dropped (--run tells), or is a log missing?`,
    ];
  }

  #unjudged({ shared }: Matching, receipts: Receipts, perLog: boolean): string[] {
    const [sent, received, { by, order, content }] = [this.#sent, this.#received, this.#terms];
    const sentences: string[] = [];
    let withoutKey = 0;
    let withoutOrder = 0;
    for (let i = 0; i < sent.length; i++) {
      if (sent.key.get(i) !== NONE) continue;
      withoutKey++;
      const first = receipts.first(i);
      if (first >= 0 && received.key.get(first) === NONE) withoutOrder++;
    }
    if (by === "key" && sent.length > 0 && withoutKey === sent.length) {
      throw new RangeError("no message in the logs has a key; mllp spam --log-key PATH puts it there");
    }
    if (by === "key" && withoutKey > 0) {
      sentences.push(`${messages(withoutKey)} without a key: known by content and order alone`);
    }
    if (shared > 0) {
      const name = by === "key" ? "key" : "control id";
      sentences.push(
        `${
          messages(shared)
        } that share a ${name} with another: told apart by content, then by order, so which one was lost is a guess, and a copy can stand in for it`,
      );
    }
    if (!content) sentences.push("contents: known by their key, messages may be rewritten on the way");
    if (order === "none") sentences.push("order: not asked for");
    if (order === "key" && by === "key") {
      sentences.push("order: messages known by their key, each of its own, have no order within it; --order all");
    } else if (order === "key" && withoutOrder > 0) {
      const whose = withoutOrder === sent.length ? "no message has a key" : `${messages(withoutOrder)} without a key`;
      sentences.push(`order: ${whose}; mllp spam --log-key PATH, or --order all`);
    }
    if (perLog && order !== "none") {
      sentences.push("order between logs: they count from the same number, each its own run");
    }
    return sentences;
  }

  #sentExample(i: number, receipts: Receipts, overtaker: number): SentExample {
    const { k, at, id, key, attempts, file, files } = this.#sent;
    const listed: Receipt[] = [];
    let times = 0;
    for (let r = receipts.first(i); r >= 0; r = receipts.next(r)) {
      if (times++ < MOST_RECEIPTS) listed.push(this.#receipt(r));
    }
    return {
      k: k.get(i),
      at: iso(at.get(i)),
      controlId: this.#names.text(id.get(i)),
      key: this.#text(key.get(i)),
      outcome: this.#sent.outcomeOf(i),
      attempts: attempts.get(i),
      file: files[file.get(i)].name,
      received: listed,
      times,
      ...overtaker < 0 ? {} : {
        overtaken_by: {
          k: k.get(overtaker),
          controlId: this.#names.text(id.get(overtaker)),
          at: this.#receipt(receipts.first(overtaker)).at,
        },
      },
    };
  }

  #receipt(r: number): Receipt {
    const { n, at, id, files } = this.#received;
    return {
      n: n.get(r),
      at: iso(at.get(r)),
      controlId: this.#names.text(id.get(r)),
      file: files[this.#received.fileOf(r)].name,
    };
  }

  #text(number: number): string | null {
    return number === NONE ? null : this.#names.text(number);
  }
}

function perFinding<T>(make: () => T): Record<Finding, T> {
  return Object.fromEntries(FINDINGS.map((finding) => [finding, make()])) as Record<Finding, T>;
}

function commonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function messages(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "message" : "messages"}`;
}
