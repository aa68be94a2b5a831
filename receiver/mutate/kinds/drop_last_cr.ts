/**
 * The mutation `drop_last_cr`: the last segment has no end; VT, segments, FS CR.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, LF } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface DropLastCr {
  readonly kind: "drop_last_cr";
}

/** Leaves out the end of the last segment: its CR, or what came in its place. */
export const dropLastCr: MutationKind<DropLastCr> = {
  kind: "drop_last_cr",
  about: "leaves out the CR that ends the last segment",
  form: null,
  bare: { kind: "drop_last_cr" },
  adds: false,
  tell: () => "without the CR of its last segment",
  plan: (spec) => spec,
  apply(parts) {
    const { content } = parts;
    let end = content.length;
    if (content[end - 1] === LF) end--;
    if (content[end - 1] === CR) end--;
    return { ...parts, content: content.subarray(0, end) };
  },
};
