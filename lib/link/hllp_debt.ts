/**
 * The answering side of an HLLP link: the last message of the peer, whether it waits for its answer, and the answer it
 * got, which is said again when the message comes again. It writes nothing; `hllp.ts` does.
 *
 * This module performs no I/O.
 *
 * # Theory of operation, the second half of that of `hllp.ts` ([ours] is our decision)
 *
 * As answerer:
 *
 * | state | event | action | next |
 * |---|---|---|---|
 * | free | D | `message` | owing |
 * | owing | `send` of an answer (empty, with an MSA, or no HL7) | write it, remember it | free |
 * | owing | the sink, or `commit`, says no | write the NAK, forget the D | free |
 * | owing | same D within the retry window | note `duplicate`; its answer will come | owing |
 * | free | same D within the retry window | write the remembered answer again, note `duplicate` | free |
 * | free | N after our answer [ours] | same, as often as `retries` | free |
 * | free | damage; silence within a block for the read timeout | write NAK C, X, B or G; nothing of ours for 1 s [ours] | free |
 * | owing | a request is queued and no answer came in the retry window [ours] | the debt has lapsed | free |
 *
 * A message is answered by exactly one block: who has nothing to say sends `NO_BYTES`. Who says nothing makes the peer try
 * again until it gives up. A second answer with the bytes of the first is written as it is; any other message that nothing
 * is owed for is a request of its own.
 *
 * @module
 */
import { sameBytes } from "../bytes.ts";
import { hllpLength, type HllpVersion } from "../framing/hllp_block.ts";
import type { HllpMatch } from "./hllp_match.ts";

/** The last message of the peer. */
interface Heard {
  readonly data: Uint8Array;
  readonly id: Uint8Array;
  readonly version: HllpVersion;
  /** The block that answered it. */
  answer: Uint8Array | null;
  /** How often a NAK may still ask for that block. */
  repeats: number;
  /** Until when the same message is a repeat. */
  until: number;
}

/**
 * What is owed to the peer, and what was paid last.
 *
 * @example
 * ```ts
 * import { HllpDebt } from "./hllp_debt.ts";
 * import { HllpMatch } from "./hllp_match.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const debt = new HllpDebt(new HllpMatch(), { retries: 5, retryWindowMs: 60_000 });
 * const message = utf8("MSH|^~\\&|A|||||||MSG1\r");
 * debt.take(message, "23", 0);
 * assert.equal(debt.repeated(message, 10_000), "due");
 * debt.answered(utf8("MSH|^~\\&|B\rMSA|AA|MSG1\r"), utf8("the block"), 12_000);
 * assert.deepEqual(debt.repeated(message, 20_000), utf8("the block"));
 * ```
 */
export class HllpDebt {
  /** How many messages wait for their answer; more than one only where the peer does not wait for them. */
  owed = 0;
  readonly #match: HllpMatch;
  readonly #retries: number;
  readonly #windowMs: number;
  readonly #bytesPerSecond: number;
  #heard: Heard | null = null;

  constructor(match: HllpMatch, options: {
    readonly retries: number;
    readonly retryWindowMs: number;
    readonly bytesPerSecond?: number;
  }) {
    this.#match = match;
    this.#retries = options.retries;
    this.#windowMs = options.retryWindowMs;
    this.#bytesPerSecond = options.bytesPerSecond ?? Infinity;
  }

  /** The version of the message to be answered. */
  get version(): HllpVersion | undefined {
    return this.#heard?.version;
  }

  /** Whether the last message has no answer yet. */
  get isOpen(): boolean {
    return this.owed > 0 && this.#heard?.answer === null;
  }

  /** Until when an answer is waited for. */
  get until(): number {
    return this.#heard?.until ?? -Infinity;
  }

  /** A message of the peer. */
  take(data: Uint8Array, version: HllpVersion, now: number): void {
    this.owed++;
    const id = this.#match.idOf(data);
    const until = now + this.#windowFor(data);
    this.#heard = { data: data.slice(), id, version, answer: null, repeats: this.#retries, until };
  }

  /** Whether this is the last message once more: `no`; `due` while it waits for its answer; else that answer's block. */
  repeated(data: Uint8Array, now: number): "no" | "due" | Uint8Array {
    const heard = this.#heard;
    if (heard === null || now >= heard.until || !sameBytes(heard.data, data)) return "no";
    heard.until = now + this.#windowFor(data);
    return heard.answer ?? "due";
  }

  /** The peer waits longer for the answer to a long block, by what the line takes for it: so its tries are further apart. */
  #windowFor(data: Uint8Array): number {
    const lineMs = Math.ceil(1000 * hllpLength(data.length) / this.#bytesPerSecond);
    return this.#windowMs + (this.#retries + 1) * lineMs;
  }

  /** The answer was written. What is about another message than the last is not that one's answer while more are owed. */
  answered(answer: Uint8Array, block: Uint8Array, now: number): void {
    const heard = this.#heard;
    const own = heard !== null && this.#match.answers(answer, heard.id);
    this.owed = own ? 0 : Math.max(0, this.owed - 1);
    if (heard === null || this.owed > 0) return;
    heard.answer = block;
    heard.until = now + this.#windowFor(heard.data);
  }

  /** The peer could not read the last answer: its block, if it is to be said again. */
  refused(now: number): Uint8Array | null {
    const heard = this.#heard;
    if (heard === null || heard.answer === null || now >= heard.until || heard.repeats === 0) return null;
    heard.repeats--;
    return heard.answer;
  }

  /** Whether a block is the last answer once more. */
  isLastAnswer(block: Uint8Array): boolean {
    return this.#heard?.answer != null && sameBytes(this.#heard.answer, block);
  }

  /** The last message was refused, or answered past the link: when it comes again, it is a new one. */
  forget(): void {
    this.owed = Math.max(0, this.owed - 1);
    this.#heard = null;
  }
}
