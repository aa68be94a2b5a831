/**
 * Reading MLLP: a stream of `SB data EB CR` (0x0B, 0x1C, 0x0D) into frames, by the rules of `rules.ts`. It knows no
 * HL7: to it a payload is bytes.
 *
 * This module performs no I/O.
 *
 * # How it reads
 *
 * | state | meaning | leaves on |
 * |---|---|---|
 * | `OUTSIDE` | before the first frame, or in noise | SB |
 * | `AFTER` | directly after a frame; filler (LF, NUL, space) may follow | SB, or any byte but filler |
 * | `INSIDE` | in a frame (with `missing-start`, also in what may be one without its SB) | EB CR |
 * | `SKIPPING` | in the rest of a refused frame | EB CR; where `skipToStart`, also SB |
 * | `LATE_CR` | the idle line ended a frame at a lone EB | any byte; a CR is that frame's |
 * | `STOPPED` | a strict reader met a fault | never |
 *
 * An EB at the end of a chunk waits as `pendingEnd` for the byte after it. A frame within one chunk is handed out as
 * a view of it; any other is put together in one reused buffer.
 *
 * @module
 */
import { ACK, CR, FS, type HexWindow, NAK, NO_BYTES, VT } from "../bytes.ts";
import type { FramingCode } from "../errors.ts";
import { DelimiterSearch } from "./delimiter_search.ts";
import type { FrameSink } from "./framer.ts";
import { PartialFrame, view } from "./partial_frame.ts";
import { DEFAULT_MAX_FRAME } from "./receive_buffer.ts";
import { fillerRule, type MllpRule, type MllpRuleOptions, type MllpRuleSet, mllpRuleSet } from "./rules.ts";

/** How MLLP is read. */
export interface MllpDecodeOptions extends MllpRuleOptions {
  /** The longest payload taken, in bytes; 16 MiB if not given. */
  readonly maxFrame?: number;
  /** MLLP release 2: a payload of the one byte ACK or NAK is a whole frame and needs no CR. */
  readonly commitBlocks?: boolean;
}

const OUTSIDE = 0;
const AFTER = 1;
const INSIDE = 2;
const SKIPPING = 3;
const LATE_CR = 4;
const STOPPED = 5;

const WANTED_START = "0x0B";
const WANTED_END = "0x1C 0x0D";
const END_BLOCK = new Uint8Array([FS]);

/**
 * The reading half of `MllpFramer`: `push`, `idle`, `end` and what they say, by the contract of `framer.ts`.
 *
 * The constructor throws a `RangeError` for an unknown profile or rule, a rule both allowed and denied, and a limit
 * that is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { MllpDecoder } from "./mllp_decode.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const codes: string[] = [];
 * new MllpDecoder({ profile: "strict" }).push(utf8("GET / HTTP/1.1"), (event) => {
 *   if (event.type === "fault") codes.push(event.code);
 * });
 * assert.deepEqual(codes, ["invalid_header"]);
 * ```
 */
export class MllpDecoder {
  readonly #rules: MllpRuleSet;
  readonly #strict: boolean;
  readonly #maxFrame: number;
  readonly #commitBlocks: boolean;
  readonly #frame: PartialFrame;
  readonly #search = new DelimiterSearch();

  #state = OUTSIDE;
  #chunk = NO_BYTES;
  #sink: FrameSink = () => {};
  /** Offset in the stream of the chunk's first byte. */
  #base = 0;
  /** Whether an SB ends the skipping. */
  #skipToStart = false;

