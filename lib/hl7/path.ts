/**
 * Field paths over bytes: `PID-3[1].1`, `OBX[*]-5`, `MSH-9.2`. A path finds values; it never decodes them:
 * escape sequences and charsets are for who shows a value.
 *
 * # Grammar
 *
 * `SEG[n]-f[r].c.s`: segment name, field, component and subcomponent; `[n]` the how-manieth segment
 * of that name, `[r]` the repetition of the field; both may be `[*]`, every one. Everything counts
 * from 1 and everything after the segment's name may be left out.
 *
 * # What a path means (HL7 v2 chapter 2; where it is silent, our decisions)
 *
 * - A left-out index is `[1]`, always: `PID-3` is the whole first repetition of PID-3, components
 *   and all; `PID-3[*]` is each repetition.
 * - A left-out component is the whole repetition; a segment alone, `ZPI`, is the whole segment, so
 *   `first` also tells whether there is one.
 * - The first component of a field without components is the whole field; the same one level down.
 * - Of MSH, FHS and BHS, field 1 is the field separator itself and field 2 the other separators.
 * - An empty value is no value: `first` gives `null` for it and `all` leaves it out, since HL7
 *   makes no difference between an empty field and one beyond the segment's end. HL7's explicit
 *   null is a value, the two bytes `""`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { pieceEnd, pieceStart } from "./pieces.ts";
import { SegmentWalk } from "./segments.ts";
import { isHeaderSegment, readSeparatorsInto, type Separators, STANDARD_SEPARATORS } from "./separators.ts";

/** An index of a path that means every one. */
export const EVERY = 0;

/** The parts of a path; numbers count from 1. */
export interface PathParts {
  /** Three capitals or digits. */
  readonly segment: string;
  /** Which segment of that name; `EVERY` for `[*]`. */
  readonly segmentIndex: number;
  /** 0 for a path to the whole segment. */
  readonly field: number;
  /** Which repetition; `EVERY` for `[*]`. */
  readonly repetition: number;
  /** 0 for the whole repetition. */
  readonly component: number;
  /** 0 for the whole component. */
  readonly subcomponent: number;
}

/**
 * A parsed path. Immutable, and good for any number of messages.
 *
 * @example
 * ```ts
 * import { parsePath } from "./path.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const message = utf8("MSH|^~\\&|ADT\rPID|1||4711^^^HOSP^MR~0815^^^HOSP^PI\r");
 * assert.deepEqual(parsePath("PID-3[*].1").all(message).map((id) => latin1(id)), ["4711", "0815"]);
 * assert.equal(parsePath("PID-4").first(message), null);
 * ```
 */
export class FieldPath {
  /** The path as it was written. */
  readonly text: string;
  /** What it says, part by part. */
  readonly parts: PathParts;
  readonly #codes: readonly [number, number, number];
  readonly #walk = new SegmentWalk();
  readonly #separators = { ...STANDARD_SEPARATORS };

  /** Made by {@link parsePath}. */
  constructor(text: string, parts: PathParts) {
    this.text = text;
    this.parts = parts;
    const name = parts.segment;
    this.#codes = [name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)];
  }

  /** The first value, a view; `null` where the message has none, or no readable separators. */
  first(message: Uint8Array): Uint8Array | null {
    const found: Uint8Array[] = [];
    this.#find(message, found, 1);
    return found.length === 0 ? null : found[0];
  }

  /** Every value in the message's order, at most `limit`, as views; more than one only where the path says `[*]`. */
  all(message: Uint8Array, limit = Infinity): Uint8Array[] {
    const found: Uint8Array[] = [];
    this.#find(message, found, limit);
    return found;
  }

