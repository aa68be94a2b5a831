/**
 * A template taken apart: the bytes that stay, and where between them slots stand. It knows no HL7: a
 * skeleton's bytes, slots taken for nothing, are what the header scan and the field paths look at.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, LF } from "../bytes.ts";
import { decodeText } from "../hl7/charset.ts";
import { type SlotKind, slotNamed } from "./slots.ts";

/** Where a text comes from, for errors. */
export interface TextPlace {
  /** `adt.hl7`, `--set PID-5`. */
  readonly name: string;
  /** The line, from 1, on which the text begins; 0 for a text that is no file's. */
  readonly line: number;
  /** The column, from 1, at which it begins. */
  readonly column: number;
}

/** A slot where it is used. */
export interface SlotUse {
  /** The index in the skeleton's bytes that it stands before. */
  readonly at: number;
  readonly kind: SlotKind;
  readonly args: string;
  /** What stands between the braces. */
  readonly text: string;
  /** `adt.hl7:3:14`. */
  readonly place: string;
}

/** Bytes, and slots of no width between them, in order. Several may stand at the same index. */
export interface Skeleton {
  readonly bytes: Uint8Array;
  readonly slots: readonly SlotUse[];
}

/** So many characters of a slot that has no end are shown. */
const LONGEST_SHOWN = 40;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Takes a template apart. A slot begins with `{{` and ends with the next `}}`, on the same line.
 *
 * @throws RangeError with name, line and column for a slot that is not closed or has no known name
 *
 * @example
 * ```ts
 * import { parseSkeleton } from "./skeleton.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const { bytes, slots } = parseSkeleton(utf8("PID|1||{{patient.mrn}}^^^X\r"), { name: "adt.hl7", line: 2, column: 1 });
 * assert.equal(latin1(bytes), "PID|1||^^^X\r");
 * assert.deepEqual([slots[0].at, slots[0].place], [7, "adt.hl7:2:8"]);
 * ```
 */
export function parseSkeleton(template: Uint8Array, place: TextPlace): Skeleton {
  const bytes = new Uint8Array(template.length);
  const slots: SlotUse[] = [];
  let { line, column } = place;
  let length = 0;
  let at = 0;
  while (at < template.length) {
    const byte = template[at];
    if (byte === OPEN && template[at + 1] === OPEN) {
      const where = place.line === 0 ? `${place.name} at character ${column}` : `${place.name}:${line}:${column}`;
      const end = slotEnd(template, at + 2);
      if (end < 0) {
        const found = decodeText(template.subarray(at, lineEnd(template, at)), null).trimEnd().slice(0, LONGEST_SHOWN);
        throw new RangeError(`${where}: cannot use the slot "${found}": it is not closed: wanted }} on the same line`);
      }
      const text = decodeText(template.subarray(at + 2, end), null).trim();
      slots.push({ at: length, ...named(where, text), text, place: where });
      column += characters(template, at, end + 2);
      at = end + 2;
      continue;
    }
    bytes[length++] = byte;
    at++;
    if (byte === LF || (byte === CR && template[at] !== LF)) {
      line++;
      column = 1;
    } else if ((byte & 0xc0) !== 0x80) column++;
  }
  return { bytes: bytes.slice(0, length), slots };
}

/**
 * The error for a slot, by where it stands.
 *
 * @example
 * ```ts
 * import { slotError } from "./skeleton.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(slotError("adt.hl7:3:14", "int", "why").message, "adt.hl7:3:14: cannot use the slot {{int}}: why");
 * ```
 */
export function slotError(place: string, text: string, why: string): RangeError {
  return new RangeError(`${place}: cannot use the slot {{${text}}}: ${why}`);
}

/**
 * The bytes `[from, to)` of a skeleton, and the slots in them, replaced by another skeleton. Slots that
 * stand at `from` or `to` are in it; with `keep` those at `from` stay, before it.
 *
 * @example
 * ```ts
 * import { parseSkeleton, splice } from "./skeleton.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const place = { name: "adt.hl7", line: 1, column: 1 };
 * const { bytes, slots } = splice(parseSkeleton(utf8("A|B{{seq}}|C"), place), 2, 3, parseSkeleton(utf8("X"), place));
 * assert.deepEqual([latin1(bytes), slots.length], ["A|X|C", 0]);
 * ```
 */
export function splice(
  { bytes, slots }: Skeleton,
  from: number,
  to: number,
  value: Skeleton,
  keep = false,
): Skeleton {
  const grown = value.bytes.length - (to - from);
  const joined = new Uint8Array(bytes.length + grown);
  joined.set(bytes.subarray(0, from));
  joined.set(value.bytes, from);
  joined.set(bytes.subarray(to), from + value.bytes.length);
  return {
    bytes: joined,
    slots: [
      ...slots.filter(({ at }) => at < from || (keep && at === from)),
      ...value.slots.map((use) => ({ ...use, at: use.at + from })),
      ...slots.filter(({ at }) => at > to).map((use) => ({ ...use, at: use.at + grown })),
    ],
  };
}

/**
 * The slots that stand in `[from, to]`: in a piece between separators, its ends are part of it.
 *
 * @example
 * ```ts
 * import { parseSkeleton, slotsIn } from "./skeleton.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const skeleton = parseSkeleton(utf8("A|{{seq}}|{{uuid}}"), { name: "adt.hl7", line: 1, column: 1 });
 * assert.deepEqual(slotsIn(skeleton, 2, 2).map(({ text }) => text), ["seq"]);
 * ```
 */
export function slotsIn({ slots }: Skeleton, from: number, to: number): readonly SlotUse[] {
  return slots.filter(({ at }) => at >= from && at <= to);
}

function named(place: string, text: string): { readonly kind: SlotKind; readonly args: string } {
  try {
    for (const char of text) if (char < " ") throw new RangeError("it holds a control character");
    return slotNamed(text);
  } catch (error) {
    throw slotError(place, text, (error as RangeError).message);
  }
}

/** Index of the `}}` that closes a slot; -1 if the line ends, or another slot begins, before. */
function slotEnd(template: Uint8Array, from: number): number {
  for (let at = from; at + 1 < template.length; at++) {
    const byte = template[at];
    if (byte === CR || byte === LF || (byte === OPEN && template[at + 1] === OPEN)) return -1;
    if (byte === CLOSE && template[at + 1] === CLOSE) return at;
  }
  return -1;
}

function lineEnd(template: Uint8Array, from: number): number {
  let at = from;
  while (at < template.length && template[at] !== CR && template[at] !== LF) at++;
  return at;
}

/** How many characters of UTF-8 these bytes are. */
function characters(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if ((bytes[at] & 0xc0) !== 0x80) count++;
  return count;
}
