/**
 * The proximal server: it has the line. It listens for connections, or opens the one there is and opens it again
 * when it has gone, but never a pty by a number that is another's by then. What a connection is used for is not its business.
 *
 * @module
 */
import { pause } from "../clock.ts";
import type { Endpoint } from "../transport/endpoint.ts";
import { ptsIdentity } from "../transport/serial.ts";
import type { Listener, Transport } from "../transport/transport.ts";
import { Context } from "./context.ts";

/**
 * A line that listens has at most so many connections (our decision: devices are a few; each connection may hold a message of the
 * longest kind, and who opens ever more of them must not have the memory or the descriptors of the driver).
 */
export const MOST_LINES = 1000;

/** Has the line. */
export class ProximalServer {
  readonly #context: Context;
  readonly #accept: (transport: Transport) => Promise<void>;
  readonly #stop = new AbortController();
  #listener: Listener | null = null;
  /** How many of those that connected are there. */
  #taken = 0;
  #running: Promise<void> | null = null;
  readonly #identify: (path: string) => string | null;
  /** Of a pty that was opened by its number. */
  #identity: string | null = null;

  /**
   * `accept` serves a connection and resolves when it is gone; it never rejects. `identify` says what a device is that
   * another may take the name of.
   */
  constructor(
    context: Context,
    accept: (transport: Transport) => Promise<void>,
    identify: (path: string) => string | null = ptsIdentity,
  ) {
    this.#identify = identify;
    this.#context = context;
    this.#accept = accept;
  }

  /** Where it listens, or what it opens. */
  get endpoint(): Endpoint {
    return this.#listener?.endpoint ?? this.#context.options.line.endpoint;
  }

  /** Binds the line; rejects with a `TransportError` if it cannot be had. A peer to be connected may come later. */
  async start(): Promise<void> {
    const { line, media } = this.#context.options;
    if (line.medium === "listen") {
      this.#listener = await media.listen(line.endpoint, {}, (transport) => {
        if (this.#taken >= MOST_LINES) {
          this.#failed(new Error(`${transport.info.peer}: there are ${MOST_LINES} connections already`));
          return transport.reset();
        }
        this.#context.counters.lineOpens++;
        this.#taken++;
        void this.#accept(transport).finally(() => this.#taken--);
      });
      return;
    }
    const first = line.medium === "device" ? await this.#open() : null;
    this.#running = this.#run(first);
  }

  /** Opens and accepts nothing any more; connections that are open stay. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#listener?.close();
  }

  /** Resolves when the line is let go of: after `stop`, and when its connection is gone. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #open(): Promise<Transport> {
    const { line, media, connectTimeoutMs } = this.#context.options;
    const { path } = line.endpoint;
    if (this.#identity !== null && this.#identify(path) !== this.#identity) {
      throw new Error(`Cannot open ${path} again: the pty is gone, and what has its number now is another's line`);
    }
    const transport = await media.connect(line.endpoint, { connectTimeoutMs, signal: this.#stop.signal });
    // As long as we have it open nobody else can have its number.
    if (line.medium === "device") this.#identity ??= this.#identify(path);
    return transport;
  }

  async #run(first: Transport | null): Promise<void> {
    const { options, clock, counters } = this.#context;
    let failures = 0;
    // Nobody has tried yet where the peer is to be connected: that is done at once.
    let waits = first !== null;
    for (let transport = first; !this.#stop.signal.aborted;) {
      if (transport !== null) {
        const beganAt = clock.now();
        if (counters.lineOpens++ > 0) counters.reopenings++;
        await this.#accept(transport);
        // One that is gone at once is no success, or it would be tried for ever without a longer pause.
        if (clock.now() - beganAt >= options.reopenMs[0]) failures = 0;
      }
      if (waits) await pause(clock, Context.waitMs(options.reopenMs, ++failures), this.#stop.signal);
      waits = true;
      if (this.#stop.signal.aborted) return;
      transport = await this.#open().catch((error: Error) => {
        if (!this.#stop.signal.aborted) this.#failed(error);
        return null;
      });
    }
  }

  #failed(error: Error): void {
    this.#context.tell({ event: "line_failed", level: "warning", detail: error.message });
  }
}
