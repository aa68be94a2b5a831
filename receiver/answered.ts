/**
 * What messages were answered with that were taken, by control id: for who sends them again. Bounded in number and in bytes; the
 * oldest go first.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { REMEMBERED } from "./attempts.ts";

/** The bytes of all replies that are remembered (our decision: 100,000 acknowledgements of 300 bytes, and room for some larger ones). */
const MOST_BYTES = 64 * 1024 * 1024;

/** What an entry costs besides its reply, about. */
const OVERHEAD = 64;

/**
 * A bounded memory of replies.
 *
 * @example
 * ```ts
 * import { Answered } from "./answered.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const answered = new Answered({ most: 1 });
 * answered.remember("MSG1", utf8("first"));
 * answered.remember("MSG2", utf8("second"));
 * assert.equal(answered.find("MSG1"), undefined);
 * assert.deepEqual(answered.find("MSG2"), utf8("second"));
 * ```
 */
export class Answered {
  readonly #most: number;
  readonly #mostBytes: number;
  /** In the order in which they were last remembered. */
  readonly #replies: Map<string, Uint8Array> = new Map();
  #bytes = 0;

  /** At most so many replies, of so many bytes in all. */
  constructor(
    { most = REMEMBERED, mostBytes = MOST_BYTES }: { readonly most?: number; readonly mostBytes?: number } = {},
  ) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#replies.size;
  }

  /** A message was taken and answered so; one without a control id is nobody's duplicate. The reply is copied. */
  remember(controlId: string, reply: Uint8Array): void {
    if (controlId === "") return;
    this.forget(controlId);
    this.#replies.set(controlId, reply.slice());
    this.#bytes += sizeOf(controlId, reply);
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= this.#most && this.#bytes <= this.#mostBytes) break;
      this.forget(oldest);
    }
  }

  /** What a message was answered with; `undefined` for one that was not taken, or so long ago that nobody knows. */
  find(controlId: string): Uint8Array | undefined {
    return this.#replies.get(controlId);
  }

  /** A message was not taken after all. */
  forget(controlId: string): void {
    const reply = this.#replies.get(controlId);
    if (reply === undefined) return;
    this.#replies.delete(controlId);
    this.#bytes -= sizeOf(controlId, reply);
  }

  /** Forgets everything. */
  clear(): void {
    this.#replies.clear();
    this.#bytes = 0;
  }
}

function sizeOf(id: string, reply: Uint8Array): number {
  return id.length + reply.length + OVERHEAD;
}
