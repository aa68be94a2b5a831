/**
 * HLLP, the hybrid lower layer protocol: a stream of blocks `SB t v v CR data ccccc xxx EB CR`, read and written. What
 * a block is made of is `hllp_block.ts`; whose turn it is, is the link's business. It knows no HL7 but one thing: a
 * segment ends with CR, so data that lacks its last one gets it.
 *
 * This module performs no I/O.
 *
 * # How it reads (protocols.md section 2; where that is silent, our decision)
 *
 * | state | meaning | leaves on |
 * |---|---|---|
 * | `OUTSIDE` | between blocks; bytes are noise | SB |
 * | `INSIDE` | in a block | EB CR |
 * | `SKIPPING` | in a block that is too long, of which the first 4 KiB are kept | EB CR |
 *
 * Everything about a block is decided at its EB CR: the last eight bytes before it are count and checksum. A block that
 * was cut short and begun again is found by its count (`restartIn`): the part is the fault `unexpected_start`, which
 * asks for no answer, since the whole block behind it gets one. A fault ends with its block, so reading always goes on.
 *
 * @module
 */
import { CR, FS, type HexWindow, NO_BYTES, VT } from "../bytes.ts";
import { DelimiterSearch } from "./delimiter_search.ts";
import { FAULT_KEEP, type FrameFault, type Framer, type FrameReceived, NO_WARNINGS } from "./framer.ts";
import type { NoiseReceived } from "./framer.ts";
import {
  defectOf,
  HLLP_HEAD,
  HLLP_MAX_DATA,
  HLLP_TAIL,
  HLLP_UNCHECKED,
  HLLP_VERSIONS,
  hllpBlock,
  type HllpBlockOptions,
  type HllpKind,
  hllpLength,
  type HllpNakCode,
  type HllpVersion,
  restartIn,
  writeHllpBlock,
} from "./hllp_block.ts";
import { hexWindow } from "./hex_window.ts";
import { PartialFrame, view } from "./partial_frame.ts";

/** How HLLP is read and written. */
export interface HllpFramerOptions {
  /** The version of blocks written; all three are read. Default 23. */
  readonly version?: HllpVersion;
  /** Whether the checksum covers the count too, in blocks read and written (protocols.md section 2). Default false. */
  readonly checksumIncludesCount?: boolean;
  /** The longest block taken: so many bytes between SB and EB, at most (and by default) what the count allows for, 100,006. */
  readonly maxFrame?: number;
  /** Write data untouched: no final CR is added, nothing but its length is checked. */
  readonly raw?: boolean;
}

/** A whole block; `payload` is its data. */
export interface HllpBlockReceived extends FrameReceived {
  readonly kind: HllpKind;
  readonly version: HllpVersion;
  /** Whether its checksum was looked at; 999 says that it is not to be. */
  readonly checked: boolean;
}

/** Damage, and what a NAK block would say of it; `null` where it asks for no answer. */
export interface HllpFault extends FrameFault {
  readonly nak: HllpNakCode | null;
}

/** What the framer of HLLP tells its sink. */
export type HllpEvent = HllpBlockReceived | NoiseReceived | HllpFault;

/** Where its events go. */
export type HllpSink = (event: HllpEvent) => void;

const OUTSIDE = 0;
const INSIDE = 1;
const SKIPPING = 2;

const WANTED_END = "0x1C 0x0D";
const END_BLOCK = new Uint8Array([FS]);

/**
 * The framer of HLLP; the contract is that of `framer.ts`, and its events say more: see `HllpEvent`.
 *
 * The constructor throws a `RangeError` for a version that there is none of, or a limit that no block would fit.
 *
 * @example
 * ```ts
 * import { HllpFramer } from "./hllp.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const framer = new HllpFramer({ version: "21" });
 * const block = framer.encode(utf8("MSA|AA|1\r"));
 * assert.equal(latin1(block), "\x0bD21\rMSA|AA|1\r00014034\x1c\r");
 * framer.push(block, (event) => assert.equal(event.type === "frame" && event.kind, "D"));
 * ```
 */
export class HllpFramer implements Framer {
  readonly stopped = false;
  readonly wantsIdle = false;
  readonly #options: HllpBlockOptions;
  readonly #raw: boolean;
  readonly #limit: number;
  readonly #frame: PartialFrame;
  readonly #search = new DelimiterSearch();
  #state = OUTSIDE;
  #chunk = NO_BYTES;
  #sink: HllpSink = () => {};
  /** Offset in the stream of the chunk's first byte. */
  #base = 0;
  /** Of a block that is too long: its first bytes, and the first byte too many. */
  #kept = NO_BYTES;
  #excess = { offset: 0, found: 0 };

