/**
 * What negative acknowledgements and failures said, grouped: how often, and when first. A text is
 * decoded only when it differs from the last one; how many different ones are kept is bounded.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { sameBytes } from "../bytes.ts";
import { decodeAck } from "../hl7/ack_decode.ts";
import { formatDuration } from "../values.ts";
import type { RunDocument } from "./result.ts";

/** How many different texts are kept (our decision: a peer that puts a number into each text must not fill the memory). */
const MOST_TEXTS = 200;
/** How many of them a report lists (load.md section 6). */
const LISTED = 10;
/** How long one may be; what is longer is cut (our decision, for the same reason). */
const LONGEST_TEXT = 1000;
/** The rest, together. */
const OTHERS = "other texts";

interface Entry {
  count: number;
  readonly firstSeenMs: number;
}

/**
 * Texts and their counts.
 *
 * @example
 * ```ts
 * import { ErrorTexts } from "./error_texts.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const texts = new ErrorTexts();
 * const ack = utf8("MSH|^~\\&|LAB|\rMSA|AE|MSG1|No such bed\r");
 * texts.acknowledgement("AE", ack, ack.length - 13, 1500);
 * assert.deepEqual(texts.top(), [{ text: "AE: No such bed", count: 1, first_seen_s: 1.5 }]);
 * ```
 */
export class ErrorTexts {
  readonly #entries = new Map<string, Entry>();
  #lastCode = "";
  #lastTail: Uint8Array = new Uint8Array(0);
  #last: Entry | null = null;

  /** Counts a text at `atMs` since t0. */
  add(text: string, atMs: number): void {
    this.#count(text, atMs);
  }

  /** Counts a message that had no answer in time: within `timeoutMs`, or null where the link could not deliver it. */
  timedOut(timeoutMs: number | null, atMs: number): void {
    const text = timeoutMs === null ? "not delivered in time" : `no answer within ${formatDuration(timeoutMs)}`;
    this.#count(text, atMs);
  }

  /**
   * Counts what a negative acknowledgement says. `idEnd` is the index after its MSA-2: from there on
   * two acknowledgements of the same code and trouble are mostly the same bytes, and are not decoded twice.
   */
  acknowledgement(code: string, payload: Uint8Array, idEnd: number, atMs: number): void {
    const tail = payload.subarray(idEnd);
    if (this.#last !== null && code === this.#lastCode && sameBytes(tail, this.#lastTail)) {
      this.#last.count++;
      return;
    }
    this.#last = this.#count(describe(payload), atMs);
    this.#lastCode = code;
    this.#lastTail = tail.slice();
  }

  /** The most frequent, at most ten; of equals the one that was seen first. */
  top(): RunDocument["errors"] {
    return [...this.#entries]
      .sort(([, a], [, b]) => b.count - a.count || a.firstSeenMs - b.firstSeenMs)
      .slice(0, LISTED)
      .map(([text, { count, firstSeenMs }]) => ({ text, count, first_seen_s: Math.round(firstSeenMs) / 1000 }));
  }

  #count(whole: string, atMs: number): Entry {
    const cut = whole.length - LONGEST_TEXT;
    const text = cut > 0 ? `${whole.slice(0, LONGEST_TEXT)} (and ${cut} characters more)` : whole;
    const known = this.#entries.get(text);
    if (known !== undefined) {
      known.count++;
      return known;
    }
    if (this.#entries.size >= MOST_TEXTS && text !== OTHERS) return this.#count(OTHERS, atMs);
    const entry = { count: 1, firstSeenMs: Math.max(0, atMs) };
    this.#entries.set(text, entry);
    return entry;
  }
}

function describe(payload: Uint8Array): string {
  const ack = decodeAck(payload);
  if (ack === null) return "no acknowledgement";
  const parts = [
    ack.text,
    ...ack.errors.map(({ location, code, name, text }) =>
      [location, code, name, text].filter((part) => part !== "").join(" ")
    ),
  ].filter((part) => part !== "");
  return parts.length === 0 ? `${ack.code}: ${ack.meaning}` : `${ack.code}: ${parts.join("; ")}`;
}
