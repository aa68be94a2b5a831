/**
 * Where in a message a path's value stands, or would have to be put: the range of bytes to be replaced, and
 * the separators that are missing before it. The counterpart, for writing, of `FieldPath`, which reads.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { EVERY, type FieldPath } from "../hl7/path.ts";
import { pieceEnd, pieceStart } from "../hl7/pieces.ts";
import { SegmentWalk } from "../hl7/segments.ts";
import { isHeaderSegment, NO_SEPARATOR, type Separators } from "../hl7/separators.ts";

/** A place for a value. */
export interface FieldPlace {
  readonly from: number;
  readonly to: number;
  /** Separators that have to go before the value, so that it is in the right place; none if the place is there. */
  readonly lead: readonly number[];
}

/** A path, parsed, and how it was written. */
type PathToField = Pick<FieldPath, "text" | "parts">;

/** What of a path's parts says where in a field a value stands. */
type WithinField = Pick<FieldPath["parts"], "repetition" | "component" | "subcomponent">;

/**
 * The places of a path in a message: one, or several where the path says `[*]`; none if the message has no
 * such segment. The path names a field, and neither MSH-1 nor MSH-2: that is for the caller to see to.
 *
 * @throws RangeError where a component, repetition or subcomponent is wanted that the message declares no separator for
 *
 * @example
 * ```ts
 * import { fieldPlaces } from "./field_place.ts";
 * import { parsePath } from "../hl7/path.ts";
 * import { STANDARD_SEPARATORS } from "../hl7/separators.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const message = utf8("MSH|^~\\&|A\rPID|1||417\r");
 * assert.deepEqual(fieldPlaces(message, STANDARD_SEPARATORS, parsePath("PID-3")), [{ from: 18, to: 21, lead: [] }]);
 * const [place] = fieldPlaces(message, STANDARD_SEPARATORS, parsePath("PID-5.2"));
 * assert.equal(String.fromCharCode(...place.lead), "||^");
 * ```
 */
export function fieldPlaces(message: Uint8Array, separators: Separators, path: PathToField): FieldPlace[] {
  const { parts } = path;
  const walk = new SegmentWalk();
  const name = Array.from(parts.segment, (char) => char.charCodeAt(0));
  const places: FieldPlace[] = [];
  let count = 0;
  walk.begin(message);
  while (walk.next()) {
    if (!walk.is(name[0], name[1], name[2], separators.field)) continue;
    count++;
    if (parts.segmentIndex !== EVERY && parts.segmentIndex !== count) continue;
    const n = isHeaderSegment(message, walk.from) ? parts.field : parts.field + 1;
    const field = new Narrowing(message, walk.from, walk.to, path.text).to(separators.field, n, "field");
    if (parts.repetition !== EVERY) places.push(placeWithin(field, separators, parts));
    else {
      let repetition = 1;
      do {
        places.push(placeWithin(field, separators, { ...parts, repetition }));
        repetition++;
      } while (field.has(separators.repetition, repetition));
    }
  }
  return places;
}

/**
 * The value in a field's bytes that a path points to, a view; null if there is none.
 *
 * @example
 * ```ts
 * import { valueInField } from "./field_place.ts";
 * import { parsePath } from "../hl7/path.ts";
 * import { STANDARD_SEPARATORS } from "../hl7/separators.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const value = valueInField(utf8("417^^^A~9"), STANDARD_SEPARATORS, parsePath("PID-3[2].1"));
 * assert.equal(latin1(value!), "9");
 * ```
 */
export function valueInField(field: Uint8Array, separators: Separators, path: FieldPath): Uint8Array | null {
  const { repetition, component, subcomponent } = path.parts;
  const levels: readonly (readonly [number, number])[] = [
    [separators.repetition, repetition],
    [separators.component, component],
    [separators.subcomponent, subcomponent],
  ];
  let from = 0;
  let to = field.length;
  for (const [separator, n] of levels) {
    if (n === 0) continue;
    from = pieceStart(field, from, to, separator, n);
    if (from < 0) return null;
    to = pieceEnd(field, from, to, separator);
  }
  return from < to ? field.subarray(from, to) : null;
}

function placeWithin(field: Narrowing, separators: Separators, within: WithinField): FieldPlace {
  let place = field.to(separators.repetition, within.repetition, "repetition");
  if (within.component > 0) place = place.to(separators.component, within.component, "component");
  if (within.subcomponent > 0) place = place.to(separators.subcomponent, within.subcomponent, "subcomponent");
  return { from: place.from, to: place.end, lead: place.lead };
}

/** A range of bytes that is narrowed to one of its pieces, again and again. */
class Narrowing {
  constructor(
    readonly message: Uint8Array,
    readonly from: number,
    readonly end: number,
    readonly path: string,
    readonly lead: readonly number[] = [],
  ) {}

  has(separator: number, n: number): boolean {
    return this.lead.length === 0 && pieceStart(this.message, this.from, this.end, separator, n) >= 0;
  }

  to(separator: number, n: number, what: string): Narrowing {
    const { message, from, end, path, lead } = this;
    if (separator === NO_SEPARATOR && n > 1) {
      throw new RangeError(`Cannot set ${path}: the message declares no separator for a ${what}`);
    }
    if (this.has(separator, n)) {
      const start = pieceStart(message, from, end, separator, n);
      return new Narrowing(message, start, pieceEnd(message, start, end, separator), path, lead);
    }
    let there = 1;
    if (lead.length === 0) { while (this.has(separator, there + 1)) there++; }
    return new Narrowing(message, end, end, path, [...lead, ...new Array<number>(n - there).fill(separator)]);
  }
}
