/**
 * Text for people: MSH-18 to a decoder, HL7 escape sequences to the bytes they stand for, and control
 * characters made visible. Framing, scanning and correlation never come here: they work on bytes.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1 } from "../bytes.ts";
import { HeaderScan } from "./header.ts";
import { NO_SEPARATOR, type Separators } from "./separators.ts";

/**
 * HL7 table 0211 (and what is written in its place) to the labels of the Encoding Standard. Keys are in
 * capitals, letters and digits only, without a leading ISO. Not in it, because no decoder knows
 * them: CNS 11643, UTF-16 and UTF-32 (whose messages would not begin with the bytes of `MSH`).
 */
const LABELS: ReadonlyMap<string, string> = new Map([
  ["ASCII", "windows-1252"],
  ["USASCII", "windows-1252"],
  ["IR6", "windows-1252"],
  ["88591", "windows-1252"],
  ["88592", "iso-8859-2"],
  ["88593", "iso-8859-3"],
  ["88594", "iso-8859-4"],
  ["88595", "iso-8859-5"],
  ["88596", "iso-8859-6"],
  ["88597", "iso-8859-7"],
  ["88598", "iso-8859-8"],
  ["88599", "windows-1254"],
  ["885915", "iso-8859-15"],
  ["WINDOWS1252", "windows-1252"],
  ["CP1252", "windows-1252"],
  ["UNICODE", "utf-8"],
  ["UNICODEUTF8", "utf-8"],
  ["UTF8", "utf-8"],
  ["IR14", "shift_jis"],
  ["IR87", "iso-2022-jp"],
  ["IR159", "iso-2022-jp"],
  ["GB180302000", "gb18030"],
  ["GB18030", "gb18030"],
  ["GBK", "gbk"],
  ["GB2312", "gbk"],
  ["BIG5", "big5"],
  ["KSX1001", "euc-kr"],
]);

/**
 * The decoder label of a name of table 0211; `null` for a name without one.
 *
 * @example
 * ```ts
 * import { charsetLabel } from "./charset.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(charsetLabel("UNICODE UTF-8"), "utf-8");
 * assert.equal(charsetLabel("8859/15"), "iso-8859-15");
 * assert.equal(charsetLabel("KLINGON"), null);
 * ```
 */
export function charsetLabel(name: string): string | null {
  const key = name.toUpperCase().replace(/[^A-Z0-9]/g, "").replace(/^ISO/, "");
  return LABELS.get(key) ?? null;
}

/**
 * The decoder label of a message's MSH-18; `null` if it names none that is known. The first repetition
 * counts, but for Japanese, where a later one says that the text switches sets by itself.
 *
 * @example
 * ```ts
 * import { readCharset } from "./charset.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readCharset(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|1|P|2.5||||||8859/1\r")), "windows-1252");
 * assert.equal(readCharset(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|1|P|2.5\r")), null);
 * ```
 */
export function readCharset(message: Uint8Array): string | null {
  const header = new HeaderScan();
  if (!header.scan(message)) return null;
  const { repetition } = header.separators;
  const text = header.text(18);
  const names = repetition === NO_SEPARATOR ? [text] : text.split(String.fromCharCode(repetition));
  const labels = names.slice(0, 8).map(charsetLabel);
  return labels.includes("iso-2022-jp") ? "iso-2022-jp" : labels[0];
}

/**
 * Bytes to text; never throws. Without a charset, or with one that this runtime has no decoder for:
 * UTF-8 if the bytes are that, else one character a byte. Bytes that are wrong in the named
 * charset become U+FFFD.
 *
 * @param charset a label of `charsetLabel` or `readCharset`, or `null`
 *
 * @example
 * ```ts
 * import { decodeText } from "./charset.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(decodeText(new Uint8Array([0x4d, 0xfc]), null), "Mü");
 * assert.equal(decodeText(new Uint8Array([0x4d, 0xc3, 0xbc]), null), "Mü");
 * ```
 */
