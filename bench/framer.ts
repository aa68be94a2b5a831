/**
 * The framer's speed, as ratios measured in one run, on whatever runtime runs it:
 * against the platform's own search for 0x1C over the same chunks, and of a stream ten times as
 * long against a short one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { MllpFramer } from "../lib/framing/mllp.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What was measured; times are medians, in milliseconds. */
export interface FramerFigures {
  /** `Buffer.indexOf(0x1c)` over 64 MiB of 1 MiB messages in 64 KiB chunks. */
  readonly indexOfMs: number;
  /** The framer over the same chunks. */
  readonly framerMs: number;
  /** `indexOfMs / framerMs`, the median of neighbours: 1 is as fast; at least 0.5 is asked for. */
  readonly speed: number;
  /** The framer over a message of 1 MiB in chunks of 64 bytes. */
  readonly shortMs: number;
  /** The same, 10 MiB. */
  readonly longMs: number;
  /** `longMs / shortMs`, the median of neighbours: 10 is linear; under 15 is asked for. */
  readonly growth: number;
  /** Messages of 300 bytes a second, in 64 KiB chunks. */
  readonly smallPerSecond: number;
}

/** The stream of `count` messages whose frames are `size` bytes long, cut into separate Buffers. */
function chunksOf(count: number, size: number, chunkSize: number): Buffer[] {
  const frame = Buffer.alloc(size, "MSH|^~\\&|LAB|WARD|EHR|MAIN|20260131120000||ORU^R01|1|P|2.5\r", "latin1");
  frame[0] = 0x0b;
  frame.write("\r\x1c\r", size - 3, "latin1");
  const stream = Buffer.alloc(count * size, frame);
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; at += chunkSize) {
    // Each its own storage, as a socket's are.
    const part = stream.subarray(at, at + chunkSize);
    const own = Buffer.from(new ArrayBuffer(part.length));
    part.copy(own);
    chunks.push(own);
  }
  return chunks;
}

/** Two runs taken in turns: their median times, and the median of the ratios of neighbours, which a busy machine slows alike. */
function compare(
  rounds: number,
  first: () => void,
  second: () => void,
): { first: number; second: number; ratio: number } {
  const time = (run: () => void) => {
    const before = performance.now();
    run();
    return performance.now() - before;
  };
  const pairs = Array.from({ length: rounds }, () => [time(first), time(second)]);
  const median = (list: number[]) => list.sort((x, y) => x - y)[list.length >> 1];
  return {
    first: median(pairs.map((pair) => pair[0])),
    second: median(pairs.map((pair) => pair[1])),
    ratio: median(pairs.map((pair) => pair[1] / pair[0])),
  };
}

/** A run of the framer over some chunks that fails if it does not find all messages. */
function reading(chunks: readonly Uint8Array[], messages: number): () => void {
  return () => {
    const framer = new MllpFramer();
    let found = 0;
    const count = () => found++;
    for (const chunk of chunks) framer.push(chunk, count);
    if (found !== messages) throw new Error(`Cannot measure the framer: found ${found} events, expected ${messages}`);
  };
}

/** Measures; takes a few seconds. */
export function framerFigures(): FramerFigures {
  const large = chunksOf(64, MIB, 64 * KIB);
  let sum = 0;
  const searching = () => {
    for (const chunk of large) sum += chunk.indexOf(0x1c);
  };
  const search64 = compare(25, searching, reading(large, 64));
  const short = reading(chunksOf(1, MIB, 64), 1);
  const long = reading(chunksOf(1, 10 * MIB, 64), 1);
  // Ten short ones take about as long as the long one, so that being interrupted costs both the same.
  const growing = compare(25, () => {
    for (let i = 0; i < 10; i++) short();
  }, long);
  const small = reading(chunksOf(50_000, 300, 64 * KIB), 50_000);
  const smallFrames = compare(15, searching, small);
  if (!Number.isFinite(sum)) throw new Error("Cannot measure the search");
  return {
    indexOfMs: search64.first,
    framerMs: search64.second,
    speed: 1 / search64.ratio,
    shortMs: growing.first / 10,
    longMs: growing.second,
    growth: 10 * growing.ratio,
    smallPerSecond: 50_000_000 / smallFrames.second,
  };
}

if (import.meta.main) {
  const figures = framerFigures();
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  process.stdout.write(
    [
      `indexOf(0x1c), 64 MiB in 64 KiB chunks   ${ms(figures.indexOfMs)}`,
      `framer, the same chunks                  ${ms(figures.framerMs)}`,
      `speed of the framer against indexOf      ${figures.speed.toFixed(2)} (wanted: at least 0.50)`,
      `framer, 1 MiB in 64-byte chunks          ${ms(figures.shortMs)}`,
      `framer, 10 MiB in 64-byte chunks         ${ms(figures.longMs)}`,
      `growth over ten times the size           ${figures.growth.toFixed(2)} (wanted: under 15)`,
      `frames of 300 bytes                      ${Math.round(figures.smallPerSecond)} a second`,
      "",
    ].join("\n"),
  );
}
