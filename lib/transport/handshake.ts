/**
 * What can be done with a TLS connection before its handshake instead of the usual: wait, another
 * certificate, silence, nonsense, an end. It works on the raw socket, knows no certificate and
 * decides nothing.
 *
 * The ClientHello is always read first, whatever is done: a socket that is closed with unread input
 * sends RST instead of FIN. What was read is put back for the handshake that takes place after all
 * (`unshift`; Node, Deno and Bun all take it up, measured).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { StreamTransport } from "./stream_transport.ts";
import type { TlsServerOptions } from "./tls_options.ts";
import type { TransportInfo } from "./transport.ts";

/**
 * What is done with one connection's TLS handshake.
 *
 * - `serve`: the handshake, with `tls` if there is one, else as the listener always does.
 * - `stall`: the ClientHello is read, and nothing is ever said. It ends when the peer goes, when the
 *   listener closes or when it is released (see {@link HeldHandshakes}); no time ends it.
 * - `garbage`: bytes that are no TLS answer the ClientHello, then FIN.
 * - `close`: FIN when the ClientHello has come.
 * - `reset`: RST when the ClientHello has come.
 */
export interface HandshakeTreatment {
  /** How long after the ClientHello it is done; at most 24.8 days, the longest of the system's timers. */
  readonly afterMs: number;
  readonly how: "serve" | "stall" | "garbage" | "close" | "reset";
  /** Of `serve`: another certificate, or other demands, than the listener's. Reuse one object: it is made ready once. */
  readonly tls?: TlsServerOptions;
}

/** A connection whose treatment ended it, or, with `stall`, has begun: it never becomes a transport and is no failure. */
export interface TreatedHandshake {
  /** The peer as `TransportInfo` has it. */
  readonly peer: string;
  /** The peer's address alone. */
  readonly peerAddress: string;
  readonly treatment: HandshakeTreatment;
  /** Resolves when the connection is gone, or, with `stall`, released; never rejects. */
  readonly over: Promise<void>;
}

/**
 * Treating handshakes. Each connection that is treated is told of exactly once: as a transport that
 * is accepted (with its treatment), as a failure (`onError`, with its treatment: the peer refused the
 * other certificate, sent no ClientHello in time, or went), or to `onTreated`. Only a stall that is
 * released is told of twice, and one that the listener's own close ends early may go untold.
 */
export interface HandshakeTreating {
  /** Asked for each connection, before its handshake; `null` for the usual. It is waited for: it answers at once, and does not throw. */
  readonly treat?: (peer: { readonly peer: string; readonly peerAddress: string }) => HandshakeTreatment | null;
  /** Told when `stall` has begun, and when `garbage`, `close` or `reset` has been done. */
  readonly onTreated?: (treated: TreatedHandshake) => void;
  /** Where treated handshakes are counted, and released. */
  readonly held?: HeldHandshakes;
}

/**
 * The treated handshakes that are not over: waiting for the ClientHello or their time, or stalled.
 * One may serve several listeners.
 *
 * @example
 * ```ts
 * import { HeldHandshakes } from "./handshake.ts";
 * import assert from "node:assert/strict";
 *
 * const held = new HeldHandshakes();
 * const released: string[] = [];
 * held.add(() => released.push("first"));
 * assert.equal(held.count, 1);
 * held.release();
 * assert.deepEqual([released, held.count], [["first"], 0]);
 * ```
 */
export class HeldHandshakes {
  readonly #held: Set<() => void> = new Set();

  /** How many there are. */
  get count(): number {
    return this.#held.size;
  }

  /** Lets each go on at once as if it were not treated: with the usual handshake. */
  release(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const release of held) release();
  }

  /** One more; what is given lets it go on. */
  add(release: () => void): void {
    this.#held.add(release);
  }

  /** One that is over. */
  delete(release: () => void): void {
    this.#held.delete(release);
  }
}

/** What is said instead of a ServerHello; its first byte is no type of a TLS record (RFC 8446, section 5.1). */
export const NO_TLS = "Here is no TLS\r\n";

/** No timer of the system is longer. */
const LONGEST_WAIT_MS = 0x7fffffff;

/** A ClientHello is one record of at most 16 KB and its head (RFC 8446, section 5.1); of what comes beyond, nothing is read before the handshake. */
const HELLO_LIMIT = 16_384 + 5;

/** The type of a TLS record that holds handshake messages. */
const HANDSHAKE_RECORD = 0x16;

/** What {@link holdHandshake} tells whoever listens. */
export interface Holding {
  readonly held: HeldHandshakes;
  /** The ClientHello is here: from now on the peer is not waited for. */
  onHello(): void;
  /** The peer has ended before anything was done. */
  onEnd(): void;
  /** The handshake is to take place; the bytes that came are back in the socket. `released`: as if it were not treated. */
  serve(released: boolean): void;
  /** It was treated, and will be no transport. */
  onTreated(over: Promise<void>): void;
}

/** Treats the handshake of a socket that has just been accepted and has an `error` listener. */
export function holdHandshake(
  raw: Socket,
  info: TransportInfo,
  { afterMs, how }: HandshakeTreatment,
  holding: Holding,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let wanted: number | null = null;
  let heard = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unstall: (() => void) | null = null;

  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= HELLO_LIMIT) raw.pause();
    if (heard) return;
    wanted ??= helloSize(Buffer.concat(chunks));
    if (wanted === null || size < wanted) return;
    heard = true;
    holding.onHello();
    timer = setTimeout(act, Math.min(afterMs, LONGEST_WAIT_MS));
  };
  const onEnd = () => {
    letGo();
    if (unstall === null) holding.onEnd();
    else raw.destroy();
  };
  const onClose = () => letGo();
  const release = () => serve(true);
  const letGo = () => {
    clearTimeout(timer);
    holding.held.delete(release);
    raw.off("data", onData).off("end", onEnd).off("close", onClose);
  };
  const serve = (released: boolean) => {
    letGo();
    unstall?.();
    raw.pause();
    if (size > 0) raw.unshift(Buffer.concat(chunks));
    holding.serve(released);
  };
  const act = () => {
    if (how === "serve") return serve(false);
    if (how === "stall") {
      const over = new Promise<void>((resolve) => {
        unstall = resolve;
        raw.once("close", () => resolve());
      });
      return holding.onTreated(over);
    }
    letGo();
    const transport = new StreamTransport(raw, info, raw);
    if (how === "garbage") raw.write(NO_TLS);
    if (how === "reset") transport.reset();
    // After a reset it closes nothing and waits for the descriptor alone.
    holding.onTreated(transport.close());
  };

  holding.held.add(release);
  raw.on("data", onData).on("end", onEnd).on("close", onClose);
}

/** The size of the record that the bytes begin; of bytes that are no handshake, no more than has come; `null` if that cannot be told yet. */
function helloSize(bytes: Buffer): number | null {
  if (bytes[0] !== HANDSHAKE_RECORD) return 0;
  return bytes.length < 5 ? null : Math.min(5 + bytes.readUInt16BE(3), HELLO_LIMIT);
}
