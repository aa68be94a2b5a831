import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { latin1, sameBytes, utf8 } from "../../lib/bytes.ts";
import { SendBuffer } from "../../lib/send_buffer.ts";

test("SendBuffer joins what was added, and is empty when taken", () => {
  const out = new SendBuffer();
  assert.equal(out.take(), null);
  out.append(utf8("AB"));
  out.append(utf8(""));
  out.append(utf8("C"));
  assert.equal(out.length, 3);
  assert.equal(latin1(out.take()!), "ABC");
  assert.equal(out.length, 0);
  assert.equal(out.take(), null);
});

test("SendBuffer gives back what was reserved in vain", () => {
  const out = new SendBuffer();
  out.append(utf8("A"));
  const at = out.reserve(10);
  assert.equal(at, 1);
  out.bytes[at] = 0x42;
  out.trim(at + 1);
  assert.equal(latin1(out.take()!), "AB");
});

test("SendBuffer copies what is appended", () => {
  const out = new SendBuffer();
  const bytes = utf8("AB");
  out.append(bytes);
  bytes.fill(0);
  assert.equal(latin1(out.take()!), "AB");
});

test("SendBuffer never writes to what was taken, and loses nothing, whatever the sizes", () => {
  const size = fc.oneof(fc.nat(40), fc.nat(3000), fc.constantFrom(1023, 1024, 1025, 70_000));
  fc.assert(
    fc.property(fc.array(fc.oneof(size, fc.constant("take" as const))), (steps) => {
      const out = new SendBuffer();
      const taken: { bytes: Uint8Array; wanted: Uint8Array }[] = [];
      let waiting: number[] = [];
      let next = 0;
      const take = () => {
        const bytes = out.take();
        if (waiting.length === 0) assert.equal(bytes, null);
        else taken.push({ bytes: bytes!, wanted: new Uint8Array(waiting) });
        waiting = [];
      };
      for (const step of steps) {
        if (step === "take") take();
        else {
          const added = Uint8Array.from({ length: step }, () => next++ & 0xff);
          out.append(added);
          waiting.push(...added);
        }
      }
      take();
      // All at the end: what was taken early must have outlived everything written since.
      for (const { bytes, wanted } of taken) assert.ok(sameBytes(bytes, wanted));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("SendBuffer starts small again after one big message", () => {
  const out = new SendBuffer();
  out.append(new Uint8Array(16 * 1024 * 1024));
  out.take();
  out.append(utf8("A"));
  assert.ok(out.bytes.buffer.byteLength <= 256 * 1024, `${out.bytes.buffer.byteLength} bytes`);
});

test("SendBuffer serves the many small messages of one wake-up from few storages", () => {
  const out = new SendBuffer();
  const storages = new Set<Uint8Array>();
  for (let i = 0; i < 1000; i++) {
    out.append(new Uint8Array(313));
    storages.add(out.bytes);
  }
  assert.equal(out.take()?.length, 313_000);
  assert.ok(storages.size < 12, `${storages.size} storages`);
});

test("SendBuffer hands over the only message of a wake-up without another copy", () => {
  const out = new SendBuffer();
  out.append(utf8("A"));
  const { bytes } = out;
  assert.equal(out.take(), bytes);
});
