/**
 * A message of which nothing changes but its control id and its time stamp; with `raw`, nothing at all.
 * It has a buffer of its own, filled anew for each use.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import { type Awaited, awaited } from "../hl7/ack_awaited.ts";
import { acksDue } from "../hl7/ack_mode.ts";
import { HeaderScan } from "../hl7/header.ts";
import { controlIdPrefix, MessageTemplate } from "../hl7/patch.ts";

/** How messages are made. */
export interface MessageOptions {
  /** Becomes the beginning of every control id: the same seed gives the same ids. */
  readonly seed: number;
  /** Send every message as it is, with its own MSH-10 and MSH-7. */
  readonly raw?: boolean;
}

/**
 * One message, made for any number.
 *
 * @example
 * ```ts
 * import { PlainMessage } from "./plain_message.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const message = new PlainMessage(utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r"), { seed: 7 });
 * message.render(12, Date.UTC(2026, 0, 31), 0);
 * assert.equal(latin1(message.controlId), "0000007000000000012");
 * ```
 */
export class PlainMessage {
  /** Whether it has a control id. */
  readonly hasId: boolean;
  /** Whether it asks for both acknowledgements, the accept and the application one. */
  readonly asksForBoth: boolean;
  /** The acknowledgement that settles it. */
  readonly awaited: Awaited;
  /** The control id as last rendered; a view. */
  readonly controlId: Uint8Array;
  readonly #template: MessageTemplate | null = null;
  readonly #payload: Uint8Array;

  /**
   * Copies `bytes`. Throws a `RangeError` for a message that begins as HL7 but has no usable MSH segment, unless
   * `raw`. Bytes without any MSH are sent as they are.
   */
  constructor(bytes: Uint8Array, options: MessageOptions) {
    const header = new HeaderScan();
    const usable = header.scan(bytes);
    const hl7 = header.problem !== "no_msh";
    const due = acksDue(bytes);
    this.awaited = hl7 ? awaited(due) : "application";
    this.asksForBoth = due.accept !== "NE" && due.application !== "NE";
    if (hl7 && !options.raw) {
      const template = MessageTemplate.compile(bytes, { prefix: controlIdPrefix(options.seed) });
      this.#template = template;
      this.#payload = new Uint8Array(template.length);
      this.controlId = new Uint8Array(template.controlIdLength);
    } else {
      this.#payload = bytes.slice();
      this.controlId = usable ? header.controlId.slice() : NO_BYTES;
    }
    this.hasId = this.controlId.length > 0;
  }

  /**
   * Message `k` as of `epochMs`, milliseconds since 1970, `offsetMinutes` how far local time is ahead of UTC; a
   * view, valid until the next call.
   */
  render(k: number, epochMs: number, offsetMinutes: number): Uint8Array {
    const template = this.#template;
    if (template !== null) {
      template.fill(this.#payload, 0, k, epochMs, offsetMinutes);
      template.writeControlId(this.controlId, 0, k);
    }
    return this.#payload;
  }
}
