import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CR, ENQ, EOT, ETB, ETX, latin1, SOH, STX, utf8 } from "../../../lib/bytes.ts";
import { X328Reader } from "../../../lib/framing/x328.ts";
import { encodeBlock } from "../../../lib/framing/x328_encode.ts";
import type { X328Token } from "../../../lib/framing/x328_token.ts";
import { RandomStream } from "../../../lib/random.ts";
import { everyByte } from "../../vectors.ts";
import { blockAround, bytesOf, tokensOf } from "./x328_tokens.ts";

const FIRST = "MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3\r";
const SECOND = "EVN|A01|19990101\r";

/** Bytes of which most are the ones that matter. */
const hostile = fc.uint8Array({ maxLength: 40 }).map((bytes) =>
  bytes.map((byte) =>
    byte < 200 ? [STX, ETX, ETB, ENQ, EOT, 0x10, 0x15, CR, SOH, 0x30, 0x31, 0x3c, 0x41][byte % 13] : byte
  )
);
/** Good and bad blocks among them. */
const stream = fc.array(
  fc.oneof(
    hostile,
    fc.tuple(fc.nat(7), hostile, fc.boolean()).map(([number, text, last]) => encodeBlock(number, text, last)),
    fc.constantFrom("900001A", "100002A", "100001A\x04\r").map((body) => bytesOf(blockAround(body))),
    fc.tuple(fc.nat(7), fc.uint8Array({ maxLength: 12 }), fc.nat()).map(([number, text, at]) => {
      const block = encodeBlock(number, text, true);
      block[at % block.length] ^= 1 << at % 8;
      return block;
    }),
  ),
  { maxLength: 4 },
).map((parts) => new Uint8Array(parts.flatMap((part) => [...part])));

test("X328Reader, property: any split of any stream gives the same tokens", () => {
  fc.assert(
    fc.property(
      stream,
      fc.array(fc.nat(120), { maxLength: 6 }),
      fc.constantFrom(6, 99_999),
      (bytes, places, maxText) => {
        const cuts = places.filter((place) => place < bytes.length).sort((a, b) => a - b);
        const whole = tokensOf(bytes, { maxText });
        assert.deepEqual(tokensOf(bytes, { maxText }, cuts), whole);
        assert.deepEqual(tokensOf(bytes, { maxText }, everyByte(bytes)), whole);
      },
    ),
    { seed: 20261122, numRuns: 5000 },
  );
});

test("X328Reader, property: any bytes give tokens or a known fault, in order, with a bounded buffer", () => {
  const codes = new Set<string>([
    "invalid_checksum",
    "invalid_count",
    "invalid_block_number",
    "invalid_trailer",
    "unexpected_start",
    "invalid_header",
    "frame_too_large",
    "truncated",
  ]);
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 4 }), (chunks) => {
      const reader = new X328Reader({ maxText: 10 });
      const sink = (token: X328Token) => {
        seen.add(token.type === "fault" ? token.code : token.type);
        if (token.type === "fault") assert.ok(codes.has(token.code), token.code);
      };
      for (const chunk of chunks) {
        reader.push(chunk, sink);
        assert.ok(reader.buffered <= 10 + 11, `holds ${reader.buffered}`);
      }
      reader.end(sink);
      assert.equal(reader.buffered, 0);
    }),
    { seed: 20261122, numRuns: 5000 },
  );
  // The property is worth something only where all of it happens.
  assert.deepEqual([...codes, "control", "block", "abort", "noise"].filter((word) => !seen.has(word)), []);
});

test("X328Reader, property: blocks come back as they were written", () => {
  const text = fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.map((byte) => byte < 0x20 ? CR : byte));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(7), text, fc.boolean()), { maxLength: 5 }), (blocks) => {
      let offset = 0;
      const wanted = blocks.map(([number, body, last]) => {
        const line = `${offset} block ${number}${last ? " last" : ""} ${latin1(body)}`;
        offset += body.length + 11;
        return line;
      });
      const bytes = blocks.flatMap(([number, body, last]) => [...encodeBlock(number, body, last)]);
      assert.deepEqual(tokensOf(new Uint8Array(bytes)), wanted);
    }),
    { seed: 20261122, numRuns: 1000 },
  );
});

/** Whether a damaged block is read as a good one, other than the one sent. */
function passes(damaged: Uint8Array, sent: string): boolean {
  return tokensOf(damaged).some((token) => / block /.test(token) && token.replace(/^\d+/, "0") !== sent);
}

test("X328Reader lets no single damaged byte pass: each changed to each other value, dropped or doubled", () => {
  const block = encodeBlock(2, utf8(SECOND), true);
  const [sent] = tokensOf(block);
  for (let at = 0; at < block.length; at++) {
    for (let by = 1; by < 256; by++) {
      const changed = block.slice();
      changed[at] ^= by;
      assert.equal(passes(changed, sent), false, `byte ${at} changed by ${by}`);
    }
    assert.equal(passes(new Uint8Array([...block.subarray(0, at), ...block.subarray(at + 1)]), sent), false);
    assert.equal(passes(new Uint8Array([...block.subarray(0, at + 1), ...block.subarray(at)]), sent), false);
  }
});

test("X328Reader passes what an 8-bit XOR cannot see: of two flipped bits one pair in eight, of two changed bytes one in 255", () => {
  const text = utf8(`${FIRST}${SECOND}`);
  const block = encodeBlock(1, text, true);
  const [sent] = tokensOf(block);
  let pairs = 0;
  let unseen = 0;
  // Bits of the text alone, and only such pairs as leave no control character behind.
  const usable = (byte: number) => byte >= 0x20;
  for (let a = 7; a < 7 + text.length; a += 3) {
    for (let b = a + 1; b < 7 + text.length; b += 3) {
      for (let bits = 0; bits < 64; bits++) {
        const changed = block.slice();
        changed[a] ^= 1 << (bits & 7);
        changed[b] ^= 1 << (bits >> 3);
        if (!usable(changed[a]) || !usable(changed[b])) continue;
        pairs++;
        if (passes(changed, sent)) unseen++;
      }
    }
  }
  assert.ok(pairs > 5000);
  assert.ok(unseen / pairs > 0.115 && unseen / pairs < 0.135, `${unseen} of ${pairs} pairs of bits`);
  const random = new RandomStream(328);
  let passed = 0;
  const tries = 50_000;
  for (let i = 0; i < tries; i++) {
    const changed = block.slice();
    const a = 7 + random.integer(text.length);
    const b = 7 + (a - 7 + 1 + random.integer(text.length - 1)) % text.length;
    changed[a] ^= 1 + random.integer(255);
    changed[b] ^= 1 + random.integer(255);
    if (passes(changed, sent)) passed++;
  }
  // 1/255 = 0.39 %, less those that leave a control character.
  assert.ok(passed / tries > 0.003 && passed / tries < 0.0045, `${passed} of ${tries}`);
});
