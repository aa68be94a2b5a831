/**
 * What the operating system and the TLS library say, in plain words and as stable codes: one table
 * for sockets, one for TLS. It opens nothing.
 *
 * The TLS codes are those of OpenSSL, BoringSSL and Deno's translation of rustls to them; a code
 * of an alert is found by its end, since each library begins it in its own way.
 *
 * @module
 */
import { systemCode, type TransportCode, TransportError } from "../errors.ts";
import { type Endpoint, formatPlace, isLine } from "./endpoint.ts";

const SOCKET_WORDS: Readonly<Record<string, readonly [TransportCode, string]>> = {
  ECONNREFUSED: ["connect_refused", "connection refused"],
  ECONNRESET: ["connect_refused", "the peer broke the connection at once"],
  ENOENT: ["connect_refused", "there is no such socket"],
  EACCES: ["connect_refused", "permission denied"],
  EPERM: ["connect_refused", "not permitted by this system"],
  ENOTSOCK: ["connect_refused", "that file is not a socket"],
  ETIMEDOUT: ["connect_timeout", "the network gave no answer"],
  ENETUNREACH: ["connect_unreachable", "network unreachable"],
  EHOSTUNREACH: ["connect_unreachable", "host unreachable"],
  EADDRNOTAVAIL: ["connect_unreachable", "no free local port, or an address that cannot be used"],
  EMFILE: ["connect_unreachable", "too many open files, raise the limit (ulimit -n)"],
  ENFILE: ["connect_unreachable", "too many open files on this machine"],
  ENOTFOUND: ["dns_failed", "the name does not resolve"],
  EAI_AGAIN: ["dns_failed", "the name server gives no answer"],
};

const LISTEN_WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "not an address of this machine",
  // Deno's word for the same.
  EINVAL: "not an address of this machine",
  EACCES: "permission denied",
  ENOENT: "no such directory",
  ENOTFOUND: "the name does not resolve",
};

/** Words about the peer's certificate as we judge it. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the peer's certificate is self-signed and not among the trusted ones",
  SELF_SIGNED_CERT_IN_CHAIN: "the peer's certificate chain ends in a self-signed one that is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the issuer of the peer's certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "the issuer of the peer's certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the issuer of the peer's certificate is not trusted",
  CERT_UNTRUSTED: "the issuer of the peer's certificate is not trusted",
  CERT_HAS_EXPIRED: "the peer's certificate has expired",
  CERT_NOT_YET_VALID: "the peer's certificate is not valid yet",
  CERT_REVOKED: "the peer's certificate is revoked",
  CERT_SIGNATURE_FAILURE: "the signature of the peer's certificate is wrong",
  INVALID_PURPOSE: "the peer's certificate is not for this use",
};

/** Ends of `ERR_SSL_...` codes: what the library found, and what the peer told us by an alert. */
const HANDSHAKE_WORDS: readonly (readonly [end: string, words: string])[] = [
  ["WRONG_VERSION_NUMBER", "the peer does not speak TLS, it sent plain bytes"],
  ["HTTP_REQUEST", "the peer does not speak TLS, it sent an HTTP request"],
  ["PACKET_LENGTH_TOO_LONG", "the peer does not speak TLS, it sent plain bytes"],
  ["PEER_DID_NOT_RETURN_A_CERTIFICATE", "the peer gave no certificate, and one is required"],
  ["UNSUPPORTED_PROTOCOL", "no TLS version in common, at least 1.2 is wanted"],
  ["NO_SHARED_CIPHER", "no cipher in common"],
  ["ALERT_CERTIFICATE_REQUIRED", "the peer requires a client certificate"],
  ["ALERT_PROTOCOL_VERSION", "no TLS version in common, the peer refuses ours"],
  ["ALERT_HANDSHAKE_FAILURE", "the peer refused the handshake: it may require a client certificate or another cipher"],
  ["ALERT_UNKNOWN_CA", "the peer does not trust the issuer of our certificate"],
  ["ALERT_BAD_CERTIFICATE", "the peer refused our certificate"],
  ["ALERT_CERTIFICATE_UNKNOWN", "the peer refused our certificate"],
  ["ALERT_UNSUPPORTED_CERTIFICATE", "the peer does not take our kind of certificate"],
  ["ALERT_CERTIFICATE_EXPIRED", "the peer says that our certificate has expired"],
  ["ALERT_CERTIFICATE_REVOKED", "the peer says that our certificate is revoked"],
  ["ALERT_ACCESS_DENIED", "the peer denies access to our certificate"],
  ["ALERT_UNRECOGNIZED_NAME", "the peer knows no server of that name"],
  ["UNRECOGNIZED_NAME", "the peer knows no server of that name"],
];

