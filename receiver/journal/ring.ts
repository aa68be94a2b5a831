/**
 * The last entries of a journal, in memory: bounded by their number and by what their payloads weigh.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { JournalMessage } from "./entry.ts";

/** How many entries are kept unless told otherwise. */
export const RECENT_ENTRIES = 1000;
/** What their payloads may weigh together, in characters (our decision: a thousand messages of 64 KiB). */
export const RECENT_CHARACTERS = 64 * 1024 * 1024;

/**
 * The last entries.
 *
 * @example
 * ```ts
 * import { Ring } from "./ring.ts";
 * import assert from "node:assert/strict";
 *
 * const ring = new Ring(2);
 * for (const n of [1, 2, 3]) ring.push({ n } as never);
 * assert.deepEqual(ring.recent().map(({ n }) => n), [2, 3]);
 * ```
 */
export class Ring {
  readonly #limit: number;
  readonly #characters: number;
  readonly #entries: (JournalMessage | undefined)[];
  /** Where the entry of each message is. */
  readonly #places: Map<number, number> = new Map();
  /** Index of the oldest. */
  #first = 0;
  #count = 0;
  #weight = 0;

  /** Keeps at most `limit` entries, and payloads of at most `characters` together; the last entry is kept whatever it weighs. */
  constructor(limit: number = RECENT_ENTRIES, characters: number = RECENT_CHARACTERS) {
    this.#limit = limit;
    this.#characters = characters;
    this.#entries = new Array(limit);
  }

  /** Adds an entry, in the place of an earlier one of the same message, and lets go of the oldest where there are too many. */
  push(entry: JournalMessage): void {
    if (this.#limit === 0) return;
    const at = this.#places.get(entry.n);
    if (at !== undefined) {
      this.#entries[at] = entry;
      return;
    }
    if (this.#count === this.#limit) this.#shift();
    const place = (this.#first + this.#count) % this.#limit;
    this.#entries[place] = entry;
    this.#places.set(entry.n, place);
    this.#count++;
    this.#weight += entry.payload?.length ?? 0;
    while (this.#weight > this.#characters && this.#count > 1) this.#shift();
  }

  /** Lets go of all. */
  clear(): void {
    while (this.#count > 0) this.#shift();
  }

  #shift(): void {
    this.#places.delete(this.#entries[this.#first]?.n ?? 0);
    this.#weight -= this.#entries[this.#first]?.payload?.length ?? 0;
    this.#entries[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#limit;
    this.#count--;
  }

  /** At most so many of the last entries, the newest last. */
  recent(limit: number = Infinity): JournalMessage[] {
    const count = Math.min(this.#count, limit);
    const from = this.#first + this.#count - count;
    return Array.from({ length: count }, (_, i) => this.#entries[(from + i) % this.#limit]!);
  }
}
