import assert from "node:assert/strict";
import { test } from "node:test";
import { CR, ENQ, EOT, ETB, ETX, hex, latin1, SOH, STX, utf8 } from "../../../lib/bytes.ts";
import { describeFault } from "../../../lib/framing/framer.ts";
import { X328Reader, type X328ReadOptions } from "../../../lib/framing/x328.ts";
import { blockEnds, checkMessage, encodeBlock, encodeControl } from "../../../lib/framing/x328_encode.ts";
import type { X328Token } from "../../../lib/framing/x328_token.ts";
import { everyByte } from "../../vectors.ts";
import { blockAround, bytesOf, tokensOf } from "./x328_tokens.ts";

/** The same however it is cut. */
function reads(stream: string, wanted: readonly string[], options: X328ReadOptions = {}): void {
  assert.deepEqual(tokensOf(stream, options), wanted);
  const bytes = bytesOf(stream);
  assert.deepEqual(tokensOf(stream, options, everyByte(bytes)), wanted, "byte by byte");
  for (let cut = 1; cut < bytes.length; cut++) {
    assert.deepEqual(tokensOf(stream, options, [cut]), wanted, `cut at ${cut}`);
  }
}

const FIRST = "MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3\r";
const SECOND = "EVN|A01|19990101\r";

test("X328Reader reads each control sequence", () => {
  reads("\x05\r\x100\r\x107\r\x15\r\x04\r\x10<\r", ["0 enq", "2 ack0", "5 ack7", "8 nak", "10 eot", "12 rint"]);
});

test("X328Reader reads the vectors, and what it reads is what encodeBlock writes", () => {
  reads("\x02100005MSH|\r\x0320\r", ["0 block 1 last MSH|\r"]);
  reads(`\x02100043${FIRST}\x1761\r\x02200017${SECOND}\x031F\r`, [`0 block 1 ${FIRST}`, `54 block 2 last ${SECOND}`]);
  assert.equal(latin1(encodeBlock(1, utf8("MSH|\r"), true)), "\x02100005MSH|\r\x0320\r");
  assert.equal(latin1(encodeBlock(1, utf8(FIRST), false)), `\x02100043${FIRST}\x1761\r`);
  assert.equal(latin1(encodeBlock(2, utf8(SECOND), true)), `\x02200017${SECOND}\x031F\r`);
});

test("encodeControl writes each control sequence, block numbers mod 8", () => {
  const said = (["enq", "nak", "eot", "rint"] as const).map((control) => latin1(encodeControl(control)));
  assert.deepEqual(said, ["\x05\r", "\x15\r", "\x04\r", "\x10<\r"]);
  assert.deepEqual(
    [0, 1, 7, 8, 20].map((n) => latin1(encodeControl("ack", n))),
    [0, 1, 7, 0, 4].map((n) => `\x10${n}\r`),
  );
});

test("X328Reader reads a block of no text, and one of 99,999 bytes", () => {
  reads(latin1(encodeBlock(3, new Uint8Array(), true)), ["0 block 3 last "]);
  const large = new Uint8Array(99_999).fill(0x41);
  assert.deepEqual(tokensOf(encodeBlock(1, large, true)), [`0 block 1 last ${"A".repeat(99_999)}`]);
  assert.throws(() => encodeBlock(1, new Uint8Array(100_000), true), {
    name: "RangeError",
    message: "Cannot write a block of 100000 bytes: expected at most 99999",
  });
});

test("X328Reader tells bytes between sequences as noise, and reads on", () => {
  reads("\r\nxx\x05\r??\x02100005MSH|\r\x0320\r\r\x10\x04\r", [
    "0 noise 0d0a7878",
    "4 enq",
    "6 noise 3f3f",
    "8 block 1 last MSH|\r",
    "24 noise 0d10",
    "26 eot",
  ]);
});

test("X328Reader takes a control character without its CR for noise, and what follows for what it is", () => {
  reads("\x05\x05\r\x15\x10\x101\r\x101x\x108\r\x04", [
    "0 noise 05",
    "1 enq",
    "3 noise 1510",
    "5 ack1",
    "8 noise 1031781038" + "0d04",
  ]);
});

test("X328Reader ignores a heading before STX", () => {
  reads("\x01LAB-7\x02100005MSH|\r\x0320\r", ["6 block 1 last MSH|\r"]);
});

test("X328Reader faults a heading that no STX follows, and reads what does follow", () => {
  reads("\x01LAB\x05\r", ["4 invalid_header 5 0x02 ", "4 enq"]);
  reads("\x01LAB", ["4 truncated null 0x02 "]);
});

