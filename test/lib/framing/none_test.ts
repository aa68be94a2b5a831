import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, latin1, utf8 } from "../../../lib/bytes.ts";
import { FAULT_KEEP, type FrameEvent, type FrameFault } from "../../../lib/framing/framer.ts";
import { UnframedFramer } from "../../../lib/framing/none.ts";

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

test("UnframedFramer makes one payload of all that came before a pause", () => {
  const framer = new UnframedFramer();
  const { events, sink } = collect();
  framer.push(utf8("PI"), sink);
  framer.push(utf8("NG"), sink);
  assert.equal(framer.wantsIdle, true);
  assert.equal(framer.buffered, 4);
  assert.deepEqual(events, []);
  framer.idle(sink);
  framer.idle(sink);
  assert.equal(framer.wantsIdle, false);
  assert.equal(framer.buffered, 0);
  framer.push(utf8("PONG"), sink);
  framer.idle(sink);
  assert.deepEqual(events, ["frame 0 PING", "frame 4 PONG"]);
});

test("UnframedFramer takes the end of the stream for a pause", () => {
  const framer = new UnframedFramer();
  const { events, sink } = collect();
  framer.push(utf8("PING"), sink);
  framer.end(sink);
  framer.end(sink);
  assert.deepEqual(events, ["frame 0 PING"]);
});

test("UnframedFramer calls a lone CR empty", () => {
  const framer = new UnframedFramer();
  const { events, sink } = collect();
  framer.push(utf8("\r"), sink);
  framer.idle(sink);
  assert.deepEqual(events, ["frame 0 \r empty"]);
});

test("UnframedFramer gives the same payload however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 })), (chunks) => {
      const framer = new UnframedFramer();
      const whole = chunks.map(hex).join("");
      const got: string[] = [];
      for (const chunk of chunks) framer.push(chunk, () => assert.fail("an event before the pause"));
      framer.idle((event) => got.push(event.type === "frame" ? hex(event.payload) : event.type));
      assert.deepEqual(got, whole === "" ? [] : [whole]);
    }),
    { seed: 1 },
  );
});

test("UnframedFramer keeps what it was given, not the chunk itself", () => {
  const framer = new UnframedFramer();
  const { events, sink } = collect();
  const chunk = utf8("PING");
  framer.push(chunk, sink);
  chunk.fill(0x21);
  framer.idle(sink);
  assert.deepEqual(events, ["frame 0 PING"]);
});

test("UnframedFramer takes a payload of exactly the limit", () => {
  const framer = new UnframedFramer({ maxFrame: 4 });
  const { events, sink } = collect();
  framer.push(utf8("PING"), sink);
  framer.idle(sink);
  assert.deepEqual(events, ["frame 0 PING"]);
});

test("UnframedFramer reports what is too long once, skips the rest, and goes on after the pause", () => {
  const framer = new UnframedFramer({ maxFrame: 4 });
  const { events, faults, sink } = collect();
  framer.push(utf8("ABC"), sink);
  framer.push(utf8("DEF"), sink);
  framer.push(utf8("GHI"), sink);
  assert.equal(framer.buffered, 0);
  assert.equal(framer.wantsIdle, true);
  framer.idle(sink);
  framer.push(utf8("JKL"), sink);
  framer.idle(sink);
  assert.deepEqual(events, ["fault frame_too_large 4", "frame 9 JKL"]);
  const [fault] = faults;
  assert.equal(fault.found, "E".charCodeAt(0));
  assert.equal(fault.wanted, "at most 4 bytes before a pause");
  assert.equal(fault.rule, null);
  assert.equal(latin1(fault.bytes), "ABCD");
  assert.deepEqual([fault.window.offset, latin1(fault.window.bytes), fault.window.mark], [4, "EF", 4]);
});

test("UnframedFramer shows at most 4 KiB of what was too long", () => {
  const framer = new UnframedFramer({ maxFrame: 10_000 });
  const { faults, sink } = collect();
  framer.push(new Uint8Array(6000).fill(0x41), sink);
  framer.push(new Uint8Array(6000).fill(0x42), sink);
  assert.equal(latin1(faults[0].bytes), "A".repeat(FAULT_KEEP));
});

test("UnframedFramer never holds more than its limit", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200)), fc.integer({ min: 1, max: 300 }), (sizes, maxFrame) => {
      const framer = new UnframedFramer({ maxFrame });
      let faults = 0;
      let total = 0;
      for (const size of sizes) {
        framer.push(new Uint8Array(size), (event) => {
          assert.equal(event.type, "fault");
          faults++;
        });
        total += size;
        assert.ok(framer.buffered <= maxFrame);
      }
      assert.equal(faults, total > maxFrame ? 1 : 0);
    }),
    { seed: 1 },
  );
});

test("UnframedFramer writes a payload as it is", () => {
  const framer = new UnframedFramer();
  const payload = utf8("\x0bany\x1c\r");
  assert.deepEqual(framer.encode(payload), payload);
  assert.notEqual(framer.encode(payload), payload);
  const target = new Uint8Array(10);
  assert.equal(framer.encodeInto(utf8("AB"), target, 3), 5);
  assert.equal(hex(target), "00000041420000000000");
});
