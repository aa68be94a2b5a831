/**
 * MLLP release 1 as a link: a frame is a message, and there is nothing else to the dialogue. The
 * answer to a message is an HL7 message of its own, which is the client's and receiver's business.
 *
 * The same holds of any framing without a dialogue (`--framing none`), so this link serves those
 * too: it knows the framer only by its contract.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Framer, FrameSink } from "../framing/framer.ts";
import { SendBuffer } from "../send_buffer.ts";
import type { Link, LinkOutput, LinkSink, MessageReceived } from "./link.ts";
import { NO_WARNINGS } from "../framing/framer.ts";
import { type HexWindow, NO_BYTES } from "../bytes.ts";

/** How long a line must be silent to count as quiet (our decision: longer than a stalled segment on a LAN, shorter than anybody waits). */
export const QUIET_MS = 200;

/**
 * The link of MLLP release 1.
 *
 * @example
 * ```ts
 * import { MllpLink } from "./mllp.ts";
 * import { MllpFramer } from "../framing/mllp.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const link = new MllpLink(new MllpFramer());
 * link.send(utf8("MSH|^~\\&|A\r"), 0);
 * const output = link.output();
 * assert.ok(output?.type === "bytes");
 * assert.equal(output.bytes[0], 0x0b);
 * assert.equal(link.output(), null);
 * ```
 */
export class MllpLink implements Link {
  readonly confirms = false;
  readonly confirmsReplies = false;
  readonly #framer: Framer;
  readonly #quietMs: number;
  readonly #out = new SendBuffer();
  readonly #message: Mutable<MessageReceived> = {
    type: "message",
    payload: NO_BYTES,
    empty: false,
    warnings: NO_WARNINGS,
    heldMs: 0,
  };
  #tickets = 0;
  #quietAt = Infinity;
  #sink: LinkSink = ignore;

  /** `quietMs` is how long the line must be silent before a framer that `wantsIdle` is told so. */
  constructor(framer: Framer, options: { quietMs?: number } = {}) {
    this.#framer = framer;
    this.#quietMs = options.quietMs ?? QUIET_MS;
  }

  // One closure for the life of the link; the event object is reused, as the views in it are.
  readonly #onFrame: FrameSink = (event) => {
    if (event.type !== "frame") return this.#sink(event);
    const message = this.#message;
    message.payload = event.payload;
    message.empty = event.empty;
    message.warnings = event.warnings;
    this.#sink(message);
  };

  get stopped(): boolean {
    return this.#framer.stopped;
  }

  get unfinished(): HexWindow | null {
    return this.#framer.unfinished;
  }

  receive(chunk: Uint8Array, now: number, sink: LinkSink): void {
    this.#sink = sink;
    this.#framer.push(chunk, this.#onFrame);
    this.#quietAt = this.#framer.wantsIdle ? now + this.#quietMs : Infinity;
  }

  send(message: Uint8Array, _now: number): number {
    const out = this.#out;
    const at = out.reserve(this.#framer.encodedLength(message));
    try {
      this.#framer.encodeInto(message, out.bytes, at);
    } catch (error) {
      out.trim(at);
      throw error;
    }
    return ++this.#tickets;
  }

  output(): LinkOutput | null {
    const bytes = this.#out.take();
    return bytes === null ? null : { type: "bytes", bytes };
  }

  deadline(): number {
    return this.#quietAt;
  }

  tick(now: number, sink: LinkSink): void {
    if (now < this.#quietAt) return;
    this.#message.heldMs = now - this.#quietAt + this.#quietMs;
    this.#quietAt = Infinity;
    this.#sink = sink;
    this.#framer.idle(this.#onFrame);
    this.#message.heldMs = 0;
  }

  end(_now: number, sink: LinkSink): void {
    this.#quietAt = Infinity;
    this.#sink = sink;
    this.#framer.end(this.#onFrame);
  }

  encode(message: Uint8Array): Uint8Array {
    return this.#framer.encode(message);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function ignore(): void {}
