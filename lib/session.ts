/**
 * The pump: the only file that knows a link *and* a transport. It carries bytes from the stream to
 * the link and back, keeps the link's deadline, and holds reading back while the peer does not
 * read. It knows nothing of HL7.
 *
 * What a wake-up produces goes out in one write: replies sent by a handler during the delivery of
 * a chunk leave together when the chunk is done; messages sent outside of one leave together at
 * the end of the present turn, or at `flush()`.
 *
 * @module
 */
import type { Clock, Timer } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { systemCode, TransportError } from "./errors.ts";
import type { Link, LinkEvent, LinkSink } from "./link/link.ts";
import { describeStreamError } from "./transport/failure.ts";
import type { Transport } from "./transport/transport.ts";

/** How a session ended. */
export interface Ending {
  /**
   * `fin`: the peer closed in order. `reset`: it broke the connection. `error`: the system said
   * something else. `local`: we did it.
   */
  readonly how: "fin" | "reset" | "error" | "local";
  /** What the system said, if it said anything: `stream_failed`, or `tls_failed` where the peer refused us by a TLS alert. */
  readonly error: TransportError | null;
}

/** What a session tells its holder. Handlers may call any verb of the session. */
export interface SessionHandlers {
  /** Each event of the link; views in it are valid only during the call. */
  event: LinkSink;
  /** The peer has ended its stream; ours is still open, and stays so until the holder ends it. Without this handler the session closes. */
  peerEnded?(): void;
  /** The descriptor is gone; called once, last. */
  closed(ending: Ending): void;
  /** After a time with `blocked`, the stream takes bytes again. */
  drained?(): void;
  /** Each chunk as it came, before the link sees it; a view, valid only during the call. */
  bytes?(chunk: Uint8Array): void;
}

/** Choices of a session. */
export interface SessionOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /**
   * Whether to read on while the peer does not read (default false). A receiver must not: its
   * replies would pile up. A sender with a bounded number of messages in flight must, or the two
   * could wait for each other.
   */
  readonly readWhileBlocked?: boolean;
}

/**
 * A link run over a transport.
 *
 * @example
 * ```ts
 * import { Session } from "./session.ts";
 * import { MllpLink } from "./link/mllp.ts";
 * import { MllpFramer } from "./framing/mllp.ts";
 * import { memoryPair } from "./transport/memory.ts";
 * import { latin1, utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * const got = new Promise<string>((resolve) => {
 *   new Session(far, new MllpLink(new MllpFramer()), {
 *     event: (event) => event.type === "message" && resolve(latin1(event.payload)),
 *     closed: () => {},
 *   });
 * });
 * const session = new Session(near, new MllpLink(new MllpFramer()), { event: () => {}, closed: () => {} });
 * session.send(utf8("MSH|^~\\&|LAB\r"));
 * assert.equal(await got, "MSH|^~\\&|LAB\r");
 * await session.close();
 * ```
 */
export class Session {
  readonly transport: Transport;
  readonly link: Link;
  readonly #handlers: SessionHandlers;
  readonly #clock: Clock;
  readonly #readWhileBlocked: boolean;
  #timer: Timer | null = null;
  #timerAt = Infinity;
  #delivering = false;
  /** The time of the wake-up being delivered. */
  #now = 0;
  #flushDue = false;
  #blocked = false;
  #peerEnded = false;
  #local = false;
  #closed = false;
  #error: Error | null = null;

