/**
 * ILLP as a link: one transaction on each connection. The client writes its request and ends its half; the server writes
 * the reply and ends its own.
 *
 * This module performs no I/O.
 *
 * # Theory of operation (protocols.md section 4; [ours] is our decision)
 *
 * | state | event | action | next |
 * |---|---|---|---|
 * | new | `send` | write the request, end our half | asked |
 * | new | the peer's end, after bytes | `message`: a request | serving |
 * | new | the peer's end, without any byte | nothing: a probe [ours] | serving |
 * | asked | the peer's end | `message`: the reply, or an empty one | over |
 * | new | a request that is too long | fault | serving |
 * | serving | `send` | write the reply, end our half; one more in the same wake-up is part of it [ours] | over |
 * | new, asked | the stream is gone without an end (`cut`) | bytes that came are `truncated`: no message [ours] | over |
 * | asked | `send` | a `TypeError`: a request needs a connection of its own | asked |
 * | over | `send` | nothing: who has ended its half has no line to write to, as in `Session.write` | over |
 *
 * There is nothing to try again and no timer, and the protocol has no acknowledgement but the reply, so `confirms` is
 * false. An address is before requests alone; a reply has none.
 *
 * @module
 */
import { type HexWindow, NO_BYTES } from "../bytes.ts";
import { type FrameSink, NO_WARNINGS } from "../framing/framer.ts";
import { IllpFramer, type IllpFramerOptions } from "../framing/illp.ts";
import { SendBuffer } from "../send_buffer.ts";
import type { Link, LinkOutput, LinkSink } from "./link.ts";

/**
 * The link of ILLP; its options are those of its framer, whose errors its constructor throws.
 *
 * @example
 * ```ts
 * import { IllpLink } from "./illp.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const link = new IllpLink();
 * link.send(utf8("MSH|^~\\&|A\r"), 0);
 * assert.deepEqual([link.output()?.type, link.output()?.type, link.output()], ["bytes", "endWrite", null]);
 * link.receive(utf8("MSH|^~\\&|B\rMSA|AA|1\r"), 5, () => assert.fail("not before the end of the stream"));
 * link.end(6, (event) => assert.equal(event.type === "message" && latin1(event.payload), "MSH|^~\\&|B\rMSA|AA|1\r"));
 * ```
 */
export class IllpLink implements Link {
  readonly confirms = false;
  readonly confirmsReplies = false;
  readonly stopped = false;
  readonly frameEnd = "the end of the stream";
  readonly #requests: IllpFramer;
  readonly #replies: IllpFramer;
  readonly #out = new SendBuffer();
  /** Whether our half is to be ended, and whether it was. */
  #ends = false;
  #over = false;
  #asked = false;
  #ended = false;
  /** Whether the message that came was told of, or refused by a fault. */
  #told = false;
  #tickets = 0;
  #sink: LinkSink = () => {};

  constructor(options: IllpFramerOptions = {}) {
    this.#requests = new IllpFramer(options);
    this.#replies = new IllpFramer({ ...options, fromAddress: undefined });
  }

  get unfinished(): HexWindow | null {
    return this.#incoming.unfinished;
  }

  /** The address before the request served, without its STX; no bytes if none was expected. */
  get address(): Uint8Array {
    return this.#requests.address;
  }

  /** Whether the peer has begun: what is sent now is a reply. */
  get #serves(): boolean {
    return !this.#asked && (this.#ended || this.#told || this.#requests.buffered > 0);
  }

  get #incoming(): IllpFramer {
    return this.#asked ? this.#replies : this.#requests;
  }

  readonly #onFrame: FrameSink = (event) => {
    this.#told = true;
    if (event.type === "frame") this.#tell(event.payload, event.empty);
    else this.#sink(event);
  };

  receive(chunk: Uint8Array, _now: number, sink: LinkSink): void {
    this.#sink = sink;
    this.#incoming.push(chunk, this.#onFrame);
  }

  /** Throws a `TypeError` where this side has written a request already. */
  send(message: Uint8Array, _now: number): number {
    if (this.#asked) {
      throw new TypeError("Cannot send a second request on an ILLP connection: wanted a connection for each");
    }
    const bytes = this.encode(message);
    this.#asked = !this.#serves;
    this.#ends = true;
    if (!this.#over) this.#out.append(bytes);
    return ++this.#tickets;
  }

  output(): LinkOutput | null {
    const bytes = this.#out.take();
    if (bytes !== null) return { type: "bytes", bytes };
    if (!this.#ends || this.#over) return null;
    this.#over = true;
    return { type: "endWrite" };
  }

  deadline(): number {
    return Infinity;
  }

  tick(): void {}

  /** `cut` says that the stream is gone without the peer's end. */
  end(_now: number, sink: LinkSink, cut = false): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink = sink;
    if (cut) return this.#incoming.cut(this.#onFrame);
    this.#incoming.end(this.#onFrame);
    if (this.#asked && !this.#told) this.#tell(NO_BYTES, true);
  }

  #tell(payload: Uint8Array, empty: boolean): void {
    this.#sink({ type: "message", payload, empty, warnings: NO_WARNINGS, heldMs: 0 });
  }

  /** A request as it would stand on the line; where one was served, a reply. */
  encode(message: Uint8Array): Uint8Array {
    return (this.#serves ? this.#replies : this.#requests).encode(message);
  }
}