test("X328Reader faults a wrong BCC, at the first digit that is wrong", () => {
  reads("\x02100005MSH|\r\x0321\r\x05\r", ["14 invalid_checksum 49 the checksum 20 MSH|\r", "16 enq"]);
  reads("\x02100005MSH|\r\x0331\r\x05\r", ["13 invalid_checksum 51 the checksum 20 MSH|\r", "16 enq"]);
  reads("\x02100005MSH|\r\x0331\x05\r", ["13 invalid_checksum 51 the checksum 20 MSH|\r", "15 enq"]);
});

test("X328Reader wants the BCC in upper case", () => {
  reads(`\x02200017${SECOND}\x031f\r`, [`26 invalid_checksum 102 the checksum 1F ${SECOND}`]);
});

test("X328Reader faults a BCC that lost a digit, or got one more, at once", () => {
  reads("\x02100005MSH|\r\x032\r\x05\r", ["14 invalid_checksum 13 the checksum 20 MSH|\r", "15 enq"]);
  reads("\x02100005MSH|\r\x03200\r\x05\r", ["15 invalid_trailer 48 0x0D MSH|\r", "15 noise 300d", "17 enq"]);
});

test("X328Reader faults a length that is wrong, or no number, although the BCC is right", () => {
  reads(blockAround("100004MSH|\r"), ["2 invalid_count 48 the length 00005 MSH|\r"]);
  reads(blockAround("1000x5MSH|\r"), ["2 invalid_count 48 the length 00005 MSH|\r"]);
  reads(blockAround("100"), ["2 invalid_count 48 a block number and five digits of length "]);
  reads(blockAround(""), ["2 invalid_count 48 a block number and five digits of length "]);
});

test("X328Reader faults a block number that is none, although BCC and length are right", () => {
  reads(blockAround("800005MSH|\r"), ["1 invalid_block_number 56 a block number from 0 to 7 MSH|\r"]);
});

test("X328Reader faults a block whose BCC no CR follows, and reads what does follow", () => {
  reads("\x02100005MSH|\r\x0320\x05\r", ["15 invalid_trailer 5 0x0D MSH|\r", "15 enq"]);
});

test("X328Reader drops a block that another begins in, and reads that", () => {
  reads("\x02100005MS\x02100005MSH|\r\x0320\r", [
    "9 unexpected_start 2 0x17 or 0x03 before the next 0x02 MS",
    "9 block 1 last MSH|\r",
  ]);
});

test("X328Reader tells a block abort, wherever it comes", () => {
  reads("\x02100005MS\x05\r", ["0 abort enq"]);
  reads("\x02\x05\r\x05\r", ["0 abort enq", "3 enq"]);
});

test("X328Reader tells a sending-station abort at once where ETX was due", () => {
  reads("\x02100005MSH|\r\x04\r\x05\r", ["0 abort eot", "14 enq"]);
});

test("X328Reader takes EOT elsewhere in a block for damage when the block goes on", () => {
  reads("\x02100005M\x04\r|\r\x0320\r", ["13 invalid_checksum 50 the checksum 32 M\x04\r|\r"]);
});

test("X328Reader takes EOT elsewhere in a block for an abort when a bid follows", () => {
  reads("\x02100005M\x04\r\x05\r", ["0 abort eot", "10 enq"]);
  // But not of the block after it.
  reads("\x02100005M\x04\r\x02100005M\x05\r", [
    "10 unexpected_start 2 0x17 or 0x03 before the next 0x02 M\x04\r",
    "10 abort enq",
  ]);
});

test("X328Reader takes EOT elsewhere in a block for an abort when Timer B drops the block", () => {
  const reader = new X328Reader();
  const tokens: string[] = [];
  const sink = (token: X328Token) => void tokens.push(token.type === "abort" ? `abort ${token.by}` : token.type);
  reader.push(bytesOf("\x02100005M\x04\r"), sink);
  assert.equal(reader.blockStart, 0);
  reader.drop(sink);
  assert.deepEqual(tokens, ["abort eot"]);
  assert.equal(reader.blockStart, -1);
  assert.equal(reader.buffered, 0);
});

test("X328Reader takes ENQ or EOT without CR in a block for data, which the checks judge", () => {
  reads(blockAround("100005M\x05S\x04H"), ["0 block 1 last M\x05S\x04H"]);
});

