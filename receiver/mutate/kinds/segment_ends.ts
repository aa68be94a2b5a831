/**
 * The mutation `segment_ends`: segments that end with LF, with CR LF, or with nothing, instead of CR.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { CR, LF } from "../../../lib/bytes.ts";
import { word } from "../../scenario/form.ts";
import type { MutationKind } from "../parts.ts";

/** How segments end. */
export type SegmentEnd = "lf" | "crlf" | "none";

/** As written and as planned. */
export interface SegmentEnds {
  readonly kind: "segment_ends";
  readonly end: SegmentEnd;
}

const ENDS: Readonly<Record<SegmentEnd, readonly number[]>> = { lf: [LF], crlf: [CR, LF], none: [] };
const TOLD: Readonly<Record<SegmentEnd, string>> = {
  lf: "with LF at the end of segments",
  crlf: "with CR LF at the end of segments",
  none: "with nothing at the end of segments",
};

/** Ends segments otherwise. */
export const segmentEnds: MutationKind<SegmentEnds> = {
  kind: "segment_ends",
  about: "ends segments with LF, with CR LF or with nothing, instead of CR",
  form: v.pipe(
    word("end of segments", ["lf", "crlf", "none"]),
    v.transform((end: SegmentEnd): SegmentEnds => ({ kind: "segment_ends", end })),
  ),
  bare: null,
  adds: false,
  variant: ({ end }) => end,
  tell: ({ end }) => TOLD[end],
  plan: (spec) => spec,
  apply: (parts, { end }) => ({ ...parts, content: ended(parts.content, ENDS[end]) }),
};

/** The content with each CR, and the LF that it may have behind it, replaced. A lone LF is text. */
function ended(content: Uint8Array, end: readonly number[]): Uint8Array {
  let count = 0;
  for (let at = 0; at < content.length; at++) if (content[at] === CR) count++;
  const out = new Uint8Array(content.length + count);
  let length = 0;
  for (let at = 0; at < content.length; at++) {
    if (content[at] !== CR) {
      out[length++] = content[at];
      continue;
    }
    for (const byte of end) out[length++] = byte;
    if (content[at + 1] === LF) at++;
  }
  return out.subarray(0, length);
}
