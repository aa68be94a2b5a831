/**
 * The mutation `drop_end_data`: the frame ends with FS.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface DropEndData {
  readonly kind: "drop_end_data";
}

/** Leaves out the CR that ends the frame. */
export const dropEndData: MutationKind<DropEndData> = {
  kind: "drop_end_data",
  about: "leaves out the CR that ends the frame",
  form: null,
  bare: { kind: "drop_end_data" },
  adds: false,
  tell: () => "without the CR at its end",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, endData: NO_BYTES }),
};
