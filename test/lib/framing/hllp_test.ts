import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, latin1, NO_BYTES, utf8 } from "../../../lib/bytes.ts";
import { type HllpEvent, HllpFramer, type HllpFramerOptions } from "../../../lib/framing/hllp.ts";
import {
  HLLP_MAX_DATA,
  HLLP_NAK_CODES,
  hllpBlock,
  type HllpNakCode,
  type HllpVersion,
  xorOf,
} from "../../../lib/framing/hllp_block.ts";
import { RandomStream } from "../../../lib/random.ts";
import { framerContract } from "../../contract/framer.ts";
import { eventsOf, everyByte, fromHex, randomCuts, vectorTests } from "../../vectors.ts";

const SPEC = { version: "23", checksumIncludesCount: false } as const;
const make = (options?: HllpFramerOptions) => new HllpFramer(options);

framerContract("HllpFramer", {
  make,
  payloads: [utf8("MSH|^~\\&|LAB|||||||1\r"), utf8("\r"), utf8("MSA|AA|1\r"), NO_BYTES],
  large: utf8(`MSH|${"A".repeat(100)}\r`),
});

vectorTests("HllpFramer", "hllp.json", make, {
  frame: hllpBlock("D", utf8("T\r"), SPEC),
  payload: utf8("T\r"),
});

/** What a framer says to a stream, in short. */
function told(bytes: Uint8Array, options?: HllpFramerOptions): string[] {
  const said: string[] = [];
  const framer = make(options);
  const sink = (event: HllpEvent) => {
    if (event.type === "frame") said.push(`${event.kind}${event.version}${event.checked ? "" : " unchecked"}`);
    else said.push(event.type === "noise" ? "noise" : `${event.code} ${event.nak}`);
  };
  framer.push(bytes, sink);
  framer.end(sink);
  return said;
}

const block = (data: string, options = SPEC) => hllpBlock("D", utf8(data), options);

test("HllpFramer tells kind and version of a block, and whether its checksum was looked at", () => {
  for (const version of ["21", "22", "23"] as HllpVersion[]) {
    assert.deepEqual(told(hllpBlock("D", utf8("A\r"), { ...SPEC, version })), [`D${version}`]);
    assert.deepEqual(told(make().nak("C", version)), [`N${version}`]);
  }
  assert.deepEqual(told(utf8(`${latin1(block("A\r")).slice(0, -5)}999\x1c\r`)), ["D23 unchecked"]);
});

test("HllpFramer says which NAK a fault asks for", () => {
  const good = latin1(block("A\r"));
  const sum = good.slice(-5, -2);
  const wrong = String((Number(sum) + 1) % 256).padStart(3, "0");
  const cases: [string, string][] = [
    [good.replace("00007", "00008"), "invalid_count C"],
    [good.replace("00007", "     "), "invalid_count C"],
    [good.replace("00007", "00009").replace(sum, "999"), "invalid_count C"],
    [good.replace(sum, wrong), "invalid_checksum X"],
    [good.replace(sum, "1.5"), "invalid_checksum X"],
    [latin1(hllpBlock("Q" as "D", utf8("A"), SPEC)), "invalid_header G"],
    ["\x0bD23\r\x1c\r", "invalid_content G"],
    ["\x0bD23\rA", "truncated G"],
  ];
  for (const [bytes, wanted] of cases) assert.deepEqual(told(utf8(bytes)), [wanted], JSON.stringify(bytes));
  assert.deepEqual(told(utf8(`\x0bD23\rA${good}`)), ["unexpected_start null", "D23"]);
  assert.deepEqual(told(block("A".repeat(30)), { maxFrame: 20 }), ["frame_too_large B"]);
});

test("HllpFramer writes every NAK of both versions as the spec has them", () => {
  const wanted: [HllpVersion, string][] = [
    ["23", "C00006010 X00006017 B00006011 G00006014"],
    ["21", "C00006008 X00006019 B00006009 G00006012"],
  ];
  for (const [version, texts] of wanted) {
    const naks = HLLP_NAK_CODES.map((code: HllpNakCode) => latin1(make({ version }).nak(code)));
    assert.deepEqual(naks, texts.split(" ").map((text) => `\x0bN${version}\r${text}\x1c\r`));
  }
});

