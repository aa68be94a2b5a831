/**
 * The mutation `end_data`: other bytes where the CR should be that ends the frame; LF is the usual mistake.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { bytesOfHex, hexForm } from "../hex.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface EndData {
  readonly kind: "end_data";
  readonly hex: string;
}

/** Ends the frame with other bytes than CR. */
export const endData: MutationKind<EndData> = {
  kind: "end_data",
  about: "ends the frame with these bytes, or with lf, instead of CR",
  form: v.pipe(
    hexForm({ lf: "0a" }),
    v.rawTransform<string, EndData>(({ dataset, addIssue }) => {
      const hex = dataset.value;
      if (hex === "0d") addIssue({ message: "found 0d, which is how a frame ends, wanted lf or other bytes" });
      return { kind: "end_data", hex };
    }),
  ),
  bare: null,
  adds: false,
  tell: ({ hex }) => `with ${hex} instead of the CR at its end`,
  plan: (spec) => spec,
  apply: (parts, { hex }) => ({ ...parts, endData: bytesOfHex(hex) }),
};
