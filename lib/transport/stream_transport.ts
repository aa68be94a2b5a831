/**
 * The verbs of a transport over any Node stream: end, orderly close, reset. It opens nothing and
 * knows no medium; tcp, tls, unix and memory hand it what they opened.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Transport, TransportInfo } from "./transport.ts";

/**
 * How long an orderly close waits, by default, for the peer's own end (our decision: long enough
 * for a slow network's round trips, short enough for a program that wants to stop).
 */
export const DEFAULT_LINGER_MS = 2000;

/**
 * A transport made of a stream that is already open.
 *
 * An error of the stream never ends the program: the stream always has an `error` listener, even
 * after its holder has let go of it.
 *
 * @example
 * ```ts
 * import { StreamTransport } from "./stream_transport.ts";
 * import { PassThrough } from "node:stream";
 *
 * const info = { kind: "memory", local: "", peer: "", peerAddress: "", canReset: false, tls: null } as const;
 * await new StreamTransport(new PassThrough(), info, null).close();
 * ```
 */
export class StreamTransport implements Transport {
  readonly stream: Duplex;
  readonly info: TransportInfo;
  readonly #raw: Socket | null;
  readonly #gone: Promise<void>;
  #closing: Promise<void> | null = null;

  /** `raw` is the TCP socket at the bottom of the stream (it may be the stream itself), `null` if there is none. */
  constructor(stream: Duplex, info: TransportInfo, raw: Socket | null) {
    this.stream = stream;
    this.info = info;
    this.#raw = raw;
    const parts = raw === null || raw === stream ? [stream] : [stream, raw];
    for (const part of parts) part.on("error", () => {});
    this.#gone = Promise.all(parts.map(whenClosed)).then(() => {});
  }

  end(): void {
    if (!this.stream.destroyed && !this.stream.writableEnded) this.stream.end();
  }

  /**
   * Ends both directions in order. From now on the stream has no readers: what still comes is thrown
   * away. A second call waits for the same end, whatever its `lingerMs`.
   */
  close(lingerMs: number = DEFAULT_LINGER_MS): Promise<void> {
    this.#closing ??= this.#closeInOrder(lingerMs);
    return this.#closing;
  }

  async #closeInOrder(lingerMs: number): Promise<void> {
    const { stream } = this;
    // A reader that still listens would hold the flow back, and unread input makes the kernel send RST.
    readAway(stream);
    this.end();
    const timer = setTimeout(() => this.#drop(), lingerMs);
    await this.#gone;
    clearTimeout(timer);
  }

  reset(): void {
    if (this.#raw !== null && !this.#raw.destroyed) this.#raw.resetAndDestroy();
    this.#drop();
  }

  #drop(): void {
    this.stream.destroy();
    this.#raw?.destroy();
  }
}

function whenClosed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once("close", () => resolve());
  });
}

/** From now on a stream has no readers: what still comes is read and thrown away. */
export function readAway(stream: Duplex): void {
  stream.removeAllListeners("data");
  stream.removeAllListeners("readable");
  // Not `resume` alone: once `readable` listeners are taken away, a stream that flows without a reader stops a tick later.
  stream.on("data", throwAway).resume();
}

/** Of the module, not of the call: a stream that the runtime remembers a while must not hold its transport. */
function throwAway(): void {}
