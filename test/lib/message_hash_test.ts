import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../lib/bytes.ts";
import { messageHash } from "../../lib/message_hash.ts";

describe("messageHash", () => {
  test("messageHash is SHA-256", () => {
    // The test vectors of FIPS 180.
    assert.equal(messageHash(utf8("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert.equal(messageHash(utf8("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("messageHash ignores one final CR, and only that", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const message = bytes.at(-1) === 0x0d ? Uint8Array.of(...bytes, 0x41) : bytes;
      const once = Uint8Array.of(...message, 0x0d);
      assert.equal(messageHash(once), messageHash(message));
      assert.notEqual(messageHash(Uint8Array.of(...once, 0x0d)), messageHash(message));
      assert.notEqual(messageHash(Uint8Array.of(0x0d, ...message)), messageHash(message));
    }));
  });
});
