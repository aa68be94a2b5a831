/**
 * The mutation `drop_start`: the frame begins with its content.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface DropStart {
  readonly kind: "drop_start";
}

/** Leaves out the start block, VT. */
export const dropStart: MutationKind<DropStart> = {
  kind: "drop_start",
  about: "leaves out the start block, VT",
  form: null,
  bare: { kind: "drop_start" },
  adds: false,
  tell: () => "without its start block",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, start: NO_BYTES }),
};