  constructor(options: MllpDecodeOptions = {}) {
    this.#rules = mllpRuleSet(options);
    this.#strict = options.profile === "strict";
    this.#maxFrame = options.maxFrame ?? DEFAULT_MAX_FRAME;
    if (!Number.isSafeInteger(this.#maxFrame) || this.#maxFrame < 1) {
      throw new RangeError(`Cannot limit frames to ${this.#maxFrame} bytes: expected a whole number of at least 1`);
    }
    this.#commitBlocks = options.commitBlocks ?? false;
    this.#frame = new PartialFrame(this.#maxFrame);
  }

  /** Whether a strict profile has stopped at a fault. */
  get stopped(): boolean {
    return this.#state === STOPPED;
  }

  /** Whether hearing that the line is quiet would complete a frame. */
  get wantsIdle(): boolean {
    return this.#frame.pendingEnd && this.#rules["end-on-eb"];
  }

  /** How many bytes of an unfinished frame are held. */
  get buffered(): number {
    return this.#state === INSIDE ? this.#frame.held + (this.#frame.pendingEnd ? 1 : 0) : 0;
  }

  /** The last bytes of an unfinished frame, marked where the next one is due; `null` between frames. */
  get unfinished(): HexWindow | null {
    return this.#state === INSIDE ? this.#frame.tail(this.#base) : null;
  }

  /** The next bytes of the stream. */
  push(chunk: Uint8Array, sink: FrameSink): void {
    this.#take(chunk, sink);
    let at = 0;
    while (at < chunk.length && this.#state !== STOPPED) {
      if (this.#state === INSIDE) at = this.#inside(at);
      else if (this.#state === SKIPPING) at = this.#skip(at);
      else at = this.#outside(at);
    }
    this.#base += chunk.length;
    this.#done();
  }

  /** The line has been quiet for a while. */
  idle(sink: FrameSink): void {
    if (!this.wantsIdle) return;
    this.#take(NO_BYTES, sink);
    this.#frame.pendingEnd = false;
    if (this.#state === INSIDE) {
      this.#frame.warn("end-on-eb", this.#base);
      this.#finish(0, -1);
    }
    if (!this.stopped) this.#state = LATE_CR;
    this.#done();
  }

  /** The peer has ended the stream. */
  end(sink: FrameSink): void {
    // A line that has ended is as idle as a line can be.
    this.idle(sink);
    this.#take(NO_BYTES, sink);
    if (this.#state === INSIDE && this.#frame.headless) this.#dropHeadless(0, 0);
    else if (this.#state === INSIDE) {
      const cut = this.#frame.pendingEnd;
      const bytes = this.#frame.kept(NO_BYTES, 0, 0);
      this.#fault("truncated", cut ? "end-on-eb" : null, this.#base, null, cut ? "0x0D" : WANTED_END, bytes, OUTSIDE);
    }
    if (!this.stopped) this.#leave(OUTSIDE);
    this.#done();
  }

  #take(chunk: Uint8Array, sink: FrameSink = this.#sink): void {
    this.#chunk = chunk;
    this.#sink = sink;
    this.#search.take(chunk);
  }

  /** No view is in use any more. */
  #done(): void {
    this.#take(NO_BYTES);
    this.#frame.release();
  }

  // Each step below takes the index of the first byte not dealt with, and returns the next such index.

  /** Between frames. */
  #outside(at: number): number {
    const byte = this.#chunk[at];
    if (byte === VT) return this.#begin(at + 1, false);
    if (this.#state === LATE_CR) {
      this.#state = AFTER;
      if (byte === CR) return at + 1;
    }
    const offset = this.#base + at;
    const filler = this.#state === AFTER ? fillerRule(byte) : null;
    if (filler !== null && this.#rules[filler]) {
      this.#frame.warn(filler, offset);
      return at + 1;
    }
    const maybeHeadless = this.#rules["missing-start"];
    if (filler === null && maybeHeadless && byte !== FS && byte !== CR) {
      this.#frame.warn("missing-start", offset);
      return this.#begin(at, true);
    }
    if (filler !== null || !this.#rules["leading-bytes"]) {
      this.#skipToStart = true;
      this.#fault("invalid_header", filler ?? "leading-bytes", offset, byte, WANTED_START, NO_BYTES, SKIPPING);
      return at;
    }
    const end = maybeHeadless ? at + 1 : this.#search.nextStart(at);
    this.#state = OUTSIDE;
    this.#sink({ type: "noise", bytes: view(this.#chunk, at, end), offset });
    return end;
  }

  /** At the first byte of a payload. */
  #begin(at: number, headless: boolean): number {
    this.#state = INSIDE;
    this.#frame.begin(this.#base + at, headless);
    return at;
  }

