/**
 * Mutations done: the content of a reply in, the bytes to write out.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, FS, NO_BYTES, VT } from "../../lib/bytes.ts";
import { joined } from "../../lib/bytes.ts";
import type { PlannedMutation } from "./mutation.ts";
import type { Parts } from "./parts.ts";
import { mutationKind } from "./registry.ts";

/** A frame as it is to be sent. */
export interface MutatedFrame {
  /** What is written first, or all there is. It may be shared: nobody writes into it. */
  readonly bytes: Uint8Array;
  /** Written behind it again and again, for the frame never ends; `null` where it does. Shared, too. */
  readonly endless: Uint8Array | null;
}

const START = new Uint8Array([VT]);
const END_BLOCK = new Uint8Array([FS]);
const END_DATA = new Uint8Array([CR]);

/**
 * The frame of a reply, `VT content FS CR`, with each mutation done to what those before it made. The content itself
 * stays as it is.
 *
 * @example
 * ```ts
 * import { mutateFrame } from "./apply.ts";
 * import { hex, utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hex(mutateFrame(utf8("A\r"), []).bytes), "0b410d1c0d");
 * assert.equal(hex(mutateFrame(utf8("A\r"), [{ kind: "drop_end_block" }, { kind: "bom" }]).bytes), "0befbbbf410d0d");
 * ```
 */
export function mutateFrame(content: Uint8Array, mutations: readonly PlannedMutation[]): MutatedFrame {
  let parts: Parts = {
    prefix: NO_BYTES,
    start: START,
    content,
    endBlock: END_BLOCK,
    endData: END_DATA,
    suffix: NO_BYTES,
    endless: null,
  };
  for (const mutation of mutations) parts = mutationKind(mutation.kind).apply(parts, mutation);
  const { prefix, start, content: damaged, endBlock, endData, suffix, endless } = parts;
  return { bytes: joined([prefix, start, damaged, endBlock, endData, suffix]), endless };
}
