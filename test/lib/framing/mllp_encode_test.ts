import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import { MllpFramer } from "../../../lib/framing/mllp.ts";

test("MllpFramer writes the CR that the last segment lacks, and no other", () => {
  const framer = new MllpFramer();
  assert.equal(latin1(framer.encode(utf8("MSH|1\rPID|2"))), "\x0bMSH|1\rPID|2\r\x1c\r");
  assert.equal(latin1(framer.encode(utf8("MSH|1\rPID|2\r"))), "\x0bMSH|1\rPID|2\r\x1c\r");
  assert.equal(latin1(framer.encode(utf8("MSH|1\n"))), "\x0bMSH|1\n\r\x1c\r");
});

test("MllpFramer writes an empty payload as the empty message that strict readers take", () => {
  assert.equal(hex(new MllpFramer().encode(new Uint8Array(0))), "0b0d1c0d");
});

test("MllpFramer refuses to write a payload that holds EB CR, and says where", () => {
  const framer = new MllpFramer();
  assert.throws(() => framer.encode(utf8("A\x1cB\x1c\rC")), { name: "RangeError", message: /0x1C 0x0D at byte 3,/ });
  assert.throws(() => framer.encode(utf8("A\x1c\r")), { name: "RangeError", message: /0x1C 0x0D at byte 1,/ });
});

test("MllpFramer refuses to write a payload that ends with EB, which its own CR would complete", () => {
  assert.throws(() => new MllpFramer().encode(utf8("AB\x1c")), {
    name: "RangeError",
    message: /0x1C at byte 2, its last,/,
  });
});

test("MllpFramer refuses to write a payload that begins with SB, and says where", () => {
  assert.throws(() => new MllpFramer().encode(utf8("\x0bA\r")), { name: "RangeError", message: /0x0B at byte 0/ });
});

test("MllpFramer writes a lone EB and a later SB, which tolerant readers take as data", () => {
  assert.equal(latin1(new MllpFramer().encode(utf8("A\x1cB\x0bC\r"))), "\x0bA\x1cB\x0bC\r\x1c\r");
});

test("MllpFramer leaves the target alone when it refuses", () => {
  const target = new Uint8Array(16).fill(0x7e);
  assert.throws(() => new MllpFramer().encodeInto(utf8("A\x1c\r"), target, 2), RangeError);
  assert.ok(target.every((byte) => byte === 0x7e));
});

test("MllpFramer with raw writes any payload untouched", () => {
  const framer = new MllpFramer({ raw: true });
  for (const text of ["", "A", "A\r", "\x0bA\x1c\rB", "A\x1c"]) {
    assert.equal(latin1(framer.encode(utf8(text))), `\x0b${text}\x1c\r`);
  }
});

test("MllpFramer with commitBlocks writes ACK and NAK without a CR, and nothing else", () => {
  const framer = new MllpFramer({ commitBlocks: true });
  assert.equal(hex(framer.encode(new Uint8Array([0x06]))), "0b061c0d");
  assert.equal(hex(framer.encode(new Uint8Array([0x15]))), "0b151c0d");
  assert.equal(hex(framer.encode(new Uint8Array([0x41]))), "0b410d1c0d");
  assert.equal(hex(framer.encode(new Uint8Array([0x06, 0x06]))), "0b06060d1c0d");
  assert.equal(hex(new MllpFramer().encode(new Uint8Array([0x06]))), "0b060d1c0d");
});
