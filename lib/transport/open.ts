/**
 * Connecting and listening by the kind of endpoint: the one place that knows all media.
 *
 * @module
 */
import { formatDuration } from "../values.ts";
import type { Attempt } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { failure } from "./failure.ts";
import type { HandshakeTreating, HandshakeTreatment } from "./handshake.ts";
import { connectMemory, listenMemory } from "./memory.ts";
import type { AcceptFailure } from "./serve.ts";
import { connectTcp, listenTcp } from "./tcp.ts";
import { connectTls, listenTls } from "./tls.ts";
import { readClientTls, readServerTls, type TlsClientOptions, type TlsServerOptions } from "./tls_options.ts";
import type { Listener, Transport } from "./transport.ts";
import { connectUnix, listenUnix } from "./unix.ts";

/** How long a connect may take, name lookup and TLS handshake included (our decision). */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/** Choices of {@link connect}. */
export interface ConnectOptions {
  /** Default 10 s, name lookup and TLS handshake included. */
  readonly connectTimeoutMs?: number;
  /** If absent, read from the endpoint's own options and their files. Reuse one object: it is parsed once. */
  readonly tls?: TlsClientOptions;
  /** Cancels the connect, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The source address of tcp and tls. */
  readonly localAddress?: string;
}

/** Choices of {@link listen}; those of {@link HandshakeTreating} mean something to `tls` alone, `backlog` to sockets. */
export interface ListenOptions extends HandshakeTreating {
  /** If absent, read from the endpoint's own options and their files. */
  readonly tls?: TlsServerOptions;
  /** How many connections the system may keep until they are accepted; default 511. */
  readonly backlog?: number;
  /** How long a client may take for its TLS handshake; default 10 s. */
  readonly handshakeTimeoutMs?: number;
  /** TLS handshakes that failed, and faults of the listener itself; without it they are dropped in silence. */
  readonly onError?: (failure: AcceptFailure) => void;
}

/**
 * Opens a stream to an endpoint. Until its holder listens to it, bytes wait in it; an `error` does not.
 *
 * Rejects with a `TransportError` (`connect_refused`, `connect_timeout`, `connect_unreachable`,
 * `dns_failed`, `tls_failed`, `not_supported`), with the signal's reason, or with a `RangeError`
 * for port 0 and for certificates that cannot be used.
 *
 * @example
 * ```ts
 * import { connect, listen } from "./open.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 *
 * const listener = await listen(parseEndpoint(":0"), {}, (transport) => void transport.close());
 * const transport = await connect(listener.endpoint, { connectTimeoutMs: 2000 });
 * await transport.close();
 * await listener.close();
 * ```
 */
export async function connect(endpoint: Endpoint, options: ConnectOptions = {}): Promise<Transport> {
  if ((endpoint.kind === "tcp" || endpoint.kind === "tls") && endpoint.port === 0) {
    throw new RangeError("Cannot connect to port 0, wanted 1 to 65535");
  }
  const { signal, localAddress, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const attempt: Attempt = { endpoint, signal: stop.signal, localAddress, waitingFor: "connection" };
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const timer = setTimeout(() => {
    const words = `no ${attempt.waitingFor} within ${formatDuration(connectTimeoutMs)}`;
    stop.abort(failure("connect_timeout", "connect", endpoint, words));
  }, connectTimeoutMs);
  try {
    return await open(attempt, options);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Listens on an endpoint; `accept` gets each stream, and must listen to it or close it before it returns to its caller;
 * and the treatment, if its TLS handshake was one of those treated.
 *
 * Rejects with a `TransportError` (`listen_failed`, `not_supported`) or a `RangeError` for
 * certificates that cannot be used.
 *
 * @example
 * ```ts
 * import { listen } from "./open.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const listener = await listen(parseEndpoint("127.0.0.1:0"), {}, (transport) => void transport.close());
 * assert.ok(listener.endpoint.port > 0);
 * await listener.close();
 * ```
 */
export async function listen(
  endpoint: Endpoint,
  options: ListenOptions,
  accept: (transport: Transport, treatment?: HandshakeTreatment) => void,
): Promise<Listener> {
  const { onError } = options;
  switch (endpoint.kind) {
    case "tcp":
      return await listenTcp(endpoint, accept, options);
    case "tls":
      return await listenTls(endpoint, accept, { ...options, tls: options.tls ?? readServerTls(endpoint) });
    case "unix":
      return await listenUnix(endpoint, accept, options);
    case "memory":
      return await listenMemory(endpoint, accept);
    case "serial":
    case "pty": {
      const { listenLine } = await import("./line_listener.ts");
      return await listenLine(endpoint, { open: () => openLine("listen", endpoint), accept, onError });
    }
  }
}

async function open(attempt: Attempt, options: ConnectOptions): Promise<Transport> {
  const { endpoint } = attempt;
  switch (endpoint.kind) {
    case "tcp":
      return await connectTcp(attempt);
    case "tls":
      return await connectTls(attempt, options.tls ?? readClientTls(endpoint));
    case "unix":
      return await connectUnix(attempt);
    case "memory":
      return await connectMemory(endpoint);
    case "serial":
    case "pty":
      return await connectLine(attempt);
  }
}

async function connectLine({ endpoint, signal }: Attempt): Promise<Transport> {
  const transport = await openLine("connect", endpoint);
  // Setting a line up cannot be called off half-way.
  if (signal.aborted) transport.reset();
  signal.throwIfAborted();
  return transport;
}

/** Lines are loaded when there is one: few runs have any. */
async function openLine(operation: "connect" | "listen", endpoint: Endpoint): Promise<Transport> {
  if (endpoint.kind === "serial") return await (await import("./serial.ts")).openSerial(operation, endpoint);
  return await (await import("./pty.ts")).openPty(operation, endpoint);
}
