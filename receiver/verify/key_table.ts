/**
 * Keys as small numbers: the same key, the same number. Of a key its hash alone is kept, for many are values of patients.
 *
 * This module performs no I/O.
 *
 * # Bounds (our decisions)
 *
 * A key is 64 bits of hash: that two of a million are taken for one is one chance in thirty million. Beyond `most` keys
 * no new one is taken, and `refused` says so; who judges by a table that has refused keys must not
 * say that all is well. A million keys are some 20 MB.
 *
 * @module
 */
import { Column } from "../../lib/audit/column.ts";
import type { Moment } from "../decide/moment.ts";
import type { Values } from "../decide/values.ts";
import type { Scope } from "../scenario/scenario.ts";

/** How many keys an expectation remembers. */
export const MOST_KEYS = 1_000_000;

/** What `KeyTable` gives for a key that it has no room for. */
export const NO_ROOM = -1;

/** What `ScopeKeys` gives for a message that has no value at the path. */
export const NO_VALUE = -2;

/**
 * A set of keys, numbered from 0 in order of their coming.
 *
 * @example
 * ```ts
 * import { KeyTable, NO_ROOM } from "./key_table.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const keys = new KeyTable(2);
 * assert.deepEqual([keys.ofText("MSG1"), keys.ofText("MSG2"), keys.ofBytes(utf8("MSG1"), 0, 4)], [0, 1, 0]);
 * assert.equal(keys.ofText("MSG3"), NO_ROOM);
 * assert.equal(keys.refused, true);
 * ```
 */
export class KeyTable {
  /** How many keys there are. */
  size = 0;
  /** Whether there was a key that it had no room for. */
  refused = false;
  readonly #most: number;
  readonly #highs: Column<Uint32Array> = new Column(Uint32Array);
  readonly #lows: Column<Uint32Array> = new Column(Uint32Array);
  /** Open addressing: key number + 1, or 0. */
  #slots = new Int32Array(1024);
  #high = 0;
  #low = 0;

  constructor(most: number = MOST_KEYS) {
    this.#most = most;
  }

  /** The number of a text; that of its bytes in ISO 8859-1, where it has such. */
  ofText(text: string): number {
    this.#begin(text.length);
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
    return this.#number();
  }

  /** The number of the bytes from `from` to before `to`. */
  ofBytes(bytes: Uint8Array, from: number, to: number): number {
    this.#begin(to - from);
    for (let at = from; at < to; at++) this.#mix(bytes[at]);
    return this.#number();
  }

  #begin(length: number): void {
    this.#high = 0x811c9dc5;
    this.#low = 0x9e3779b9 ^ length;
  }

  /** Two unlike multiplicative hashes, as in `attempts.ts`. */
  #mix(code: number): void {
    this.#high = Math.imul(this.#high ^ code, 0x01000193);
    const low = Math.imul(this.#low, 0x85ebca6b) + code | 0;
    this.#low = low ^ (low >>> 15);
  }

  #number(): number {
    let high = Math.imul(this.#high ^ (this.#high >>> 16), 0xc2b2ae35);
    let low = Math.imul(this.#low ^ (this.#low >>> 13), 0x27d4eb2f);
    high = (high ^ (high >>> 13)) >>> 0;
    low = (low ^ (low >>> 16)) >>> 0;
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] - 1;
      if (this.#lows.get(number) === low && this.#highs.get(number) === high) return number;
    }
    if (this.size >= this.#most) {
      this.refused = true;
      return NO_ROOM;
    }
    this.#highs.push(high);
    this.#lows.push(low);
    this.#slots[slot] = ++this.size;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return this.size - 1;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.#lows.get(number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/**
 * The keys of messages in a scope.
 *
 * @example
 * ```ts
 * import { ScopeKeys } from "./key_table.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const keys = new ScopeKeys("control_id", moment.values);
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * assert.equal(keys.of(moment), 0);
 * ```
 */
export class ScopeKeys {
  readonly table: KeyTable;
  readonly #scope: Scope;
  readonly #slot: number;

  constructor(scope: Scope, values: Values, most?: number) {
    this.table = new KeyTable(most);
    this.#scope = scope;
    this.#slot = typeof scope === "string" ? -1 : values.slot(scope.path);
  }

  /** The key of a moment's message; `NO_ROOM`, or `NO_VALUE`, where it has none. */
  of(moment: Moment): number {
    const scope = this.#scope;
    if (typeof scope === "string") return this.table.ofText(moment.key(scope, -1));
    const value = moment.values.first(this.#slot);
    return value === null ? NO_VALUE : this.table.ofBytes(value, 0, value.length);
  }
}
