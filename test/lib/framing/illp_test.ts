import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, latin1, NO_BYTES, utf8 } from "../../../lib/bytes.ts";
import { FAULT_KEEP, type FrameEvent, type FrameFault } from "../../../lib/framing/framer.ts";
import { IllpFramer } from "../../../lib/framing/illp.ts";

/** Events as they will still be true after the sink's call. */
function collect(): { events: string[]; faults: FrameFault[]; sink: (event: FrameEvent) => void } {
  const events: string[] = [];
  const faults: FrameFault[] = [];
  const sink = (event: FrameEvent) => {
    if (event.type === "frame") {
      events.push(`frame ${event.offset} ${latin1(event.payload)}${event.empty ? " empty" : ""}`);
    } else if (event.type === "fault") {
      events.push(`fault ${event.code} ${event.offset}`);
      faults.push({ ...event, bytes: event.bytes.slice() });
    } else events.push(event.type);
  };
  return { events, faults, sink };
}

test("IllpFramer makes one message of all that came before the end of the stream", () => {
  const framer = new IllpFramer();
  const { events, sink } = collect();
  framer.push(utf8("MSH|"), sink);
  framer.push(utf8("A\r"), sink);
  framer.idle();
  assert.deepEqual(events, []);
  assert.equal(framer.buffered, 6);
  assert.equal(framer.wantsIdle, false);
  framer.end(sink);
  framer.end(sink);
  assert.deepEqual(events, ["frame 0 MSH|A\r"]);
  assert.equal(framer.buffered, 0);
});

test("IllpFramer says nothing of a stream without a byte", () => {
  const { events, sink } = collect();
  new IllpFramer().end(sink);
  new IllpFramer().cut(sink);
  new IllpFramer({ fromAddress: "x" }).end(sink);
  assert.deepEqual(events, []);
});

test("IllpFramer shows the last bytes of what is unfinished", () => {
  const framer = new IllpFramer();
  assert.equal(framer.unfinished, null);
  framer.push(utf8("ABCDEFGHIJKLMNOPQRST"), () => {});
  const { offset, bytes, mark } = framer.unfinished!;
  assert.deepEqual([offset, latin1(bytes), mark], [4, "EFGHIJKLMNOPQRST", 20]);
});

test("IllpFramer calls what a broken stream leaves truncated, not a message", () => {
  const framer = new IllpFramer();
  const { events, faults, sink } = collect();
  framer.push(utf8("MSH|"), sink);
  framer.cut(sink);
  framer.end(sink);
  assert.deepEqual(events, ["fault truncated 4"]);
  assert.equal(latin1(faults[0].bytes), "MSH|");
});

test("IllpFramer gives the same message however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 })), (chunks) => {
      const framer = new IllpFramer();
      const whole = chunks.map(hex).join("");
      const got: string[] = [];
      for (const chunk of chunks) {
        const lent = chunk.slice();
        framer.push(lent, () => assert.fail("an event before the end"));
        lent.fill(0x21);
      }
      framer.end((event) => got.push(event.type === "frame" ? hex(event.payload) : event.type));
      assert.deepEqual(got, whole === "" ? [] : [whole]);
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test("IllpFramer takes a message of exactly the limit, and reports one above it once", () => {
  const exact = new IllpFramer({ maxFrame: 4 });
  const { events, faults, sink } = collect();
  exact.push(utf8("PING"), sink);
  exact.end(sink);
  const framer = new IllpFramer({ maxFrame: 4 });
  for (const chunk of ["ABC", "DEF", "GHI"]) framer.push(utf8(chunk), sink);
  assert.equal(framer.buffered, 0);
  framer.end(sink);
  assert.deepEqual(events, ["frame 0 PING", "fault frame_too_large 4"]);
  const [fault] = faults;
  assert.deepEqual([fault.found, fault.wanted], [0x45, "at most 4 bytes before the end of the stream"]);
  assert.deepEqual([latin1(fault.bytes), latin1(fault.window.bytes), fault.window.mark], ["ABCD", "ABCDE", 4]);
});

test("IllpFramer shows at most 4 KiB of what was too long, and holds no more than its limit", () => {
  const framer = new IllpFramer({ maxFrame: 10_000 });
  const { faults, sink } = collect();
  framer.push(new Uint8Array(6000).fill(0x41), sink);
  framer.push(new Uint8Array(6000).fill(0x42), sink);
  assert.equal(latin1(faults[0].bytes), "A".repeat(FAULT_KEEP));
  fc.assert(
    fc.property(fc.array(fc.nat(200)), fc.integer({ min: 1, max: 300 }), (sizes, maxFrame) => {
      const bounded = new IllpFramer({ maxFrame });
      let told = 0;
      let total = 0;
      for (const size of sizes) {
        bounded.push(new Uint8Array(size), () => told++);
        total += size;
        assert.ok(bounded.buffered <= maxFrame);
      }
      assert.equal(told, total > maxFrame ? 1 : 0);
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test("IllpFramer calls a lone CR empty", () => {
  const { events, sink } = collect();
  const framer = new IllpFramer();
  framer.push(utf8("\r"), sink);
  framer.end(sink);
  assert.deepEqual(events, ["frame 0 \r empty"]);
});

test("IllpFramer writes a message as it is, and with an address before it where one is given", () => {
  const payload = utf8("\x0bany\x1c\r");
  assert.deepEqual(new IllpFramer().encode(payload), payload);
  assert.notEqual(new IllpFramer().encode(payload), payload);
  const framer = new IllpFramer({ fromAddress: "ward é" });
  assert.equal(latin1(framer.encode(utf8("A"))), "ward \xc3\xa9\x02A");
  assert.equal(framer.encodedLength(utf8("A")), 9);
  const target = new Uint8Array(12).fill(0x7e);
  assert.equal(new IllpFramer({ fromAddress: "w" }).encodeInto(utf8("AB"), target, 3), 7);
  assert.equal(latin1(target), "~~~w\x02AB~~~~~");
});

test("IllpFramer takes the address off a message, up to the first STX", () => {
  const framer = new IllpFramer({ fromAddress: "us" });
  const { events, sink } = collect();
  framer.push(utf8("war"), sink);
  framer.push(utf8("d1\x02MSH|\x02A"), sink);
  assert.deepEqual(framer.address, NO_BYTES);
  framer.end(sink);
  assert.deepEqual(events, ["frame 0 MSH|\x02A"]);
  assert.equal(latin1(framer.address), "ward1");
});

test("IllpFramer refuses a message that lacks the address", () => {
  const framer = new IllpFramer({ fromAddress: "us" });
  const { events, faults, sink } = collect();
  framer.push(utf8("MSH|"), sink);
  framer.end(sink);
  assert.deepEqual(events, ["fault invalid_header 4"]);
  assert.equal(faults[0].wanted, "an address and 0x02 before the message");
});

test("IllpFramer refuses options that cannot be", () => {
  for (const fromAddress of ["", "a\x02b"]) assert.throws(() => new IllpFramer({ fromAddress }), RangeError);
  for (const maxFrame of [0, 1.5, NaN]) assert.throws(() => new IllpFramer({ maxFrame }), RangeError);
});
