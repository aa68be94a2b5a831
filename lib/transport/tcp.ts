/**
 * TCP: sockets as transports. It knows no TLS.
 *
 * @module
 */
import type { Socket } from "node:net";
import { type Attempt, dial } from "./dial.ts";
import { type Endpoint, formatAddress } from "./endpoint.ts";
import { serve, type ServeOptions } from "./serve.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Listener, Transport, TransportInfo } from "./transport.ts";

/** Connects over TCP; rejects with a `TransportError` or the signal's reason. */
export async function connectTcp(attempt: Attempt): Promise<Transport> {
  const socket = await dial({ host: attempt.endpoint.host, port: attempt.endpoint.port }, attempt);
  return new StreamTransport(socket, describeSocket(socket, "tcp"), socket);
}

/** Listens over TCP; rejects with a `TransportError` (`listen_failed`). */
export function listenTcp(
  endpoint: Endpoint,
  accept: (transport: Transport) => void,
  options: Omit<ServeOptions, "socket" | "closing">,
): Promise<Listener> {
  return serve(endpoint, { host: endpoint.host, port: endpoint.port }, {
    ...options,
    socket: (socket) => accept(new StreamTransport(socket, describeSocket(socket, "tcp"), socket)),
  });
}

/** Both ends of an open TCP socket; of one whose peer is gone already, the peer is `unknown`. */
export function describeSocket(socket: Socket, kind: "tcp" | "tls"): TransportInfo {
  const peerAddress = plainAddress(socket.remoteAddress);
  return {
    kind,
    local: formatAddress(plainAddress(socket.localAddress), socket.localPort ?? 0),
    peer: peerAddress === "" ? "unknown" : formatAddress(peerAddress, socket.remotePort ?? 0),
    peerAddress,
    canReset: true,
    tls: null,
  };
}

/** An IPv4 peer of an IPv6 socket is shown, and matched by rules, as IPv4 (our decision). */
function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}
