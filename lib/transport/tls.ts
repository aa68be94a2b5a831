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
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import type { TransportError } from "../errors.ts";
import { formatDuration } from "../values.ts";
import { type Attempt, dial } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { failure, handshakeFailure } from "./failure.ts";
import { type HandshakeTreating, type HandshakeTreatment, HeldHandshakes, holdHandshake } from "./handshake.ts";
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
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  readonly treatment?: HandshakeTreatment;
}

/**
 * Listens over TLS. Handshakes that fail go to `onError` and end nothing else; those that
 * `treat` has something else in mind for are treated first. Rejects with a `TransportError`
 * (`listen_failed`), or a `RangeError` for certificates that cannot be used.
 */
export async function listenTls(
  endpoint: Endpoint,
  accept: (transport: Transport, treatment?: HandshakeTreatment) => void,
  options: Omit<ServeOptions, "socket" | "closing"> & HandshakeTreating & {
    readonly tls: TlsServerOptions;
    readonly handshakeTimeoutMs?: number;
  },
): Promise<Listener> {
  const timeoutMs = options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS;
  const held = options.held ?? new HeldHandshakes();
  const pending: Map<Socket, Handshake> = new Map();
  const stalled: Set<Socket> = new Set();

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
    const { info: { peer, peerAddress }, treatment } = handshake;
    const sentNothing = raw.bytesRead === 0;
    raw.destroy();
    const about = { peer, peerAddress, sentNothing, error: why(bound) };
    options.onError?.(treatment === undefined ? about : { ...about, treatment });
  };
  const hangUp = (raw: Socket) => fail(raw, (place) => handshakeFailure("accept", place, hungUp()));
  const onTimeout = (raw: Socket) => {
    const words = `no TLS handshake within ${formatDuration(timeoutMs)}`;
    fail(raw, (place) => failure("tls_failed", "accept", place, words));
  };

  const serverWith = (tls: TlsServerOptions): Server => {
    const server = createServer({ ...serverSettings(tls), allowHalfOpen: true, handshakeTimeout: 2 * timeoutMs });
    server.on("secureConnection", (stream) => {
      const raw = rawOf(stream);
      stream.on("error", () => {});
      const handshake = raw === null ? undefined : settle(raw);
      if (raw === null || handshake === undefined) stream.destroy();
      else accept(new StreamTransport(stream, describe(stream, raw), raw), handshake.treatment);
    });
    server.on("tlsClientError", (error, stream) => {
      const raw = rawOf(stream);
      stream.on("error", () => {});
      if (raw !== null) fail(raw, (place) => handshakeFailure("accept", place, error));
      stream.destroy();
    });
    return server;
  };
  const usual = serverWith(options.tls);
  const others: WeakMap<TlsServerOptions, Server> = new WeakMap();
  const otherServer = (tls: TlsServerOptions): Server => {
    const server = others.get(tls) ?? serverWith(tls);
    others.set(tls, server);
    return server;
  };

  const begin = (raw: Socket, info: TransportInfo, treatment?: HandshakeTreatment) => {
    pending.set(raw, { info, timer: setTimeout(onTimeout, timeoutMs, raw), treatment });
    let server = usual;
    try {
      if (treatment?.tls !== undefined) server = otherServer(treatment.tls);
    } catch (error) {
      return fail(raw, (place) => failure("tls_failed", "accept", place, (error as Error).message, error));
    }
    server.emit("connection", raw);
  };
  const treat = (raw: Socket, info: TransportInfo, treatment: HandshakeTreatment) => {
    const timer = treatment.how === "stall" ? undefined : setTimeout(onTimeout, timeoutMs, raw);
    pending.set(raw, { info, timer, treatment });
    holdHandshake(raw, info, treatment, {
      held,
      onHello: () => clearTimeout(timer),
      onEnd: () => hangUp(raw),
      serve: (released) => {
        settle(raw);
        stalled.delete(raw);
        begin(raw, info, released ? undefined : treatment);
      },
      onTreated: (over) => {
        settle(raw);
        if (treatment.how === "stall") {
          stalled.add(raw);
          void over.then(() => stalled.delete(raw));
        }
        options.onTreated?.({ peer: info.peer, peerAddress: info.peerAddress, treatment, over });
      },
    });
  };

  const listener = await serve(endpoint, { host: endpoint.host, port: endpoint.port }, {
    ...options,
    socket: (raw) => {
      raw.on("error", () => {});
      raw.once("close", () => hangUp(raw));
      const info = describeSocket(raw, "tls");
      const treatment = options.treat?.({ peer: info.peer, peerAddress: info.peerAddress }) ?? null;
      if (treatment === null) begin(raw, info);
      else treat(raw, info, treatment);
    },
    closing: () => {
      for (const raw of [...pending.keys(), ...stalled]) {
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
