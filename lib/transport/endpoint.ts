/**
 * Endpoints: where a stream comes from, as people write it and as a value.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** Where to connect or listen. */
export interface Endpoint {
  readonly kind: "tcp" | "tls" | "unix" | "serial" | "pty" | "memory";
  /** Host name or address, without brackets; empty for the other kinds. */
  readonly host: string;
  /** 0 to 65535; 0 listens on any free port. */
  readonly port: number;
  /** The path of a UNIX socket or device, or the name of a memory endpoint; empty for tcp and tls. */
  readonly path: string;
  /** What stood behind `?`, as written: `framing`, `cert`, `baud`, ... */
  readonly options: Readonly<Record<string, string>>;
}
