/**
 * The mutation `bom`: a byte order mark before MSH, as editors leave it in files.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { joined } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface Bom {
  readonly kind: "bom";
}

/** U+FEFF in UTF-8. */
const MARK = new Uint8Array([0xef, 0xbb, 0xbf]);

/** Begins the content with the mark. */
export const bom: MutationKind<Bom> = {
  kind: "bom",
  about: "begins the content with a byte order mark, EF BB BF; with charset utf-16le or utf-16be behind it, in that",
  form: null,
  bare: { kind: "bom" },
  adds: false,
  tell: () => "with a byte order mark",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, content: joined([MARK, parts.content]) }),
};
