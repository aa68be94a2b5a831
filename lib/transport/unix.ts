/**
 * UNIX stream sockets as transports, and the care of the socket file: a stale one is replaced, one
 * that somebody serves is not. Ours goes when we stop, which the runtimes see to (measured; they do
 * not look whose it is by then). A UNIX socket has no reset.
 *
 * @module
 */
import { lstatSync, unlinkSync } from "node:fs";
import { systemCode } from "../errors.ts";
import { type Attempt, dial } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import { failure } from "./failure.ts";
import { serve, type ServeOptions } from "./serve.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Listener, Transport, TransportInfo } from "./transport.ts";

/** `sun_path` of `struct sockaddr_un` less its zero byte: 108 on Linux, 104 on the BSDs and macOS. Node cuts a longer one off in silence. */
const LONGEST_PATH = process.platform === "linux" ? 107 : 103;

/** Connects to a UNIX socket; rejects with a `TransportError` or the signal's reason. */
export async function connectUnix(attempt: Attempt): Promise<Transport> {
  const { endpoint } = attempt;
  checkLength("connect", endpoint);
  const socket = await dial({ path: endpoint.path }, attempt);
  return new StreamTransport(socket, describe("unix:", `unix:${endpoint.path}`), null);
}

/** Listens on a UNIX socket; rejects with a `TransportError` (`listen_failed`). */
export async function listenUnix(
  endpoint: Endpoint,
  accept: (transport: Transport) => void,
  options: Omit<ServeOptions, "socket" | "closing">,
): Promise<Listener> {
  const { path } = endpoint;
  checkLength("listen", endpoint);
  await clearStale(endpoint);
  return await serve(endpoint, { path }, {
    ...options,
    socket: (socket) => accept(new StreamTransport(socket, describe(`unix:${path}`, "unix:"), null)),
  });
}

/** A socket file that nobody serves is left over from a program that was killed. */
async function clearStale(endpoint: Endpoint): Promise<void> {
  const found = lstatSync(endpoint.path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw failure("listen_failed", "listen", endpoint, "a file that is not a socket is in the way");
  }
  const attempt = { endpoint, signal: new AbortController().signal, waitingFor: "" };
  const error: unknown = await dial({ path: endpoint.path }, attempt).then(
    (socket) => (socket.destroy(), null),
    (error) => error,
  );
  const code = systemCode((error as { cause?: unknown } | null)?.cause);
  if (error === null) throw failure("listen_failed", "listen", endpoint, "another program listens there");
  if (code === "ECONNREFUSED") unlinkSync(endpoint.path);
  else if (code !== "ENOENT") {
    throw failure("listen_failed", "listen", endpoint, "cannot tell whether another program listens there", error);
  }
}

function checkLength(operation: "connect" | "listen", endpoint: Endpoint): void {
  const length = Buffer.byteLength(endpoint.path);
  if (length <= LONGEST_PATH) return;
  const words = `the path of a socket has at most ${LONGEST_PATH} bytes here, this one has ${length}`;
  throw failure(operation === "listen" ? "listen_failed" : "connect_unreachable", operation, endpoint, words);
}

function describe(local: string, peer: string): TransportInfo {
  return { kind: "unix", local, peer, peerAddress: "", canReset: false, tls: null };
}
