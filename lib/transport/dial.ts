/**
 * Opening a socket to somewhere else: the part that TCP, TLS and UNIX sockets share. It knows no
 * TLS and no time: its caller cancels it.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import type { Endpoint } from "./endpoint.ts";
import { connectFailure } from "./failure.ts";

/** One try to connect. */
export interface Attempt {
  readonly endpoint: Endpoint;
  /** Cancels the try, with what is to be thrown as its reason. */
  readonly signal: AbortSignal;
  /** The source address; the system chooses if absent. */
  readonly localAddress?: string;
  /** What is being waited for; the words of a timeout. */
  waitingFor: string;
}

/** Where to: a host and a port, or the path of a UNIX socket. */
export type DialTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/** An open socket, half-open allowed and without Nagle's delay; rejects with a `TransportError` or the signal's reason. */
export function dial(target: DialTarget, attempt: Attempt): Promise<Socket> {
  const { endpoint, signal, localAddress } = attempt;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ ...target, localAddress, allowHalfOpen: true, noDelay: true });
    const onAbort = () => finish(() => reject(signal.reason), true);
    const onError = (error: Error) => finish(() => reject(connectFailure(endpoint, error, localAddress)), true);
    const onConnect = () => finish(() => resolve(socket), false);
    const finish = (settle: () => void, drop: boolean) => {
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect);
      socket.off("error", onError);
      // A socket given up may still say something.
      if (drop) socket.on("error", () => {}).destroy();
      settle();
    };
    signal.addEventListener("abort", onAbort);
    socket.once("connect", onConnect);
    socket.once("error", onError);
  });
}
