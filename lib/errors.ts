/**
 * Every error class and every stable error code of the library, in one file.
 *
 * Classes say whose fault it was; codes are public: README lists them, tests exercise each.
 * Messages: sentence case, no full stop, name the action, give the value found and the one wanted.
 * The caller's own mistakes are `TypeError` and `RangeError`, not found here. A negative
 * acknowledgement is a result, never an error.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** The peer's bytes are damaged (the first four are the Go library's four checks). */
export type FramingCode =
  | "invalid_header"
  | "invalid_content"
  | "invalid_boundary"
  | "invalid_trailer"
  | "unexpected_start"
  | "frame_too_large"
  | "truncated"
  /** A block whose length is not the one that it tells (HLLP, X3.28). */
  | "invalid_count"
  /** A block whose checksum is not the one that it tells (HLLP, X3.28). */
  | "invalid_checksum"
  /** A block out of its turn (X3.28). */
  | "invalid_block_number";

/** The dialogue of the lower layer failed. */
export type LinkCode =
  /** Every try was refused: with a commit NAK, or with the NAK of the protocol. */
  | "commit_refused"
  /** No acknowledgement of the lower layer came to any try. */
  | "commit_timeout"
  /** The peer refused every bid for the line (X3.28). */
  | "bid_refused"
  /** The peer answered no bid for the line (X3.28). */
  | "bid_timeout"
  /** Both stations bid for the line, again and again (X3.28). */
  | "bid_contended"
  /** The peer ended the transfer before it was complete (X3.28). */
  | "interrupted"
  /** The stream ended before the message was confirmed. */
  | "link_ended";

/** The operating system said no. */
export type TransportCode =
  /** The peer's machine refused the connection, or nothing listens. */
  | "connect_refused"
  /** No connection within the connect timeout. */
  | "connect_timeout"
  /** No route, network or host unreachable. */
  | "connect_unreachable"
  /** The name did not resolve. */
  | "dns_failed"
  /** The TLS handshake or a certificate was refused. */
  | "tls_failed"
  /** The address is taken, forbidden or not ours. */
  | "listen_failed"
  /** Reading or writing an open stream failed. */
  | "stream_failed"
  /** This medium is not supported on this system, or not by this build. */
  | "not_supported";

/** No reply, or not the one to this message. */
export type ReplyCode =
  /** Nothing came by the deadline. */
  | "reply_timeout"
  /** The peer closed in order (FIN) before the reply. */
  | "reply_closed"
  /** The peer broke the connection (RST) before the reply. */
  | "reply_reset"
  /** By the deadline only acknowledgements of other messages had come. */
  | "reply_wrong_id"
  /** By the deadline only damaged, unframed or foreign bytes had come. */
  | "reply_damaged";

/** Every stable error code. */
export type ErrorCode = FramingCode | LinkCode | TransportCode | ReplyCode;

/**
 * The base of all errors of this library.
 *
 * @example
 * ```ts
 * import { MllpError, ReplyError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * const error: unknown = new ReplyError("reply_timeout", "No acknowledgement within 5s");
 * assert.ok(error instanceof MllpError && error.code === "reply_timeout");
 * ```
 */
export abstract class MllpError extends Error {
  /** Stable; documented in README. */
  abstract readonly code: ErrorCode;
}

/**
 * The peer's bytes were damaged.
 *
 * @example
 * ```ts
 * import { FramingError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new FramingError("invalid_trailer", "Cannot read the frame: ...").code, "invalid_trailer");
 * ```
 */
export class FramingError extends MllpError {
  override readonly name = "FramingError";
  override readonly code: FramingCode;
  constructor(code: FramingCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The dialogue of the lower layer failed.
 *
 * @example
 * ```ts
 * import { LinkError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new LinkError("commit_timeout", "Cannot deliver the message: ...").code, "commit_timeout");
 * ```
 */
export class LinkError extends MllpError {
  override readonly name = "LinkError";
  override readonly code: LinkCode;
  constructor(code: LinkCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const REFUSALS: ReadonlySet<LinkCode> = new Set(["commit_refused", "bid_refused", "interrupted"]);

/**
 * Whether the peer's lower layer said no, rather than nothing.
 *
 * @example
 * ```ts
 * import { isRefusal, LinkError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isRefusal(new LinkError("commit_timeout", "Cannot deliver the message: ...")), false);
 * ```
 */
export function isRefusal({ code }: LinkError): boolean {
  return REFUSALS.has(code);
}

/**
 * The operating system said no.
 *
 * @example
 * ```ts
 * import { TransportError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * const error = new TransportError("connect_refused", "Cannot connect to tcp://127.0.0.1:1: connection refused", {
 *   operation: "connect",
 *   endpoint: "tcp://127.0.0.1:1",
 *   systemCode: "ECONNREFUSED",
 * });
 * assert.equal(error.endpoint, "tcp://127.0.0.1:1");
 * ```
 */
export class TransportError extends MllpError {
  override readonly name = "TransportError";
  override readonly code: TransportCode;
  /** `connect`, `listen`, `read` or `write`. */
  readonly operation: string;
  /** The endpoint as text. */
  readonly endpoint: string;
  /** The system's own code, such as `ECONNREFUSED`; empty if it gave none. */
  readonly systemCode: string;
  constructor(
    code: TransportCode,
    message: string,
    about: { operation: string; endpoint: string; systemCode?: string; cause?: unknown },
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.code = code;
    this.operation = about.operation;
    this.endpoint = about.endpoint;
    this.systemCode = about.systemCode ?? "";
  }
}

/**
 * No reply, or not the one to this message.
 *
 * @example
 * ```ts
 * import { ReplyError } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new ReplyError("reply_timeout", "No reply within 5 s").code, "reply_timeout");
 * ```
 */
export class ReplyError extends MllpError {
  override readonly name = "ReplyError";
  override readonly code: ReplyCode;
  constructor(code: ReplyCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The system's code of an unknown error (`ECONNRESET`), or an empty text.
 *
 * @example
 * ```ts
 * import { systemCode } from "./errors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(systemCode(Object.assign(new Error("x"), { code: "EPIPE" })), "EPIPE");
 * ```
 */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
