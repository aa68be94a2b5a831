import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LineTrace } from "../../cli/llpdrv/trace.ts";
import type { LineProtocol } from "../../lib/bridge/options.ts";
import { utf8 } from "../../lib/bytes.ts";
import { hllpBlock } from "../../lib/framing/hllp_block.ts";
import { encodeBlock, encodeControl } from "../../lib/framing/x328_encode.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";

const SECRET = "SECRET^PATIENT";
const message = (id: string) => utf8(`MSH|^~\\&|LAB|X|HIS|Y|20260131||ORU^R01|${id}|P|2.3\rPID|||${SECRET}\r`);

/** A trace, and what it said. */
function tracing(protocol: LineProtocol, options: Partial<Parameters<typeof lineOf>[1]> = {}) {
  const said: string[] = [];
  const trace = new LineTrace(lineOf(protocol, options), 1000, (text) => said.push(text));
  const pass = (direction: "in" | "out", ...chunks: (Uint8Array | string)[]) => {
    for (const chunk of chunks) {
      const bytes = typeof chunk === "string" ? utf8(chunk) : chunk;
      trace.take({ atMs: 0, line: "ttyS0#1", direction, bytes });
    }
  };
  return { trace, said, pass };
}

function lineOf(protocol: LineProtocol, options: { readonly x328?: { sevenBit: boolean } }) {
  return { medium: "device" as const, endpoint: parseEndpoint("serial:/dev/ttyS0"), protocol, ...options };
}

describe("LineTrace", () => {
  test("LineTrace names each control sequence and block of X3.28", () => {
    const { said, pass } = tracing("x328");
    const [first, second] = [message("M1").subarray(0, 55), message("M1").subarray(55)];
    pass("in", encodeControl("enq"));
    pass("out", encodeControl("nak"));
    pass("in", encodeControl("enq"));
    pass("out", encodeControl("ack", 0));
    pass("in", encodeBlock(1, first, false));
    pass("out", encodeControl("ack", 1));
    pass("in", encodeBlock(2, second, true));
    pass("out", encodeControl("rint"));
    pass("in", encodeControl("eot"));
    assert.deepEqual(said, [
      "ttyS0#1 < ENQ",
      "ttyS0#1 > NAK",
      "ttyS0#1 < ENQ",
      "ttyS0#1 > ACK0",
      "ttyS0#1 < block 1, 55 bytes, MSH-10 M1, ETB",
      "ttyS0#1 > ACK1",
      "ttyS0#1 < block 2, 14 bytes, ETX",
      "ttyS0#1 > RINT",
      "ttyS0#1 < EOT",
    ]);
  });

  test("LineTrace says what is damaged, aborted or neither, and shows no more than one byte of it", () => {
    const { said, pass } = tracing("x328");
    const bad = encodeBlock(1, message("M1"), true);
    bad[20] ^= 1;
    pass("in", bad, "\x02100005MS\x05\r", "x", "xyz", "\n", encodeControl("enq"));
    assert.match(said[0], /^ttyS0#1 < fault invalid_checksum: Expected /);
    assert.equal(said[1], "ttyS0#1 < block abort (ENQ)");
    assert.equal(said[2], "ttyS0#1 < noise, 1 byte");
    assert.equal(said[3], "ttyS0#1 < noise, 3 bytes");
    assert.equal(said[4], "ttyS0#1 < noise, 1 byte, 0x0A (LF)");
    assert.equal(said[5], "ttyS0#1 < ENQ");
  });

  test("LineTrace names the blocks of HLLP, and what a NAK says", () => {
    const { said, pass } = tracing("hllp");
    pass("in", hllpBlock("D", message("M1"), { version: "21", checksumIncludesCount: false }));
    for (const code of "CXBG") pass("out", hllpBlock("N", utf8(code), { version: "23", checksumIncludesCount: false }));
    pass("in", "\x0bD21\r00005999\x1c\r");
    assert.deepEqual(said, [
      "ttyS0#1 < D21 block, 69 bytes, MSH-10 M1",
      "ttyS0#1 > N23 block, C (count wrong)",
      "ttyS0#1 > N23 block, X (checksum wrong)",
      "ttyS0#1 > N23 block, B (too long)",
      "ttyS0#1 > N23 block, G (anything else)",
      "ttyS0#1 < D21 block, 0 bytes, checksum 999",
    ]);
  });

  test("LineTrace names frames and commit blocks of MLLP", () => {
    const { said, pass } = tracing("mllp2");
    pass("in", "\x0b", message("M1"), "\x1c\r");
    pass("out", "\x0b\x06\x1c\r\x0b\x15\x1c\r");
    assert.deepEqual(said, ["ttyS0#1 < frame, 69 bytes, MSH-10 M1", "ttyS0#1 > commit ACK", "ttyS0#1 > commit NAK"]);
    const release1 = tracing("mllp");
    release1.pass("out", "\x0b\x06\x1c\r");
    assert.deepEqual(release1.said, ["ttyS0#1 > frame, 1 byte"]);
  });

  test("LineTrace shows a control id of a hostile peer as text, and never a byte of a message beyond it", () => {
    for (const protocol of ["mllp", "hllp", "x328"] as const) {
      const { said, pass } = tracing(protocol);
      const hostile = message("\x1b[31mM");
      if (protocol === "mllp") pass("in", "\x0b", hostile, "\x1c\r");
      if (protocol === "hllp") pass("in", hllpBlock("D", hostile, { version: "23", checksumIncludesCount: false }));
      if (protocol === "x328") pass("in", encodeBlock(1, hostile, true));
      assert.match(said.join("\n"), /MSH-10 \\x1b\[31mM/);
      assert.ok(!said.join("\n").includes("SECRET"), said.join("\n"));
    }
  });

  test("LineTrace keeps connections and directions apart, and forgets a connection that is gone", () => {
    const { trace, said, pass } = tracing("mllp");
    pass("in", "\x0bMSH|");
    pass("out", "\x0bMSH|1\r\x1c\r");
    trace.take({ atMs: 0, line: "ttyS0#2", direction: "in", bytes: utf8("\x0bMSH|22\r\x1c\r") });
    trace.forget("ttyS0#1");
    pass("in", "\x0bMSH|333\r\x1c\r");
    assert.deepEqual(said, ["ttyS0#1 > frame, 6 bytes", "ttyS0#2 < frame, 7 bytes", "ttyS0#1 < frame, 8 bytes"]);
  });

  test("LineTrace reads a line of seven bits as its driver does", () => {
    const { said, pass } = tracing("x328", { x328: { sevenBit: true } });
    pass("in", encodeControl("enq").map((byte) => byte | 0x80));
    assert.deepEqual(said, ["ttyS0#1 < ENQ"]);
  });
});