  constructor(options: HllpFramerOptions = {}) {
    const { version = "23", checksumIncludesCount = false, maxFrame = Infinity } = options;
    if (!HLLP_VERSIONS.includes(version)) {
      throw new RangeError(`Cannot write HLLP blocks of version '${version}': expected ${HLLP_VERSIONS.join(", ")}`);
    }
    const least = HLLP_HEAD + HLLP_TAIL;
    if (!(maxFrame >= least)) {
      throw new RangeError(`Cannot limit HLLP blocks to ${maxFrame} bytes: expected at least ${least}`);
    }
    this.#options = { version, checksumIncludesCount };
    this.#raw = options.raw ?? false;
    this.#limit = Math.min(Math.floor(maxFrame), least + HLLP_MAX_DATA);
    this.#frame = new PartialFrame(this.#limit);
  }

  get buffered(): number {
    return this.#state === INSIDE ? this.#frame.held + (this.#frame.pendingEnd ? 1 : 0) : 0;
  }

  /** Whether a block has begun and not ended, one that is skipped included. */
  get inBlock(): boolean {
    return this.#state !== OUTSIDE;
  }

  get unfinished(): HexWindow | null {
    return this.#state === INSIDE ? this.#frame.tail(this.#base) : null;
  }

  push(chunk: Uint8Array, sink: HllpSink): void {
    this.#chunk = chunk;
    this.#sink = sink;
    this.#search.take(chunk);
    for (let at = 0; at < chunk.length;) at = this.#state === OUTSIDE ? this.#outside(at) : this.#inside(at);
    this.#base += chunk.length;
    this.#done();
  }

  /** A quiet line completes nothing here: the link ends what is unfinished, by `end`. */
  idle(): void {}

  end(sink: HllpSink): void {
    if (this.#state === INSIDE) {
      const bytes = this.#frame.kept(NO_BYTES, 0, 0);
      const window = this.#frame.tail(this.#base);
      this.#leave();
      const fault = { code: "truncated", rule: null, offset: this.#base, found: null, wanted: WANTED_END } as const;
      sink({ type: "fault", ...fault, bytes, window, nak: "G" });
    } else if (this.#state === SKIPPING) {
      this.#sink = sink;
      this.#tooLong();
    }
    this.#done();
  }

  #done(): void {
    this.#chunk = NO_BYTES;
    this.#search.take(NO_BYTES);
    this.#frame.release();
  }

  // Each step below takes the index of the first byte not dealt with, and returns the next such index.

  #outside(at: number): number {
    const start = this.#search.nextStart(at);
    if (start > at) this.#sink({ type: "noise", bytes: view(this.#chunk, at, start), offset: this.#base + at });
    if (start === this.#chunk.length) return start;
    this.#state = INSIDE;
    this.#frame.begin(this.#base + start + 1, false);
    return start + 1;
  }

