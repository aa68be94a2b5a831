import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import {
  connectFailure,
  describeStreamError,
  handshakeFailure,
  listenFailure,
} from "../../../lib/transport/failure.ts";

const lab = parseEndpoint("lab:2575");
const coded = (code: string, more: object = {}) => Object.assign(new Error("told in its own way"), { code, ...more });

const CONNECTS: readonly (readonly [error: unknown, code: string, words: string])[] = [
  [coded("ECONNREFUSED"), "connect_refused", "connection refused"],
  [coded("ETIMEDOUT"), "connect_timeout", "the network gave no answer"],
  [coded("ENETUNREACH"), "connect_unreachable", "network unreachable"],
  [coded("EHOSTUNREACH"), "connect_unreachable", "host unreachable"],
  [coded("ENOTFOUND"), "dns_failed", "the name does not resolve"],
  [coded("EAI_FAIL"), "dns_failed", "told in its own way (EAI_FAIL)"],
  [coded("EMFILE"), "connect_unreachable", "too many open files, raise the limit (ulimit -n)"],
  [coded("EODD"), "connect_unreachable", "told in its own way (EODD)"],
  [new Error("no code at all"), "connect_unreachable", "no code at all"],
  [new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]), "connect_refused", "connection refused"],
];

for (const [error, code, words] of CONNECTS) {
  test(`connectFailure tells ${(error as { code?: string }).code ?? (error as Error).name} as ${code}`, () => {
    const failure = connectFailure(lab, error);
    assert.deepEqual([failure.code, failure.message], [code, `Cannot connect to tcp://lab:2575: ${words}`]);
    assert.equal(failure.operation, "connect");
  });
}

test("connectFailure blames the source address that was asked for, not the peer", () => {
  const failure = connectFailure(lab, coded("EINVAL", { syscall: "bind" }), "203.0.113.9");
  assert.match(failure.message, /: cannot connect from 203\.0\.113\.9: not an address of this machine$/);
  assert.doesNotMatch(connectFailure(lab, coded("ECONNREFUSED"), "10.0.0.1").message, /connect from/);
});

test("listenFailure keeps what the system said when no word is known for it", () => {
  assert.equal(
    listenFailure(lab, coded("EODD")).message,
    "Cannot listen on tcp://lab:2575: told in its own way (EODD)",
  );
  assert.equal(listenFailure(lab, coded("EACCES")).message, "Cannot listen on tcp://lab:2575: permission denied");
});

test("handshakeFailure keeps what the library said when no word is known for it", () => {
  const failure = handshakeFailure("connect", parseEndpoint("tls://lab:1"), coded("ERR_SSL_ODD"));
  assert.equal(failure.code, "tls_failed");
  assert.equal(
    failure.message,
    "Cannot connect to tls://lab:1: the TLS handshake failed: told in its own way (ERR_SSL_ODD)",
  );
});

const STREAMS: readonly (readonly [code: string, how: string, kind: string, text: string])[] = [
  ["ECONNRESET", "reset", "stream_failed", "the peer broke the connection"],
  ["EPIPE", "reset", "stream_failed", "the peer broke the connection"],
  ["ETIMEDOUT", "error", "stream_failed", "told in its own way (ETIMEDOUT)"],
  // BoringSSL, OpenSSL and Deno each name the alert in a way of their own.
  ["ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED", "error", "tls_failed", "the peer requires a client certificate"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "error", "tls_failed", "the peer requires a client certificate"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "error", "tls_failed", "the peer does not trust the issuer of our certificate"],
  ["ERR_SSL_ODD", "error", "tls_failed", "TLS failed (ERR_SSL_ODD)"],
];

for (const [code, how, kind, text] of STREAMS) {
  test(`describeStreamError tells ${code} as ${how}`, () => {
    assert.deepEqual(describeStreamError(coded(code)), { how, code: kind, text });
  });
}
