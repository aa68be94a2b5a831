/**
 * The mutation `endless`: behind the content come Z segments, again and again, and the frame never ends. What reads it
 * learns whether it has a bound.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, NO_BYTES } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface Endless {
  readonly kind: "endless";
}

/** How long each segment is, and how many of them are written at once (our decision). */
const SEGMENT = 1024;
const SEGMENTS = 16;

/** Shared by all frames that never end; nobody writes into it. */
const FILLER = filler();

function filler(): Uint8Array {
  const bytes = new Uint8Array(SEGMENT * SEGMENTS).fill(0x78);
  for (let at = 0; at < bytes.length; at += SEGMENT) {
    // ZPD|
    bytes.set([0x5a, 0x50, 0x44, 0x7c], at);
    bytes[at + SEGMENT - 1] = CR;
  }
  return bytes;
}

/** Never ends the frame. */
export const endless: MutationKind<Endless> = {
  kind: "endless",
  about: "sends Z segments behind the content for as long as the connection lasts, and never ends the frame",
  form: null,
  bare: { kind: "endless" },
  adds: false,
  tell: () => "without end",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, endBlock: NO_BYTES, endData: NO_BYTES, suffix: NO_BYTES, endless: FILLER }),
};
