/**
 * The mutation `nul_fill`: a buffer that nobody has written to.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface NulFill {
  readonly kind: "nul_fill";
}

/** Sends NULs for content, as many as it has bytes. */
export const nulFill: MutationKind<NulFill> = {
  kind: "nul_fill",
  about: "sends NULs for content, as many as it has bytes",
  form: null,
  bare: { kind: "nul_fill" },
  adds: false,
  tell: () => "with NULs for content",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, content: new Uint8Array(parts.content.length) }),
};
