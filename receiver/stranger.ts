/**
 * What a peer seems to be that does not speak our protocol, told by its first bytes: a hint for people,
 * on which nothing depends. It knows no listener and keeps no bytes.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1 } from "../lib/bytes.ts";

/** No sign is further in; more bytes need not be kept. */
export const STRANGER_BYTES = 64;

/** An opening of bytes, and what has it. */
interface Sign {
  readonly what: string;
  is(bytes: Uint8Array, text: string): boolean;
}

const SIGNS: readonly Sign[] = [
  // A record of handshake messages of any version, with a ClientHello (RFC 8446, sections 4 and 5.1).
  {
    what: "a TLS handshake",
    is: (bytes) =>
      bytes.length >= 3 && bytes[0] === 0x16 && bytes[1] === 3 && bytes[2] <= 4 && (bytes.length < 6 || bytes[5] === 1),
  },
  // A method, a target (RFC 9110, section 9.3; RFC 9112, section 3); PRI is HTTP/2's own (RFC 9113, section 3.4).
  {
    what: "an HTTP request",
    is: (_, text) => /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) [!-~]/.test(text),
  },
  // RFC 4253, section 4.2.
  { what: "the greeting of SSH", is: (_, text) => text.startsWith("SSH-") },
  // Versions 1 and 2 of what load balancers put before a connection.
  {
    what: "the header of the PROXY protocol",
    is: (_, text) => /^PROXY (TCP[46]|UNKNOWN)/.test(text) || text.startsWith("\r\n\r\n\0\r\nQUIT\n"),
  },
  // A-ASSOCIATE-RQ: type 1, a reserved byte, the length, version 1 (DICOM PS3.8, section 9.3.2).
  {
    what: "a DICOM association request",
    is: (bytes) => bytes.length >= 8 && bytes[0] === 1 && bytes[1] === 0 && bytes[6] === 0 && bytes[7] === 1,
  },
  { what: "HL7 without a frame", is: (_, text) => /^[\r\n ]*(MSH|FHS|BHS)[^A-Za-z0-9]/.test(text) },
  { what: "ENQ, as X3.28 and ASTM begin", is: (bytes) => bytes[0] === 0x05 },
  { what: "NUL bytes", is: (bytes) => bytes.length > 0 && bytes.every((byte) => byte === 0) },
];

/**
 * What the first bytes of a connection seem to be, in a few words that go after "this is"; `null` if
 * nothing that is known. Looks at the first {@link STRANGER_BYTES}.
 *
 * @example
 * ```ts
 * import { whatItIs } from "./stranger.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(whatItIs(utf8("GET / HTTP/1.1\r\n")), "an HTTP request");
 * assert.equal(whatItIs(utf8("hello")), null);
 * ```
 */
export function whatItIs(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, STRANGER_BYTES);
  const text = latin1(head);
  return SIGNS.find((sign) => sign.is(head, text))?.what ?? null;
}
