/**
 * Streams within one process: pairs for tests, and `memory:NAME` endpoints. They behave as TCP
 * does, so far as a peer can see: half-close, backpressure, reset, and bytes cut and held up on the way.
 *
 * @module
 */
import { Duplex } from "node:stream";
import type { Endpoint } from "./endpoint.ts";
import { failure } from "./failure.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Listener, Transport } from "./transport.ts";

/** Something on its way to a stream; `taken` lets the writer go on. */
type Arrival =
  | { readonly type: "bytes"; readonly bytes: Uint8Array; readonly taken: (error?: Error | null) => void }
  | { readonly type: "end" }
  | { readonly type: "reset" };

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

class MemoryStream extends Duplex {
  peer!: MemoryStream;
  largest = Infinity;
  held = false;
  #arrivals: Arrival[] = [];
  #offset = 0;
  #wanted = false;
  #due = false;
  #endSent = false;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {
    this.#wanted = true;
    this.deliverSoon();
  }

  override _write(chunk: Uint8Array, _encoding: string, taken: (error?: Error | null) => void): void {
    if (this.peer.destroyed) taken(systemError("EPIPE", "write"));
    // A copy, as a socket's write makes one: the writer may use its buffer again.
    else this.peer.arrive({ type: "bytes", bytes: new Uint8Array(chunk), taken });
  }

  override _final(done: () => void): void {
    this.#sendEnd("end");
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#sendEnd("end");
    for (const arrival of this.#arrivals.splice(0)) {
      // What nobody will read any more is refused, as the kernel refuses it.
      if (arrival.type === "bytes") arrival.taken(systemError("ECONNRESET", "write"));
    }
    done(error);
  }

  breakOff(): void {
    this.#sendEnd("reset");
    this.destroy();
  }

  arrive(arrival: Arrival): void {
    if (this.destroyed) return;
    this.#arrivals.push(arrival);
    this.deliverSoon();
  }

  /** Never within the call that caused it: a socket does not call back at once either. */
  deliverSoon(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#deliver();
    });
  }

  #sendEnd(type: "end" | "reset"): void {
    if (this.#endSent && type === "end") return;
    this.#endSent = true;
    this.peer.arrive({ type });
  }

  #deliver(): void {
    while (!this.held && !this.destroyed && this.#arrivals.length > 0) {
      const arrival = this.#arrivals[0];
      if (arrival.type === "reset") {
        this.#arrivals.shift();
        this.destroy(systemError("ECONNRESET", "read"));
      } else if (arrival.type === "end") {
        this.#arrivals.shift();
        this.push(null);
      } else {
        if (!this.#wanted) return;
        const piece = arrival.bytes.subarray(this.#offset, this.#offset + this.largest);
        this.#offset += piece.length;
        if (this.#offset === arrival.bytes.length) {
          this.#arrivals.shift();
          this.#offset = 0;
        }
        this.#wanted = this.push(piece);
        if (this.#offset === 0) arrival.taken();
      }
    }
  }
}

/** One end of a pair. Beside the verbs of a transport it has those of the way to it. */
export interface MemoryTransport extends Transport {
  /** From now on what arrives here comes in chunks of at most `size` bytes; throws a `RangeError` below 1. */
  split(size: number): void;
  /** Nothing arrives here any more, neither bytes nor an end, until `resume()`; the peer's writes back up. */
  pause(): void;
  /** What was held up arrives. */
  resume(): void;
}

class MemoryEnd extends StreamTransport implements MemoryTransport {
  readonly #stream: MemoryStream;

  constructor(stream: MemoryStream, local: string, peer: string) {
    super(stream, { kind: "memory", local, peer, peerAddress: "", canReset: true, tls: null }, null);
    this.#stream = stream;
  }

  split(size: number): void {
    if (!(size >= 1)) throw new RangeError(`Cannot split into chunks of ${size} bytes, wanted at least 1`);
    this.#stream.largest = Math.floor(size);
  }

  pause(): void {
    this.#stream.held = true;
  }

  resume(): void {
    this.#stream.held = false;
    this.#stream.deliverSoon();
  }

  override reset(): void {
    if (!this.#stream.destroyed) this.#stream.breakOff();
  }
}

/**
 * Two transports joined to each other.
 *
 * @example
 * ```ts
 * import { memoryPair } from "./memory.ts";
 * import assert from "node:assert/strict";
 *
 * const [near, far] = memoryPair();
 * far.split(2);
 * const pieces: string[] = [];
 * far.stream.on("data", (chunk) => pieces.push(String(chunk)));
 * const ended = new Promise<void>((resolve) => far.stream.once("end", resolve));
 * near.stream.end("MSH|^");
 * await ended;
 * assert.deepEqual(pieces, ["MS", "H|", "^"]);
 * await Promise.all([near.close(), far.close()]);
 * ```
 */
export function memoryPair(name = "pair"): [MemoryTransport, MemoryTransport] {
  const near = new MemoryStream();
  const far = new MemoryStream();
  near.peer = far;
  far.peer = near;
  // As a socket does at its connect: what fits is taken in before anybody reads.
  for (const stream of [near, far]) stream.read(0);
  const place = `memory:${name}`;
  return [new MemoryEnd(near, "memory:", place), new MemoryEnd(far, place, "memory:")];
}

interface MemoryListener extends Listener {
  accept(transport: Transport): void;
}

const listening: Map<string, MemoryListener> = new Map();

/** Connects to a `memory:NAME` of this process; rejects with a `TransportError` if nobody listens there. */
export function connectMemory(endpoint: Endpoint): Promise<Transport> {
  const listener = listening.get(endpoint.path);
  if (listener === undefined) {
    return Promise.reject(failure("connect_refused", "connect", endpoint, "nothing in this process listens there"));
  }
  const [near, far] = memoryPair(endpoint.path);
  listener.accept(far);
  return Promise.resolve(near);
}

/** Listens on a `memory:NAME`; rejects with a `TransportError` if the name is taken. */
export function listenMemory(endpoint: Endpoint, accept: (transport: Transport) => void): Promise<Listener> {
  if (listening.has(endpoint.path)) {
    return Promise.reject(failure("listen_failed", "listen", endpoint, "the name is in use"));
  }
  const listener: MemoryListener = {
    endpoint,
    accept,
    close: () => {
      if (listening.get(endpoint.path) === listener) listening.delete(endpoint.path);
      return Promise.resolve();
    },
  };
  listening.set(endpoint.path, listener);
  return Promise.resolve(listener);
}