export function decodeText(bytes: Uint8Array, charset: string | null): string {
  const named = charset === null ? null : decoderOf(charset);
  if (named !== null) return named.decode(bytes);
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const decoders = new Map<string, TextDecoder | null>();

function decoderOf(label: string): TextDecoder | null {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  try {
    decoder = new TextDecoder(label, { ignoreBOM: true });
  } catch {
    // A runtime without this charset: shown as if it were not named.
  }
  if (decoders.size < 64) decoders.set(label, decoder);
  return decoder;
}

/**
 * The bytes that HL7 escape sequences stand for, put in their place (HL7 v2 chapter 2, "Use of escape
 * sequences in text fields"): `\F\ \S\ \T\ \R\ \E\` the separators, `\P\` the truncation character,
 * `\Xhh..\` bytes, `\.br\` and `\.sp\` a line feed; highlighting `\H\ \N\` goes. Every other sequence stays as it is.
 *
 * @example
 * ```ts
 * import { decodeEscapes } from "./charset.ts";
 * import { STANDARD_SEPARATORS } from "./separators.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(latin1(decodeEscapes(utf8("a \\T\\ b\\X21\\"), STANDARD_SEPARATORS)), "a & b!");
 * ```
 */
export function decodeEscapes(bytes: Uint8Array, separators: Separators): Uint8Array {
  const { escape } = separators;
  let at = escape === NO_SEPARATOR ? -1 : bytes.indexOf(escape);
  if (at < 0) return bytes;
  const out = new Uint8Array(bytes.length);
  out.set(bytes.subarray(0, at));
  let length = at;
  while (at < bytes.length) {
    if (bytes[at] === escape) {
      const close = bytes.indexOf(escape, at + 1);
      const written = close < 0 ? -1 : sequence(bytes, at + 1, close, separators, out, length);
      if (written >= 0) {
        length = written;
        at = close + 1;
        continue;
      }
      if (close < 0) {
        // No more pairs: the rest is as it stands.
        out.set(bytes.subarray(at), length);
        return out.subarray(0, length + bytes.length - at);
      }
    }
    out[length++] = bytes[at++];
  }
  return out.subarray(0, length);
}

/** Writes what the sequence `bytes[from, to)` stands for and returns the new length; -1 if it is not one. */
function sequence(
  bytes: Uint8Array,
  from: number,
  to: number,
  separators: Separators,
  out: Uint8Array,
  length: number,
): number {
  if (to - from === 1) {
    const name = bytes[from];
    // H and N switch highlighting on and off.
    if (name === 0x48 || name === 0x4e) return length;
    const byte = separatorNamed(name, separators);
    if (byte === NO_SEPARATOR) return -1;
    out[length] = byte;
    return length + 1;
  }
  if (bytes[from] === 0x58) {
    if ((to - from) % 2 === 0) return -1;
    for (let at = from + 1; at < to; at += 2) {
      const high = hexDigit(bytes[at]);
      const low = hexDigit(bytes[at + 1]);
      if (high < 0 || low < 0) return -1;
      out[length++] = high * 16 + low;
    }
    return length;
  }
  if (bytes[from] === 0x2e && to - from === 3) {
    const command = latin1(bytes, from + 1, to);
    if (command !== "br" && command !== "sp") return -1;
    out[length] = 0x0a;
    return length + 1;
  }
  return -1;
}

function separatorNamed(name: number, separators: Separators): number {
  switch (name) {
    case 0x46:
      return separators.field;
    case 0x53:
      return separators.component;
    case 0x54:
      return separators.subcomponent;
    case 0x52:
      return separators.repetition;
    case 0x45:
      return separators.escape;
    case 0x50:
      return separators.truncation;
    default:
      return NO_SEPARATOR;
  }
}

/**
 * The value of a hexadecimal digit's byte, upper or lower case; -1 for any other.
 *
 * @example
 * ```ts
 * import { hexDigit } from "./charset.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hexDigit("b".charCodeAt(0)), 11);
 * ```
 */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
