/**
 * TLS over TCP: the raw socket is kept beside the encrypted stream, because only it can be reset.
 *
 * The listening side hands each raw socket to a `tls.Server` that listens nowhere itself, by
 * emitting `connection` on it, which is the documented way. Wrapping the socket in a `TLSSocket`
 * by hand would be shorter, but then Node and Deno let a client in whose certificate has another
 * issuer (measured).
 *
 * @module
 */
import { isIP, type Socket } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { TransportError } from "../errors.ts";
import { formatDuration } from "../values.ts";
import { type Attempt, dial } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { failure, handshakeFailure } from "./failure.ts";
import { serve, type ServeOptions } from "./serve.ts";
import { StreamTransport } from "./stream_transport.ts";
import { describeSocket } from "./tcp.ts";
import { clientContext, serverSettings, type TlsClientOptions, type TlsServerOptions } from "./tls_options.ts";
import type { Listener, Transport, TransportInfo } from "./transport.ts";

/** How long a client may take for its handshake (our decision: that of a connect). */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Connects over TLS; rejects with a `TransportError`, the signal's reason, or, before anything is
 * opened, a `RangeError` for certificates that cannot be used.
 */
export async function connectTls(attempt: Attempt, options: TlsClientOptions): Promise<Transport> {
  const { endpoint, signal } = attempt;
  const secureContext = clientContext(options);
  const raw = await dial({ host: endpoint.host, port: endpoint.port }, attempt);
  attempt.waitingFor = "TLS handshake";
  const name = options.servername ?? endpoint.host;
  return new Promise((resolve, reject) => {
    const stream = connect({
      socket: raw,
      secureContext,
      // A number is looked for in the certificate, but not sent as a name (RFC 6066, section 3).
      ...(isIP(name) === 0 ? { servername: name } : { host: name }),
      rejectUnauthorized: options.insecure !== true,
    });
    const finish = (settle: () => void, drop: boolean) => {
      signal.removeEventListener("abort", onAbort);
      stream.off("secureConnect", onSecure).off("error", onError).off("close", onClose);
      if (drop) { for (const part of [stream, raw]) part.on("error", () => {}).destroy(); }
      settle();
    };
    const onAbort = () => finish(() => reject(signal.reason), true);
    const onError = (error: Error) => finish(() => reject(handshakeFailure("connect", endpoint, error)), true);
    const onClose = () => onError(hungUp());
    const onSecure = () => finish(() => resolve(new StreamTransport(stream, describe(stream, raw), raw)), false);
    signal.addEventListener("abort", onAbort);
    stream.once("secureConnect", onSecure).once("error", onError).once("close", onClose);
    if (signal.aborted) onAbort();
  });
}

/** A raw socket whose handshake is under way. */
interface Handshake {
  readonly info: TransportInfo;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Listens over TLS. Handshakes that fail go to `onError` and end nothing else. Rejects with a
 * `TransportError` (`listen_failed`), or a `RangeError` for certificates that cannot be used.
 */
export async function listenTls(
  endpoint: Endpoint,
  accept: (transport: Transport) => void,
  options: Omit<ServeOptions, "socket" | "closing"> & {
    readonly tls: TlsServerOptions;
    readonly handshakeTimeoutMs?: number;
  },
): Promise<Listener> {
  const timeoutMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS;
  const pending: Map<Socket, Handshake> = new Map();

  const settle = (raw: Socket): Handshake | undefined => {
    const handshake = pending.get(raw);
    pending.delete(raw);
    clearTimeout(handshake?.timer);
    return handshake;
  };
  let bound = endpoint;
  const fail = (raw: Socket, why: (place: Endpoint) => TransportError) => {
    const handshake = settle(raw);
    if (handshake === undefined) return;
    const { peer, peerAddress } = handshake.info;
    const sentNothing = raw.bytesRead === 0;
    raw.destroy();
    options.onError?.({ peer, peerAddress, sentNothing, error: why(bound) });
  };

  const server = createServer({ ...serverSettings(options.tls), allowHalfOpen: true, handshakeTimeout: 2 * timeoutMs });
  server.on("secureConnection", (stream) => {
    const raw = rawOf(stream);
    stream.on("error", () => {});
    if (raw === null || settle(raw) === undefined) stream.destroy();
    else accept(new StreamTransport(stream, describe(stream, raw), raw));
  });
  server.on("tlsClientError", (error, stream) => {
    const raw = rawOf(stream);
    stream.on("error", () => {});
    if (raw !== null) fail(raw, (place) => handshakeFailure("accept", place, error));
    stream.destroy();
  });

  const onTimeout = (raw: Socket) => {
    const words = `no TLS handshake within ${formatDuration(timeoutMs)}`;
    fail(raw, (place) => failure("tls_failed", "accept", place, words));
  };
  const listener = await serve(endpoint, { host: endpoint.host, port: endpoint.port }, {
    ...options,
    socket: (raw) => {
      raw.on("error", () => {});
      raw.once("close", () => fail(raw, (place) => handshakeFailure("accept", place, hungUp())));
      const timer = setTimeout(onTimeout, timeoutMs, raw);
      pending.set(raw, { info: describeSocket(raw, "tls"), timer });
      server.emit("connection", raw);
    },
    closing: () => {
      for (const raw of [...pending.keys()]) {
        settle(raw);
        raw.destroy();
      }
    },
  });
  bound = listener.endpoint;
  return listener;
}

/** A stream that is gone without a word; Node says it of a handshake with the same code. */
function hungUp(): Error {
  return Object.assign(new Error("closed during the handshake"), { code: "ECONNRESET" });
}

/** The socket that was given to the server. Node, Deno and Bun all keep it in `_parent`, which their documents do not name; without it nobody is let in. */
function rawOf(stream: TLSSocket): Socket | null {
  return (stream as { _parent?: Socket | null })._parent ?? null;
}

function describe(stream: TLSSocket, raw: Socket): TransportInfo {
  const commonName: unknown = stream.getPeerCertificate()?.subject?.CN;
  return {
    ...describeSocket(raw, "tls"),
    tls: {
      protocol: stream.getProtocol() ?? "",
      cipher: stream.getCipher()?.name ?? "",
      peerCommonName: typeof commonName === "string" ? commonName : null,
    },
  };
}
