/**
 * The plain source of messages: templates one after the other, each message with a control id of its own
 * and a fresh time stamp. Message `k` is a function of the
 * run's seed, `k` and the time alone, so that it can be made again, byte for byte, for a retry.
 *
 * What else messages can be made of (slots, patients, mixed groups) is the business of `lib/feed`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import type { Awaited } from "../hl7/ack_awaited.ts";
import { LocalOffset } from "./local_offset.ts";
import type { MessageSource } from "./message_source.ts";
import { type MessageOptions, PlainMessage } from "./plain_message.ts";

/**
 * A source of messages, all plain, in turn.
 *
 * @example
 * ```ts
 * import { Feed } from "./feed.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const feed = new Feed([utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")], { seed: 7 });
 * feed.render(12, Date.UTC(2026, 0, 31));
 * assert.equal(latin1(feed.controlId), "0000007000000000012");
 * assert.equal(feed.awaited, "application");
 * ```
 */
export class Feed implements MessageSource {
  /** Whether every message has a control id, so that its acknowledgement can be told by it. */
  readonly hasIds: boolean;
  /** Whether some message asks for both acknowledgements, the accept and the application one. */
  readonly asksForBoth: boolean;
  /** The control id of the message last rendered; a view. */
  controlId: Uint8Array = NO_BYTES;
  /** The acknowledgement that settles the message last rendered. */
  awaited: Awaited = "application";
  readonly #messages: readonly PlainMessage[];
  readonly #offset = new LocalOffset();

  /**
   * Throws a `RangeError` for no messages at all, and for one that begins as HL7 but has no usable MSH
   * segment. Bytes without any MSH are sent as they are.
   */
  constructor(messages: readonly Uint8Array[], options: MessageOptions) {
    if (messages.length === 0) throw new RangeError("Cannot send no message: wanted at least one");
    this.#messages = messages.map((bytes) => new PlainMessage(bytes, options));
    this.hasIds = this.#messages.every(({ hasId }) => hasId);
    this.asksForBoth = this.#messages.some(({ asksForBoth }) => asksForBoth);
  }

  /** How many templates there are. */
  get size(): number {
    return this.#messages.length;
  }

  /** Message `k` as of `epochMs`, milliseconds since 1970; a view, valid until the next call. */
  render(k: number, epochMs: number): Uint8Array {
    const message = this.#messages[k % this.#messages.length];
    this.awaited = message.awaited;
    this.controlId = message.controlId;
    return message.render(k, epochMs, this.#offset.at(epochMs));
  }
}
