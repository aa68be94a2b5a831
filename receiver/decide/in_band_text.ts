/**
 * What a message asks for itself, as text: `delay=2s:50;code=AE:10`. It knows the notation alone; who draws and what is done is
 * `in_band.ts`.
 *
 * This module performs no I/O.
 *
 * # The notation (faults.md section 3.3, after fortio's; where it is silent, our decisions)
 *
 * ```
 * text  := part *(";" part)
 * part  := "delay=" TIME[":"PERCENT] *("," ...)
 *        | "code=" (AA|AE|AR|CA|CE|CR|none)[":"PERCENT] *("," ...)
 *        | (close|reset|hold|no-reply)[":"PERCENT]
 * ```
 *
 * - There are three questions: how long to wait (`delay`), what to say (`code`), how it ends (the bare words; `no-reply` is
 *   `hold`). The parts of one question are alternatives, whether a comma or a semicolon is between them; the three are drawn for
 *   by themselves.
 * - A percentage is one of all messages, with or without its sign: `10`, `0.5%`. One alternative of a question may go without: it
 *   gets what the others leave. What comes to more than 100 is no text.
 * - Blanks around parts and alternatives are of no account; words are written just so.
 *
 * @module
 */
import { type AckCode, isAckCode } from "../../lib/hl7/ack_code.ts";
import { parseDuration, parsePercent } from "../../lib/values.ts";

/** A longer text is none (our decision: the fields at hand hold some tens of characters). */
export const LONGEST_TEXT = 200;

/** Why a text cannot be read. */
export type Unread = "too_long" | "unknown_part" | "bad_value" | "bad_percent" | "over_100" | "contradiction";

/** Each of these in words; what was found is not told, for it is the message's. */
export const UNREAD: Readonly<Record<Unread, string>> = Object.freeze({
  too_long: `what it asks for is longer than ${LONGEST_TEXT} bytes`,
  unknown_part: "it asks for something other than delay=, code=, close, reset, hold and no-reply",
  bad_value: "it asks for a delay or a code that is none",
  bad_percent: "one of its percentages is none",
  over_100: "its alternatives come to more than 100%",
  contradiction: "it always asks for silence, and for more than that",
});

/** All of them. */
export const UNREAD_WORDS: readonly Unread[] = Object.freeze(Object.keys(UNREAD) as Unread[]);

/** One of several, and the fraction of the messages that it is for. */
export interface Share<T> {
  readonly value: T;
  readonly chance: number;
}

/** What a text asks for: of each question the alternatives, none where it is not asked. */
export interface Wish {
  /** In milliseconds. */
  readonly delay: readonly Share<number>[];
  readonly code: readonly Share<AckCode | "none">[];
  readonly end: readonly Share<InBandEnd>[];
}

/** How a message's answer may end. */
export type InBandEnd = "close" | "reset" | "hold";

/** A text that cannot be read. */
export class UnreadError extends RangeError {
  /** @param why that it cannot be read */
  constructor(readonly why: Unread) {
    super(`Cannot read what a message asks for: ${UNREAD[why]}`);
    this.name = "UnreadError";
  }
}

const ENDS: ReadonlyMap<string, InBandEnd> = new Map([
  ["close", "close"],
  ["reset", "reset"],
  ["hold", "hold"],
  ["no-reply", "hold"],
]);

/** Sums of fractions miss 1 by rounding alone. */
const ROUNDING = 1e-9;

/** An alternative; without a chance where none was given. */
interface Alternative<T> {
  readonly value: T;
  readonly chance: number | null;
}

/**
 * Reads what a message asks for.
 *
 * @param text without the prefix
 * @throws UnreadError for anything else
 *
 * @example
 * ```ts
 * import { parseInBand } from "./in_band_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseInBand("delay=2s:50;code=AE:10%"), {
 *   delay: [{ value: 2000, chance: 0.5 }],
 *   code: [{ value: "AE", chance: 0.1 }],
 *   end: [],
 * });
 * assert.throws(() => parseInBand("delay=soon"), { why: "bad_value" });
 * ```
 */
export function parseInBand(text: string): Wish {
  if (text.length > LONGEST_TEXT) throw new UnreadError("too_long");
  const delay: Alternative<number>[] = [];
  const code: Alternative<AckCode | "none">[] = [];
  const end: Alternative<InBandEnd>[] = [];
  for (const part of text.split(";")) {
    const [key, ...rest] = part.split("=");
    const word = key.trim();
    const values = rest.join("=").split(",");
    if (rest.length === 0) end.push(alternative(word, endOf));
    else if (word === "delay") delay.push(...values.map((value) => alternative(value, timeOf)));
    else if (word === "code") code.push(...values.map((value) => alternative(value, codeOf)));
    else throw new UnreadError("unknown_part");
  }
  const wish = { delay: shared(delay), code: shared(code), end: shared(end) };
  if (isContradiction(wish)) throw new UnreadError("contradiction");
  return wish;
}

function alternative<T>(text: string, read: (text: string) => T): Alternative<T> {
  const [value, percent, ...rest] = text.split(":").map((each) => each.trim());
  if (rest.length > 0) throw new UnreadError("bad_percent");
  return { value: read(value), chance: percent === undefined ? null : chanceOf(percent) };
}

function endOf(word: string): InBandEnd {
  const end = ENDS.get(word);
  if (end === undefined) throw new UnreadError("unknown_part");
  return end;
}

function timeOf(text: string): number {
  return parsed(parseDuration, text, "bad_value");
}

function codeOf(text: string): AckCode | "none" {
  if (text === "none" || isAckCode(text)) return text;
  throw new UnreadError("bad_value");
}

function chanceOf(text: string): number {
  return parsed(parsePercent, text.endsWith("%") ? text : `${text}%`, "bad_percent");
}

function parsed<T>(parse: (text: string) => T, text: string, why: Unread): T {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof RangeError ? new UnreadError(why) : error;
  }
}

/** Gives the alternative without a chance what the others leave. */
function shared<T>(alternatives: readonly Alternative<T>[]): Share<T>[] {
  const open = alternatives.filter(({ chance }) => chance === null).length;
  const left = 1 - alternatives.reduce((sum, { chance }) => sum + (chance ?? 0), 0);
  if (open > 1 || left < -ROUNDING || (open === 1 && left < ROUNDING)) throw new UnreadError("over_100");
  return alternatives.map(({ value, chance }) => ({ value, chance: chance ?? left }));
}

/** Whether nothing is ever said, so that something else of it would never be done. */
function isContradiction({ delay, code, end }: Wish): boolean {
  const held = totalOf(end.filter(({ value }) => value === "hold")) >= 1 - ROUNDING;
  if (held) return delay.length > 0 || code.length > 0;
  const mute = totalOf(code.filter(({ value }) => value === "none")) >= 1 - ROUNDING;
  return mute && delay.length > 0 && end.every(({ value }) => value === "hold");
}

/**
 * The fraction of the messages that one of some alternatives is for.
 *
 * @example
 * ```ts
 * import { totalOf } from "./in_band_text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(totalOf([{ value: "AE", chance: 0.25 }, { value: "AR", chance: 0.5 }]), 0.75);
 * ```
 */
export function totalOf(shares: readonly Share<unknown>[]): number {
  return Math.min(1, shares.reduce((sum, { chance }) => sum + chance, 0));
}
