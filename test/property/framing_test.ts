import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CR, FS, hex, VT } from "../../lib/bytes.ts";
import type { FrameEvent } from "../../lib/framing/framer.ts";
import { MLLP_RULES, MllpFramer, type MllpOptions, type MllpRule } from "../../lib/framing/mllp.ts";
import { eventsOf, everyByte } from "../vectors.ts";

const CASES = { seed: 20260131, numRuns: 10_000 };

/** Bytes of which most are the ones that matter to MLLP. */
const hostile = fc.uint8Array({ maxLength: 24 }).map((bytes) =>
  bytes.map((byte) => byte < 160 ? [VT, FS, CR, 0x0a, 0x00, 0x20, 0x41, 0x42][byte & 7] : byte)
);

const payload = fc.uint8Array({ maxLength: 20 }).map((bytes) => {
  const clean = bytes.map((byte) => byte === VT || byte === FS ? 0x41 : byte);
  return new Uint8Array([...clean, CR]);
});

const options: fc.Arbitrary<MllpOptions> = fc.record({
  profile: fc.constantFrom("tolerant" as const, "strict" as const),
  chosen: fc.array(fc.tuple(fc.constantFrom(...MLLP_RULES.map((rule) => rule.name)), fc.boolean()), { maxLength: 3 }),
  maxFrame: fc.constantFrom(1, 4, 10, 1000),
  commitBlocks: fc.boolean(),
}).map(({ profile, chosen, maxFrame, commitBlocks }) => {
  const rules = new Map<MllpRule, boolean>(chosen);
  const named = (allowed: boolean) => [...rules].filter((entry) => entry[1] === allowed).map((entry) => entry[0]);
  return { profile, allow: named(true), deny: named(false), maxFrame, commitBlocks };
});

const cuts = (stream: Uint8Array) =>
  fc.array(fc.nat({ max: stream.length }), { maxLength: 6 }).map((places) => places.sort((a, b) => a - b));

test("MllpFramer, property: any cut of any stream of valid frames gives the same frames", () => {
  const stream = fc.array(payload, { maxLength: 5 }).chain((payloads) => {
    const framer = new MllpFramer();
    const bytes = new Uint8Array(payloads.flatMap((each) => [...framer.encode(each)]));
    return fc.record({ payloads: fc.constant(payloads), bytes: fc.constant(bytes), places: cuts(bytes) });
  });
  fc.assert(
    fc.property(
      stream,
      fc.constantFrom("tolerant" as const, "strict" as const),
      ({ payloads, bytes, places }, profile) => {
        const events = eventsOf(new MllpFramer({ profile }), bytes, places);
        let offset = 0;
        const wanted = payloads.map((each) => {
          const frame = { type: "frame", payload: hex(each), offset, ...(each.length === 1 ? { empty: true } : {}) };
          offset += each.length + 3;
          return frame;
        });
        assert.deepEqual(events, wanted);
      },
    ),
    CASES,
  );
});

test("MllpFramer, property: any bytes under any rules give the same events however they are cut", () => {
  const stream = hostile.chain((bytes) => fc.record({ bytes: fc.constant(bytes), places: cuts(bytes) }));
  fc.assert(
    fc.property(stream, options, ({ bytes, places }, chosen) => {
      const whole = eventsOf(new MllpFramer(chosen), bytes);
      assert.deepEqual(eventsOf(new MllpFramer(chosen), bytes, places), whole);
      assert.deepEqual(eventsOf(new MllpFramer(chosen), bytes, everyByte(bytes)), whole);
    }),
    CASES,
  );
});

test("MllpFramer, property: any bytes give events or a known fault, never an exception, with the buffer bounded", () => {
  const codes = new Set<string>([...MLLP_RULES.map((rule) => rule.code), "truncated"]);
  const rules = new Set<string | null>([...MLLP_RULES.map((rule) => rule.name), null]);
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 4 }), fc.boolean(), options, (chunks, quiet, chosen) => {
      const framer = new MllpFramer(chosen);
      const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      const check = (event: FrameEvent) => {
        assert.ok(event.offset >= 0 && event.offset <= size, `offset ${event.offset} of ${size}`);
        if (event.type === "frame") assert.ok(event.payload.length <= (chosen.maxFrame ?? 0));
        if (event.type !== "fault") return;
        assert.ok(codes.has(event.code) && rules.has(event.rule), `${event.code}, ${event.rule}`);
        assert.ok(event.bytes.length <= 4096 && event.window.bytes.length <= 24);
      };
      for (const chunk of chunks) {
        framer.push(chunk, check);
        if (quiet) framer.idle(check);
        assert.ok(framer.buffered <= (chosen.maxFrame ?? 0) + 1, `buffered is ${framer.buffered}`);
        if (framer.stopped) framer.push(chunk, (event) => assert.fail(`${event.type} after the stop`));
      }
      framer.end(check);
    }),
    CASES,
  );
});

