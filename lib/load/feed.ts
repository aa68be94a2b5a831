/**
 * The messages of a run: templates one after the other, each message with a control id of its own
 * and a fresh time stamp. Message `k` is a function of the
 * run's seed, `k` and the time alone, so that it can be made again, byte for byte, for a retry.
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
import { localOffsetMinutes } from "../hl7/timestamp.ts";

/** What one template gives. */
interface Shape {
  /** Null for bytes that are sent as they are. */
  readonly template: MessageTemplate | null;
  /** The message: filled for each use, or the bytes to be sent as they are. */
  readonly payload: Uint8Array;
  /** Its control id: filled for each use, or the bytes' own MSH-10. */
  readonly controlId: Uint8Array;
  readonly awaited: Awaited;
}

/** How messages are made. */
export interface FeedOptions {
  /** Becomes the beginning of every control id: the same seed gives the same ids. */
  readonly seed: number;
  /** Send every message as it is, with its own MSH-10 and MSH-7. */
  readonly raw?: boolean;
}

const MINUTE_MS = 60_000;

/**
 * A source of messages.
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
export class Feed {
  /** Whether every message has a control id, so that its acknowledgement can be told by it. */
  readonly hasIds: boolean;
  /** Whether some message asks for both acknowledgements, the accept and the application one. */
  readonly asksForBoth: boolean;
  /** The control id of the message last rendered; a view. */
  controlId: Uint8Array = NO_BYTES;
  /** The acknowledgement that settles the message last rendered. */
  awaited: Awaited = "application";
  readonly #shapes: readonly Shape[];
  #minute = NaN;
  #offsetMinutes = 0;

  /**
   * Throws a `RangeError` for no messages at all, and for one that begins as HL7 but has no usable MSH
   * segment. Bytes without any MSH are sent as they are.
   */
  constructor(messages: readonly Uint8Array[], options: FeedOptions) {
    if (messages.length === 0) throw new RangeError("Cannot send no message: wanted at least one");
    const prefix = controlIdPrefix(options.seed);
    this.#shapes = messages.map((bytes) => shape(bytes, prefix, options.raw ?? false));
    this.hasIds = this.#shapes.every(({ controlId }) => controlId.length > 0);
    this.asksForBoth = messages.some((message) => {
      const { accept, application } = acksDue(message);
      return accept !== "NE" && application !== "NE";
    });
  }

  /** How many templates there are. */
  get size(): number {
    return this.#shapes.length;
  }

  /** Message `k` as of `epochMs`, milliseconds since 1970; a view, valid until the next call. */
  render(k: number, epochMs: number): Uint8Array {
    const { template, payload, controlId, awaited } = this.#shapes[k % this.#shapes.length];
    this.awaited = awaited;
    this.controlId = controlId;
    if (template === null) return payload;
    const minute = Math.floor(epochMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#offsetMinutes = localOffsetMinutes(new Date(epochMs));
    }
    template.fill(payload, 0, k, epochMs, this.#offsetMinutes);
    template.writeControlId(controlId, 0, k);
    return payload;
  }
}

function shape(bytes: Uint8Array, prefix: string, raw: boolean): Shape {
  const header = new HeaderScan();
  const usable = header.scan(bytes);
  if (header.problem === "no_msh") {
    return { template: null, payload: bytes.slice(), controlId: NO_BYTES, awaited: "application" };
  }
  const due = awaited(acksDue(bytes));
  if (raw) {
    const controlId = usable ? header.controlId.slice() : NO_BYTES;
    return { template: null, payload: bytes.slice(), controlId, awaited: due };
  }
  const template = MessageTemplate.compile(bytes, { prefix });
  return {
    template,
    payload: new Uint8Array(template.length),
    controlId: new Uint8Array(template.controlIdLength),
    awaited: due,
  };
}
