/**
 * The mutation `pad_to`: a reply that is far longer than anybody expects, and still HL7. The padding is Z segments,
 * which every receiver has to pass over (HL7 v2 chapter 2, "Local extension"): `ZPD|xxx...`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { CR, LF } from "../../../lib/bytes.ts";
import { readSeparators, STANDARD_SEPARATORS } from "../../../lib/hl7/separators.ts";
import { formatSize, parseSize } from "../../../lib/values.ts";
import { scalar } from "../../scenario/form.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface PadTo {
  readonly kind: "pad_to";
  /** How many bytes the content has then; where it has more, it stays as it is. */
  readonly bytes: number;
}

/** A reply is built whole before it is sent, and each message gets one: this is the memory that one may take (our decision). */
export const MOST_PADDING: number = 256 * 2 ** 20;
/** No segment is longer: what a field may hold at most, in the field's own words, is 64K (HL7 v2 chapter 2, data type FT). */
const LONGEST_SEGMENT = 65_536;
const FILLER = 0x78;

const paddedSize = scalar("a size up to 256MiB, such as 2MB", (text) => {
  const bytes = parseSize(text);
  if (bytes > 0 && bytes <= MOST_PADDING) return bytes;
  throw new RangeError(`Cannot pad a reply to ${text}: wanted more than 0 and at most ${formatSize(MOST_PADDING)}`);
}, { type: ["string", "integer"], minimum: 1, maximum: MOST_PADDING });

/** Pads the content with Z segments. */
export const padTo: MutationKind<PadTo> = {
  kind: "pad_to",
  about: "pads the content to this size with Z segments, ZPD; at most 256MiB",
  form: v.pipe(paddedSize, v.transform((bytes: number): PadTo => ({ kind: "pad_to", bytes }))),
  bare: null,
  adds: false,
  tell: ({ bytes }) => `padded to ${formatSize(bytes)}`,
  plan: (spec) => spec,
  apply: (parts, { bytes }) =>
    parts.content.length >= bytes ? parts : { ...parts, content: padded(parts.content, bytes) },
};

/** The content in a buffer of so many bytes, filled up. */
function padded(content: Uint8Array, size: number): Uint8Array {
  const field = (readSeparators(content) ?? STANDARD_SEPARATORS).field;
  const ending = endingOf(content);
  const shortest = 4 + ending.length;
  const length = content.length;
  const isClosed = length === 0 || content[length - 1] === ending[ending.length - 1];
  const all = new Uint8Array(size);
  all.set(content);
  if (size - length < (isClosed ? shortest : ending.length + shortest)) {
    // No room for a segment: empty fields at the end of the last one, which say nothing.
    const end = isClosed ? Math.min(ending.length, length) : 0;
    all.fill(field, length - end, size - end);
    all.set(content.subarray(length - end), size - end);
    return all;
  }
  let at = length;
  if (!isClosed) {
    all.set(ending, at);
    at += ending.length;
  }
  all.fill(FILLER, at);
  while (at < size) {
    let segment = Math.min(size - at, LONGEST_SEGMENT);
    const rest = size - at - segment;
    if (rest > 0 && rest < shortest) segment -= shortest;
    // Z, P, D.
    all[at] = 0x5a;
    all[at + 1] = 0x50;
    all[at + 2] = 0x44;
    all[at + 3] = field;
    at += segment;
    all.set(ending, at - ending.length);
  }
  return all;
}

/** How the content ends its segments; CR if it does not end with one. */
function endingOf(content: Uint8Array): readonly number[] {
  if (content[content.length - 1] !== LF) return [CR];
  return content[content.length - 2] === CR ? [CR, LF] : [LF];
}