test("HllpFramer adds the CR that the last segment lacks, none to an empty message, and none under raw", () => {
  assert.equal(latin1(make().encode(utf8("A"))), latin1(block("A\r")));
  assert.equal(latin1(make().encode(NO_BYTES)), latin1(block("")));
  assert.equal(latin1(make({ raw: true }).encode(utf8("A"))), latin1(block("A")));
});

test("HllpFramer writes a block in the version of another", () => {
  assert.equal(latin1(make({ version: "23" }).encodeAs(NO_BYTES, "21")), "\x0bD21\r00005065\x1c\r");
});

test("HllpFramer passes 99,994 bytes of data and refuses one more", () => {
  const most = new Uint8Array(HLLP_MAX_DATA).fill(0x41);
  most[HLLP_MAX_DATA - 1] = 0x0d;
  const bytes = make().encode(most);
  assert.equal(latin1(bytes, bytes.length - 10, bytes.length - 5), "99999");
  const events = eventsOf(make(), bytes, [1, 4096, 65_536, bytes.length - 1]);
  assert.deepEqual(events.map((event) => event.type === "frame" && event.payload.length / 2), [99_994]);
  assert.throws(() => make().encode(new Uint8Array(HLLP_MAX_DATA + 1).fill(0x0d)), {
    name: "RangeError",
    message:
      "Cannot make an HLLP block: the message has 99995 bytes, wanted at most 99994, since the count has five digits",
  });
  assert.throws(() => make().encode(new Uint8Array(HLLP_MAX_DATA).fill(0x41)), /has 99995 bytes with its final 0x0D/);
  assert.throws(() => make({ raw: true }).encode(new Uint8Array(HLLP_MAX_DATA + 1)), RangeError);
});

test("HllpFramer refuses a peer's block of more than 99,994 bytes of data with NAK B, and reads on", () => {
  const long = new Uint8Array([...utf8("\x0bD23\r"), ...new Uint8Array(99_995).fill(0x41), ...utf8("00000999\x1c\r")]);
  assert.deepEqual(told(new Uint8Array([...long, ...block("A\r")])), ["frame_too_large B", "D23"]);
});

test("HllpFramer refuses data that would end its block", () => {
  assert.throws(() => make().encode(utf8("A\x1c\rB\r")), {
    name: "RangeError",
    message: "Cannot make an HLLP block: found 0x1C 0x0D at byte 1, which would end the block there",
  });
  assert.throws(() => make().encode(utf8("AB\x1c")), /at byte 2/);
  assert.equal(latin1(make({ raw: true }).encode(utf8("AB\x1c"))), latin1(block("AB\x1c")));
});

test("HllpFramer refuses options that cannot be", () => {
  assert.throws(() => make({ version: "24" as HllpVersion }), {
    name: "RangeError",
    message: "Cannot write HLLP blocks of version '24': expected 21, 22, 23",
  });
  for (const maxFrame of [11, 0, -1, NaN]) assert.throws(() => make({ maxFrame }), RangeError);
  make({ maxFrame: 12 });
});

const RUNS = { seed: 1, numRuns: 1500 };
const alphabet = fc.constantFrom(0x0b, 0x0d, 0x1c, 0x30, 0x35, 0x39, 0x32, 0x33, 0x44, 0x4e, 0x41);
const part = fc.oneof(
  fc.uint8Array({ maxLength: 30 }).map((data) => hllpBlock("D", data, SPEC)),
  fc.constantFrom(...HLLP_NAK_CODES).map((code) => make().nak(code)),
  fc.array(alphabet, { maxLength: 30 }).map((bytes) => new Uint8Array(bytes)),
);
const stream = fc.array(part, { maxLength: 6 }).map((parts) => new Uint8Array(parts.flatMap((each) => [...each])));

test("HllpFramer says the same of any stream however it is cut", () => {
  fc.assert(
    fc.property(stream, fc.nat(), fc.integer({ min: 12, max: 40 }), (bytes, seed, maxFrame) => {
      for (const options of [{}, { maxFrame }]) {
        const whole = eventsOf(make(options), bytes);
        assert.deepEqual(eventsOf(make(options), bytes, everyByte(bytes)), whole);
        assert.deepEqual(eventsOf(make(options), bytes, randomCuts(new RandomStream(seed), bytes.length)), whole);
      }
    }),
    RUNS,
  );
});

