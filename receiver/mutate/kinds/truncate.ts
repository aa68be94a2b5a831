/**
 * The mutation `truncate`: the frame stops short, with its end and all that should have followed. The connection stays open.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatPercent } from "../../../lib/values.ts";
import { placeAt, within } from "../bytes.ts";
import type { MutationKind, Parts } from "../parts.ts";

/** As written and as planned. */
export interface Truncate {
  readonly kind: "truncate";
  /** How much is left: a fraction of all bytes that the mutations before it made, above 0 and below 1. */
  readonly to: number;
}

const ORDER = ["prefix", "start", "content", "endBlock", "endData", "suffix"] as const satisfies (keyof Parts)[];

/** Cuts the frame off; at least one byte stays and at least one goes. */
export const truncate: MutationKind<Truncate> = {
  kind: "truncate",
  about: "cuts the frame off behind this fraction of its bytes",
  form: v.pipe(within, v.transform((to: number): Truncate => ({ kind: "truncate", to }))),
  bare: null,
  adds: false,
  tell: ({ to }) => `cut off after ${formatPercent(to)}`,
  plan: (spec) => spec,
  apply(parts, { to }) {
    let left = placeAt(to, ORDER.reduce((sum, part) => sum + parts[part].length, 0));
    const cut: { -readonly [Name in keyof Parts]: Parts[Name] } = { ...parts };
    for (const part of ORDER) {
      cut[part] = parts[part].subarray(0, left);
      left -= cut[part].length;
    }
    return cut;
  },
};