  constructor(transport: Transport, link: Link, handlers: SessionHandlers, options: SessionOptions = {}) {
    this.transport = transport;
    this.link = link;
    this.#handlers = handlers;
    this.#clock = options.clock ?? systemClock;
    this.#readWhileBlocked = options.readWhileBlocked ?? false;
    const { stream } = transport;
    stream.on("data", this.#onData);
    stream.on("end", this.#onEnd);
    stream.on("drain", this.#onDrain);
    stream.on("error", (error: Error) => this.#error ??= error);
    stream.once("close", this.#onClose);
    // A stream may have broken before anybody listened.
    this.#error = stream.errored;
    if (stream.closed) queueMicrotask(this.#onClose);
  }

  /** Whether the stream has more than it can take; `drained` follows. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether the descriptor is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the peer has ended its stream. */
  get peerEnded(): boolean {
    return this.#peerEnded;
  }

  /** The time: within a handler that of the wake-up, when the bytes came. */
  get now(): number {
    return this.#delivering ? this.#now : this.#clock.now();
  }

  /** Hands a message to the link; returns its ticket. Throws a `RangeError` for one that cannot be framed. */
  send(message: Uint8Array): number {
    const ticket = this.link.send(message, this.now);
    this.#flushSoon();
    return ticket;
  }

  /** Writes bytes past the link, after everything sent so far: for peers that break a frame on purpose. */
  write(bytes: Uint8Array): void {
    this.flush();
    this.#write(bytes);
    if (this.link.wrotePast === undefined) return;
    this.link.wrotePast();
    this.#keepDeadline();
  }

  /** Writes now what the link has to say. */
  flush(): void {
    this.#flushDue = false;
    if (this.#closed) return;
    for (let output = this.link.output(); output !== null; output = this.link.output()) {
      if (output.type === "bytes") this.#write(output.bytes);
      else if (output.type === "endWrite") this.transport.end();
      else this.close();
    }
    this.#keepDeadline();
  }

  /** Sends FIN after what is queued; reading goes on. */
  end(): void {
    this.flush();
    if (!this.#closed) this.transport.end();
  }

  /**
   * Closes both directions in order, after what is queued; resolves when the descriptor is gone,
   * never rejects. No event follows: tickets that are not settled yet stay so, the closer gave them up.
   * From within a handler the close begins when the wake-up is over: a link that confirms the message
   * in the handler's hands says so before.
   */
  async close(lingerMs?: number): Promise<void> {
    if (!this.#local) {
      this.#local = true;
      if (this.#delivering) await Promise.resolve();
      this.flush();
      this.#stopTimer();
    }
    await this.transport.close(lingerMs);
  }

  /** Breaks the connection now. */
  reset(): void {
    this.#local = true;
    this.#stopTimer();
    this.transport.reset();
  }

  readonly #onEvent: LinkSink = (event: LinkEvent) => {
    // What the rest of a chunk holds is not told any more once the handler of an event has closed.
    if (!this.#local) this.#handlers.event(event);
  };

  readonly #onData = (chunk: Uint8Array): void => {
    // After our own close the peer's bytes are read only so that the kernel sends FIN, not RST.
    if (this.#local) return;
    this.#handlers.bytes?.(chunk);
    this.#delivering = true;
    this.#now = this.#clock.now();
    this.link.receive(chunk, this.#now, this.#onEvent);
    this.#delivering = false;
    this.flush();
  };

  readonly #onEnd = (): void => {
    if (this.#local || this.#peerEnded) return;
    // After an error (a TLS alert, say) an end is no FIN of the peer's, and the stream waits for ours.
    if (this.#error !== null) return void this.transport.close();
    this.#peerEnded = true;
    this.#delivering = true;
    this.#now = this.#clock.now();
    this.link.end(this.#now, this.#onEvent);
    this.#delivering = false;
    this.flush();
    if (this.#handlers.peerEnded !== undefined) this.#handlers.peerEnded();
    else void this.close();
  };

  readonly #onDrain = (): void => {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (!this.#readWhileBlocked) this.transport.stream.resume();
    this.#handlers.drained?.();
  };

  readonly #onClose = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    if (!this.#local && !this.#peerEnded) {
      // A stream that is gone without a FIN cut off whatever frame was under way.
      this.link.end(this.#clock.now(), this.#onEvent, true);
    }
    this.#handlers.closed(this.#ending());
  };

  #ending(): Ending {
    if (this.#error === null) return { how: this.#peerEnded ? "fin" : this.#local ? "local" : "reset", error: null };
    const { how, code, text } = describeStreamError(this.#error);
    const { peer } = this.transport.info;
    const about = { operation: "read", endpoint: peer, systemCode: systemCode(this.#error), cause: this.#error };
    return { how, error: new TransportError(code, `The connection to ${peer} failed: ${text}`, about) };
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed || this.transport.stream.writableEnded) return;
    if (this.transport.stream.write(bytes) || this.#blocked) return;
    this.#blocked = true;
    if (!this.#readWhileBlocked) this.transport.stream.pause();
  }

  #flushSoon(): void {
    if (this.#delivering || this.#flushDue) return;
    this.#flushDue = true;
    queueMicrotask(this.#flushIfDue);
  }

  readonly #flushIfDue = (): void => {
    if (this.#flushDue) this.flush();
  };

  // A later deadline leaves the timer as it is: it wakes too early, looks, and sets itself again.
  // So a steady stream of messages, each with its own deadline, costs no timer each.
  #keepDeadline(): void {
    const deadline = this.#closed || this.#local ? Infinity : this.link.deadline();
    if (deadline >= this.#timerAt || deadline === Infinity) return;
    this.#timer?.cancel();
    this.#timerAt = deadline;
    this.#timer = this.#clock.schedule(deadline, this.#onTimer);
  }

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#timerAt = Infinity;
    this.#delivering = true;
    this.#now = this.#clock.now();
    this.link.tick(this.#now, this.#onEvent);
    this.#delivering = false;
    this.flush();
  };

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAt = Infinity;
  }
}
