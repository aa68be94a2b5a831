/**
 * The mutation `empty_frame`: VT FS CR is all that is sent.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface EmptyFrame {
  readonly kind: "empty_frame";
}

/** Sends the frame without any content. */
export const emptyFrame: MutationKind<EmptyFrame> = {
  kind: "empty_frame",
  about: "sends the frame without any content",
  form: null,
  bare: { kind: "empty_frame" },
  adds: false,
  tell: () => "with no content",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, content: NO_BYTES }),
};
