/**
 * Seeded randomness: draws that depend on their key alone, and a plain seeded stream.
 *
 * A *keyed* draw is a pure function of seed, name, scope and ordinal: however connections
 * interleave, the same message meets the same fate (faults.md section 3.1, sentence 5). The hash
 * is FNV-1a over the key, mixed by MurmurHash3's finalizer.
 *
 * This module performs no I/O.
 *
 * @module
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function fnvText(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
    hash = Math.imul(hash ^ (unit >>> 8), FNV_PRIME);
  }
  // A separator outside of the 8-bit alphabet, so that ("ab","c") and ("a","bc") differ.
  return Math.imul(hash ^ 0x1ff, FNV_PRIME);
}

function mix(hash: number): number {
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

/**
 * A number in [0, 1) that depends on its arguments alone.
 *
 * @param seed the run's seed
 * @param name what is drawn for: a rule's id, `delay`, `reply`
 * @param scope whose draw it is: a control id, a connection's number
 * @param ordinal the how-manieth draw of that scope
 *
 * @example
 * ```ts
 * import { draw } from "./random.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(draw(7, "delay", "MSG1", 0), draw(7, "delay", "MSG1", 0));
 * assert.notEqual(draw(7, "delay", "MSG1", 0), draw(7, "delay", "MSG1", 1));
 * ```
 */
export function draw(seed: number, name: string, scope: string, ordinal: number): number {
  let hash = fnvText(FNV_OFFSET ^ mix(seed >>> 0), name);
  hash = fnvText(hash, scope);
  const high = mix(hash ^ mix(ordinal >>> 0));
  const low = mix(high ^ hash ^ 0x9e3779b9);
  return (high * 0x200000 + (low >>> 11)) / 0x20000000000000;
}

/**
 * A seeded stream of numbers in [0, 1) (the SplitMix32 generator), for data that is made in order: ids,
 * patients, arrival times.
 *
 * @example
 * ```ts
 * import { RandomStream } from "./random.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new RandomStream(7).next(), new RandomStream(7).next());
 * ```
 */
export class RandomStream {
  #state: number;

  constructor(seed: number) {
    this.#state = mix(seed >>> 0);
  }

  /** The next number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state) / 0x100000000;
  }

  /** The next whole number in [0, `below`). */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }
}

/**
 * A seed nobody chose: from the system's source of randomness, 32 bits, to be printed so that the
 * run can be repeated.
 *
 * @example
 * ```ts
 * import { freshSeed } from "./random.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(freshSeed() >= 0 && freshSeed() < 2 ** 32);
 * ```
 */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
