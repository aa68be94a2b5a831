/**
 * The mutation `double_start`: the frame begins with VT VT.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { joined } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface DoubleStart {
  readonly kind: "double_start";
}

/** Begins the frame with two start blocks. */
export const doubleStart: MutationKind<DoubleStart> = {
  kind: "double_start",
  about: "begins the frame with two start blocks",
  form: null,
  bare: { kind: "double_start" },
  adds: false,
  tell: () => "with two start blocks",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, start: joined([parts.start, parts.start]) }),
};
