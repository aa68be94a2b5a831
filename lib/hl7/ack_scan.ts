/**
 * An acknowledgement's MSA segment, found on bytes: for every reply on the hot path, so it makes no
 * strings and no objects. What ERR and the texts say is for `ack_decode.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import type { AckCode } from "./ack_code.ts";
import { pieceEnd } from "./pieces.ts";
import { SegmentWalk } from "./segments.ts";
import { isSeparator } from "./separators.ts";

/**
 * Finds the first MSA segment of a message. Made once, used for any number of messages.
 *
 * MSA is looked for at the beginning of segments only, never inside a field, and only in a message
 * that begins with MSH; LF and CR LF ends are understood (see `SegmentWalk`).
 *
 * @example
 * ```ts
 * import { AckScan } from "./ack_scan.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const reply = new AckScan();
 * assert.equal(reply.scan(utf8("MSH|^~\\&|LAB|\rMSA|AA|MSG1\r")), true);
 * assert.equal(reply.code, "AA");
 * assert.equal(latin1(reply.controlId), "MSG1");
 * assert.equal(reply.scan(utf8("MSH|^~\\&|LAB|\rOBX|1|TX|||MSA|AA|MSG1\r")), false);
 * ```
 */
export class AckScan {
  /** Whether the last message has an MSA segment; such a message never gets an application acknowledgement. */
  hasMsa = false;
  /** MSA-1 if it is one of the six codes, else `null`; its bytes are at `codeStart` to `codeEnd`. */
  code: AckCode | null = null;
  /** Index of MSA-1's first byte. */
  codeStart = 0;
  /** Index after MSA-1's last byte. */
  codeEnd = 0;
  /** Index of the first byte of MSA-2, the id of the message this one answers. */
  idStart = 0;
  /** Index after MSA-2's last byte; equal to `idStart` if it is empty or not there. */
  idEnd = 0;
  #message: Uint8Array = NO_BYTES;
  readonly #walk = new SegmentWalk();

  /** Scans a message, which is kept until the next call; whether it has an MSA segment. */
  scan(message: Uint8Array): boolean {
    this.#message = message;
    this.hasMsa = false;
    this.code = null;
    this.codeStart =
      this.codeEnd =
      this.idStart =
      this.idEnd =
        0;
    if (message.length < 8 || message[0] !== 0x4d || message[1] !== 0x53 || message[2] !== 0x48) return false;
    const separator = message[3];
    if (!isSeparator(separator)) return false;
    const walk = this.#walk;
    walk.begin(message);
    while (walk.next()) {
      if (walk.is(0x4d, 0x53, 0x41, separator)) {
        this.#read(message, Math.min(walk.from + 4, walk.to), walk.to, separator);
        return true;
      }
    }
    return false;
  }

  /** MSA-2, a view; no bytes if there is none. */
  get controlId(): Uint8Array {
    return this.idStart === this.idEnd ? NO_BYTES : this.#message.subarray(this.idStart, this.idEnd);
  }

  /** Whether MSA-2 is this id, byte for byte. */
  answers(controlId: Uint8Array): boolean {
    const length = this.idEnd - this.idStart;
    if (!this.hasMsa || length !== controlId.length) return false;
    const message = this.#message;
    const start = this.idStart;
    for (let i = 0; i < length; i++) if (message[start + i] !== controlId[i]) return false;
    return true;
  }

  #read(message: Uint8Array, from: number, to: number, separator: number): void {
    this.hasMsa = true;
    const codeEnd = pieceEnd(message, from, to, separator);
    const idStart = Math.min(codeEnd + 1, to);
    this.codeStart = from;
    this.codeEnd = codeEnd;
    this.code = codeEnd - from === 2 ? codeOf(message[from], message[from + 1]) : null;
    this.idStart = idStart;
    this.idEnd = pieceEnd(message, idStart, to, separator);
  }
}

function codeOf(first: number, second: number): AckCode | null {
  if (first === 0x41) return second === 0x41 ? "AA" : second === 0x45 ? "AE" : second === 0x52 ? "AR" : null;
  if (first === 0x43) return second === 0x41 ? "CA" : second === 0x45 ? "CE" : second === 0x52 ? "CR" : null;
  return null;
}
