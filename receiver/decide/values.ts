/**
 * The values at the paths of a scenario in one message: its segments are found once, and each value at most once, however many
 * rules ask for it. What a path means is `lib/hl7/path.ts`, and this finds the same.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../../lib/bytes.ts";
import type { HeaderScan } from "../../lib/hl7/header.ts";
import { EVERY, parsePath, type PathParts } from "../../lib/hl7/path.ts";
import { pieceEnd, pieceStart } from "../../lib/hl7/pieces.ts";
import { SegmentWalk } from "../../lib/hl7/segments.ts";
import { isHeaderSegment, type Separators, STANDARD_SEPARATORS } from "../../lib/hl7/separators.ts";

/** A test of the bytes of a value: those from `from` to before `to`. */
export type ValueTest = (bytes: Uint8Array, from: number, to: number) => boolean;

/** At most so many values of a path with `[*]` are looked at (our decision: a message of 16 MiB may hold millions). */
export const MOST_VALUES = 10_000;

/** Of a longer value its length and its beginning are hashed. */
const HASHED = 64;

/**
 * A hash of some bytes, as `Values.hash` gives it.
 *
 * @example
 * ```ts
 * import { hashOf } from "./values.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hashOf(utf8("xABx"), 1, 3), hashOf(utf8("AB"), 0, 2));
 * assert.notEqual(hashOf(utf8("AB"), 0, 2), hashOf(utf8("AC"), 0, 2));
 * ```
 */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ (to - from);
  const end = Math.min(to, from + HASHED);
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash | 0;
}

/** Room for so many segments is kept from message to message. */
const ROOM_KEPT = 4096;

/** The segments of one name in the message. */
interface Group {
  readonly first: number;
  readonly second: number;
  readonly third: number;
  /** Pairs: where a segment begins and ends. */
  ranges: Int32Array;
  count: number;
}

/** A path, and its values in the message once they have been looked for. */
interface Slot {
  readonly parts: PathParts;
  readonly group: Group;
  /** Whether there can be more than one value. */
  readonly several: boolean;
  /** The message it was last looked for in. */
  message: number;
  /** The message of which `hash` is. */
  hashed: number;
  hash: number;
  /** Pairs, as above. */
  ranges: number[];
}

/**
 * Values by path.
 *
 * @example
 * ```ts
 * import { Values } from "./values.ts";
 * import { HeaderScan } from "../../lib/hl7/header.ts";
 * import { latin1, utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const values = new Values();
 * const id = values.slot("PID-3[*].1");
 * const header = new HeaderScan();
 * header.scan(utf8("MSH|^~\\&|ADT\rPID|1||4711^^^HOSP^MR~0815^^^HOSP^PI\r"));
 * values.begin(header);
 * assert.equal(values.count(id), 2);
 * assert.ok(values.some(id, (bytes, from, to) => latin1(bytes, from, to) === "0815"));
 * ```
 */
export class Values {
  readonly #slots: Slot[] = [];
  readonly #byPath: Map<string, number> = new Map();
  readonly #groups: Group[] = [];
  readonly #walk: SegmentWalk = new SegmentWalk();
  #bytes: Uint8Array = NO_BYTES;
  #separators: Separators = STANDARD_SEPARATORS;
  #usable = false;
  #number = 0;
  #walked = 0;

  /** The slot of a path; the same for the same path. Throws a `RangeError` for what is no path. */
  slot(path: string): number {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const { parts } = parsePath(path);
    const [first, second, third] = [0, 1, 2].map((at) => parts.segment.charCodeAt(at));
    let group = this.#groups.find((each) => each.first === first && each.second === second && each.third === third);
    if (group === undefined) {
      group = { first, second, third, ranges: new Int32Array(16), count: 0 };
      this.#groups.push(group);
    }
    const several = parts.segmentIndex === EVERY || parts.repetition === EVERY;
    const slot = this.#slots.push({ parts, group, several, message: 0, hashed: 0, hash: 0, ranges: [] }) - 1;
    this.#byPath.set(path, slot);
    return slot;
  }

  /** Begins with the message that `header` has scanned; `null` for no message. */
  begin(header: HeaderScan | null): void {
    this.#number++;
    this.#bytes = header?.message ?? NO_BYTES;
    this.#usable = header !== null && (header.problem === null || header.problem === "cut_short");
    if (header !== null) this.#separators = header.separators;
  }

  /** How many values there are. */
  count(slot: number): number {
    return this.#ranges(slot).length / 2;
  }