  #inside(at: number): number {
    const chunk = this.#chunk;
    const frame = this.#frame;
    if (frame.pendingEnd) {
      frame.pendingEnd = false;
      if (chunk[at] === CR) {
        this.#finish(at, at);
        return at + 1;
      }
      this.#hold(END_BLOCK, 0, 1, this.#base + at - 1);
    }
    for (let from = at;;) {
      const end = this.#search.nextEnd(from);
      if (end + 1 >= chunk.length) {
        frame.pendingEnd = end < chunk.length;
        this.#hold(chunk, at, end, this.#base + at);
        return chunk.length;
      }
      if (chunk[end + 1] === CR) {
        this.#finish(at, end);
        return end + 2;
      }
      from = end + 1;
    }
  }

  /** Takes in what is certainly of the block's inside: `bytes[from..to)`, of which the first has this offset. */
  #hold(bytes: Uint8Array, from: number, to: number, offset: number): void {
    if (this.#state === SKIPPING) return;
    const frame = this.#frame;
    const room = this.#limit - frame.held;
    if (to - from <= room) return frame.append(bytes, from, to);
    const { pendingEnd } = frame;
    this.#excess = { offset: offset + room, found: bytes[from + room] };
    this.#kept = frame.kept(bytes, from, from + room).slice();
    frame.clear();
    frame.pendingEnd = pendingEnd;
    this.#state = SKIPPING;
  }

  /** EB CR: the block's last bytes are `chunk[at..end)`. */
  #finish(at: number, end: number): void {
    const frame = this.#frame;
    if (this.#state === INSIDE && frame.size(at, end) > this.#limit) {
      this.#hold(this.#chunk, at, end, this.#base + at);
    }
    if (this.#state === SKIPPING) return this.#tooLong();
    const { start } = frame;
    const inside = frame.collect(this.#chunk, at, end);
    this.#leave();
    const restart = restartIn(inside);
    if (restart < 0) return this.#check(inside, start);
    this.#fault(inside.subarray(0, Math.min(restart, FAULT_KEEP)), start, {
      code: "unexpected_start",
      nak: null,
      at: restart,
      found: VT,
      wanted: WANTED_END,
      all: inside,
    });
    this.#check(inside.subarray(restart + 1), start + restart + 1);
  }

  #check(inside: Uint8Array, start: number): void {
    const defect = defectOf(inside, this.#options.checksumIncludesCount);
    if (defect !== null) {
      const found = inside[defect.at] ?? FS;
      return this.#fault(inside.subarray(0, FAULT_KEEP), start, { ...defect, found, all: inside });
    }
    const end = inside.length - HLLP_TAIL;
    const payload = inside.subarray(HLLP_HEAD, end);
    this.#sink({
      type: "frame",
      payload,
      offset: start - 1,
      empty: payload.length === 0 || (payload.length === 1 && payload[0] === CR),
      warnings: NO_WARNINGS,
      kind: inside[0] === 0x44 ? "D" : "N",
      version: HLLP_VERSIONS[inside[2] - 0x31],
      checked: !isUnchecked(inside, end + 5),
    });
  }

  #fault(
    bytes: Uint8Array,
    start: number,
    { code, nak, at, found, wanted, all }:
      & Pick<HllpFault, "code" | "nak" | "wanted">
      & { at: number; found: number; all: Uint8Array },
  ): void {
    const offset = start + at;
    const window = hexWindow(offset, start - 1, start + all.length + 2, (place) => {
      if (place < start) return VT;
      return all[place - start] ?? (place - start === all.length ? FS : CR);
    });
    this.#sink({ type: "fault", code, rule: null, offset, found, wanted, bytes, window, nak });
  }

  #tooLong(): void {
    const { offset, found } = this.#excess;
    const bytes = this.#kept;
    this.#kept = NO_BYTES;
    this.#leave();
    const window = { offset, bytes: new Uint8Array([found]), mark: offset };
    const wanted = `at most ${this.#limit} bytes between 0x0B and 0x1C`;
    this.#sink({ type: "fault", code: "frame_too_large", rule: null, offset, found, wanted, bytes, window, nak: "B" });
  }

  #leave(): void {
    this.#state = OUTSIDE;
    this.#frame.clear();
  }

  /** The D block of a payload. Throws a `RangeError` for one that is too long, or that holds EB CR unless `raw`. */
  encode(payload: Uint8Array): Uint8Array {
    return this.encodeAs(payload, this.#options.version);
  }

  /** The same in another version: an answer has that of the block it answers. */
  encodeAs(payload: Uint8Array, version: HllpVersion = this.#options.version): Uint8Array {
    const block = new Uint8Array(this.encodedLength(payload));
    this.#write(payload, version, block, 0);
    return block;
  }

  encodedLength(payload: Uint8Array): number {
    return hllpLength(payload.length + (this.#lacksCr(payload) ? 1 : 0));
  }

  encodeInto(payload: Uint8Array, target: Uint8Array, at: number): number {
    return this.#write(payload, this.#options.version, target, at);
  }

  /** The N block that says so, in a version of the caller's or the framer's own. */
  nak(code: HllpNakCode, version: HllpVersion = this.#options.version): Uint8Array {
    return hllpBlock("N", new Uint8Array([code.charCodeAt(0)]), { ...this.#options, version });
  }

  #write(payload: Uint8Array, version: HllpVersion, target: Uint8Array, at: number): number {
    const closing = this.#lacksCr(payload);
    checkData(payload, closing, this.#raw);
    return writeHllpBlock("D", payload, closing, { ...this.#options, version }, target, at);
  }

  #lacksCr(payload: Uint8Array): boolean {
    return !this.#raw && payload.length > 0 && payload[payload.length - 1] !== CR;
  }
}

function isUnchecked(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < HLLP_UNCHECKED.length; i++) if (bytes[at + i] !== HLLP_UNCHECKED.charCodeAt(i)) return false;
  return true;
}

function checkData(payload: Uint8Array, closing: boolean, raw: boolean): void {
  const size = payload.length + (closing ? 1 : 0);
  if (size > HLLP_MAX_DATA) {
    const added = closing ? " with its final 0x0D" : "";
    throw new RangeError(
      `Cannot make an HLLP block: the message has ${size} bytes${added}, wanted at most ${HLLP_MAX_DATA}, since the count has five digits`,
    );
  }
  if (raw) return;
  let at = Uint8Array.prototype.indexOf.call(payload, FS);
  for (; at >= 0; at = Uint8Array.prototype.indexOf.call(payload, FS, at + 1)) {
    const next = at + 1 < payload.length ? payload[at + 1] : closing ? CR : -1;
    if (next !== CR) continue;
    throw new RangeError(`Cannot make an HLLP block: found 0x1C 0x0D at byte ${at}, which would end the block there`);
  }
}
