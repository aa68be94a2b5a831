/**
 * HL7 time stamps: milliseconds since 1970 in, `YYYYMMDDHHMMSS.SSS` out, into bytes in place.
 * It knows the calendar and no clock: the time, and the distance of local time from UTC, are arguments.
 *
 * HL7 reads a time stamp without a zone as the sender's local time, so local time it is, without
 * a zone (our decision: the form that every version and every receiver reads).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1 } from "../bytes.ts";

/** How many bytes a time stamp takes: `YYYYMMDDHHMMSS.SSS`. */
export const TIMESTAMP_LENGTH = 18;
/** How many without milliseconds, for a message whose separators include the full stop. */
export const TIMESTAMP_SECONDS_LENGTH = 14;

const MS_A_DAY = 86_400_000;
/** Year 0 and year 9999, the range of four digits, in milliseconds since 1970. */
const EARLIEST_MS = -62_167_219_200_000;
const LATEST_MS = 253_402_300_799_999;

/**
 * Writes time stamps. Within one second only the milliseconds are worked out again; made once and
 * kept, it allocates nothing.
 *
 * @example
 * ```ts
 * import { TIMESTAMP_LENGTH, TimestampWriter } from "./timestamp.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const target = new Uint8Array(TIMESTAMP_LENGTH);
 * new TimestampWriter().write(target, 0, Date.UTC(2026, 0, 31, 12, 0, 0, 7), 60);
 * assert.equal(latin1(target), "20260131130000.007");
 * ```
 */
export class TimestampWriter {
  #second = NaN;
  readonly #text = new Uint8Array(TIMESTAMP_SECONDS_LENGTH);

  /**
   * Writes one stamp into `target` at `at` and returns the index after it.
   *
   * @param epochMs milliseconds since 1970, UTC; fractions are dropped
   * @param offsetMinutes how far local time is ahead of UTC, in minutes; 0 writes UTC
   * @param length `TIMESTAMP_LENGTH` unless given, or `TIMESTAMP_SECONDS_LENGTH`
   * @throws RangeError for a time outside of the years 0 to 9999
   */
  write(
    target: Uint8Array,
    at: number,
    epochMs: number,
    offsetMinutes: number,
    length: number = TIMESTAMP_LENGTH,
  ): number {
    const local = Math.floor(epochMs) + offsetMinutes * 60_000;
    const second = Math.floor(local / 1000);
    const text = this.#text;
    if (second !== this.#second) {
      if (!(local >= EARLIEST_MS && local <= LATEST_MS)) {
        throw new RangeError(`Cannot write a time stamp: found ${epochMs} ms, wanted a time of the years 0 to 9999`);
      }
      this.#fill(local);
      this.#second = second;
    }
    for (let i = 0; i < TIMESTAMP_SECONDS_LENGTH; i++) target[at + i] = text[i];
    if (length === TIMESTAMP_SECONDS_LENGTH) return at + length;
    target[at + 14] = 0x2e;
    const ms = local - second * 1000;
    const tens = Math.floor(ms / 10);
    target[at + 15] = 0x30 + Math.floor(ms / 100);
    target[at + 16] = 0x30 + tens % 10;
    target[at + 17] = 0x30 + ms - tens * 10;
    return at + length;
  }

  /** The calendar, by arithmetic: the Gregorian one repeats every 146,097 days; years begin in March so that leap days come last. */
  #fill(local: number): void {
    const days = Math.floor(local / MS_A_DAY);
    const seconds = Math.floor((local - days * MS_A_DAY) / 1000);
    const shifted = days + 719_468;
    const era = Math.floor(shifted / 146_097);
    const dayOfEra = shifted - era * 146_097;
    const yearOfEra = Math.floor(
      (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
    );
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
    const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
    const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
    const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    const text = this.#text;
    digits(text, 0, 4, year);
    digits(text, 4, 2, month);
    digits(text, 6, 2, day);
    digits(text, 8, 2, Math.floor(seconds / 3600));
    digits(text, 10, 2, Math.floor(seconds / 60) % 60);
    digits(text, 12, 2, seconds % 60);
  }
}

function digits(target: Uint8Array, at: number, width: number, n: number): void {
  for (let i = width - 1; i >= 0; i--) {
    target[at + i] = 0x30 + n % 10;
    n = Math.floor(n / 10);
  }
}

/**
 * How far local time is ahead of UTC at a date, in minutes, by the process's time zone.
 *
 * @example
 * ```ts
 * import { localOffsetMinutes } from "./timestamp.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(Math.abs(localOffsetMinutes(new Date(0))) <= 15 * 60);
 * ```
 */
export function localOffsetMinutes(date: Date): number {
  return -date.getTimezoneOffset();
}

/**
 * One time stamp as text.
 *
 * @param offsetMinutes as in `TimestampWriter.write`; local time unless given
 * @throws RangeError for an invalid date
 *
 * @example
 * ```ts
 * import { formatTimestamp } from "./timestamp.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatTimestamp(new Date("2026-01-31T12:00:00.250Z"), 0), "20260131120000.250");
 * ```
 */
export function formatTimestamp(date: Date, offsetMinutes: number = localOffsetMinutes(date)): string {
  const text = new Uint8Array(TIMESTAMP_LENGTH);
  new TimestampWriter().write(text, 0, date.getTime(), offsetMinutes);
  return latin1(text);
}