  /** Whether one of the values passes. */
  some(slot: number, passes: ValueTest): boolean {
    const ranges = this.#ranges(slot);
    for (let i = 0; i < ranges.length; i += 2) if (passes(this.#bytes, ranges[i], ranges[i + 1])) return true;
    return false;
  }

  /** Whether a slot's path can have more than one value. */
  several(slot: number): boolean {
    return this.#slots[slot].several;
  }

  /** A hash of the first value, or of nothing: who wants other bytes need not look at them. */
  hash(index: number): number {
    const slot = this.#slots[index];
    if (slot.hashed === this.#number) return slot.hash;
    const ranges = this.#ranges(index);
    slot.hashed = this.#number;
    return slot.hash = ranges.length === 0 ? hashOf(NO_BYTES, 0, 0) : hashOf(this.#bytes, ranges[0], ranges[1]);
  }

  /** The first value, a view; `null` if there is none. */
  first(slot: number): Uint8Array | null {
    const ranges = this.#ranges(slot);
    return ranges.length === 0 ? null : this.#bytes.subarray(ranges[0], ranges[1]);
  }

  #ranges(index: number): readonly number[] {
    const slot = this.#slots[index];
    if (slot.message === this.#number) return slot.ranges;
    slot.message = this.#number;
    slot.ranges.length = 0;
    if (!this.#usable) return slot.ranges;
    if (this.#walked !== this.#number) this.#findSegments();
    const { group, parts } = slot;
    if (parts.segmentIndex === EVERY) {
      for (let i = 0; i < group.count && slot.ranges.length < 2 * MOST_VALUES; i++) this.#inSegment(slot, i);
    } else if (parts.segmentIndex <= group.count) this.#inSegment(slot, parts.segmentIndex - 1);
    return slot.ranges;
  }

  #findSegments(): void {
    this.#walked = this.#number;
    const groups = this.#groups;
    for (const group of groups) {
      group.count = 0;
      if (group.ranges.length > 2 * ROOM_KEPT) group.ranges = new Int32Array(16);
    }
    const walk = this.#walk;
    walk.begin(this.#bytes);
    while (walk.next()) {
      for (let i = 0; i < groups.length; i++) {
        const group = groups[i];
        if (!walk.is(group.first, group.second, group.third, this.#separators.field)) continue;
        const at = 2 * group.count++;
        if (at >= group.ranges.length) {
          const grown = new Int32Array(2 * group.ranges.length);
          grown.set(group.ranges);
          group.ranges = grown;
        }
        group.ranges[at] = walk.from;
        group.ranges[at + 1] = walk.to;
        break;
      }
    }
    walk.begin(NO_BYTES);
  }

  #inSegment(slot: Slot, index: number): void {
    const bytes = this.#bytes;
    const separator = this.#separators.field;
    const { parts: { field, repetition }, group } = slot;
    const from = group.ranges[2 * index];
    const to = group.ranges[2 * index + 1];
    if (field === 0) {
      slot.ranges.push(from, to);
      return;
    }
    const isHeader = isHeaderSegment(bytes, from);
    if (isHeader && field <= 2) return this.#declared(slot, from, to);
    const start = pieceStart(bytes, from, to, separator, isHeader ? field : field + 1);
    if (start < 0) return;
    const end = pieceEnd(bytes, start, to, separator);
    const between = this.#separators.repetition;
    if (repetition !== EVERY) {
      const at = pieceStart(bytes, start, end, between, repetition);
      if (at >= 0) this.#inRepetition(slot, at, pieceEnd(bytes, at, end, between));
      return;
    }
    for (let at = start; at <= end && slot.ranges.length < 2 * MOST_VALUES;) {
      const stop = pieceEnd(bytes, at, end, between);
      this.#inRepetition(slot, at, stop);
      at = stop + 1;
    }
  }

  /** Fields 1 and 2 of a header segment: the separators, which separate nothing here. */
  #declared({ parts, ranges }: Slot, from: number, to: number): void {
    const { field, repetition, component, subcomponent } = parts;
    if (repetition > 1 || component > 1 || subcomponent > 1) return;
    const start = from + (field === 1 ? 3 : 4);
    const end = field === 1 ? start + 1 : pieceEnd(this.#bytes, start, to, this.#separators.field);
    if (start < end && end <= to) ranges.push(start, end);
  }

  #inRepetition({ parts, ranges }: Slot, from: number, to: number): void {
    const bytes = this.#bytes;
    const separators = this.#separators;
    if (parts.component > 0) {
      from = pieceStart(bytes, from, to, separators.component, parts.component);
      if (from < 0) return;
      to = pieceEnd(bytes, from, to, separators.component);
    }
    if (parts.subcomponent > 0) {
      from = pieceStart(bytes, from, to, separators.subcomponent, parts.subcomponent);
      if (from < 0) return;
      to = pieceEnd(bytes, from, to, separators.subcomponent);
    }
    if (from < to) ranges.push(from, to);
  }
}
