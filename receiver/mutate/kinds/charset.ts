/**
 * The mutation `charset`: the content in another encoding than its MSH-18 says, which stays as it is.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { utf8 } from "../../../lib/bytes.ts";
import { decodeText, readCharset } from "../../../lib/hl7/charset.ts";
import { word } from "../../scenario/form.ts";
import type { MutationKind } from "../parts.ts";

/** The encodings that there are. */
export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "iso-8859-1"] as const;

/** An encoding. */
export type Encoding = typeof ENCODINGS[number];

const QUESTION_MARK = 0x3f;

/** As written and as planned. */
export interface Charset {
  readonly kind: "charset";
  readonly to: Encoding;
}

/** Encodes the content anew. */
export const charset: MutationKind<Charset> = {
  kind: "charset",
  about: "encodes the content so, whatever its MSH-18 says",
  form: v.pipe(
    word("charset", ENCODINGS),
    v.transform((to: Encoding): Charset => ({ kind: "charset", to })),
  ),
  bare: null,
  adds: false,
  variant: ({ to }) => to,
  tell: ({ to }) => `in ${to.toUpperCase()}`,
  plan: (spec) => spec,
  apply: (parts, { to }) => ({ ...parts, content: encoded(textOf(parts.content), to) }),
};

/** What the content says, in the encoding that its MSH-18 tells; a byte order mark is a character of its own. */
function textOf(content: Uint8Array): string {
  const isMarked = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  const said = isMarked ? content.subarray(3) : content;
  return (isMarked ? "\ufeff" : "") + decodeText(said, readCharset(said));
}

function encoded(text: string, to: Encoding): Uint8Array {
  if (to === "utf-8") return utf8(text);
  if (to === "iso-8859-1") return latin1Bytes(text);
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), to === "utf-16le");
  return bytes;
}

/** A byte a character; a question mark for one that has none. */
function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    bytes[length++] = code < 0x100 ? code : QUESTION_MARK;
    // Two units of UTF-16 were one character.
    if (code > 0xffff) i++;
  }
  return bytes.subarray(0, length);
}
