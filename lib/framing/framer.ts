/**
 * The contract between bytes and frames.
 *
 * This module performs no I/O.
 *
 * # The contract
 *
 * A framer turns a stream of bytes, cut anywhere, into events, and a payload into the bytes of a
 * frame. It knows no time, no peer and no socket.
 *
 * - `push` takes the next bytes of the stream and calls the sink for each event they complete.
 *   No call of the sink means "need more". The same stream gives the same events however it is
 *   cut into chunks (`noise` and bytes shown in faults may be cut differently, their concatenation
 *   is the same). A chunk belongs to the caller again when `push` returns.
 * - A payload or other bytes handed to the sink are a *view*, valid only during that call. Who
 *   wants to keep them copies them.
 * - `frame`: a whole frame. Deviations that were tolerated are `warnings` on it.
 * - `noise`: bytes outside of any frame, thrown away. They are never answered.
 * - `fault`: damage. The framer says what it found, where, and what it wanted there, and then
 *   either resynchronises or, in a strict profile, stops: `stopped` is true and every further
 *   `push` is ignored.
 * - `idle` is told by the link when the line has been quiet; only a framer whose `wantsIdle` is
 *   true needs it. `end` is told when the peer has ended the stream: an unfinished frame becomes
 *   the fault `truncated`.
 * - The framer holds at most `maxFrame` bytes plus one chunk. A frame that would be longer is
 *   reported once and skipped, never collected.
 * - Only the caller's own mistake (an option that makes no sense, a payload that cannot be framed)
 *   is an exception: a `TypeError` or `RangeError`.
 *
 * @module
 */
import { byteName, type HexWindow } from "../bytes.ts";
import type { FramingCode } from "../errors.ts";

/** A deviation that was tolerated. */
export interface FrameWarning {
  /** The name of the rule that let it pass (protocols.md section 1), for example `no-final-cr`. */
  readonly rule: string;
  /** Offset in the stream of the byte that deviates. */
  readonly offset: number;
}

/** A whole frame. */
export interface FrameReceived {
  readonly type: "frame";
  /** Every byte between the delimiters; a view, valid only during the sink's call. */
  readonly payload: Uint8Array;
  /** Offset in the stream of the frame's first byte. */
  readonly offset: number;
  /** True for a frame with nothing in it but, at most, a final CR. */
  readonly empty: boolean;
  /** What was tolerated; mostly the one shared empty list. */
  readonly warnings: readonly FrameWarning[];
}

/** Bytes outside of any frame, thrown away and never answered. */
export interface NoiseReceived {
  readonly type: "noise";
  /** A view, valid only during the sink's call. */
  readonly bytes: Uint8Array;
  /** Offset in the stream of the first of them. */
  readonly offset: number;
}

/** Damage: what was found where, and what was wanted there. */
export interface FrameFault {
  readonly type: "fault";
  readonly code: FramingCode;
  /** The rule that refused it; allowing this rule by name would have accepted it. `null` if no rule would. */
  readonly rule: string | null;
  /** Offset in the stream of the byte in question. */
  readonly offset: number;
  /** The byte found there; `null` at the end of the stream or where no single byte is at fault. */
  readonly found: number | null;
  /** What was wanted there, in words: `0x1C 0x0D`, `at most 16777216 bytes`. */
  readonly wanted: string;
  /**
   * The start of what was collected of the refused frame, its leading delimiter not included: at
   * most 4 KiB, enough to find MSH-10 for a negative acknowledgement. A view.
   */
  readonly bytes: Uint8Array;
  /** The bytes around `offset`; a copy, safe to keep. */
  readonly window: HexWindow;
}

/** What a framer tells its sink. */
export type FrameEvent = FrameReceived | NoiseReceived | FrameFault;

/** Where a framer's events go. */
export type FrameSink = (event: FrameEvent) => void;

/** Bytes to frames and back; the contract is this module's text. */
export interface Framer {
  /** The next bytes of the stream. */
  push(chunk: Uint8Array, sink: FrameSink): void;
  /** The line has been quiet for a while. */
  idle(sink: FrameSink): void;
  /** The peer has ended the stream. */
  end(sink: FrameSink): void;
  /** Whether hearing that the line is quiet would complete a frame. */
  readonly wantsIdle: boolean;
  /** Whether a strict profile has stopped at a fault. */
  readonly stopped: boolean;
  /** How many bytes of an unfinished frame are held. */
  readonly buffered: number;
  /** The last bytes of an unfinished frame, marked where the next one is due: a copy; `null` between frames. */
  readonly unfinished: HexWindow | null;
  /** The frame of a payload, in one buffer. Throws a `RangeError` for a payload that cannot be framed. */
  encode(payload: Uint8Array): Uint8Array;
  /** How many bytes the frame of a payload has. */
  encodedLength(payload: Uint8Array): number;
  /**
   * Writes the frame of a payload into `target` from `at` on, where there is room for it, and
   * returns the index after its last byte. Throws as `encode` does.
   */
  encodeInto(payload: Uint8Array, target: Uint8Array, at: number): number;
}

/** The one empty list of warnings. */
export const NO_WARNINGS: readonly FrameWarning[] = Object.freeze([]);

/** How much of a refused frame a fault shows (protocols.md section 1: "the first 4 KiB kept"). */
export const FAULT_KEEP = 4096;

/**
 * A fault in one sentence for people: what was expected where, what was found, and which rule would
 * have accepted it.
 *
 * @example
 * ```ts
 * import { describeFault } from "./framer.ts";
 * import { NO_BYTES } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const sentence = describeFault({
 *   type: "fault",
 *   code: "invalid_trailer",
 *   rule: "eb-without-cr",
 *   offset: 213,
 *   found: 0x0a,
 *   wanted: "0x0D (CR)",
 *   bytes: NO_BYTES,
 *   window: { offset: 213, bytes: new Uint8Array([0x0a]), mark: 213 },
 * });
 * assert.equal(sentence, "Expected 0x0D (CR) at byte 213, found 0x0A (LF); --allow eb-without-cr would accept it");
 * ```
 */
export function describeFault(fault: FrameFault): string {
  const found = fault.found === null ? "the end of the stream" : byteName(fault.found);
  const cure = fault.rule === null ? "" : `; --allow ${fault.rule} would accept it`;
  return `Expected ${fault.wanted} at byte ${fault.offset}, found ${found}${cure}`;
}
