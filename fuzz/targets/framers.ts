/**
 * The framers as targets: MLLP with every set of rules, HLLP, ILLP and no framing at all.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc, { type Arbitrary } from "fast-check";
import { hex, latin1 } from "../../lib/bytes.ts";
import type { Framer } from "../../lib/framing/framer.ts";
import { HllpFramer, type HllpFramerOptions } from "../../lib/framing/hllp.ts";
import { hllpBlock, type HllpVersion } from "../../lib/framing/hllp_block.ts";
import { IllpFramer, type IllpFramerOptions } from "../../lib/framing/illp.ts";
import { MLLP_RULES, MllpFramer, type MllpOptions, type MllpRule } from "../../lib/framing/mllp.ts";
import { UnframedFramer } from "../../lib/framing/none.ts";
import { fromHex } from "../../test/vectors.ts";
import { anyMessage, bytesOf, cuts, damaged, limits, message, piece, sequence, within } from "../bytes.ts";
import { checkRoundTrip, checkStream, type StreamCase } from "../stream.ts";
import type { Target } from "../target.ts";

/** A stream under some options, and a payload to be framed. */
interface FramerCase<Options> extends StreamCase {
  readonly options: Options;
  readonly payload: string;
}

function casesOf<Options>(options: Arbitrary<Options>, stream: Arbitrary<string>): Arbitrary<FramerCase<Options>> {
  const idles = fc.oneof(fc.constant([]), fc.array(fc.nat(600), { maxLength: 3, size: "max" }));
  return fc.record({ options, stream, cuts, idles, payload: anyMessage }).map((one) => ({
    ...one,
    cuts: within(one.cuts, one.stream.length),
    idles: within(one.idles, one.stream.length),
  }));
}

const names: readonly MllpRule[] = MLLP_RULES.map(({ name }) => name);
const mllpOptions: Arbitrary<MllpOptions> = fc.record({
  profile: fc.constantFrom("tolerant" as const, "strict" as const),
  rules: fc.array(fc.tuple(fc.constantFrom(...names), fc.boolean()), { maxLength: 12, size: "max" }),
  maxFrame: limits,
  commitBlocks: fc.boolean(),
}).map(({ profile, rules, maxFrame, commitBlocks }) => {
  const chosen = [...new Map(rules)];
  const that = (wanted: boolean) => chosen.filter(([, allowed]) => allowed === wanted).map(([name]) => name);
  return { profile, allow: that(true), deny: that(false), maxFrame, commitBlocks };
});

