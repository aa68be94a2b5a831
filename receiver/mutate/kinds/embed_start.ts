/**
 * The mutation `embed_start`: a VT within the content, where a reader that trusts VT begins anew.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { VT } from "../../../lib/bytes.ts";
import { formatPercent } from "../../../lib/values.ts";
import { joined } from "../../../lib/bytes.ts";
import { placeAt, within } from "../bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface EmbedStart {
  readonly kind: "embed_start";
  /** Where: a fraction of the content, above 0 and below 1. */
  readonly at: number;
}

const START = new Uint8Array([VT]);

/** Puts a start block into the content. */
export const embedStart: MutationKind<EmbedStart> = {
  kind: "embed_start",
  about: "puts a start block, VT, into the content behind this fraction of it",
  form: v.pipe(within, v.transform((at: number): EmbedStart => ({ kind: "embed_start", at }))),
  bare: null,
  adds: true,
  tell: ({ at }) => `with a start block at ${formatPercent(at)} of its content`,
  plan: (spec) => spec,
  apply(parts, { at }) {
    const { content } = parts;
    const place = placeAt(at, content.length);
    return { ...parts, content: joined([content.subarray(0, place), START, content.subarray(place)]) };
  },
};
