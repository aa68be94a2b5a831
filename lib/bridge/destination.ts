/**
 * The destination, as ILLP knows it: a connection for each message, the request and a half-close out, the reply up to
 * the peer's end in. It knows no line, and gives neither request nor reply a meaning.
 *
 * @module
 */
import { ReplyError } from "../errors.ts";
import { IllpLink } from "../link/illp.ts";
import { type Ending, Session } from "../session.ts";
import { formatPlace } from "../transport/endpoint.ts";
import type { Transport } from "../transport/transport.ts";
import type { Context } from "./context.ts";
import { illpLink } from "./line_link.ts";

/**
 * One connection to the destination: at most one request, at most one reply.
 *
 * @example
 * ```ts
 * import { DestinationCall } from "./destination.ts";
 * import { IllpLink } from "../link/illp.ts";
 * import { memoryPair } from "../transport/memory.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import { systemClock } from "../clock.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * far.stream.resume().once("end", () => far.stream.end("reply"));
 * const call = new DestinationCall(near, new IllpLink(), systemClock);
 * call.send(utf8("request"));
 * assert.equal(latin1(await call.reply), "reply");
 * ```
 */
export class DestinationCall {
  /** The reply, no bytes for an empty one; rejects with a `ReplyError` if the destination broke off or its reply is too long. */
  readonly reply: Promise<Uint8Array>;
  readonly #session: Session;
  readonly #place: string;
  #sent = false;
  #written = false;
  #got: Uint8Array | null = null;
  #settle!: (reply: Uint8Array | ReplyError) => void;

  constructor(transport: Transport, link: IllpLink, clock: Context["clock"]) {
    this.#place = transport.info.peer;
    this.reply = new Promise((resolve, reject) => {
      this.#settle = (reply) => reply instanceof ReplyError ? reject(reply) : resolve(reply);
    });
    // Who gave up on it does not look any more.
    this.reply.catch(() => {});
    transport.stream.once("finish", () => this.#written = this.#sent);
    this.#session = new Session(transport, link, {
      event: (event) => {
        if (event.type === "message") this.#got = event.payload.slice();
        // Of a reply that was cut off, the end of the connection says why.
        else if (event.type === "fault" && event.code !== "truncated") {
          this.#fail("reply_damaged", `sent a reply that cannot be taken: wanted ${event.wanted}`);
        }
      },
      peerEnded: () => this.#onEnd(),
      closed: (ending) => this.#onClosed(ending),
    }, { clock, readWhileBlocked: true });
  }

  /** Whether it can still take a request. */
  get open(): boolean {
    return !this.#sent && !this.#session.closed && !this.#session.peerEnded;
  }

  /** Whether the request and the half-close have been handed to the system whole. */
  get written(): boolean {
    return this.#written;
  }

  /** Writes the request and ends our half. Throws a `RangeError` for one that the protocol cannot carry. */
  send(request: Uint8Array): void {
    this.#session.send(request);
    this.#sent = true;
    this.#session.end();
  }

  /** Lets go of it, with a reset: a destination that gets no request, or whose reply nobody wants any more. */
  abandon(): void {
    this.#session.reset();
  }

  #onEnd(): void {
    if (!this.#sent) return void this.#session.close();
    if (this.#written) return this.#finish();
    // It has answered before it had read everything: good enough if it reads on.
    this.#session.transport.stream.once("finish", () => this.#finish());
  }

  #finish(): void {
    this.#settle(this.#got ?? new Uint8Array(0));
    void this.#session.close();
  }

  #onClosed({ how, error }: Ending): void {
    const words = how === "reset" || how === "error" ? "broke the connection" : "closed before it had the request";
    const cause = error === null ? undefined : { cause: error };
    this.#settle(
      new ReplyError(how === "fin" ? "reply_closed" : "reply_reset", `The destination ${this.#place} ${words}`, cause),
    );
  }

  #fail(code: "reply_damaged", words: string): void {
    this.#settle(new ReplyError(code, `The destination ${this.#place} ${words}`));
    this.#session.reset();
  }
}

/** Makes calls to the one destination of a driver. */
export class Destination {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The destination's address, for people. */
  get place(): string {
    return formatPlace(this.#context.options.to);
  }

  /** Reaches it; rejects with a `TransportError`. */
  async call(timeoutMs: number): Promise<DestinationCall> {
    const { options, clock, ended } = this.#context;
    const connectTimeoutMs = Math.min(timeoutMs, options.connectTimeoutMs);
    try {
      const transport = await options.media.connect(options.to, { connectTimeoutMs, signal: ended });
      this.#context.destinationUp = true;
      return new DestinationCall(transport, illpLink(options), clock);
    } catch (error) {
      this.#context.destinationUp = false;
      throw error;
    }
  }

  /** One try that went wrong, whatever the reason. */
  failed(why: string, about: { readonly line?: string; readonly controlId: string }): void {
    this.#context.destinationUp = false;
    this.#context.counters.destinationFailures++;
    this.#context.tell({ event: "destination_failed", level: "warning", direction: "in", ...about, detail: why });
  }
}
