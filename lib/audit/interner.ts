/**
 * Texts as small numbers: the same text, the same number. Control ids and keys of a million messages
 * take their bytes and some 20 more each.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { Column } from "./column.ts";

/** Bytes lie on pages; a text lies on one, and a long one has a page of its own. */
const PAGE = 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A set of texts, numbered from 0 in order of their coming.
 *
 * @example
 * ```ts
 * import { Interner } from "./interner.ts";
 * import assert from "node:assert/strict";
 *
 * const ids = new Interner();
 * assert.deepEqual([ids.add("MSG1"), ids.add("MSG2"), ids.add("MSG1")], [0, 1, 0]);
 * assert.equal(ids.text(1), "MSG2");
 * ```
 */
export class Interner {
  readonly #pages: Uint8Array[] = [new Uint8Array(PAGE)];
  /** Of the last page, where new bytes go. */
  #used = 0;
  readonly #page: Column<Uint16Array> = new Column(Uint16Array);
  readonly #start: Column<Uint32Array> = new Column(Uint32Array);
  readonly #length: Column<Uint32Array> = new Column(Uint32Array);
  readonly #hashes: Column<Int32Array> = new Column(Int32Array);
  /** Open addressing: text number + 1, or 0. */
  #slots = new Int32Array(4096);

  /** How many different texts there are. */
  get size(): number {
    return this.#hashes.length;
  }

  /** The number of a text. */
  add(text: string): number {
    const page = this.#room(text.length * 3);
    const start = this.#used;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return this.#intern(encoder.encodeInto(text, page.subarray(start)).written);
      page[start + i] = code;
    }
    return this.#intern(text.length);
  }

  /** The text of a number. */
  text(number: number): string {
    const start = this.#start.get(number);
    return decoder.decode(this.#pages[this.#page.get(number)].subarray(start, start + this.#length.get(number)));
  }

  /** The number of the bytes where new ones go; they stay there if they are new. */
  #intern(length: number): number {
    const page = this.#pages[this.#pages.length - 1];
    const hash = hashOf(page, this.#used, length);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let taken = slots[slot]; taken !== 0; taken = slots[slot]) {
      if (this.#hashes.get(taken - 1) === hash && this.#equals(taken - 1, page, length)) return taken - 1;
      slot = (slot + 1) & mask;
    }
    this.#page.push(this.#pages.length - 1);
    this.#start.push(this.#used);
    this.#length.push(length);
    this.#hashes.push(hash);
    this.#used += length;
    slots[slot] = this.size;
    if (this.size * 3 > slots.length * 2) this.#rehash();
    return this.size - 1;
  }

  #equals(number: number, page: Uint8Array, length: number): boolean {
    if (this.#length.get(number) !== length) return false;
    const other = this.#pages[this.#page.get(number)];
    const start = this.#start.get(number);
    for (let i = 0; i < length; i++) if (other[start + i] !== page[this.#used + i]) return false;
    return true;
  }

  /** The last page, with room for so many bytes. */
  #room(bytes: number): Uint8Array {
    const last = this.#pages[this.#pages.length - 1];
    if (this.#used + bytes <= last.length) return last;
    const page = new Uint8Array(Math.max(PAGE, bytes));
    this.#pages.push(page);
    this.#used = 0;
    return page;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.#hashes.get(number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a, mixed so that the low bits, which choose the slot, depend on all of it. */
function hashOf(page: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ page[at], 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
