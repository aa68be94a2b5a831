/**
 * Stays of patients: stay `s` is always in the same bed, under the same number, since the same time of day.
 * Whose it is, is the business of patients.ts.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { TIMESTAMP_SECONDS_LENGTH, TimestampWriter } from "../hl7/timestamp.ts";
import { draw } from "../random.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import type { Occasion } from "./occasion.ts";

/** The fields of a stay: its number, where the bed stands, and when it began. */
export const VISIT_FIELDS = ["id", "ward", "room", "bed", "admitted"] as const;

/** The name of a stay's field. */
export type VisitField = typeof VISIT_FIELDS[number];

const WARDS = ["WARD01", "WARD02", "WARD03", "WARD04", "WARD05", "SURGERY", "ICU"].map((name) => utf8(name));
const VISIT = utf8("V");
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
/** `YYYYMMDDHHMM`. */
const TO_THE_MINUTE = 12;

/**
 * What writes a field of a stay: letters and digits, a function of the seed and the stay alone, but for `admitted`:
 * that is a time as `YYYYMMDDHHMM`, within the day before the message's own.
 *
 * A message does not know when others of its stay were sent, and all have to tell the same admission. So a stay begins
 * at a time of day of its own, the last time that it was so late (our decision): messages of a stay differ in that
 * only if this very time passes between them.
 *
 * @example
 * ```ts
 * import { visitWriter } from "./visits.ts";
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const out = new MessageBuffer();
 * visitWriter("id", 7)(out, { k: 0, epochMs: 0, offsetMinutes: 0, stay: 42 });
 * assert.equal(latin1(out.view()), "V000000042");
 * ```
 */
export function visitWriter(field: VisitField, seed: number): (out: MessageBuffer, of: Occasion) => void {
  const drawn = (stay: number, below: number) => Math.floor(draw(seed, "visit", field, stay) * below);
  switch (field) {
    case "id":
      return (out, { stay }) => {
        out.put(VISIT);
        out.digits(stay, 9);
      };
    case "ward":
      return (out, { stay }) => out.put(WARDS[drawn(stay, WARDS.length)]);
    case "room":
      return (out, { stay }) => out.digits(101 + drawn(stay, 40), 3);
    case "bed":
      return (out, { stay }) => out.digits(1 + drawn(stay, 4), 1);
    case "admitted": {
      const time = new TimestampWriter();
      return (out, { stay, epochMs, offsetMinutes }) => {
        const since = epochMs - drawn(stay, DAY_MINUTES) * MINUTE_MS;
        const at = out.reserve(TIMESTAMP_SECONDS_LENGTH);
        const admitted = epochMs - (since - Math.floor(since / DAY_MS) * DAY_MS);
        time.write(out.bytes, at, admitted, offsetMinutes, TIMESTAMP_SECONDS_LENGTH);
        out.length = at + TO_THE_MINUTE;
      };
    }
  }
}
