/**
 * What the tests and the benchmark ask of an implementation nobody here wrote: a server that
 * answers AA at once, and a client that sends messages and waits for the answer to each.
 * Each adapter uses only the package's own public way to do it, and reports only what the package
 * itself understood.
 *
 * @module
 */

/** What a peer's own parser found in MSA. */
export interface PeerReply {
  readonly code: string;
  readonly controlId: string;
}

/** A peer's server, listening. */
export interface PeerServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A peer's client, connected. */
export interface PeerClient {
  /** Sends the message under a control id of its own and resolves with the answer as the package hands it out; one at a time. */
  exchange(controlId: string): Promise<PeerReply>;
  close(): Promise<void>;
}

/** One implementation from npm. */
export interface Peer {
  /** The package's name. */
  readonly name: string;
  /**
   * Starts its server on a free port.
   *
   * @param received told the MSH-10 that the package's own parser found; without it nothing is asked of the parser.
   */
  serve(received?: (controlId: string) => void): Promise<PeerServer>;
  /**
   * Connects its client to a port of 127.0.0.1. The package itself parses `message` once, and then only
   * MSH-10 is set, the way the package has for that: no way to send many messages is cheaper.
   */
  connect(port: number, message: string): Promise<PeerClient>;
}

/** The port a listening `node:net` server took. */
export function portOf(address: unknown): number {
  if (typeof address === "object" && address !== null && "port" in address) return Number(address.port);
  throw new Error("Cannot find the port of a peer's server: it does not listen");
}

/** A promise whose settling is somebody else's. */
export interface Pending<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A new pending promise. */
export function pending<T>(): Pending<T> {
  return Promise.withResolvers<T>();
}