  #find(message: Uint8Array, found: Uint8Array[], limit: number): void {
    const separators = this.#separators;
    if (!readSeparatorsInto(message, separators)) return;
    const walk = this.#walk;
    const [first, second, third] = this.#codes;
    const wanted = this.parts.segmentIndex;
    let count = 0;
    walk.begin(message);
    while (found.length < limit && walk.next()) {
      if (!walk.is(first, second, third, separators.field)) continue;
      count++;
      if (wanted === EVERY || wanted === count) this.#inSegment(message, walk.from, walk.to, separators, found, limit);
      if (wanted === count) return;
    }
  }

  #inSegment(
    message: Uint8Array,
    from: number,
    to: number,
    separators: Separators,
    found: Uint8Array[],
    limit: number,
  ): void {
    const { field, repetition } = this.parts;
    if (field === 0) {
      found.push(message.subarray(from, to));
      return;
    }
    let start: number;
    if (isHeaderSegment(message, from)) {
      if (field <= 2) {
        this.#declared(message, from, to, field, separators, found);
        return;
      }
      start = pieceStart(message, from, to, separators.field, field);
    } else {
      start = pieceStart(message, from, to, separators.field, field + 1);
    }
    if (start < 0) return;
    const end = pieceEnd(message, start, to, separators.field);
    if (repetition !== EVERY) {
      const at = pieceStart(message, start, end, separators.repetition, repetition);
      if (at >= 0) {
        this.#inRepetition(message, at, pieceEnd(message, at, end, separators.repetition), separators, found);
      }
      return;
    }
    for (let at = start; at <= end && found.length < limit;) {
      const stop = pieceEnd(message, at, end, separators.repetition);
      this.#inRepetition(message, at, stop, separators, found);
      at = stop + 1;
    }
  }

  /** Fields 1 and 2 of a header segment: the separators, which separate nothing here. */
  #declared(
    message: Uint8Array,
    from: number,
    to: number,
    field: number,
    separators: Separators,
    found: Uint8Array[],
  ): void {
    const { repetition, component, subcomponent } = this.parts;
    if (repetition > 1 || component > 1 || subcomponent > 1) return;
    const start = from + (field === 1 ? 3 : 4);
    const end = field === 1 ? start + 1 : pieceEnd(message, start, to, separators.field);
    if (start < end && end <= to) found.push(message.subarray(start, end));
  }

  #inRepetition(message: Uint8Array, from: number, to: number, separators: Separators, found: Uint8Array[]): void {
    const { component, subcomponent } = this.parts;
    if (component > 0) {
      from = pieceStart(message, from, to, separators.component, component);
      if (from < 0) return;
      to = pieceEnd(message, from, to, separators.component);
    }
    if (subcomponent > 0) {
      from = pieceStart(message, from, to, separators.subcomponent, subcomponent);
      if (from < 0) return;
      to = pieceEnd(message, from, to, separators.subcomponent);
    }
    if (from < to) found.push(message.subarray(from, to));
  }
}

/**
 * Parses a path.
 *
 * @throws RangeError that says at which character what was wanted
 *
 * @example
 * ```ts
 * import { parsePath } from "./path.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parsePath("OBX[*]-5").parts.field, 5);
 * assert.throws(() => parsePath("PID-"), /at character 5: wanted a field number/);
 * ```
 */
export function parsePath(text: string): FieldPath {
  let at = 0;
  const fail = (wanted: string): never => {
    const found = at < text.length ? `found "${text[at]}"` : "found the end";
    throw new RangeError(`Cannot read the path "${text}" at character ${at + 1}: wanted ${wanted}, ${found}`);
  };
  const number = (wanted: string): number => {
    const start = at;
    while (at < text.length && at - start < 5 && text[at] >= "0" && text[at] <= "9") at++;
    const value = Number(text.slice(start, at));
    if (at === start || value === 0) {
      at = start;
      fail(`${wanted}, 1 or more`);
    }
    return value;
  };
  const index = (what: string): number => {
    if (text[at] !== "[") return 1;
    at++;
    let value = EVERY;
    if (text[at] === "*") at++;
    else value = number(`the number of a ${what} or "*"`);
    if (text[at] !== "]") fail(`"]"`);
    at++;
    return value;
  };

  for (; at < 3; at++) {
    const capital = text[at] >= "A" && text[at] <= "Z";
    const digit = at > 0 && text[at] >= "0" && text[at] <= "9";
    if (!capital && !digit) fail("a segment name of three capitals or digits");
  }
  const segment = text.slice(0, 3);
  const segmentIndex = index("segment");
  let field = 0;
  let repetition = 1;
  let component = 0;
  let subcomponent = 0;
  if (text[at] === "-") {
    at++;
    field = number("a field number");
    repetition = index("repetition");
    if (text[at] === ".") {
      at++;
      component = number("a component number");
      if (text[at] === ".") {
        at++;
        subcomponent = number("a subcomponent number");
      }
    }
  }
  if (at < text.length) {
    const next = field === 0 ? `"-" and a field number` : component === 0 ? `"." and a component number` : "the end";
    fail(next);
  }
  return new FieldPath(text, { segment, segmentIndex, field, repetition, component, subcomponent });
}
