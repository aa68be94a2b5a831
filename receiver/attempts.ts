/**
 * How often a control id has come: duplicates are counted and attempts numbered by it. Bounded
 * memory, no string and no object for a message.
 *
 * This module performs no I/O.
 *
 * # How it remembers
 *
 * Two open hash tables, the young and the old. When the young one has its fill it becomes the old
 * one, and the old one, emptied, the young. So the last `remembered` ids at least are known, twice as
 * many at most. An id is kept as 64 bits of hash: among 200,000 ids two alike are not to be
 * expected by chance in thousands of years of running (our decision: a test bench has no
 * adversary, and the harm of a collision is an attempt numbered 2).
 *
 * @module
 */

/** How many ids are remembered at least, unless told otherwise. */
export const REMEMBERED = 100_000;
const MOST = 0xffff;

interface Table {
  /** Two words of hash a slot; both 0 is a free slot. */
  readonly hashes: Uint32Array;
  readonly counts: Uint16Array;
  /** With which message each came first; `null` where nobody asks. */
  readonly firsts: Uint32Array | null;
  used: number;
}

/**
 * A bounded memory of control ids.
 *
 * @example
 * ```ts
 * import { Attempts } from "./attempts.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const attempts = new Attempts();
 * assert.equal(attempts.seen(utf8("MSG1")), 1);
 * assert.equal(attempts.seen(utf8("MSG2")), 1);
 * assert.equal(attempts.seen(utf8("MSG1")), 2);
 * ```
 */
export class Attempts {
  /** The number of the message that the id last asked for came with first; 0 unless numbers are kept. */
  first = 0;
  readonly #limit: number;
  readonly #mask: number;
  #young: Table;
  #old: Table;
  #high = 0;
  #low = 0;

  /** With `numbers`, messages have numbers, and it is remembered with which one each id came first. */
  constructor(remembered: number = REMEMBERED, numbers = false) {
    let slots = 16;
    while (slots < remembered * 2) slots *= 2;
    this.#limit = remembered;
    this.#mask = slots - 1;
    const table = () => ({
      hashes: new Uint32Array(slots * 2),
      counts: new Uint16Array(slots),
      firsts: numbers ? new Uint32Array(slots) : null,
      used: 0,
    });
    this.#young = table();
    this.#old = table();
  }

  /** Takes note of an id, the bytes from `start` to `end`, of message `n`; returns how often it has come by now, at most 65,535. */
  seen(bytes: Uint8Array, start = 0, end: number = bytes.length, n = 0): number {
    this.#hash(bytes, start, end);
    const slot = this.#find(this.#young);
    const { counts, firsts } = this.#young;
    if (counts[slot] > 0) {
      if (firsts !== null) this.first = firsts[slot];
      return counts[slot] = Math.min(MOST, counts[slot] + 1);
    }
    const older = this.#find(this.#old);
    const before = this.#old.counts[older];
    const count = Math.min(MOST, before + 1);
    if (this.#old.firsts !== null) this.first = before > 0 ? this.#old.firsts[older] : n;
    this.#insert(slot, count);
    return count;
  }

  /** Whether an id has come, as far as it is remembered. */
  knows(id: Uint8Array): boolean {
    this.#hash(id, 0, id.length);
    return [this.#young, this.#old].some((table) => table.counts[this.#find(table)] > 0);
  }

  /** Forgets every id. */
  clear(): void {
    for (const table of [this.#young, this.#old]) {
      table.hashes.fill(0);
      table.counts.fill(0);
      table.used = 0;
    }
  }

  #insert(slot: number, count: number): void {
    const young = this.#young;
    if (young.firsts !== null) young.firsts[slot] = this.first;
    young.hashes[slot * 2] = this.#high;
    young.hashes[slot * 2 + 1] = this.#low;
    young.counts[slot] = count;
    if (++young.used < this.#limit) return;
    const emptied = this.#old;
    emptied.hashes.fill(0);
    emptied.counts.fill(0);
    emptied.used = 0;
    this.#old = young;
    this.#young = emptied;
  }

  /** The slot of the present hash, or the free one where it belongs. */
  #find(table: Table): number {
    const { hashes, counts } = table;
    for (let slot = this.#low & this.#mask;; slot = (slot + 1) & this.#mask) {
      if (counts[slot] === 0) return slot;
      if (hashes[slot * 2] === this.#high && hashes[slot * 2 + 1] === this.#low) return slot;
    }
  }

  /** Two unlike multiplicative hashes in one pass, each mixed so that every bit of the id reaches every bit. */
  #hash(bytes: Uint8Array, start: number, end: number): void {
    let high = 0x811c9dc5;
    let low = 0x9e3779b9 ^ (end - start);
    for (let at = start; at < end; at++) {
      high = Math.imul(high ^ bytes[at], 0x01000193);
      low = Math.imul(low, 0x85ebca6b) + bytes[at] | 0;
      low ^= low >>> 15;
    }
    high ^= high >>> 16;
    high = Math.imul(high, 0xc2b2ae35);
    low = Math.imul(low ^ (low >>> 13), 0x27d4eb2f);
    this.#high = (high ^ (high >>> 13)) >>> 0;
    this.#low = (low ^ (low >>> 16)) >>> 0;
  }
}

/**
 * A message's hash as text: the scope of its draws where it has no control id.
 *
 * @example
 * ```ts
 * import { payloadScope } from "./attempts.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.notEqual(payloadScope(utf8("A")), payloadScope(utf8("B")));
 * ```
 */
export function payloadScope(payload: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < payload.length; at++) hash = Math.imul(hash ^ payload[at], 0x01000193);
  // A length in front, and a character that no control id begins with on its own.
  return `\u0000${payload.length}:${(hash >>> 0).toString(16)}`;
}