  /** In a frame. */
  #inside(at: number): number {
    const size = this.#chunk.length;
    const frame = this.#frame;
    if (frame.pendingEnd) {
      frame.pendingEnd = false;
      const next = this.#afterEnd(at, at - 1);
      if (next >= 0) return next;
      if (frame.held === this.#maxFrame) return this.#oversize(at, at - 1, at);
      frame.append(END_BLOCK, 0, 1);
    }
    // The index of the first byte that would be too many.
    const limit = at + this.#maxFrame - frame.held;
    for (let from = at;;) {
      const end = this.#search.nextEnd(from);
      const start = this.#search.nextStart(from);
      if (start < end && start <= limit) {
        const next = this.#startInside(at, start);
        if (next >= 0) return next;
      }
      if (end > limit) return this.#oversize(at, limit, from);
      if (end === size) {
        frame.append(this.#chunk, at, size);
        return size;
      }
      if (!this.#rules["eb-without-cr"]) {
        const deviation = this.#deviation(at, end);
        if (deviation !== null && !this.#rules[deviation]) {
          this.#skipToStart = true;
          this.#refuse(deviation, at, end, SKIPPING);
          frame.pendingEnd = !this.stopped;
          return end + 1;
        }
      }
      if (end + 1 === size) {
        frame.append(this.#chunk, at, end);
        frame.pendingEnd = true;
        return size;
      }
      const next = this.#afterEnd(at, end);
      if (next >= 0) return next;
      from = end + 1;
    }
  }

  /** Decides on the EB at `end` (-1 if it ended the last chunk) by the byte after it; returns -1 if it is data. */
  #afterEnd(at: number, end: number): number {
    const byte = this.#chunk[end + 1];
    if (byte === CR) {
      this.#finish(at, end);
      return end + 2;
    }
    const offset = this.#base + end + 1;
    if (byte === VT && this.#rules["end-on-eb"]) {
      this.#frame.warn("end-on-eb", offset);
      this.#finish(at, end);
      return end + 1;
    }
    if (!this.#rules["eb-without-cr"]) {
      const rule = byte === VT ? "end-on-eb" : "eb-without-cr";
      const bytes = this.#frame.kept(this.#chunk, at, end);
      this.#skipToStart = true;
      this.#fault("invalid_trailer", rule, offset, byte, WANTED_END, bytes, SKIPPING);
      return end + 1;
    }
    this.#frame.warn("eb-without-cr", offset);
    return -1;
  }

  /** Meets the SB at `start` within a frame; returns -1 if it is data. */
  #startInside(at: number, start: number): number {
    if (this.#frame.headless) {
      this.#dropHeadless(at, start);
      return this.stopped ? start : this.#begin(start + 1, false);
    }
    const offset = this.#base + start;
    const resync = this.#rules["resync-on-start"];
    if (!resync && this.#rules["sb-inside"]) {
      this.#frame.warn("sb-inside", offset);
      return -1;
    }
    this.#skipToStart = false;
    const wanted = `${WANTED_END} before the next ${WANTED_START}`;
    const bytes = this.#frame.kept(this.#chunk, at, start);
    const stop = this.#strict && !resync;
    this.#fault("unexpected_start", resync ? null : "sb-inside", offset, VT, wanted, bytes, SKIPPING, stop);
    return resync ? this.#begin(start + 1, false) : start + 1;
  }