test("X328Reader drops the partial block on Timer B, tells it as truncated, and reads on", () => {
  const reader = new X328Reader();
  const tokens: string[] = [];
  const sink = (token: X328Token) => void tokens.push(token.type === "fault" ? describeFault(token) : token.type);
  reader.push(bytesOf("\x02100005MS"), sink);
  assert.equal(hex(reader.unfinished?.bytes ?? new Uint8Array()), "023130303030354d53");
  reader.drop(sink);
  reader.drop(sink);
  reader.push(bytesOf("H|\r\x0320\r\x05\r"), sink);
  assert.deepEqual(tokens, [
    "Expected 0x17 or 0x03 at byte 9, found the end of the stream",
    "noise",
    "control",
  ]);
});

test("X328Reader tells the end of a stream within a block as truncated, at every place", () => {
  const block = "\x02100005MSH|\r\x0320\r";
  for (let size = 1; size < block.length; size++) {
    const [only, ...more] = tokensOf(block.slice(0, size));
    assert.ok(only.startsWith(`${size} truncated null `), only);
    assert.deepEqual(more, []);
  }
});

test("X328Reader reports a block above its limit once, holds no more than that, and reads on", () => {
  const block = latin1(encodeBlock(1, new Uint8Array(30).fill(0x41), true));
  const wanted = [`27 frame_too_large 65 at most 20 bytes of text ${"A".repeat(20)}`];
  reads(`${block}\x05\r`, [...wanted, `38 noise ${hex(bytesOf(block.slice(-3)))}`, "41 enq"], { maxText: 20 });
  reads(`${block.slice(0, 30)}\x05\r`, [...wanted, "30 enq"], { maxText: 20 });
  const fits = latin1(encodeBlock(1, new Uint8Array(20).fill(0x41), true));
  reads(fits, [`0 block 1 last ${"A".repeat(20)}`], { maxText: 20 });
  const interrupted = `\x02100020${"A".repeat(20)}\x04A\x05\r`;
  reads(interrupted, [`27 frame_too_large 4 at most 20 bytes of text ${"A".repeat(20)}`, "29 enq"], { maxText: 20 });
  for (const maxText of [0, 1.5, 100_000]) assert.throws(() => new X328Reader({ maxText }), RangeError);
});

test("X328Reader ignores the eighth bit on a line of seven", () => {
  const block = encodeBlock(1, utf8("MSH|\r"), true).map((byte, i) => i % 2 ? byte | 0x80 : byte);
  assert.deepEqual(tokensOf(block, { sevenBit: true }), ["0 block 1 last MSH|\r"]);
});

test("X328Reader reads 8-bit text as it is", () => {
  const text = Uint8Array.from({ length: 128 }, (_, i) => 128 + i);
  assert.deepEqual(tokensOf(encodeBlock(1, text, true)), [`0 block 1 last ${latin1(text)}`]);
});

test("blockEnds cuts after the last segment end that fits, and within a segment only where none does", () => {
  assert.deepEqual(blockEnds(utf8(`${FIRST}${SECOND}`), 50), [43, 60]);
  assert.deepEqual(blockEnds(utf8(`${FIRST}${SECOND}`), 245), [60]);
  assert.deepEqual(blockEnds(utf8("ABCDEFG\rHI\r"), 3), [3, 6, 8, 11]);
  assert.deepEqual(blockEnds(utf8("AB\rCD\r"), 3), [3, 6]);
  assert.deepEqual(blockEnds(utf8("\r\r\r"), 1), [1, 2, 3]);
  assert.deepEqual(blockEnds(utf8(""), 245), [0]);
});

test("checkMessage names the byte that cannot be sent, and takes a message of the limit", () => {
  const limits = { maxMessage: 99_999, sevenBit: false };
  checkMessage(new Uint8Array(99_999).fill(0x41), limits);
  assert.throws(() => checkMessage(new Uint8Array(100_000), limits), {
    name: "RangeError",
    message: "Cannot send a message of 100000 bytes: expected at most 99999",
  });
  for (const byte of [STX, ETX, EOT, ENQ, ETB]) {
    assert.throws(() => checkMessage(new Uint8Array([0x41, byte]), limits), RangeError);
  }
  checkMessage(new Uint8Array([SOH, CR, 0x06, 0x10, 0x15, 0x16, 0xff]), limits);
  assert.throws(() => checkMessage(new Uint8Array([0x41, 0xe4]), { ...limits, sevenBit: true }), {
    name: "RangeError",
    message: "Cannot send the byte 0xE4 at 1 over a line of seven bits: expected at most 0x7F",
  });
});
