/**
 * Writing MLLP: a payload into `SB payload EB CR`. It knows no HL7 but one thing: a segment ends
 * with CR, so a payload that lacks its last one gets it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { ACK, CR, FS, NAK, VT } from "../bytes.ts";

/** How frames are written. */
export interface MllpEncodeOptions {
  /** Write payloads untouched and unchecked. */
  readonly raw?: boolean;
  /** MLLP release 2: a payload of the one byte ACK or NAK is a commit block and gets no CR. */
  readonly commitBlocks?: boolean;
}

/**
 * Writes payloads as frames. The last segment gets its CR if it lacks one; so does an empty
 * payload: `SB CR EB CR` is the empty message that strict and tolerant readers both take (our
 * decision). A payload that would be read back as something else is refused, unless `raw`: one
 * that begins with SB, one that holds EB CR, and one that ends with EB, since the CR it lacks
 * would make it hold EB CR.
 *
 * @example
 * ```ts
 * import { MllpEncoder } from "./mllp_encode.ts";
 * import { hex, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const encoder = new MllpEncoder();
 * assert.equal(hex(encoder.encode(utf8("A"))), "0b410d1c0d");
 * assert.throws(() => encoder.encode(new Uint8Array([0x41, 0x1c, 0x0d])), RangeError);
 * ```
 */
export class MllpEncoder {
  readonly #raw: boolean;
  readonly #commitBlocks: boolean;

  constructor(options: MllpEncodeOptions = {}) {
    this.#raw = options.raw ?? false;
    this.#commitBlocks = options.commitBlocks ?? false;
  }

  /** The frame, in one buffer of its own. Throws a `RangeError` that names the offset for a payload that cannot be framed. */
  encode(payload: Uint8Array): Uint8Array {
    const frame = new Uint8Array(this.encodedLength(payload));
    this.encodeInto(payload, frame, 0);
    return frame;
  }

  /** How many bytes the frame has: the payload's, SB, EB, CR, and the CR that the last segment lacks. */
  encodedLength(payload: Uint8Array): number {
    return payload.length + (this.#lacksCr(payload) ? 4 : 3);
  }

  /** Writes the frame into `target` from `at` on and returns the index after it. Throws as `encode` does. */
  encodeInto(payload: Uint8Array, target: Uint8Array, at: number): number {
    const lacksCr = this.#lacksCr(payload);
    if (!this.#raw) checkPayload(payload);
    target[at] = VT;
    target.set(payload, at + 1);
    let next = at + 1 + payload.length;
    if (lacksCr) target[next++] = CR;
    target[next++] = FS;
    target[next++] = CR;
    return next;
  }

  #lacksCr(payload: Uint8Array): boolean {
    if (this.#raw) return false;
    const size = payload.length;
    if (size === 0) return true;
    const last = payload[size - 1];
    if (size === 1 && this.#commitBlocks && (last === ACK || last === NAK)) return false;
    return last !== CR;
  }
}

function checkPayload(payload: Uint8Array): void {
  if (payload[0] === VT) {
    throw new RangeError("Cannot frame the payload: found 0x0B at byte 0, where only the frame's own may stand");
  }
  let at = Uint8Array.prototype.indexOf.call(payload, FS);
  for (; at >= 0; at = Uint8Array.prototype.indexOf.call(payload, FS, at + 1)) {
    if (payload[at + 1] === CR) {
      throw new RangeError(`Cannot frame the payload: found 0x1C 0x0D at byte ${at}, which would end the frame there`);
    }
    if (at === payload.length - 1) {
      throw new RangeError(
        `Cannot frame the payload: found 0x1C at byte ${at}, its last, which would end the frame with the 0x0D to be added`,
      );
    }
  }
}