test("HllpFramer turns any bytes into events, each byte of the stream in one of them at most, and holds no more than its limit", () => {
  const known = ["truncated", "invalid_count", "invalid_checksum", "invalid_header", "invalid_content"];
  const codes = new Set([...known, "unexpected_start", "frame_too_large"]);
  fc.assert(
    fc.property(stream, fc.integer({ min: 12, max: 40 }), fc.integer({ min: 1, max: 9 }), (bytes, maxFrame, step) => {
      const framer = make({ maxFrame });
      let from = 0;
      const sink = (event: HllpEvent) => {
        if (event.type === "fault") assert.ok(codes.has(event.code), event.code);
        else {
          assert.ok(event.offset >= from, "in order");
          from = event.offset + (event.type === "frame" ? event.payload.length + 15 : event.bytes.length);
        }
      };
      for (let at = 0; at < bytes.length; at += step) {
        framer.push(bytes.slice(at, at + step), sink);
        assert.ok(framer.buffered <= maxFrame + 1);
      }
      framer.end(sink);
      assert.ok(from <= bytes.length);
      assert.equal(framer.buffered, 0);
    }),
    RUNS,
  );
});

test("HllpFramer takes back what it wrote, in every version and with either checksum", () => {
  const versions = fc.constantFrom<HllpVersion>("21", "22", "23");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), versions, fc.boolean(), (data, version, checksumIncludesCount) => {
      const payload = data.filter((byte) => byte !== 0x1c);
      const options = { version, checksumIncludesCount, raw: true };
      const events = eventsOf(make(options), make(options).encode(payload));
      assert.deepEqual(events.map((event) => event.type === "frame" ? event.payload : event.type), [hex(payload)]);
    }),
    RUNS,
  );
});

/** The data of the blocks read from a stream, with a good block behind it so that a lost end is met too. */
function dataRead(bytes: Uint8Array): string[] {
  const events = eventsOf(make(), new Uint8Array([...bytes, ...block("T\r")]));
  return events.flatMap((event) => event.type === "frame" ? [latin1(fromHex(event.payload))] : []);
}

test("HllpFramer makes no other message of a block in which one byte was changed, dropped or doubled", () => {
  const message = "MSH|^~\\&|A\rEVN|A01\r";
  const good = block(message);
  const known = new Set([message, "T\r"]);
  const check = (bytes: Uint8Array) => {
    for (const data of dataRead(bytes)) assert.ok(known.has(data), `${JSON.stringify(data)} of ${hex(bytes)}`);
  };
  for (let at = 0; at < good.length; at++) {
    check(good.filter((_, i) => i !== at));
    check(new Uint8Array([...good.subarray(0, at + 1), ...good.subarray(at)]));
    for (let value = 0; value < 256; value++) {
      const changed = good.slice();
      changed[at] = value;
      check(changed);
    }
  }
});

test("HllpFramer misses one in 256 of the blocks whose data was changed in many bytes, one in 128 of seven-bit text: no 8-bit checksum can do better", () => {
  const random = new RandomStream(5);
  const good = block("A".repeat(64));
  const tries = 51_200;
  const missed = (byte: () => number) => {
    let count = 0;
    for (let i = 0; i < tries; i++) {
      const changed = good.slice();
      for (let at = 10; at < 18; at++) changed[at] = byte();
      if (told(changed)[0] === "D23") count++;
    }
    return count;
  };
  for (
    const [one, byte] of [[256, () => 0x20 + random.integer(224)], [128, () => 0x20 + random.integer(95)]] as const
  ) {
    const count = missed(byte);
    assert.ok(count > 0.8 * tries / one && count < 1.2 * tries / one, `${count} of ${tries}, wanted one in ${one}`);
  }
});

test("HllpFramer does not see that two bytes have changed places", () => {
  const good = block("AB");
  const swapped = good.slice();
  swapped[5] = good[6];
  swapped[6] = good[5];
  assert.deepEqual(told(swapped), ["D23"], "an exclusive or knows no order");
  assert.equal(xorOf(swapped, 0, 7), xorOf(good, 0, 7));
});
