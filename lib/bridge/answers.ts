/**
 * The acknowledgements that the driver builds itself, and which reply a message has a right to: for the line when the
 * destination does not answer, for a distal client when the line does not. It decides nothing but what is due.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import { AckBuilder } from "../hl7/ack.ts";
import { type AckCode, commitCode } from "../hl7/ack_code.ts";
import { type AcksDue, acksDueOf, wants } from "../hl7/ack_mode.ts";
import { AckScan } from "../hl7/ack_scan.ts";
import { HeaderScan } from "../hl7/header.ts";

/** What a message is, as far as the driver needs to know. */
export interface About {
  /** MSH-10, one character a byte; empty if it has none. */
  readonly controlId: string;
  /** Whether it has an MSH segment that can be used. */
  readonly isHl7: boolean;
  /** Whether it has an MSA segment: it is an answer to something. */
  readonly hasMsa: boolean;
  /** MSA-1 if it is one of the six codes. */
  readonly code: AckCode | null;
  readonly due: AcksDue;
}

/** HL7 table 0357: application internal error. */
const INTERNAL_ERROR = 207;

/**
 * Reads messages and builds acknowledgements; one instance serves a driver.
 *
 * @example
 * ```ts
 * import { Answers } from "./answers.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const answers = new Answers();
 * const request = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.3\r");
 * const reply = answers.refusal(request, "The destination is down", new Date(0));
 * assert.ok(reply !== null && latin1(reply).includes("MSA|AE|MSG1|The destination is down\r"));
 * assert.equal(answers.refusal(utf8("MSH|^~\\&|A||||||ACK|2|P|2.3\rMSA|AA|1\r"), "x", new Date(0)), null);
 * ```
 */
export class Answers {
  readonly #header = new HeaderScan();
  readonly #msa = new AckScan();
  readonly #builder = new AckBuilder();
  #built = 0;

  /** What a message is. */
  about(message: Uint8Array): About {
    const isHl7 = this.#header.scan(message);
    const hasMsa = this.#msa.scan(message);
    const about = {
      controlId: isHl7 ? this.#header.text(10) : "",
      isHl7,
      hasMsa,
      code: this.#msa.code,
      due: acksDueOf(this.#header, this.#msa),
    };
    this.#forget();
    return about;
  }

  /**
   * The negative acknowledgement of a message that could not be passed on: AE, or CE where only the accept
   * acknowledgement is due on an error; `null` where none is, as to a message that is an answer itself. Of a message
   * that is no HL7 it is the AE that `AckBuilder` makes of what is known.
   */
  refusal(message: Uint8Array, why: string, at: Date): Uint8Array | null {
    return this.#answer(message, "AE", why, at);
  }

  /** The positive acknowledgement of a message: AA, or CA where only the accept acknowledgement is due; `null` where none is. */
  acceptance(message: Uint8Array, at: Date): Uint8Array | null {
    return this.#answer(message, "AA", "", at);
  }

  /** CA for a message whose MSH-15 asks for an accept acknowledgement of what went well; `null` for any other. */
  commit(message: Uint8Array, at: Date): Uint8Array | null {
    this.#scan(message);
    const due = acksDueOf(this.#header, this.#msa);
    return wants(due.accept, true) ? this.#build("CA", "", at) : null;
  }

  /**
   * The AE that tells a distal client that its request failed; `null` where an AE cannot be: the request is no HL7, or
   * an answer itself. The client is then told by a reset (protocols.md section 4).
   */
  distalRefusal(request: Uint8Array, why: string, at: Date): Uint8Array | null {
    this.#scan(request);
    return this.#header.problem !== null || this.#msa.hasMsa ? null : this.#build("AE", why, at);
  }

  #answer(message: Uint8Array, code: "AA" | "AE", text: string, at: Date): Uint8Array | null {
    this.#scan(message);
    const due = acksDueOf(this.#header, this.#msa);
    const ok = code === "AA";
    if (wants(due.application, ok)) return this.#build(code, text, at);
    return wants(due.accept, ok) ? this.#build(commitCode(code), text, at) : null;
  }

  #scan(message: Uint8Array): void {
    this.#header.scan(message);
    this.#msa.scan(message);
  }

  #build(code: AckCode, text: string, at: Date): Uint8Array {
    const controlId = `L${at.getTime().toString(36)}${(++this.#built).toString(36)}`.toUpperCase();
    const said = text === "" ? {} : { text, errors: [{ code: INTERNAL_ERROR, text }] };
    const ack = this.#builder.build(this.#header, { code, controlId, at, ...said });
    this.#forget();
    return ack;
  }

  /** Not to keep a message alive that nobody else holds. */
  #forget(): void {
    this.#header.scan(NO_BYTES);
    this.#msa.scan(NO_BYTES);
  }
}
