/**
 * Accepting sockets: the part that TCP, TLS and UNIX sockets share. It knows no TLS and gives no
 * socket a meaning.
 *
 * @module
 */
import { createServer, type Server, type Socket } from "node:net";
import type { TransportError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { failure, listenFailure } from "./failure.ts";
import type { HandshakeTreatment } from "./handshake.ts";
import type { Listener } from "./transport.ts";

/** The queue of connections not accepted yet that is asked of the system; it may give less (Node's own default). */
export const DEFAULT_BACKLOG = 511;

/** A stream that a listener could not give to its holder. */
export interface AcceptFailure {
  /** The peer as `TransportInfo` has it; empty when the listener itself failed. */
  readonly peer: string;
  /** The peer's address alone. */
  readonly peerAddress: string;
  /** Whether the peer sent no byte at all, as a load balancer's probe does. */
  readonly sentNothing: boolean;
  /** Why; its operation is `accept`. */
  readonly error: TransportError;
  /** What was to be done with its TLS handshake, if that was not the usual. */
  readonly treatment?: HandshakeTreatment;
}

/** Where to listen: a host and a port, or the path of a UNIX socket. */
export type ServeTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/** What `serve` needs to know beside the target. */
export interface ServeOptions {
  readonly backlog?: number;
  /** Each socket accepted, half-open allowed and without Nagle's delay. */
  socket(socket: Socket): void;
  /** What goes wrong while listening; without it, such a fault is left unsaid. */
  onError?(failure: AcceptFailure): void;
  /** Called once, just before the listening socket is closed. */
  closing?(): void;
}

/** Listens; rejects with a `TransportError` (`listen_failed`). */
export function serve(endpoint: Endpoint, target: ServeTarget, options: ServeOptions): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.once("error", (error) => reject(listenFailure(endpoint, error)));
    server.once("listening", () => resolve(new SocketListener(server, endpoint, options)));
    server.listen({ ...target, backlog: options.backlog ?? DEFAULT_BACKLOG });
  });
}

class SocketListener implements Listener {
  readonly endpoint: Endpoint;
  readonly #server: Server;
  readonly #options: ServeOptions;
  #closed: Promise<void> | null = null;

  constructor(server: Server, endpoint: Endpoint, options: ServeOptions) {
    const bound = server.address();
    this.endpoint = bound !== null && typeof bound === "object" ? { ...endpoint, port: bound.port } : endpoint;
    this.#server = server;
    this.#options = options;
    server.on("connection", (socket) => {
      // One may come out of the system's queue after our own close.
      if (this.#closed !== null) socket.destroy();
      else options.socket(socket);
    });
    server.on("error", (error) => {
      const words = listenFailure(this.endpoint, error).message;
      const said = failure("stream_failed", "accept", this.endpoint, words, error);
      options.onError?.({ peer: "", peerAddress: "", sentNothing: true, error: said });
    });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#options.closing?.();
      // The callback of `close` waits for every open connection; the port is free at once.
      this.#server.close();
      setImmediate(resolve);
    });
    return this.#closed;
  }
}
