/**
 * The mutation `prefix`: bytes before the frame, such as the line end that some senders put between frames.
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
export interface Prefix {
  readonly kind: "prefix";
  readonly hex: string;
}

/** What the word `spaces` stands for (our decision). */
const SPACES = "20202020";

/** Sends bytes before all else: of two, the one that is written first stands next to the frame. */
export const prefix: MutationKind<Prefix> = {
  kind: "prefix",
  about: "sends these bytes, or four spaces, before the frame",
  form: v.pipe(hexForm({ spaces: SPACES }), v.transform((hex: string): Prefix => ({ kind: "prefix", hex }))),
  bare: null,
  adds: true,
  tell: ({ hex }) => hex === SPACES ? "behind four spaces" : `behind ${hex}`,
  plan: (spec) => spec,
  apply: (parts, { hex }) => ({ ...parts, prefix: joined([bytesOfHex(hex), parts.prefix]) }),
};
