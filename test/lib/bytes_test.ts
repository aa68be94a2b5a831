import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteName, drawHexWindow, hex, latin1, sameBytes, utf8 } from "../../lib/bytes.ts";

test("latin1 keeps every byte value, over any length and any part", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 10_000, size: "max" }), fc.nat(10_000), fc.nat(10_000), (bytes, a, b) => {
      const start = Math.min(a, b, bytes.length);
      const end = Math.min(Math.max(a, b), bytes.length);
      const text = latin1(bytes, start, end);
      assert.equal(text.length, end - start);
      for (let i = start; i < end; i++) assert.equal(text.charCodeAt(i - start), bytes[i]);
    }),
    { seed: 1, numRuns: 100 },
  );
});

test("utf8 and latin1 agree on ASCII and on nothing else", () => {
  assert.equal(latin1(utf8("MSH|^~\\&|")), "MSH|^~\\&|");
  assert.equal(latin1(utf8("é")), "Ã©");
});

test("sameBytes compares lengths and every byte", () => {
  assert.equal(sameBytes(utf8("MSG1"), utf8("MSG1")), true);
  assert.equal(sameBytes(utf8("MSG1"), utf8("MSG2")), false);
  assert.equal(sameBytes(utf8("MSG1"), utf8("MSG")), false);
  assert.equal(sameBytes(utf8("MSG"), utf8("MSG1")), false);
  assert.equal(sameBytes(utf8("xMSG1").subarray(1), utf8("MSG1")), true);
  assert.equal(sameBytes(utf8(""), utf8("")), true);
});

test("byteName names control characters, shows printable ones, and leaves the rest as a number", () => {
  const names: [byte: number, name: string][] = [
    [0x00, "0x00 (NUL)"],
    [0x06, "0x06 (ACK)"],
    [0x0a, "0x0A (LF)"],
    [0x0b, "0x0B (VT)"],
    [0x0d, "0x0D (CR)"],
    [0x15, "0x15 (NAK)"],
    [0x1c, "0x1C (FS)"],
    [0x20, "0x20 (space)"],
    [0x21, "0x21 ('!')"],
    [0x7e, "0x7E ('~')"],
    [0x7f, "0x7F"],
    [0x08, "0x08"],
    [0xe9, "0xE9"],
  ];
  for (const [byte, name] of names) assert.equal(byteName(byte), name);
});

test("hex writes two digits a byte", () => {
  assert.equal(hex(new Uint8Array([0, 1, 0x0b, 0xff])), "00010bff");
  assert.equal(hex(new Uint8Array(0)), "");
});

test("drawHexWindow marks the byte in question in its own line of sixteen", () => {
  const bytes = utf8("OBX|1|TX|note||plain text\x1c\nmore");
  assert.equal(
    drawHexWindow({ offset: 200, bytes, mark: 226 }),
    [
      "     200  4F 42 58 7C 31 7C 54 58 7C 6E 6F 74 65 7C 7C 70  OBX|1|TX|note||p",
      "     216  6C 61 69 6E 20 74 65 78 74 1C 0A 6D 6F 72 65     lain text..more",
      "                                        ^^",
    ].join("\n"),
  );
});

test("drawHexWindow marks the first and the last byte of a line", () => {
  const bytes = new Uint8Array(32).fill(0x41);
  const marked = (mark: number) =>
    drawHexWindow({ offset: 0, bytes, mark }).split("\n").map((line) => line.indexOf("^^"));
  assert.deepEqual(marked(0), [-1, 10, -1]);
  assert.deepEqual(marked(15), [-1, 55, -1]);
  assert.deepEqual(marked(16), [-1, -1, 10]);
});

test("drawHexWindow draws no mark for a place outside, such as the end of the stream", () => {
  assert.equal(drawHexWindow({ offset: 5, bytes: utf8("AB"), mark: 7 }).includes("^"), false);
  assert.equal(drawHexWindow({ offset: 5, bytes: utf8(""), mark: 5 }), "");
});
