/**
 * What every reader of a stream has to hold, whatever its protocol: the same events however the stream is cut, bytes that
 * are those of the stream, offsets that go up, a bounded buffer, known codes. It knows the contract of a framer.
 *
 * @module
 */
import assert from "node:assert/strict";
import { hex, sameBytes } from "../lib/bytes.ts";
import { FAULT_KEEP, type FrameEvent, type Framer } from "../lib/framing/framer.ts";
import { recorder, type VectorEvent } from "../test/vectors.ts";
import { bytesOf, everyPlace, placesIn } from "./bytes.ts";
import type { Met } from "./target.ts";

/** A stream, and how it comes. */
export interface StreamCase {
  readonly stream: string;
  /** Where it is cut. */
  readonly cuts: readonly number[];
  /** Where the line falls quiet. */
  readonly idles: readonly number[];
}

/** What else a reader's protocol says. */
export interface StreamRules {
  make(): Framer;
  readonly codes: ReadonlySet<string>;
  /** The most that is held of a frame, besides one chunk. */
  readonly most: number;
  /** How many bytes of the stream stand before a payload, at most. */
  readonly lead: number;
}

/** Reads a stream with cuts; checks each event as it comes. */
function read({ make, codes, most, lead }: StreamRules, bytes: Uint8Array, one: StreamCase, cuts: readonly number[]) {
  const framer = make();
  const idles = new Set(placesIn(one.idles, bytes.length));
  const places = [...new Set([...cuts, ...idles, bytes.length])].sort((a, b) => a - b);
  const { events, sink } = recorder();
  let from = 0;
  const check = (event: FrameEvent) => {
    assert.ok(event.offset >= 0 && event.offset <= bytes.length, `offset ${event.offset} of ${bytes.length}`);
    if (event.type === "noise") standsAt(bytes, event.bytes, event.offset, 0, "noise");
    else if (event.type === "frame") {
      assert.ok(event.payload.length <= most, `a frame of ${event.payload.length} bytes, ${most} at most`);
      standsAt(bytes, event.payload, event.offset, lead, "payload");
    } else {
      assert.ok(codes.has(event.code), `no code of this protocol: ${event.code}`);
      assert.ok(event.bytes.length <= FAULT_KEEP, `a fault shows ${event.bytes.length} bytes`);
      assert.ok(event.window.bytes.length <= 64, `a window of ${event.window.bytes.length} bytes`);
      assert.ok(event.found === null || event.found === bytes[event.offset], `found ${event.found} is not there`);
    }
    sink(event);
  };
  for (const place of places) {
    const chunk = bytes.slice(from, place);
    framer.push(chunk, check);
    // It is its owner's again.
    chunk.fill(0x7e);
    assert.ok(framer.buffered <= most + 2, `holds ${framer.buffered} bytes, ${most} at most`);
    assert.ok((framer.unfinished?.bytes.length ?? 0) <= 64, "the window of what is unfinished");
    if (idles.has(place)) framer.idle(check);
    from = place;
  }
  framer.end(check);
  assert.equal(framer.buffered, 0, "bytes are held behind the end");
  framer.end((event) => assert.fail(`${event.type} at a second end`));
  return events;
}

function standsAt(stream: Uint8Array, bytes: Uint8Array, offset: number, lead: number, what: string): void {
  for (let at = offset; at <= offset + lead; at++) {
    if (sameBytes(stream.subarray(at, at + bytes.length), bytes)) return;
  }
  assert.fail(`${what} ${hex(bytes)} does not stand at ${offset} of ${hex(stream)}`);
}

/** Checks a stream against all of it; returns the events. */
export function checkStream(rules: StreamRules, one: StreamCase, met: Met): readonly VectorEvent[] {
  const bytes = bytesOf(one.stream);
  const whole = read(rules, bytes, one, []);
  alike(read(rules, bytes, one, placesIn(one.cuts, bytes.length)), whole, "cut otherwise");
  alike(read(rules, bytes, one, everyPlace(bytes.length)), whole, "cut at each byte");
  for (const event of whole) {
    met(event.type === "fault" ? event.code : event.type);
    if (event.type === "frame") { for (const [rule] of event.warnings ?? []) met(rule); }
  }
  return whole;
}

/** The same events; as texts, since that is told a hundred times faster. */
function alike(events: readonly VectorEvent[], wanted: readonly VectorEvent[], how: string): void {
  if (JSON.stringify(events) !== JSON.stringify(wanted)) assert.deepEqual(events, wanted, how);
}

/** Checks that a payload comes back from its frame, or is refused by a `RangeError`. */
export function checkRoundTrip(make: () => Framer, payload: string, back: (payload: string) => string, met: Met): void {
  const bytes = bytesOf(payload);
  let frame: Uint8Array;
  try {
    frame = make().encode(bytes);
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    met("refused");
    return;
  }
  assert.equal(make().encodedLength(bytes), frame.length);
  const { events, sink } = recorder();
  const framer = make();
  framer.push(frame, sink);
  framer.end(sink);
  assert.deepEqual(events.map((event) => event.type === "frame" ? event.payload : event), [
    hex(bytesOf(back(payload))),
  ]);
  met("round_trip");
}
