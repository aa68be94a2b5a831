/**
 * Wire vectors: one line of JSON each says what a stream of bytes means, in no language's terms;
 * one helper turns each into the tests every framer has to pass. It knows the contract of a
 * framer, and no protocol.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hex } from "../lib/bytes.ts";
import type { FrameEvent, Framer, FrameSink } from "../lib/framing/framer.ts";
import { RandomStream } from "../lib/random.ts";

/** An event as a vector writes it: bytes in hex, what is not worth saying left out. */
export type VectorEvent =
  | { type: "frame"; payload: string; offset: number; empty?: true; warnings?: [string, number][] }
  | { type: "noise"; bytes: string; offset: number }
  | {
    type: "fault";
    code: string;
    rule: string | null;
    offset: number;
    found: string | null;
    wanted: string;
    bytes: string;
  };

/** One wire vector. */
export interface Vector<Options> {
  readonly name: string;
  /** Where its truth comes from. */
  readonly source: string;
  /** The stream, in hex. */
  readonly bytes: string;
  /** The framer's options. */
  readonly options?: Options;
  /** What the framer is told after the bytes; `["end"]` if not given. */
  readonly finish?: readonly ("idle" | "end")[];
  /** What the framer says, to the last of it. */
  readonly events: readonly VectorEvent[];
  /** Whether encoding the payload gives the same bytes. */
  readonly canonical?: boolean;
  /** Whether a good frame directly after these bytes is read as what it is; true if not given. */
  readonly next?: boolean;
}

/** Bytes of a hex text. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * A sink that writes events down as vectors do. Noise may come in pieces cut anywhere: what follows
 * directly on other noise is joined to it.
 */
export function recorder(): { events: VectorEvent[]; sink: FrameSink } {
  const events: VectorEvent[] = [];
  return { events, sink: (event) => record(events, event) };
}

function record(events: VectorEvent[], event: FrameEvent): void {
  if (event.type === "noise") {
    const last = events.at(-1);
    if (last?.type === "noise" && last.offset + last.bytes.length / 2 === event.offset) last.bytes += hex(event.bytes);
    else events.push({ type: "noise", bytes: hex(event.bytes), offset: event.offset });
  } else if (event.type === "frame") {
    events.push({
      type: "frame",
      payload: hex(event.payload),
      offset: event.offset,
      ...(event.empty ? { empty: true } : {}),
      ...(event.warnings.length > 0 ? { warnings: event.warnings.map(({ rule, offset }) => [rule, offset]) } : {}),
    });
  } else {
    const found = event.found === null ? null : hex(new Uint8Array([event.found]));
    const { code, rule, offset, wanted } = event;
    events.push({ type: "fault", code, rule, offset, found, wanted, bytes: hex(event.bytes) });
  }
}

/** The events of a stream cut at some places, then finished. */
export function eventsOf(
  framer: Framer,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  finish: readonly ("idle" | "end")[] = ["end"],
): VectorEvent[] {
  const { events, sink } = recorder();
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    framer.push(bytes.slice(from, cut), sink);
    from = cut;
  }
  for (const verb of finish) framer[verb](sink);
  return events;
}

/** A place after each byte. */
export function everyByte(bytes: Uint8Array): number[] {
  return Array.from(bytes, (_, i) => i).slice(1);
}

/** Some places, by a seeded draw, in order. */
export function randomCuts(random: RandomStream, length: number): number[] {
  return Array.from({ length: random.integer(8) }, () => random.integer(length + 1)).sort((a, b) => a - b);
}

/** The vectors of a file beside this one. */
export function readVectors<Options>(file: string): Vector<Options>[] {
  return JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), "utf8"));
}

/**
 * A test for each vector of a file: read whole, byte by byte, at every two-way split, at seeded
 * random splits, with a good frame after it, and encoded back where it says so.
 */
export function vectorTests<Options>(
  subject: string,
  file: string,
  make: (options?: Options) => Framer,
  following: { frame: Uint8Array; payload: Uint8Array },
): void {
  for (const vector of readVectors<Options>(file)) {
    test(`${subject} reads ${file}: ${vector.name}`, () => {
      const bytes = fromHex(vector.bytes);
      const expect = (cuts: number[], how: string) =>
        assert.deepEqual(eventsOf(make(vector.options), bytes, cuts, vector.finish), vector.events, how);
      expect([], "whole");
      expect(everyByte(bytes), "byte by byte");
      for (let cut = 0; cut <= bytes.length; cut++) expect([cut], `cut at ${cut}`);
      const random = new RandomStream(bytes.length);
      for (let i = 0; i < 20; i++) {
        const cuts = randomCuts(random, bytes.length);
        expect(cuts, `cut at ${cuts}`);
      }
      followed(make, vector, bytes, following);
      if (vector.canonical) {
        const [only] = vector.events;
        assert.ok(only.type === "frame" && vector.events.length === 1, "a canonical vector is one frame");
        assert.equal(hex(make(vector.options).encode(fromHex(only.payload))), vector.bytes);
      }
    });
  }
}

/** Bytes after those of the vector take back nothing that was said, and a good frame is found again. */
function followed<Options>(
  make: (options?: Options) => Framer,
  vector: Vector<Options>,
  bytes: Uint8Array,
  following: { frame: Uint8Array; payload: Uint8Array },
): void {
  const alone = eventsOf(make(vector.options), bytes, [], []);
  const all = new Uint8Array([...bytes, ...following.frame]);
  const events = eventsOf(make(vector.options), all, [], []);
  assert.deepEqual(events.slice(0, alone.length), alone);
  const last = events.at(-1);
  const found = last?.type === "frame" && last.offset === bytes.length && last.payload === hex(following.payload);
  assert.equal(found, vector.next ?? true, "whether the frame that follows is found");
}
