/**
 * What the ERR segment says, in both its forms, and text made fit for a field: encoded and escaped.
 *
 * From version 2.5 on: ERR-2 location (`PID^1^3^1^1`), ERR-3 code (`207^Application internal
 * error^HL70357`), ERR-4 severity, ERR-7 diagnostic, ERR-8 message for people. Before: ERR-1 alone, a
 * composite of segment, sequence, field and code (`PID^1^3^207&Application internal error&HL70357`).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, utf8 } from "../bytes.ts";
import { errorName } from "./ack_code.ts";
import { charsetLabel } from "./charset.ts";
import type { HeaderScan } from "./header.ts";
import { type FieldPath, parsePath } from "./path.ts";
import { NO_SEPARATOR, type Separators } from "./separators.ts";

/** One error of an acknowledgement. */
export interface ErrorEntry {
  /** A code of HL7 table 0357, such as 207; its name is added. */
  readonly code: number | string;
  /** Where: a field path such as `PID-3[1].1`. */
  readonly location?: string | FieldPath;
  /** Error (unless given), warning, information or fatal (table 0516). */
  readonly severity?: "E" | "W" | "I" | "F";
  /** ERR-8: what a person should read. Before version 2.5 the first error's goes into MSA-3. */
  readonly text?: string;
  /** ERR-7: what a developer should read. */
  readonly diagnostic?: string;
}

/**
 * The fields of one ERR segment (or, before 2.5, one repetition of ERR-1), without the segment's
 * name; one character a byte.
 *
 * @throws RangeError for a location that is no path
 *
 * @example
 * ```ts
 * import { errorFields } from "./ack_error.ts";
 * import { HeaderScan } from "./header.ts";
 * import assert from "node:assert/strict";
 *
 * const fields = errorFields({ code: 103, location: "PID-8" }, new HeaderScan(), true);
 * assert.equal(fields, "|PID^1^8^1|103^Table value not found^HL70357|E");
 * ```
 */
export function errorFields(error: ErrorEntry, header: HeaderScan, modern: boolean): string {
  const { separators } = header;
  const { location } = error;
  const path = location === undefined ? null : typeof location === "string" ? parsePath(location) : location;
  const field = character(separators.field);
  const component = character(separators.component);
  const name = errorName(error.code);
  const code = fieldText(String(error.code), header);
  if (!modern) {
    const sub = character(separators.subcomponent);
    const said = name === "" || sub === "" ? code : code + sub + fieldText(name, header) + sub + "HL70357";
    const [segment = "", sequence = "", position = ""] = path === null ? [] : placeOf(path);
    return segment + component + sequence + component + position + component + said;
  }
  const said = name === "" ? code : code + component + fieldText(name, header) + component + "HL70357";
  const place = path === null ? "" : placeOf(path).join(component);
  let fields = field + place + field + said + field + (error.severity ?? "E");
  if (error.diagnostic || error.text) fields += field + field + field + fieldText(error.diagnostic ?? "", header);
  if (error.text) fields += field + fieldText(error.text, header);
  return fields;
}

/** The parts of a path that are said: `PID^1^3^1^1`. "Every" is said as nothing, which HL7 reads so. */
function placeOf(path: FieldPath): string[] {
  const { segment, segmentIndex, field, repetition, component, subcomponent } = path.parts;
  const place: (string | number)[] = [segment, segmentIndex];
  if (field > 0) place.push(field, repetition);
  if (component > 0) place.push(component);
  if (subcomponent > 0) place.push(subcomponent);
  return place.map((part) => part === 0 ? "" : String(part));
}

/** The separator as a text of one character; where there is none, nothing. */
function character(separator: number): string {
  return separator === NO_SEPARATOR ? "" : String.fromCharCode(separator);
}

/**
 * A text made fit for a field of the message's own kind; one character a byte. In UTF-8 if MSH-18
 * says so or nothing; in one byte a character if it says 8859/1; else ASCII, a question mark for what has no place
 * there. Separators and control characters become escape sequences, or blanks where the message has
 * no escape character.
 *
 * @example
 * ```ts
 * import { fieldText } from "./ack_error.ts";
 * import { HeaderScan } from "./header.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(fieldText("a|b\r", new HeaderScan()), "a\\F\\b\\X0D\\");
 * ```
 */
export function fieldText(text: string, header: HeaderScan): string {
  const { separators } = header;
  const bytes = encoded(text, header);
  const escape = character(separators.escape);
  let out = "";
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes.charCodeAt(at);
    const name = byte < 0x20 || byte === 0x7f
      ? `X${byte.toString(16).toUpperCase().padStart(2, "0")}`
      : sequenceOf(byte, separators);
    if (name === "") continue;
    out += bytes.slice(start, at) + (escape === "" ? " " : escape + name + escape);
    start = at + 1;
  }
  return start === 0 ? bytes : out + bytes.slice(start);
}

function encoded(text: string, header: HeaderScan): string {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) < 0x80) at++;
  if (at === text.length) return text;
  const charset = header.text(18);
  const label = charset === "" ? "utf-8" : charsetLabel(charset);
  if (label === "utf-8") return latin1(utf8(text));
  const last = label === "windows-1252" && charset.includes("8859") ? 0xff : 0x7f;
  return Array.from(text, (one) => one.charCodeAt(0) > last ? "?" : one).join("");
}

function sequenceOf(byte: number, separators: Separators): string {
  switch (byte) {
    case separators.field:
      return "F";
    case separators.component:
      return "S";
    case separators.subcomponent:
      return "T";
    case separators.repetition:
      return "R";
    case separators.escape:
      return "E";
    case separators.truncation:
      return "P";
    default:
      return "";
  }
}