  /** The byte at `limit` is one too many; the frame has been searched up to `from`, where skipping begins. */
  #oversize(at: number, limit: number, from: number): number {
    this.#skipToStart = this.#frame.headless || this.#rules["resync-on-start"];
    const wanted = `at most ${this.#maxFrame} bytes`;
    const bytes = this.#frame.kept(this.#chunk, at, limit);
    const found = limit < at ? FS : this.#chunk[limit];
    this.#fault("frame_too_large", null, this.#base + limit, found, wanted, bytes, SKIPPING, !this.#rules.oversize);
    return from;
  }

  /** In the rest of a refused frame. */
  #skip(at: number): number {
    const size = this.#chunk.length;
    // An EB that ended the last chunk counts as standing before this one.
    let end = this.#frame.pendingEnd ? at - 1 : this.#search.nextEnd(at);
    this.#frame.pendingEnd = false;
    for (let from = at;; from = end + 1, end = this.#search.nextEnd(from)) {
      const start = this.#skipToStart ? this.#search.nextStart(from) : size;
      if (start < end) return this.#resume(start);
      if (end === size) return size;
      if (end + 1 === size) {
        this.#frame.pendingEnd = true;
        return size;
      }
      const byte = this.#chunk[end + 1];
      if (byte === CR) return this.#resume(end + 2);
      if (byte === VT && this.#rules["end-on-eb"]) return this.#resume(end + 1);
    }
  }

  #resume(at: number): number {
    this.#state = AFTER;
    return at;
  }

  /** The frame ends at the EB at `end` (-1 if it ended the last chunk): hands it out or refuses it. */
  #finish(at: number, end: number): void {
    const frame = this.#frame;
    const deviation = this.#deviation(at, end);
    if (deviation !== null) {
      if (!this.#rules[deviation]) return this.#refuse(deviation, at, end, AFTER);
      frame.warn(deviation, this.#base + end - (deviation === "no-final-cr" ? 1 : 0));
    }
    const payload = frame.collect(this.#chunk, at, end);
    const empty = payload.length === 0 || (payload.length === 1 && payload[0] === CR);
    const { offset, warnings } = frame;
    this.#leave(AFTER);
    this.#sink({ type: "frame", payload, offset, empty, warnings });
  }

  /** What is wrong with a frame that ends at the EB at `end`. */
  #deviation(at: number, end: number): "empty-frame" | "no-final-cr" | null {
    const size = this.#frame.size(at, end);
    if (size === 0) return "empty-frame";
    const last = this.#frame.last(this.#chunk, at, end);
    if (last === CR) return null;
    return size === 1 && this.#commitBlocks && (last === ACK || last === NAK) ? null : "no-final-cr";
  }

  #refuse(rule: "empty-frame" | "no-final-cr", at: number, end: number, next: number): void {
    const offset = this.#base + end;
    if (rule === "empty-frame") {
      return this.#fault("invalid_content", rule, offset, FS, "at least 0x0D before 0x1C", NO_BYTES, next);
    }
    const last = this.#frame.last(this.#chunk, at, end);
    const bytes = this.#frame.kept(this.#chunk, at, end);
    this.#fault("invalid_boundary", rule, offset - 1, last, "0x0D", bytes, next);
  }

  /** What was held turned out to lack both its SB and its EB CR. */
  #dropHeadless(at: number, end: number): void {
    const { start, pendingEnd } = this.#frame;
    const bytes = this.#frame.collect(this.#chunk, at, end);
    if (!this.#rules["leading-bytes"]) {
      return this.#fault("invalid_header", "leading-bytes", start, bytes[0], WANTED_START, NO_BYTES, OUTSIDE);
    }
    const before = this.#frame.warnings.filter((warning) => warning.offset < start);
    this.#leave(OUTSIDE);
    this.#frame.warnings = before;
    this.#sink({ type: "noise", bytes, offset: start });
    if (pendingEnd) this.#sink({ type: "noise", bytes: END_BLOCK, offset: start + bytes.length });
  }

  #fault(
    code: FramingCode,
    rule: MllpRule | null,
    offset: number,
    found: number | null,
    wanted: string,
    bytes: Uint8Array,
    next: number,
    stop: boolean = this.#strict,
  ): void {
    const first = this.#state === INSIDE ? this.#frame.offset : this.#base;
    const window = this.#frame.window(offset, first, this.#chunk, this.#base);
    this.#leave(stop ? STOPPED : next);
    this.#sink({ type: "fault", code, rule, offset, found, wanted, bytes, window });
  }

  #leave(next: number): void {
    this.#state = next;
    this.#frame.clear();
  }
}