const framed = fc.oneof(
  { weight: 5, arbitrary: message.map((text) => `\x0b${text}\x1c\r`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\x0b\x06\x1c\r", "\x0b\x15\x1c\r", "\x0b\x1c\r", "\x0b\r\x1c\r"),
  },
  { weight: 2, arbitrary: fc.constantFrom("\n", "\0", " ", "\n\0 ") },
  { weight: 2, arbitrary: sequence(piece, 6) },
);
const frames = fc.array(framed, { maxLength: 5 }).map((all) => all.join(""));

/** MLLP. A test gives it a framer with a defect. */
export function mllpTarget(
  make: (options: MllpOptions) => Framer = (options) => new MllpFramer(options),
): Target<FramerCase<MllpOptions>> {
  return {
    name: "mllp",
    about: "any stream under any rules: the same events however it is cut, of bytes that are there, in bounded memory",
    cases: casesOf(mllpOptions, damaged(frames, piece)),
    meets: [
      "frame",
      "noise",
      "round_trip",
      "refused",
      "truncated",
      ...MLLP_RULES.flatMap(({ name, code, tolerant }) => {
        // Of what is never allowed by a profile and only then seen, the fault alone.
        return tolerant && name !== "leading-bytes" && name !== "oversize" ? [name, code] : [code];
      }),
    ],
    check({ options, payload, ...one }, met) {
      const { maxFrame = 0 } = options;
      const codes = new Set<string>([...MLLP_RULES.map(({ code }) => code), "truncated"]);
      // A frame that lacks its start block begins with its payload.
      checkStream({ make: () => make(options), codes, most: maxFrame, lead: 1 }, one, met);
      const { commitBlocks } = options;
      // A commit block is one byte, and no CR.
      const isCommit = commitBlocks === true && ["\x06", "\x15"].includes(payload);
      const back = (text: string) => isCommit || text.endsWith("\r") ? text : `${text}\r`;
      checkRoundTrip(() => make({ commitBlocks }), payload, back, met);
    },
  };
}

const hllpOptions: Arbitrary<HllpFramerOptions> = fc.record({
  version: fc.constantFrom<HllpVersion>("21", "22", "23"),
  checksumIncludesCount: fc.boolean(),
  maxFrame: fc.constantFrom(12, 20, 300, 100_006),
});

const block = fc.tuple(fc.constantFrom<"D" | "N">("D", "D", "N"), hllpOptions, message).map(([kind, options, text]) => {
  const { version = "23", checksumIncludesCount = false } = options;
  return latin1(hllpBlock(kind, bytesOf(kind === "N" ? text.slice(-1) : text), { version, checksumIncludesCount }));
});
const unchecked = block.map((text) => `${text.slice(0, -5)}999\x1c\r`);
const blocks = fc.array(
  fc.oneof({ weight: 5, arbitrary: block }, { weight: 1, arbitrary: unchecked }, {
    weight: 2,
    arbitrary: sequence(piece, 5),
  }),
  { maxLength: 4 },
).map((all) => all.join(""));

/** HLLP. */
export const hllpTarget: Target<FramerCase<HllpFramerOptions>> = {
  name: "hllp",
  about: "any stream: as for mllp; a block that was checked is, written again, what stood there",
  cases: casesOf(hllpOptions, damaged(blocks, piece)),
  meets: [
    "frame",
    "noise",
    "truncated",
    "round_trip",
    "refused",
    "invalid_checksum",
    "invalid_count",
    "frame_too_large",
  ],
  check({ options, payload, ...one }, met) {
    const codes = new Set([
      "invalid_header",
      "invalid_trailer",
      "invalid_content",
      "invalid_boundary",
      "invalid_count",
      "invalid_checksum",
      "unexpected_start",
      "frame_too_large",
      "truncated",
    ]);
    const make = () => new HllpFramer(options);
    checkStream({ make, codes, most: options.maxFrame ?? 100_006, lead: 5 }, one, met);
    const bytes = bytesOf(one.stream);
    const { checksumIncludesCount = false } = options;
    make().push(bytes, (event) => {
      if (event.type !== "frame" || !event.checked || event.warnings.length > 0) return;
      const again = hllpBlock(event.kind, event.payload, { version: event.version, checksumIncludesCount });
      assert.equal(hex(again), hex(bytes.subarray(event.offset, event.offset + again.length)));
      met("checked");
    });
    const back = (text: string) => text === "" || text.endsWith("\r") ? text : `${text}\r`;
    checkRoundTrip(() => new HllpFramer({ version: options.version, checksumIncludesCount }), payload, back, met);
  },
};

const illpOptions: Arbitrary<IllpFramerOptions> = fc.record({
  maxFrame: limits,
  fromAddress: fc.constantFrom(undefined, "ward1", "W"),
}, { requiredKeys: ["maxFrame"] });
const request = fc.tuple(fc.constantFrom("", "", "ward2\x02", "\x02", "\x02\x02"), anyMessage).map((both) =>
  both.join("")
);

/** ILLP. */
export const illpTarget: Target<FramerCase<IllpFramerOptions>> = {
  name: "illp",
  about: "any stream: one message, at its end, or one fault",
  cases: casesOf(illpOptions, request),
  meets: ["frame", "frame_too_large", "invalid_header", "round_trip"],
  check({ options, payload, ...one }, met) {
    const codes = new Set(["invalid_header", "frame_too_large", "truncated"]);
    const make = () => new IllpFramer(options);
    const lead = one.stream.length;
    const events = checkStream({ make, codes, most: options.maxFrame ?? 0, lead }, { ...one, idles: [] }, met);
    assert.ok(events.length <= 1, `${events.length} events`);
    if (payload !== "") {
      checkRoundTrip(() => new IllpFramer({ fromAddress: options.fromAddress }), payload, (x) => x, met);
    }
  },
};

/** No framing. */
export const noneTarget: Target<FramerCase<{ maxFrame: number }>> = {
  name: "none",
  about: "any stream: what comes before a pause is one payload, and all of the stream is told of where it fits",
  cases: casesOf(fc.record({ maxFrame: limits }), anyMessage),
  meets: ["frame", "frame_too_large", "all_told"],
  check({ options, payload, ...one }, met) {
    const make = () => new UnframedFramer(options);
    const codes = new Set(["frame_too_large"]);
    const events = checkStream({ make, codes, most: options.maxFrame, lead: 0 }, one, met);
    if (events.every(({ type }) => type === "frame")) {
      const told = events.map((event) => event.type === "frame" ? latin1(fromHex(event.payload)) : "").join("");
      assert.equal(told, one.stream);
      met("all_told");
    }
    if (payload !== "") checkRoundTrip(() => new UnframedFramer(), payload, (text) => text, met);
  },
};
