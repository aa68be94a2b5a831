/**
 * The frame being read: the bytes of it that came in earlier chunks, where it began, what was tolerated in it so
 * far. It knows neither rules nor the end of a frame; those are `mllp_decode.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { FS, type HexWindow, NO_BYTES, VT } from "../bytes.ts";
import { FAULT_KEEP, type FrameWarning, NO_WARNINGS } from "./framer.ts";
import { hexWindow } from "./hex_window.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";

/**
 * Chunks up to this size are copied before they are read: the first view of a chunk fresh from a
 * socket costs Bun 1 to 2 us, the copy and a view of that a quarter of one (measured).
 */
export const SMALL_CHUNK = 2048;

/**
 * An unfinished MLLP frame. Where a method takes `chunk`, `at` and `end`, `chunk[at..end)` is the part of the frame
 * in the current chunk, which is copied only if earlier chunks hold the rest; an `end` below `at` is no bytes.
 *
 * @example
 * ```ts
 * import { PartialFrame } from "./partial_frame.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const frame = new PartialFrame(1024);
 * frame.begin(1, false);
 * frame.append(utf8("MSH|"), 0, 4);
 * assert.deepEqual(frame.collect(utf8("^~\\&\r"), 0, 5), utf8("MSH|^~\\&\r"));
 * ```
 */
export class PartialFrame {
  /** Offset in the stream of the payload's first byte. */
  start = 0;
  /** Whether it lacks its SB. */
  headless = false;
  /** Whether the last chunk ended with an EB that may be the frame's, not among the bytes held. */
  pendingEnd = false;
  /** What was tolerated so far, before the frame or in it; see `warn`. */
  warnings: readonly FrameWarning[] = NO_WARNINGS;
  readonly #buffer: ReceiveBuffer;
  #viewed = NO_BYTES;
  #viewedAt = 0;
  #view = NO_BYTES;

  /** Holds at most `limit` bytes. */
  constructor(limit: number) {
    this.#buffer = new ReceiveBuffer(limit);
  }

  /** Offset in the stream of the frame's first byte. */
  get offset(): number {
    return this.headless ? this.start : this.start - 1;
  }

  /** How many bytes are held. */
  get held(): number {
    return this.#buffer.length;
  }

  /** A frame begins; warnings about what stood before it stay. */
  begin(start: number, headless: boolean): void {
    this.start = start;
    this.headless = headless;
  }

  /** Forgets the frame and its warnings. Views handed out stay valid until `release` or the next `append`. */
  clear(): void {
    this.pendingEnd = false;
    this.warnings = NO_WARNINGS;
    this.#buffer.clear();
  }

  /** Gives large storage away if no frame is being read; see `ReceiveBuffer`. */
  release(): void {
    this.#buffer.release();
  }

  /** Adds a warning, unless this rule has warned already: a frame full of deviations must not become a list as long. */
  warn(rule: string, offset: number): void {
    if (this.warnings.some((warning) => warning.rule === rule)) return;
    this.warnings = [...this.warnings, { rule, offset }];
  }

  /** The last bytes of the frame, all of whose bytes came before the offset `end`. */
  tail(end: number): HexWindow {
    return hexWindow(end, this.offset, end, (offset) => {
      const index = offset - this.start;
      if (index < 0) return VT;
      return index < this.#buffer.length ? this.#buffer.at(index) : FS;
    });
  }

  /** Holds the bytes beyond this chunk. */
  append(chunk: Uint8Array, at: number, end: number): void {
    this.#buffer.append(chunk, at, end);
  }

  /** How many bytes the frame has. */
  size(at: number, end: number): number {
    return this.#buffer.length + Math.max(0, end - at);
  }

  /** The last byte of the frame, which has at least one. */
  last(chunk: Uint8Array, at: number, end: number): number {
    return end > at ? chunk[end - 1] : this.#buffer.at(this.#buffer.length - 1);
  }

  /** All bytes of the frame, as one view. */
  collect(chunk: Uint8Array, at: number, end: number): Uint8Array {
    if (this.#buffer.length === 0) return end > at ? this.#viewOf(chunk, at, end) : NO_BYTES;
    if (end > at) this.#buffer.append(chunk, at, end);
    return this.#buffer.view(0, this.#buffer.length);
  }

  /** A view of the chunk; where the same part of the same small array is asked for as the last time, the same. */
  #viewOf(chunk: Uint8Array, at: number, end: number): Uint8Array {
    // A large chunk is not to be kept for a view of it.
    if (chunk.length > SMALL_CHUNK) return view(chunk, at, end);
    if (chunk === this.#viewed && at === this.#viewedAt && end - at === this.#view.length) return this.#view;
    this.#viewed = chunk;
    this.#viewedAt = at;
    this.#view = view(chunk, at, end);
    return this.#view;
  }

  /** The first bytes of the frame, as a fault shows them; the frame is to be cleared after this. */
  kept(chunk: Uint8Array, at: number, end: number): Uint8Array {
    if (this.#buffer.length >= FAULT_KEEP) return this.#buffer.view(0, FAULT_KEEP);
    return this.collect(chunk, at, Math.min(end, at + FAULT_KEEP - this.#buffer.length));
  }

  /**
   * The bytes around the offset `mark`, none before `first`: from the chunk, whose first byte has the offset `base`,
   * and, where `first` lies before it, from this frame.
   */
  window(mark: number, first: number, chunk: Uint8Array, base: number): HexWindow {
    return hexWindow(mark, Math.min(base, first), base + chunk.length, (offset) => {
      if (offset >= base) return chunk[offset - base];
      const index = offset - this.start;
      if (index < 0) return VT;
      return index < this.#buffer.length ? this.#buffer.at(index) : FS;
    });
  }
}

/** Part of a chunk, as a plain Uint8Array even if the chunk is a Buffer (whose `slice` does not copy). */
export function view(chunk: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset + start, end - start);
}
