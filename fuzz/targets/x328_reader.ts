/**
 * The reader of ANSI X3.28 as a target.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { latin1 } from "../../lib/bytes.ts";
import { X328Reader, type X328ReadOptions } from "../../lib/framing/x328.ts";
import { encodeBlock } from "../../lib/framing/x328_encode.ts";
import { blockAround, tokensOf } from "../../test/lib/framing/x328_tokens.ts";
import { bytesOf, cuts, damaged, everyPlace, message, piece, placesIn, sequence, within } from "../bytes.ts";
import type { Target } from "../target.ts";

interface ReaderCase {
  readonly options: X328ReadOptions;
  readonly stream: string;
  readonly cuts: readonly number[];
}

const text = fc.oneof(message, sequence(piece, 12), fc.constant(""));
const block = fc.tuple(fc.nat(7), text, fc.boolean()).map(([number, body, last]) =>
  latin1(encodeBlock(number, bytesOf(body), last))
);
const control = fc.constantFrom(
  "\x05\r",
  "\x04\r",
  "\x15\r",
  "\x100\r",
  "\x101\r",
  "\x107\r",
  "\x10<\r",
  "\x108\r",
  "\x05",
);
const own = fc.constantFrom("900001A", "100002A", "100001A\x04\r", "1\x05\r", "10000A", "199999").map(blockAround);
const part = fc.oneof(
  { weight: 4, arbitrary: block },
  { weight: 3, arbitrary: control },
  { weight: 1, arbitrary: own },
  { weight: 1, arbitrary: fc.constantFrom("\x01HEAD\x02", "\x01", "\x02", "\x03", "\x17") },
  { weight: 1, arbitrary: sequence(piece, 4) },
);

/** The codes of its faults, and the kinds of the rest. */
const CODES = [
  "invalid_checksum",
  "invalid_count",
  "invalid_block_number",
  "invalid_trailer",
  "unexpected_start",
  "invalid_header",
  "frame_too_large",
  "truncated",
];
const KINDS = ["block", "abort", "noise", "enq", "eot", "nak", "ack", "rint"];

/** The reader of X3.28. */
export const x328ReaderTarget: Target<ReaderCase> = {
  name: "x328-reader",
  about: "any stream: the same tokens however it is cut, known faults, a bounded buffer, blocks as they were written",
  cases: fc.record({
    options: fc.record({ maxText: fc.constantFrom(1, 6, 40, 99_999), sevenBit: fc.boolean() }),
    stream: damaged(fc.array(part, { maxLength: 6 }).map((all) => all.join("")), piece),
    cuts,
  }).map((one) => ({ ...one, cuts: within(one.cuts, one.stream.length) })),
  meets: [...CODES, ...KINDS],
  check({ options, stream, cuts: places }, met) {
    const whole = tokensOf(stream, options);
    assert.deepEqual(tokensOf(stream, options, placesIn(places, stream.length)), whole, "cut otherwise");
    assert.deepEqual(tokensOf(stream, options, everyPlace(stream.length)), whole, "cut at each byte");
    const most = (options.maxText ?? 0) + 16;
    const reader = new X328Reader(options);
    const bytes = bytesOf(stream);
    for (let at = 0; at < bytes.length; at += 3) {
      reader.push(bytes.slice(at, at + 3), (token) => {
        if (token.type !== "block") return;
        assert.ok(token.text.length <= (options.maxText ?? 0), `a block of ${token.text.length} bytes`);
        const { number, text, last, offset } = token;
        const seven = options.sevenBit === true ? (byte: number) => byte & 0x7f : (byte: number) => byte;
        const stood = latin1(bytes.map(seven)).slice(offset);
        const again = latin1(encodeBlock(number, text, last));
        // The two digits of the checksum may stand there in small letters.
        assert.equal(stood.slice(0, again.length).toUpperCase(), again.toUpperCase());
        met("written_again");
      });
      assert.ok(reader.buffered <= most, `holds ${reader.buffered} bytes, ${most} at most`);
    }
    reader.end(() => {});
    assert.equal(reader.buffered, 0, "bytes are held behind the end");
    for (const token of whole) {
      const [, kind] = token.split(" ");
      met(kind.startsWith("ack") ? "ack" : kind);
      assert.ok(CODES.includes(kind) || KINDS.includes(kind.replace(/\d$/, "")), `no token of X3.28: ${kind}`);
    }
  },
};
