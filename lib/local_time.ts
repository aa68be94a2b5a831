/**
 * Times of the local zone as mllp_spammer wrote them (protocols.md section 6), for scripts and
 * dashboards that read them.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * `YYYY-MM-DD` in the local zone.
 *
 * @example
 * ```ts
 * import { localDay } from "./local_time.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(localDay(new Date(2026, 0, 31)), "2026-01-31");
 * ```
 */
export function localDay(at: Date): string {
  return `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/**
 * `YYYY-MM-DD HH:MM:SS` in the local zone; with `milliseconds`, `.mmm` more.
 *
 * @example
 * ```ts
 * import { localTime } from "./local_time.ts";
 * import assert from "node:assert/strict";
 *
 * const at = new Date(2026, 0, 31, 12, 0, 5, 70);
 * assert.equal(localTime(at, false), "2026-01-31 12:00:05");
 * assert.equal(localTime(at, true), "2026-01-31 12:00:05.070");
 * ```
 */
export function localTime(at: Date, milliseconds: boolean): string {
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return `${localDay(at)} ${time}${milliseconds ? `.${pad(at.getMilliseconds(), 3)}` : ""}`;
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, "0");
}