const RESET_CODES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** How an open stream failed. */
export interface StreamFailure {
  /** `reset`: the peer broke the connection. `error`: anything else. */
  readonly how: "reset" | "error";
  /** `tls_failed` where the peer refused us by a TLS alert, else `stream_failed`. */
  readonly code: TransportCode;
  /** For people; no full stop. */
  readonly text: string;
}

/**
 * An `error` of an open stream, told in plain words. With TLS 1.3 a server's refusal of our
 * certificate comes only after the handshake, as such an error; its code is then `tls_failed`.
 *
 * @example
 * ```ts
 * import { describeStreamError } from "./failure.ts";
 * import assert from "node:assert/strict";
 *
 * const error = Object.assign(new Error("alert"), { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" });
 * assert.deepEqual(describeStreamError(error), {
 *   how: "error",
 *   code: "tls_failed",
 *   text: "the peer requires a client certificate",
 * });
 * ```
 */
export function describeStreamError(error: Error): StreamFailure {
  const code = systemCode(error);
  if (RESET_CODES.has(code)) return { how: "reset", code: "stream_failed", text: "the peer broke the connection" };
  const words = tlsWords(error);
  if (words !== null) return { how: "error", code: "tls_failed", text: words };
  if (code.startsWith("ERR_SSL_")) return { how: "error", code: "tls_failed", text: `TLS failed (${code})` };
  return { how: "error", code: "stream_failed", text: saidBy(error) };
}

/** The words for a TLS error code; `null` for one that is not known. */
function tlsWords(error: unknown): string | null {
  const code = systemCode(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return nameMismatch(error as AltNameError);
  if (Object.hasOwn(CERTIFICATE_WORDS, code)) return CERTIFICATE_WORDS[code];
  if (!code.startsWith("ERR_SSL_")) return null;
  return HANDSHAKE_WORDS.find(([end]) => code.endsWith(`_${end}`))?.[1] ?? null;
}

interface AltNameError {
  readonly reason?: string;
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string; readonly subject?: { readonly CN?: string } };
}

function nameMismatch(error: AltNameError): string {
  const names = error.cert?.subjectaltname ?? error.cert?.subject?.CN;
  if (names === undefined || error.host === undefined) return `the peer's certificate is for another name`;
  return `the peer's certificate is for ${names}, not for ${error.host}`;
}

/** What an error says of itself, when no table knows it. */
function saidBy(error: unknown): string {
  const code = systemCode(error);
  const message = error instanceof Error ? error.message : String(error);
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

/** The `TransportError` of a connect that the system refused; `localAddress` is what the caller asked to connect from. */
export function connectFailure(endpoint: Endpoint, error: unknown, localAddress?: string): TransportError {
  const cause = firstOf(error);
  const code = systemCode(cause);
  const bind = (cause as { syscall?: unknown } | null)?.syscall === "bind";
  const known = Object.hasOwn(SOCKET_WORDS, code) ? SOCKET_WORDS[code] : null;
  let [kind, words] = known ?? ["connect_unreachable" as const, saidBy(cause)];
  if (localAddress !== undefined && (bind || code === "EADDRNOTAVAIL")) {
    [kind, words] = ["connect_unreachable", `cannot connect from ${localAddress}: not an address of this machine`];
  } else if (code.startsWith("EAI_")) kind = "dns_failed";
  return failure(kind, "connect", endpoint, words, cause);
}

/** The `TransportError` of a listen that the system refused. */
export function listenFailure(endpoint: Endpoint, error: unknown): TransportError {
  const code = systemCode(error);
  return failure("listen_failed", "listen", endpoint, LISTEN_WORDS[code] ?? saidBy(error), error);
}

/** The `TransportError` of a TLS handshake that failed; `operation` is `connect` or `accept`. */
export function handshakeFailure(
  operation: "connect" | "accept",
  endpoint: Endpoint,
  error: unknown,
): TransportError {
  const words = RESET_CODES.has(systemCode(error))
    ? "the peer ended the connection during the TLS handshake"
    : tlsWords(error) ?? `the TLS handshake failed: ${saidBy(error)}`;
  return failure("tls_failed", operation, endpoint, words, error);
}

/** A `TransportError` whose message names the action and the endpoint. */
export function failure(
  code: TransportCode,
  operation: "connect" | "listen" | "accept",
  endpoint: Endpoint,
  words: string,
  cause?: unknown,
): TransportError {
  const place = formatPlace(endpoint);
  const action = isLine(endpoint)
    ? "Cannot open"
    : { connect: "Cannot connect to", listen: "Cannot listen on", accept: "Cannot accept on" }[operation];
  const about = { operation, endpoint: place, systemCode: systemCode(cause), cause };
  return new TransportError(code, `${action} ${place}: ${words}`, about);
}

/** Of several addresses tried, the first one's error stands for all. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
