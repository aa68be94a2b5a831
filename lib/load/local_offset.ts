/**
 * How far local time is ahead of UTC, asked once a minute: time zones change at full minutes, and asking
 * for each message would cost more than writing its time stamp.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { localOffsetMinutes } from "../hl7/timestamp.ts";

const MINUTE_MS = 60_000;

/**
 * The offset at a time, remembered for its minute.
 *
 * @example
 * ```ts
 * import { LocalOffset } from "./local_offset.ts";
 * import { localOffsetMinutes } from "../hl7/timestamp.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new LocalOffset().at(1e12), localOffsetMinutes(new Date(1e12)));
 * ```
 */
export class LocalOffset {
  #minute = NaN;
  #minutes = 0;

  /** In minutes, at `epochMs`, milliseconds since 1970. */
  at(epochMs: number): number {
    const minute = Math.floor(epochMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#minutes = localOffsetMinutes(new Date(epochMs));
    }
    return this.#minutes;
  }
}
