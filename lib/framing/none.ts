/**
 * No framing at all (`--framing none`): any text over a stream. What has come when the line falls
 * quiet or ends is one payload; an encoded payload is itself.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR } from "../bytes.ts";
import { DEFAULT_MAX_FRAME } from "./receive_buffer.ts";
import { FAULT_KEEP, type Framer, type FrameSink, NO_WARNINGS } from "./framer.ts";

/**
 * The framer of unframed text. Its source is our decision: no specification speaks of it.
 *
 * @example
 * ```ts
 * import { UnframedFramer } from "./none.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const framer = new UnframedFramer();
 * framer.push(utf8("PI"), () => assert.fail("a part is not a payload"));
 * framer.push(utf8("NG"), () => assert.fail("a part is not a payload"));
 * framer.idle((event) => assert.equal(event.type === "frame" && latin1(event.payload), "PING"));
 * ```
 */
export class UnframedFramer implements Framer {
  readonly stopped = false;
  /** Text without frames is never unfinished: whatever has come is all of it. */
  readonly unfinished = null;
  readonly #maxFrame: number;
  #held: Uint8Array = new Uint8Array(0);
  #length = 0;
  #offset = 0;
  #overrun = false;

  /** `maxFrame`: the largest payload taken, in bytes; default 16 MiB. */
  constructor(options: { maxFrame?: number } = {}) {
    this.#maxFrame = options.maxFrame ?? DEFAULT_MAX_FRAME;
  }

  get wantsIdle(): boolean {
    return this.#length > 0 || this.#overrun;
  }

  get buffered(): number {
    return this.#length;
  }

  push(chunk: Uint8Array, sink: FrameSink): void {
    if (this.#overrun) {
      this.#offset += chunk.length;
      return;
    }
    const needed = this.#length + chunk.length;
    if (needed > this.#maxFrame) return this.#refuse(chunk, sink);
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.min(this.#maxFrame, Math.max(needed, this.#held.length * 2, 1024)));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(chunk, this.#length);
    this.#length = needed;
    this.#offset += chunk.length;
  }

  #refuse(chunk: Uint8Array, sink: FrameSink): void {
    const start = this.#offset - this.#length;
    const kept = new Uint8Array(Math.min(FAULT_KEEP, this.#maxFrame));
    kept.set(this.#held.subarray(0, Math.min(this.#length, kept.length)));
    if (this.#length < kept.length) kept.set(chunk.subarray(0, kept.length - this.#length), this.#length);
    const at = start + this.#maxFrame;
    const index = this.#maxFrame - this.#length;
    this.#offset += chunk.length;
    this.#forget();
    this.#overrun = true;
    sink({
      type: "fault",
      code: "frame_too_large",
      rule: null,
      offset: at,
      found: chunk[index],
      wanted: `at most ${this.#maxFrame} bytes before a pause`,
      bytes: kept,
      window: { offset: at, bytes: chunk.slice(index, index + 16), mark: at },
    });
  }

  idle(sink: FrameSink): void {
    this.#overrun = false;
    if (this.#length === 0) return;
    const payload = this.#held.subarray(0, this.#length);
    const offset = this.#offset - this.#length;
    this.#forget();
    sink({ type: "frame", payload, offset, empty: payload.length === 1 && payload[0] === CR, warnings: NO_WARNINGS });
  }

  end(sink: FrameSink): void {
    this.idle(sink);
  }

  #forget(): void {
    this.#held = new Uint8Array(0);
    this.#length = 0;
  }

  encode(payload: Uint8Array): Uint8Array {
    return payload.slice();
  }

  encodedLength(payload: Uint8Array): number {
    return payload.length;
  }

  encodeInto(payload: Uint8Array, target: Uint8Array, at: number): number {
    target.set(payload, at);
    return at + payload.length;
  }
}
