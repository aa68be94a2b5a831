import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, utf8 } from "../../../lib/bytes.ts";
import { ReceiveBuffer } from "../../../lib/framing/receive_buffer.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function filled(size: number, byte: number): ReceiveBuffer {
  const buffer = new ReceiveBuffer(64 * MIB);
  buffer.append(new Uint8Array(size).fill(byte), 0, size);
  return buffer;
}

test("ReceiveBuffer puts pieces of every size together in their order", () => {
  const source = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
  for (const step of [1, 7, 48, 49, 1000, 5000]) {
    const buffer = new ReceiveBuffer(5000);
    for (let at = 0; at < source.length; at += step) buffer.append(source, at, Math.min(source.length, at + step));
    assert.equal(hex(buffer.view(0, buffer.length)), hex(source));
    assert.deepEqual([buffer.at(0), buffer.at(4999)], [source[0], source[4999]]);
  }
});

test("ReceiveBuffer holds nothing above its limit", () => {
  const buffer = new ReceiveBuffer(4);
  buffer.append(utf8("ABC"), 0, 3);
  assert.throws(() => buffer.append(utf8("DE"), 0, 2), { name: "RangeError", message: /5 bytes .* at most 4/ });
  buffer.append(utf8("DE"), 0, 1);
  assert.equal(buffer.length, 4);
  assert.ok(buffer.capacity <= 4, `capacity is ${buffer.capacity}`);
});

test("ReceiveBuffer holds to its limit where its storage is larger", () => {
  const large = filled(100 * KIB, 0x41);
  large.clear();
  large.release();
  const small = new ReceiveBuffer(50 * KIB);
  small.append(new Uint8Array(40 * KIB), 0, 40 * KIB);
  assert.throws(() => small.append(new Uint8Array(20 * KIB), 0, 20 * KIB), RangeError);
});

test("ReceiveBuffer grows by doubling", () => {
  const buffer = new ReceiveBuffer(16 * MIB);
  const sizes = new Set<number>();
  for (let i = 0; i < 16 * KIB; i++) {
    buffer.append(utf8("."), 0, 1);
    sizes.add(buffer.capacity);
  }
  assert.deepEqual([...sizes], [4 * KIB, 8 * KIB, 16 * KIB]);
});

test("ReceiveBuffer keeps small storage for its next frame", () => {
  const buffer = filled(10 * KIB, 0x41);
  const before = buffer.capacity;
  buffer.clear();
  buffer.release();
  assert.equal(buffer.capacity, before);
});

test("ReceiveBuffer gives large storage away when it is empty, not before", () => {
  const buffer = filled(100 * KIB, 0x41);
  buffer.release();
  assert.equal(buffer.length, 100 * KIB);
  const view = buffer.view(0, 3);
  buffer.clear();
  assert.equal(hex(view), "414141");
  buffer.release();
  assert.equal(buffer.capacity, 0);
});

test("ReceiveBuffer takes the storage that another gave away", () => {
  const first = filled(300 * KIB, 0x41);
  const storage = first.view(0, 1).buffer;
  first.clear();
  first.release();
  const others = Array.from({ length: 20 }, () => filled(200 * KIB, 0x42));
  assert.ok(others.some((other) => other.view(0, 1).buffer === storage));
});

test("ReceiveBuffer gives away the storage that it outgrew", () => {
  const buffer = filled(900 * KIB, 0x41);
  const storage = buffer.view(0, 1).buffer;
  buffer.append(new Uint8Array(1000 * KIB), 0, 1000 * KIB);
  const others = Array.from({ length: 20 }, () => filled(800 * KIB, 0x42));
  assert.ok(others.some((other) => other.view(0, 1).buffer === storage));
  assert.ok(hex(buffer.view(899 * KIB, 900 * KIB)) === "41".repeat(KIB));
});

test("ReceiveBuffer shares spares of 32 MiB in all, and sixteen at most", () => {
  const shared = (count: number, size: number) => {
    const buffers = Array.from({ length: count }, () => filled(size, 0x41));
    const storages = new Set(buffers.map((buffer) => buffer.view(0, 1).buffer));
    for (const buffer of buffers) {
      buffer.clear();
      buffer.release();
    }
    const again = Array.from({ length: count }, () => filled(size, 0x42));
    return again.filter((buffer) => storages.has(buffer.view(0, 1).buffer)).length;
  };
  assert.equal(shared(3, 16 * MIB), 2);
  assert.equal(shared(2, 32 * MIB + 1), 0);
  assert.equal(shared(20, 100 * KIB), 16);
});

test("ReceiveBuffer lets storage too large for a spare go, at the cost of no other spare", () => {
  const small = filled(15 * MIB, 0x41);
  const storage = small.view(0, 1).buffer;
  const huge = filled(33 * MIB, 0x41);
  for (const buffer of [small, huge]) {
    buffer.clear();
    buffer.release();
  }
  const others = Array.from({ length: 3 }, () => filled(15 * MIB, 0x42));
  assert.ok(others.some((other) => other.view(0, 1).buffer === storage));
});
