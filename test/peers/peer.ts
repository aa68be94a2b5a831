/**
 * What the tests and the benchmark ask of an implementation nobody here wrote: a server that
 * answers AA at once, and a client that sends one message over and over and waits for each answer.
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
  /** Sends the message and resolves with the answer as the package hands it out; one at a time. */
  exchange(): Promise<PeerReply>;
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
  /** Connects its client to a port of 127.0.0.1; `message` is parsed once, by the package itself. */
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
