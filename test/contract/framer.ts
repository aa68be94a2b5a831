/**
 * What every framer has to hold, whatever its protocol: the text of lib/framing/framer.ts as tests.
 * A new framer joins by one line in framer_test.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../../lib/bytes.ts";
import type { Framer } from "../../lib/framing/framer.ts";
import { RandomStream } from "../../lib/random.ts";
import { eventsOf, everyByte, recorder, type VectorEvent } from "../vectors.ts";

/** How a framer joins. */
export interface FramerSubject {
  /** A new framer; `maxFrame` is its limit in bytes. */
  make(options: { maxFrame?: number }): Framer;
  /** Payloads that come back from a frame as they went in, none above 60 bytes; at least two. */
  readonly payloads: readonly Uint8Array[];
  /** A payload of more than 64 bytes. */
  readonly large: Uint8Array;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function payloadsOf(events: readonly VectorEvent[]): string[] {
  return events.map((event) => {
    assert.ok(event.type === "frame", `expected frames alone, found ${JSON.stringify(event)}`);
    return event.payload;
  });
}

/** Registers the contract's tests for one framer. */
export function framerContract(name: string, subject: FramerSubject): void {
  const { make, payloads } = subject;
  const wanted = payloads.map(hex);
  const framesOf = (framer: Framer) => payloads.map((payload) => framer.encode(payload));

  test(`${name} reads what it wrote`, () => {
    for (const payload of payloads) {
      assert.deepEqual(payloadsOf(eventsOf(make({}), make({}).encode(payload))), [hex(payload)]);
    }
  });

  test(`${name} reads several frames of one chunk in their order`, () => {
    const framer = make({});
    assert.deepEqual(payloadsOf(eventsOf(framer, joined(framesOf(framer)))), wanted);
  });

  test(`${name} reads a stream alike wherever it is cut`, () => {
    const stream = joined(framesOf(make({})));
    const whole = eventsOf(make({}), stream);
    assert.deepEqual(eventsOf(make({}), stream, everyByte(stream)), whole);
    for (let cut = 0; cut <= stream.length; cut++) assert.deepEqual(eventsOf(make({}), stream, [cut]), whole);
  });

  test(`${name} leaves a chunk to its owner when push returns`, () => {
    const framer = make({});
    const { events, sink } = recorder();
    const chunk = new Uint8Array(3);
    const stream = joined(framesOf(framer));
    for (let at = 0; at < stream.length; at += chunk.length) {
      const part = stream.subarray(at, at + chunk.length);
      chunk.set(part);
      framer.push(chunk.subarray(0, part.length), sink);
      chunk.fill(0x7e);
    }
    assert.deepEqual(payloadsOf(events), wanted);
  });

  test(`${name} leaves a chunk as it was`, () => {
    const framer = make({});
    const stream = joined(framesOf(framer));
    const before = hex(stream);
    eventsOf(framer, stream);
    framer.push(stream, () => {});
    assert.equal(hex(stream), before);
  });

  test(`${name} says nothing before a frame is whole, and counts what it holds`, () => {
    for (const payload of payloads) {
      const framer = make({});
      const frame = framer.encode(payload);
      const { events, sink } = recorder();
      for (const byte of frame.subarray(0, -1)) framer.push(new Uint8Array([byte]), sink);
      assert.deepEqual(events, []);
      assert.ok(framer.buffered > 0 && framer.buffered < frame.length, `buffered is ${framer.buffered}`);
      framer.push(frame.subarray(-1), sink);
      assert.deepEqual(payloadsOf(events), [hex(payload)]);
      assert.equal(framer.buffered, 0);
    }
  });

  test(`${name} takes the end of a stream between frames without a word`, () => {
    for (const payload of payloads) {
      const framer = make({});
      framer.push(framer.encode(payload), () => {});
      framer.end((event) => assert.fail(`found ${event.type}`));
    }
    make({}).end((event) => assert.fail(`found ${event.type}`));
  });

  test(`${name} reports the end of a stream within a frame as truncated, at the end's offset`, () => {
    const framer = make({});
    const frame = framer.encode(payloads[0]);
    for (let size = 1; size < frame.length; size++) {
      const [event, ...more] = eventsOf(make({}), frame.subarray(0, size));
      assert.ok(event.type === "fault", `cut after ${size} bytes`);
      assert.deepEqual([event.code, event.offset, event.found], ["truncated", size, null]);
      assert.deepEqual(more, []);
    }
  });

  test(`${name} reports a frame above its limit once, holds no more than the limit, and reads on`, () => {
    for (const step of [1, 7, 1000]) {
      const framer = make({ maxFrame: 64 });
      const good = framer.encode(payloads[0]);
      const stream = joined([good, framer.encode(subject.large), good]);
      const { events, sink } = recorder();
      for (let at = 0; at < stream.length; at += step) {
        framer.push(stream.subarray(at, at + step), sink);
        assert.ok(framer.buffered <= 64 + step, `buffered is ${framer.buffered}`);
      }
      framer.end(sink);
      assert.deepEqual(events.map((event) => event.type === "fault" ? event.code : event.type), [
        "frame",
        "frame_too_large",
        "frame",
      ]);
    }
  });

  test(`${name} encodes into a buffer what it encodes alone, of the length it says, and touches nothing else`, () => {
    for (const payload of payloads) {
      const framer = make({});
      const frame = framer.encode(payload);
      assert.equal(frame.length, framer.encodedLength(payload));
      const target = new Uint8Array(3 + frame.length + 3).fill(0x7e);
      const end = framer.encodeInto(payload, target, 3);
      assert.equal(end, 3 + frame.length);
      assert.equal(hex(target.subarray(3, end)), hex(frame));
      assert.equal(hex(target.subarray(0, 3)), "7e7e7e");
      assert.equal(hex(target.subarray(3 + frame.length)), "7e7e7e");
    }
  });

  test(`${name} answers any bytes with events, never an exception, and alike wherever they are cut`, () => {
    const random = new RandomStream(1);
    const alphabet = [0x00, 0x0a, 0x0b, 0x0d, 0x1c, 0x20, 0x41];
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from({ length: random.integer(40) }, () => alphabet[random.integer(alphabet.length)]);
      assert.deepEqual(eventsOf(make({}), bytes, everyByte(bytes)), eventsOf(make({}), bytes), hex(bytes));
    }
  });
}
