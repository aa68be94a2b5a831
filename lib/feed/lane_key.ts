/**
 * What decides in which lane a message goes: the value of a field, as a number. Equal values are the same
 * number, whatever message they stand in.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1 } from "../bytes.ts";

/** The key of a message. */
export interface LaneKey {
  /** The same for messages of a corpus whose keys are the same, or may be. */
  readonly expression: string;
  /** A whole number from 0 on for the key of message `k` about `stay`; `NO_KEY` for none. */
  hash(k: number, stay: number): number;
}

/** In place of a hash, for a message without a key. */
export const NO_KEY = -1;

/**
 * A whole number from 0 on for some bytes (FNV-1a over 32 bits, mixed); `NO_KEY` for none.
 *
 * @example
 * ```ts
 * import { hashOf } from "./lane_key.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hashOf(utf8("900417")), hashOf(utf8("900417")));
 * ```
 */
export function hashOf(value: Uint8Array): number {
  if (value.length === 0) return NO_KEY;
  let hash = 0x811c9dc5;
  for (const byte of value) hash = Math.imul(hash ^ byte, 0x01000193);
  // The low bits decide the lane: let the high ones have a say.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

/**
 * The key of a message whose value is always the same; null for a message without one.
 *
 * @example
 * ```ts
 * import { fixedKey, hashOf } from "./lane_key.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(fixedKey(utf8("900417"))?.hash(12, 0), hashOf(utf8("900417")));
 * ```
 */
export function fixedKey(value: Uint8Array | null): LaneKey | null {
  if (value === null) return null;
  const hash = hashOf(value);
  return { expression: latin1(value), hash: () => hash };
}
