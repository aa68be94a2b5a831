/** What strangers are taken for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { STRANGER_BYTES, whatItIs } from "../../receiver/stranger.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const KNOWN: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ["a TLS handshake", hex("16 03 01 02 00 01 00 01 fc 03 03")],
  ["a TLS handshake", hex("16 03 03")],
  ["an HTTP request", utf8("GET /health HTTP/1.1\r\nHost: lab.example\r\n\r\n")],
  ["an HTTP request", utf8("POST http://lab.example/hl7 HTTP/1.1\r\n")],
  ["an HTTP request", utf8("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
  ["an HTTP request", utf8("OPTIONS * HTTP/1.0\r\n")],
  ["the greeting of SSH", utf8("SSH-2.0-Sample_1.0\r\n")],
  ["the header of the PROXY protocol", utf8("PROXY TCP4 192.0.2.1 192.0.2.2 40000 2575\r\n\x0bMSH|")],
  ["the header of the PROXY protocol", hex("0d0a0d0a000d0a515549540a 21 11 000c")],
  ["a DICOM association request", hex("01 00 000000d1 0001 0000")],
  ["HL7 without a frame", utf8("MSH|^~\\&|LAB")],
  ["HL7 without a frame", utf8("\r\nFHS|^~\\&|LAB")],
  ["ENQ, as X3.28 and ASTM begin", hex("05")],
  ["NUL bytes", new Uint8Array(1)],
  ["NUL bytes", new Uint8Array(100_000)],
];

for (const [what, bytes] of KNOWN) {
  const shown = latin1(bytes.subarray(0, 16)).replace(/[^ -~]+/g, ".");
  test(`whatItIs takes ${bytes.length} bytes '${shown}' for ${what}`, () => assert.equal(whatItIs(bytes), what));
}

const UNKNOWN: readonly (readonly [why: string, bytes: Uint8Array])[] = [
  ["nothing", new Uint8Array()],
  ["a frame", utf8("\x0bMSH|^~\\&|LAB")],
  ["a text", utf8("hello")],
  ["a word like a method", utf8("GETTING nearer")],
  ["a method without a target", utf8("GET ")],
  ["two bytes of TLS", hex("16 03")],
  ["a ServerHello", hex("16 03 03 00 7a 02 00 00 76")],
  ["an SYN and more", hex("16 05 01 02 00 01")],
  ["a segment of another name", utf8("MSHX|^~\\&")],
  ["one NUL and more", hex("00 01")],
  ["an SOH and more", hex("01 00 000000d1 0002")],
];

for (const [why, bytes] of UNKNOWN) {
  test(`whatItIs does not guess at ${why}`, () => assert.equal(whatItIs(bytes), null));
}

test("whatItIs looks no further than it says", () => {
  const bytes = new Uint8Array(STRANGER_BYTES + 1);
  bytes[STRANGER_BYTES] = 1;
  assert.equal(whatItIs(bytes), "NUL bytes");
  bytes[STRANGER_BYTES - 1] = 1;
  assert.equal(whatItIs(bytes), null);
});