test("MllpFramer, property: what a fault's rule would accept is not refused there once it is allowed", () => {
  fc.assert(
    fc.property(hostile, options, (bytes, chosen) => {
      const fault = eventsOf(new MllpFramer(chosen), bytes).find((event) => event.type === "fault");
      if (fault === undefined || fault.rule === null) return;
      const rule = fault.rule as MllpRule;
      const allowed = { ...chosen, allow: [...chosen.allow ?? [], rule], deny: chosen.deny?.filter((r) => r !== rule) };
      const again = eventsOf(new MllpFramer(allowed), bytes);
      const same = again.some((event) =>
        event.type === "fault" && event.code === fault.code && event.offset === fault.offset
      );
      assert.equal(same, false, JSON.stringify({ fault, again }));
    }),
    CASES,
  );
});

test("MllpFramer, property: round trip of any payload that can be framed", () => {
  fc.assert(
    fc.property(hostile, (bytes) => {
      const framer = new MllpFramer();
      let frame: Uint8Array;
      try {
        frame = framer.encode(bytes);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        assert.ok(unframable(bytes), `refused ${hex(bytes)}: ${error.message}`);
        return;
      }
      assert.ok(!unframable(bytes), `framed ${hex(bytes)}`);
      const [event, ...more] = eventsOf(framer, frame);
      assert.ok(event.type === "frame" && more.length === 0);
      assert.equal(event.payload, hex(bytes.at(-1) === CR ? bytes : new Uint8Array([...bytes, CR])));
    }),
    CASES,
  );
});

function unframable(bytes: Uint8Array): boolean {
  return bytes[0] === VT || hex(bytes).match(/^(..)*?1c(0d|$)/) !== null;
}

test("MllpFramer, property: the profile strict fails where the Go library's four checks fail, with their code", () => {
  fc.assert(
    fc.property(hostile, (bytes) => {
      const read = goLibrary(bytes);
      const events = eventsOf(new MllpFramer({ profile: "strict" }), bytes, everyByte(bytes), []);
      const seen = events.map((event) =>
        event.type === "frame" ? event.payload : event.type === "fault" ? event.code : ""
      );
      assert.deepEqual(seen, read);
    }),
    CASES,
  );
});

/** The four checks as the seed's article describes them: payloads, then the code of the first failure. */
function goLibrary(bytes: Uint8Array): string[] {
  const seen: string[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== VT) return [...seen, "invalid_header"];
    const end = bytes.indexOf(FS, at + 1);
    if (end < 0) return seen;
    const content = bytes.subarray(at + 1, end + 1);
    if (content.length < 2) return [...seen, "invalid_content"];
    if (content[content.length - 2] !== CR) return [...seen, "invalid_boundary"];
    if (end + 1 === bytes.length) return seen;
    if (bytes[end + 1] !== CR) return [...seen, "invalid_trailer"];
    seen.push(hex(content.subarray(0, -1)));
    at = end + 2;
  }
  return seen;
}

test("MllpFramer, property: the profile tolerant finds the frames and the noise that a plain reading finds", () => {
  fc.assert(
    fc.property(hostile, (bytes) => {
      const events = eventsOf(new MllpFramer(), bytes, everyByte(bytes), []);
      const seen = events.map((event) => {
        assert.ok(event.type !== "fault");
        return `${event.offset}:${event.type}:${event.type === "frame" ? event.payload : event.bytes}`;
      });
      assert.deepEqual(seen, plainReading(bytes));
    }),
    CASES,
  );
});

/** SB, then anything up to the first EB CR; filler directly after a frame; noise. On a text whose units are the bytes above 0x4000. */
function plainReading(bytes: Uint8Array): string[] {
  const text = String.fromCharCode(...Array.from(bytes, (byte) => 0x4000 + byte));
  const inHex = (part: string) => hex(Uint8Array.from(part, (unit) => unit.charCodeAt(0) & 0xff));
  const seen: string[] = [];
  let afterFrame = false;
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at);
    const frame: RegExpExecArray | null = /^\u400b([^]*?)\u401c\u400d/.exec(rest);
    const filler: RegExpExecArray | null = afterFrame ? /^[\u400a\u4000\u4020]+/.exec(rest) : null;
    if (frame !== null) seen.push(`${at}:frame:${inHex(frame[1])}`);
    else if (rest[0] === "\u400b") return seen;
    const noise: RegExpExecArray | null = frame === null && filler === null ? /^[^\u400b]+/.exec(rest) : null;
    if (noise !== null) seen.push(`${at}:noise:${inHex(noise[0])}`);
    afterFrame = frame !== null || filler !== null;
    at += (frame ?? filler ?? noise)?.[0].length ?? 0;
  }
  return seen;
}
