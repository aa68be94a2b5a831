/**
 * Whose answer an HLLP block is. The protocol says that a block in answer is the acknowledgement; which block is one,
 * only its HL7 text tells (protocols.md section 2). This is the one file of the link that looks at it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES, sameBytes } from "../bytes.ts";
import { acksDueOf } from "../hl7/ack_mode.ts";
import { AckScan } from "../hl7/ack_scan.ts";
import { HeaderScan } from "../hl7/header.ts";

/** How many messages sent before are remembered, so that a word about them is known for what it is (our decision). */
const REMEMBERED = 16;

/** What has been said to a message of ours; `empty` is a block without data. */
type Said = "nothing" | "empty" | "commit" | "application";

/**
 * What is known of the messages sent, and what a block is in its light.
 *
 * @example
 * ```ts
 * import { HllpMatch } from "./hllp_match.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const match = new HllpMatch();
 * const id = match.idOf(utf8("MSH|^~\\&|A|||||||MSG1\r"));
 * assert.equal(match.settles(utf8("MSH|^~\\&|B\rMSA|AA|MSG1\r"), id), true);
 * assert.equal(match.settles(utf8("MSH|^~\\&|B|||||||MSG9\r"), id), false);
 * ```
 */
export class HllpMatch {
  readonly #header = new HeaderScan();
  readonly #msa = new AckScan();
  /** The latest first. */
  #asked: { readonly id: Uint8Array; readonly said: Said }[] = [];

  /** MSH-10 of a message, a copy; no bytes if it has none. */
  idOf(message: Uint8Array): Uint8Array {
    return this.#header.scan(message) ? this.#header.controlId.slice() : NO_BYTES;
  }

  /**
   * Whether a block settles the message with this MSH-10: its MSA-2 is the same, or it is empty; or (our decision) its
   * MSA-2 is empty, since one message alone can be meant. A message without an id, and so no HL7, is settled by
   * anything but a request.
   */
  settles(data: Uint8Array, id: Uint8Array): boolean {
    if (data.length === 0) return true;
    const msa = this.#msa;
    if (msa.scan(data)) return id.length === 0 || msa.idStart === msa.idEnd || msa.answers(id);
    return id.length === 0 && !this.#header.scan(data);
  }

  /** A message is settled, by this block; or, with `null`, was given up. */
  settled(id: Uint8Array, by: Uint8Array | null): void {
    if (id.length === 0) return;
    const said = by === null ? "nothing" : by.length === 0 ? "empty" : this.#kindOf(by);
    this.#asked = [{ id, said }, ...this.#asked.filter((each) => !sameBytes(each.id, id))].slice(0, REMEMBERED);
  }

  /**
   * What a block is that answers a message settled before: `late_reply` if that was given up, `repeated_reply` if it had
   * this answer already. `null` for any other block, an application acknowledgement after an accept acknowledgement
   * (enhanced mode) or after an empty block among them: that is news.
   */
  past(data: Uint8Array): "late_reply" | "repeated_reply" | null {
    const msa = this.#msa;
    if (!msa.scan(data) || msa.idStart === msa.idEnd) return null;
    const asked = this.#asked.find(({ id }) => msa.answers(id));
    if (asked === undefined) return null;
    if (asked.said === "nothing") return "late_reply";
    return asked.said === "application" || this.#kindOf(data) === "commit" ? "repeated_reply" : null;
  }

  /** Whether a message to be sent is an answer, where one is owed: anything but a request, which has MSH and no MSA. */
  isAnswer(message: Uint8Array): boolean {
    return this.#msa.scan(message) || !this.#header.scan(message);
  }

  /** Whether an answer is about the message with this MSH-10, as far as it says. */
  answers(answer: Uint8Array, id: Uint8Array): boolean {
    return !this.#msa.scan(answer) || this.#msa.idStart === this.#msa.idEnd || this.#msa.answers(id);
  }

  /** Whether a message asks for no HL7 acknowledgement at all, as one that is an acknowledgement itself. */
  asksNothing(message: Uint8Array): boolean {
    const isKnown = this.#header.scan(message);
    if (!this.#msa.scan(message) && !isKnown) return false;
    const { accept, application } = acksDueOf(this.#header, this.#msa);
    return accept === "NE" && application === "NE";
  }

  #kindOf(reply: Uint8Array): Said {
    return this.#msa.scan(reply) && this.#msa.code?.[0] === "C" ? "commit" : "application";
  }
}
