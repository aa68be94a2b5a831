/**
 * Invented documents as base64 text, of any size: cut out of one block of random text, so that a megabyte
 * costs a copy and not a megabyte of drawing.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { RandomStream } from "../random.ts";
import type { MessageBuffer } from "./message_buffer.ts";

const ALPHABET = utf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
/** In groups of four characters; a longer document repeats itself every 256 KiB. */
const BLOCK_GROUPS = 65_536;
/** Three bytes of a document are four characters. */
const GROUP_BYTES = 3;
const GROUP_CHARS = 4;

/** What follows the whole groups of a document that has one or two bytes more: canonical, the unused bits zero. */
const TAILS: readonly Uint8Array[] = [utf8(""), utf8("AA=="), utf8("AAA=")];

/**
 * The documents of a run.
 *
 * @example
 * ```ts
 * import { Documents } from "./document.ts";
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const out = new MessageBuffer();
 * new Documents(7).write(out, 100, 0.5);
 * assert.equal(atob(latin1(out.view())).length, 100);
 * ```
 */
export class Documents {
  readonly #block: Uint8Array;

  constructor(seed: number) {
    const stream = new RandomStream(seed);
    const block = new Uint8Array(BLOCK_GROUPS * GROUP_CHARS);
    for (let at = 0; at < block.length; at += GROUP_CHARS) {
      const bits = stream.integer(2 ** 24);
      for (let i = 0; i < GROUP_CHARS; i++) block[at + i] = ALPHABET[(bits >>> (6 * i)) & 63];
    }
    this.#block = block;
  }

  /** Adds the base64 text of a document of `size` bytes; `drawn`, in [0, 1), decides which. */
  write(out: MessageBuffer, size: number, drawn: number): void {
    const block = this.#block;
    let from = Math.floor(drawn * BLOCK_GROUPS) * GROUP_CHARS;
    let left = Math.floor(size / GROUP_BYTES) * GROUP_CHARS;
    while (left > 0) {
      const part = block.subarray(from, Math.min(from + left, block.length));
      out.put(part);
      left -= part.length;
      from = 0;
    }
    out.put(TAILS[size % GROUP_BYTES]);
  }
}
