/**
 * The mutation `separators`: a reply that is right, with separators of its own instead of the message's, as HL7 allows.
 * Who does not read MSH-1 and MSH-2 reads nonsense.
 *
 * # What is changed
 *
 * MSH-1, MSH-2 and every separator of the content become the new ones, and escape sequences get the new escape character. A
 * character of a value that is a separator now becomes an escape sequence, and a sequence for an old separator becomes that
 * character. An escape character that begins no sequence, or one that the new separators would break, is taken for text.
 * So the values, read and unescaped, are what they were.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { CR, LF, utf8 } from "../../../lib/bytes.ts";
import { isSeparator, NO_SEPARATOR, readSeparators, type Separators } from "../../../lib/hl7/separators.ts";
import { scalar } from "../../scenario/form.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface SeparatorsSpec {
  readonly kind: "separators";
  /** Field, component, repetition, escape and subcomponent separator, in the order of MSH-1 and MSH-2. */
  readonly to: string;
}

/** The roles of separators in that order, and the escape sequence of each (HL7 v2 chapter 2). */
const ROLES = ["field", "component", "repetition", "escape", "subcomponent"] as const satisfies (keyof Separators)[];
const NAMES = "FSRET";
const LETTER_P = 0x50;

const WANTED =
  'five different characters for |^~\\& in that order, none of them a letter, a digit, a blank or one of .+-"';

/** Writes the content with other separators. */
export const separators: MutationKind<SeparatorsSpec> = {
  kind: "separators",
  about: "writes the content with these five separators instead of |^~\\&, so that it says the same",
  form: v.pipe(
    scalar("the five separators in the order of |^~\\&", readFive, { type: "string", minLength: 5, maxLength: 5 }),
    v.transform((to: string): SeparatorsSpec => ({ kind: "separators", to })),
  ),
  bare: null,
  adds: false,
  tell: ({ to }) => `with the separators ${to}`,
  plan: (spec) => spec,
  apply(parts, { to }) {
    const from = readSeparators(parts.content);
    return from === null ? parts : { ...parts, content: new Rewriting(from, utf8(to)).of(parts.content) };
  },
};

/** Five separators; escape sequences, numbers and HL7's null (`""`) need the characters that are refused. */
function readFive(text: string): string {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const fit = codes.every((code) =>
    code > 0x20 && code < 0x7f && isSeparator(code) && !'.+-"'.includes(String.fromCharCode(code))
  );
  if (codes.length === 5 && new Set(codes).size === 5 && fit) return text;
  throw new RangeError(`Cannot use '${text}' as separators: wanted ${WANTED}`);
}

/** Writes a content with other separators. */
class Rewriting {
  /** By byte: the separator that comes in its place; -1 for what is none. */
  readonly #places = new Int16Array(256).fill(-1);
  /** By byte: the letter of the escape sequence that it needs between the new separators; 0 for none. */
  readonly #names = new Uint8Array(256);
  readonly #escape: number;
  #out = new Uint8Array(0);
  #length = 0;

  constructor(readonly from: Separators, readonly to: Uint8Array) {
    this.#escape = to[ROLES.indexOf("escape")];
    ROLES.forEach((role, i) => {
      const byte = from[role];
      if (byte !== NO_SEPARATOR && this.#places[byte] < 0) this.#places[byte] = to[i];
      this.#names[to[i]] = NAMES.charCodeAt(i);
    });
  }

  of(content: Uint8Array): Uint8Array {
    const { from, to } = this;
    let growth = 4;
    for (let at = 0; at < content.length; at++) {
      if (this.#names[content[at]] !== 0 || content[at] === from.escape) growth += 2;
    }
    this.#out = new Uint8Array(content.length + growth);
    this.#length = 0;
    for (let at = 0; at < 3; at++) this.#put(content[at]);
    for (const byte of to) this.#put(byte);
    const { truncation } = from;
    if (truncation !== NO_SEPARATOR && this.#names[truncation] === 0) this.#put(truncation);

    let at = 4;
    while (at < content.length && content[at] !== from.field && content[at] !== CR && content[at] !== LF) at++;
    while (at < content.length) {
      const byte = content[at];
      const end = byte === from.escape ? this.#sequenceEnd(content, at) : -1;
      if (end > 0) {
        this.#sequence(content, at, end);
        at = end;
      } else if (byte !== from.escape && this.#places[byte] >= 0) {
        this.#put(this.#places[byte]);
      } else {
        this.#value(byte);
      }
      at++;
    }
    return this.#out.subarray(0, this.#length);
  }

  /** A sequence for one of the old separators becomes that character, which mostly separates nothing any more. */
  #sequence(content: Uint8Array, start: number, end: number): void {
    const named = end - start === 2 ? this.#named(content[start + 1]) : NO_SEPARATOR;
    if (named !== NO_SEPARATOR) {
      this.#value(named);
      return;
    }
    this.#put(this.#escape);
    for (let at = start + 1; at < end; at++) this.#put(content[at]);
    this.#put(this.#escape);
  }

  /** The character that a sequence of this one letter stands for, if it separates nothing any more; else none. */
  #named(letter: number): number {
    const { from } = this;
    // A truncation character that could stay is still one.
    if (letter === LETTER_P) {
      return from.truncation >= 0 && this.#names[from.truncation] !== 0 ? from.truncation : NO_SEPARATOR;
    }
    const role = ROLES[NAMES.indexOf(String.fromCharCode(letter))];
    return role === undefined ? NO_SEPARATOR : from[role];
  }

  /** Where the sequence ends that begins here, if it can stay as it is; -1 if there is none such. */
  #sequenceEnd(content: Uint8Array, start: number): number {
    for (let at = start + 1; at < content.length; at++) {
      const byte = content[at];
      if (byte === this.from.escape) return at;
      if (this.#places[byte] >= 0 || this.#names[byte] !== 0 || byte === CR || byte === LF) return -1;
    }
    return -1;
  }

  #value(byte: number): void {
    const name = this.#names[byte];
    if (name === 0) {
      this.#put(byte);
      return;
    }
    this.#put(this.#escape);
    this.#put(name);
    this.#put(this.#escape);
  }

  #put(byte: number): void {
    this.#out[this.#length++] = byte;
  }
}
