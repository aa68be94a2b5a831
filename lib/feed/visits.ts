/**
 * Stays of patients: stay `s` is always in the same bed, under the same number, since the same time.
 * Whose it is, is the business of patients.ts.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { draw } from "../random.ts";
import type { MessageBuffer } from "./message_buffer.ts";

/** The fields of a stay: its number, where the bed stands, and when it began. */
export const VISIT_FIELDS = ["id", "ward", "room", "bed", "admitted"] as const;

/** The name of a stay's field. */
export type VisitField = typeof VISIT_FIELDS[number];

const WARDS = ["WARD01", "WARD02", "WARD03", "WARD04", "WARD05", "SURGERY", "ICU"].map((name) => utf8(name));
const VISIT = utf8("V");
/** The year in which all stays begin: a stay's messages must agree whenever they are sent, so it is not the current time (our decision). */
const ADMISSION_YEAR = 2025;
const MONTHS = 12;
/** Every month has so many. */
const DAYS = 28;
const DAY_MINUTES = 1440;

/**
 * Adds a field of a stay: letters and digits, a function of the seed and the stay alone. `admitted` is a
 * time of the year 2025 as `YYYYMMDDHHMM`.
 *
 * @example
 * ```ts
 * import { writeVisit } from "./visits.ts";
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const out = new MessageBuffer();
 * writeVisit(out, "id", 7, 42);
 * assert.equal(latin1(out.view()), "V000000042");
 * ```
 */
export function writeVisit(out: MessageBuffer, field: VisitField, seed: number, stay: number): void {
  if (field === "id") {
    out.put(VISIT);
    return out.digits(stay, 9);
  }
  const drawn = draw(seed, "visit", field, stay);
  switch (field) {
    case "ward":
      return out.put(WARDS[Math.floor(drawn * WARDS.length)]);
    case "room":
      return out.digits(101 + Math.floor(drawn * 40), 3);
    case "bed":
      return out.digits(1 + Math.floor(drawn * 4), 1);
    case "admitted": {
      const minutes = Math.floor(drawn * MONTHS * DAYS * DAY_MINUTES);
      const day = Math.floor(minutes / DAY_MINUTES);
      out.digits(ADMISSION_YEAR, 4);
      out.digits(1 + Math.floor(day / DAYS), 2);
      out.digits(1 + day % DAYS, 2);
      out.digits(Math.floor(minutes / 60) % 24, 2);
      out.digits(minutes % 60, 2);
    }
  }
}
