/**
 * The mutation `suffix`: bytes behind the frame.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { joined } from "../../../lib/bytes.ts";
import { bytesOfHex, hexForm } from "../hex.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface Suffix {
  readonly kind: "suffix";
  readonly hex: string;
}

/** Sends bytes behind all else: of two, the one that is written first stands next to the frame. */
export const suffix: MutationKind<Suffix> = {
  kind: "suffix",
  about: "sends these bytes behind the frame",
  form: v.pipe(hexForm(), v.transform((hex: string): Suffix => ({ kind: "suffix", hex }))),
  bare: null,
  adds: true,
  tell: ({ hex }) => `with ${hex} behind it`,
  plan: (spec) => spec,
  apply: (parts, { hex }) => ({ ...parts, suffix: joined([parts.suffix, bytesOfHex(hex)]) }),
};
