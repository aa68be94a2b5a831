/**
 * MLLP: `SB data EB CR` (0x0B, 0x1C, 0x0D), read and written. How it reads is `mllp_decode.ts`, how it writes
 * `mllp_encode.ts`, what it tolerates `rules.ts`; it knows no HL7.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type HexWindow, NO_BYTES } from "../bytes.ts";
import type { Framer, FrameSink } from "./framer.ts";
import { type MllpDecodeOptions, MllpDecoder } from "./mllp_decode.ts";
import { type MllpEncodeOptions, MllpEncoder } from "./mllp_encode.ts";

import { SMALL_CHUNK } from "./partial_frame.ts";

export { DEFAULT_MAX_FRAME } from "./receive_buffer.ts";
export { MLLP_RULES, type MllpProfile, type MllpRule, type MllpRuleInfo, type MllpRuleOptions } from "./rules.ts";

/** How MLLP is read and written. */
export interface MllpOptions extends MllpDecodeOptions, MllpEncodeOptions {}

/**
 * The MLLP framer; the contract is that of `framer.ts`, the rules are those of `rules.ts`.
 *
 * The constructor throws a `RangeError` for an unknown profile or rule, a rule both allowed and denied, and a limit
 * that is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { MllpFramer } from "./mllp.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const framer = new MllpFramer();
 * const frame = framer.encode(utf8("MSH|^~\\&|LAB"));
 * assert.equal(latin1(frame), "\x0bMSH|^~\\&|LAB\r\x1c\r");
 *
 * const seen: string[] = [];
 * for (const byte of frame) {
 *   framer.push(new Uint8Array([byte]), (event) => {
 *     if (event.type === "frame") seen.push(latin1(event.payload));
 *   });
 * }
 * assert.deepEqual(seen, ["MSH|^~\\&|LAB\r"]);
 * ```
 */
export class MllpFramer implements Framer {
  readonly #decoder: MllpDecoder;
  readonly #encoder: MllpEncoder;
  #small = NO_BYTES;
  #view = NO_BYTES;

  constructor(options: MllpOptions = {}) {
    this.#decoder = new MllpDecoder(options);
    this.#encoder = new MllpEncoder(options);
  }

  get stopped(): boolean {
    return this.#decoder.stopped;
  }

  get wantsIdle(): boolean {
    return this.#decoder.wantsIdle;
  }

  get buffered(): number {
    return this.#decoder.buffered;
  }

  get unfinished(): HexWindow | null {
    return this.#decoder.unfinished;
  }

  push(chunk: Uint8Array, sink: FrameSink): void {
    this.#decoder.push(chunk.length <= SMALL_CHUNK ? this.#copied(chunk) : chunk, sink);
  }

  #copied(chunk: Uint8Array): Uint8Array {
    if (this.#small.length === 0) this.#small = new Uint8Array(SMALL_CHUNK);
    this.#small.set(chunk);
    // Replies are mostly of one length, so the last view mostly serves again.
    if (this.#view.length !== chunk.length) this.#view = this.#small.subarray(0, chunk.length);
    return this.#view;
  }

  idle(sink: FrameSink): void {
    this.#decoder.idle(sink);
  }

  end(sink: FrameSink): void {
    this.#decoder.end(sink);
  }

  encode(payload: Uint8Array): Uint8Array {
    return this.#encoder.encode(payload);
  }

  encodedLength(payload: Uint8Array): number {
    return this.#encoder.encodedLength(payload);
  }

  encodeInto(payload: Uint8Array, target: Uint8Array, at: number): number {
    return this.#encoder.encodeInto(payload, target, at);
  }
}
