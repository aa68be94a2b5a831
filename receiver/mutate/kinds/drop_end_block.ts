/**
 * The mutation `drop_end_block`: the frame ends with CR alone.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface DropEndBlock {
  readonly kind: "drop_end_block";
}

/** Leaves out the end block, FS. */
export const dropEndBlock: MutationKind<DropEndBlock> = {
  kind: "drop_end_block",
  about: "leaves out the end block, FS",
  form: null,
  bare: { kind: "drop_end_block" },
  adds: false,
  tell: () => "without its end block",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, endBlock: NO_BYTES }),
};
