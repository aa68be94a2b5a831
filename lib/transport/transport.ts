/**
 * The contract of a duplex byte stream that the operating system gives us, and of what listens for one.
 *
 * # The contract
 *
 * - `stream` is a Node `Duplex`, made with `allowHalfOpen: true` and `setNoDelay`: the peer's FIN
 *   is its `end` event and does not end our side. Who holds the transport ends it.
 * - `end()` sends what is queued, then FIN.
 * - `close()` ends both directions in an orderly way: what is queued is sent, then FIN; what the
 *   peer still sends is read and thrown away for at most `lingerMs`, because closing with unread
 *   input makes the kernel send RST instead. It resolves when the descriptor is gone, never
 *   rejects, and may be called twice.
 * - `reset()` breaks the connection at once, with a real RST where the medium has one
 *   (`info.canReset`: TCP, and TLS over it, on the raw socket); elsewhere the descriptor is simply
 *   closed.
 * - When the descriptor is gone the stream emits `close`, once. Before it, `error` if the operating
 *   system said why; a peer's RST is an error whose `code` is `ECONNRESET` (or `EPIPE`).
 * - An error of opening or listening is a `TransportError` that names the operation, the endpoint
 *   and the system's own code.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Endpoint } from "./endpoint.ts";

/** What is known of an open stream. */
export interface TransportInfo {
  readonly kind: Endpoint["kind"];
  /** Our end, for people and logs: `127.0.0.1:40112`, `unix:/tmp/x`. */
  readonly local: string;
  /** The peer's end; a UNIX client has none and is `unix:`. */
  readonly peer: string;
  /** The peer's address alone, for rules on peers; empty where there is none. */
  readonly peerAddress: string;
  /** Whether `reset()` is seen as a reset by the peer. */
  readonly canReset: boolean;
  /** Of a TLS stream: the version and cipher, and the peer certificate's common name if it gave one. */
  readonly tls: { readonly protocol: string; readonly cipher: string; readonly peerCommonName: string | null } | null;
  /** Of a serial device: how many bytes it carries in a second, as it is set. */
  readonly bytesPerSecond?: number;
}

/** A duplex byte stream; the contract is this module's text. */
export interface Transport {
  readonly stream: Duplex;
  readonly info: TransportInfo;
  /** FIN after what is queued; reading goes on. */
  end(): void;
  /** Both directions, in order; resolves when the descriptor is gone. */
  close(lingerMs?: number): Promise<void>;
  /** Break it now. */
  reset(): void;
}

/** Something that accepts streams. */
export interface Listener {
  /** Where it really listens: port 0 has become the port taken. */
  readonly endpoint: Endpoint;
  /** Accepts no more; streams already open stay. Resolves when the port is free; may be called twice. */
  close(): Promise<void>;
}
