/** Mutations of any content: what holds whatever the bytes are. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import { decodeEscapes } from "../../../lib/hl7/charset.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { readSeparators } from "../../../lib/hl7/separators.ts";
import { mutateFrame } from "../../../receiver/mutate/apply.ts";
import type { PlannedMutation } from "../../../receiver/mutate/mutation.ts";

const SEED = 20261122;

const content = fc.uint8Array({ maxLength: 200 });
/** As a file is read: its `slice` copies nothing. */
const inBuffer = content.map((bytes): Uint8Array => Buffer.from(bytes));
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const fraction = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const five = fc.shuffledSubarray(Array.from("!#$%&'()*,/:;<=>?@[\\]^_`{|}~"), { minLength: 5, maxLength: 5 })
  .map((characters) => characters.join(""));

/** Any mutation, with any value. */
const mutation: fc.Arbitrary<PlannedMutation> = fc.oneof(
  fc.constantFrom<PlannedMutation>(
    { kind: "drop_start" },
    { kind: "double_start" },
    { kind: "drop_end_block" },
    { kind: "drop_end_data" },
    { kind: "end_data", hex: "0a" },
    { kind: "prefix", hex: "0d0a" },
    { kind: "suffix", hex: "00" },
    { kind: "keepalive" },
    { kind: "empty_frame" },
    { kind: "nul_fill" },
    { kind: "endless" },
    { kind: "drop_last_cr" },
    { kind: "bom" },
    { kind: "segment_ends", end: "lf" },
    { kind: "segment_ends", end: "crlf" },
    { kind: "segment_ends", end: "none" },
    { kind: "charset", to: "utf-16le" },
    { kind: "charset", to: "iso-8859-1" },
    { kind: "not_hl7", what: "http" },
    { kind: "not_hl7", what: "html" },
  ),
  fraction.map((at): PlannedMutation => ({ kind: "embed_start", at })),
  fraction.map((to): PlannedMutation => ({ kind: "truncate", to })),
  fc.integer({ min: 1, max: 300 }).map((bytes): PlannedMutation => ({ kind: "pad_to", bytes })),
  fc.record({ bytes: fc.integer({ min: 1, max: 300 }), draw }).map((drawn): PlannedMutation => ({
    kind: "corrupt",
    ...drawn,
  })),
  five.map((to): PlannedMutation => ({ kind: "separators", to })),
);

test("mutateFrame takes any content and any mutations, and writes into nothing it was given", () => {
  fc.assert(
    fc.property(fc.oneof(content, inBuffer), fc.array(mutation, { maxLength: 5 }), (bytes, mutations) => {
      const before = hex(bytes);
      const { bytes: frame, endless } = mutateFrame(bytes, mutations);
      assert.equal(hex(bytes), before);
      assert.equal(endless !== null, mutations.some(({ kind }) => kind === "endless"));
      assert.equal(hex(mutateFrame(bytes, mutations).bytes), hex(frame), "the same again");
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("corrupt changes as many bytes as it says, and neither length nor framing", () => {
  const isFraming = (byte: number) => byte === 0x0b || byte === 0x1c || byte === 0x0d;
  fc.assert(
    fc.property(content, fc.integer({ min: 1, max: 20 }), draw, (bytes, count, drawn) => {
      const damaged = mutateFrame(bytes, [{ kind: "corrupt", bytes: count, draw: drawn }]).bytes;
      const whole = mutateFrame(bytes, []).bytes;
      assert.equal(damaged.length, whole.length);
      const changed = Array.from(damaged.keys()).filter((at) => damaged[at] !== whole[at]);
      const changeable = bytes.filter((byte) => !isFraming(byte)).length;
      assert.equal(changed.length, Math.min(count, changeable));
      for (const at of changed) assert.ok(!isFraming(damaged[at]) && !isFraming(whole[at]));
    }),
    { seed: SEED },
  );
});

test("corrupt hits every place and makes every value, in the course of many draws", () => {
  const bytes = utf8("ABCDEFGH");
  const places = new Set<number>();
  const values = new Set<number>();
  for (let i = 0; i < 4000; i++) {
    const damaged = mutateFrame(bytes, [{ kind: "corrupt", bytes: 1, draw: i / 4000 }]).bytes.subarray(1, 9);
    const at = damaged.findIndex((byte, place) => byte !== bytes[place]);
    places.add(at);
    values.add(damaged[at]);
  }
  assert.equal(places.size, 8);
  assert.equal(values.size, 253);
});

test("truncate sends a beginning of the frame, with something left of it and something gone", () => {
  fc.assert(
    fc.property(content, fraction, (bytes, to) => {
      const whole = hex(mutateFrame(bytes, []).bytes);
      const cut = mutateFrame(bytes, [{ kind: "truncate", to }]).bytes;
      assert.ok(whole.startsWith(hex(cut)));
      assert.ok(cut.length > 0 && cut.length < whole.length / 2);
      const wanted = Math.floor(whole.length / 2 * to);
      if (wanted > 0) assert.equal(cut.length, wanted);
    }),
    { seed: SEED },
  );
});

test("pad_to makes the content as long as it says, unless it is longer, and leaves it at its beginning", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Z]{0,9}\r?$/), fc.integer({ min: 1, max: 60 }), (rest, size) => {
      const message = utf8(`MSH|^~\\&|${rest}`);
      const frame = mutateFrame(message, [{ kind: "pad_to", bytes: size }]).bytes;
      assert.equal(frame.length, Math.max(size, message.length) + 3);
      const told = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
      assert.match(latin1(frame), new RegExp(`^\\vMSH\\|\\^~\\\\&\\|${told}\\|*(\\r(ZPD\\|x*\\r)*)?\\x1c\\r$`));
    }),
    { seed: SEED },
  );
});

test("separators leaves every value what it was, read and unescaped with the separators it declares", () => {
  // Values between |^~\& as senders make them: plain characters, and sequences for those that separate.
  const value = fc.array(
    fc.constantFrom(..."aZ09 .-+\"#$!%'()*,/:;<=>?@[]_`{}", "\\F\\", "\\S\\", "\\T\\", "\\R\\", "\\E\\", "\\X0D\\"),
    {
      maxLength: 6,
    },
  ).map((parts) => parts.join(""));
  const component = fc.array(value, { minLength: 1, maxLength: 2 }).map((parts) => parts.join("&"));
  const repetition = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("^"));
  const field = fc.array(repetition, { minLength: 1, maxLength: 2 }).map((parts) => parts.join("~"));
  const segment = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => `ZZZ|${fields.join("|")}`);
  const paths = [1, 2, 3, 4].flatMap((n) =>
    [1, 2].flatMap((r) => [1, 2, 3].flatMap((c) => [1, 2].map((s) => parsePath(`ZZZ[*]-${n}[${r}].${c}.${s}`))))
  );
  const valuesOf = (message: Uint8Array): string[] => {
    const separators = readSeparators(message);
    assert.ok(separators !== null);
    return paths.map((path) => path.all(message).map((found) => latin1(decodeEscapes(found, separators))).join("\n"));
  };
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), five, (segments, to) => {
      const message = utf8(`MSH|^~\\&|LAB\r${segments.join("\r")}\r`);
      const frame = mutateFrame(message, [{ kind: "separators", to }]).bytes;
      const rewritten = frame.subarray(1, -2);
      assert.equal(latin1(rewritten, 3, 8), to);
      assert.deepEqual(valuesOf(rewritten), valuesOf(message));
    }),
    { seed: SEED, numRuns: 500 },
  );
});
