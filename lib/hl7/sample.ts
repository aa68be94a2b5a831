/**
 * The built-in message: an ADT^A01 (a patient is admitted) of an invented patient, for trying a connection with no
 * file at hand.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { formatTimestamp, localOffsetMinutes } from "./timestamp.ts";

/** What changes from one sample to the next. */
export interface SampleOptions {
  /** MSH-10, at most 20 characters, no separators among them. */
  readonly controlId: string;
  /** MSH-7 and EVN-2. */
  readonly at: Date;
  /** How far local time is ahead of UTC, in minutes; that of the process unless given. */
  readonly offsetMinutes?: number;
}

/**
 * A sample ADT^A01 of version 2.5, original mode (no MSH-15 and MSH-16), about 313 bytes (the size that
 * load.md's figures are measured with), the last segment ended.
 *
 * @throws RangeError for a control id that is empty, too long or holds a separator
 *
 * @example
 * ```ts
 * import { sampleAdt } from "./sample.ts";
 * import { HeaderScan } from "./header.ts";
 * import assert from "node:assert/strict";
 *
 * const header = new HeaderScan();
 * assert.equal(header.scan(sampleAdt({ controlId: "MSG1", at: new Date(0) })), true);
 * assert.equal(header.type, "ADT^A01");
 * ```
 */
export function sampleAdt({ controlId, at, offsetMinutes = localOffsetMinutes(at) }: SampleOptions): Uint8Array {
  if (!/^[\x21-\x7e]{1,20}$/.test(controlId) || /[|^~\\&]/.test(controlId)) {
    throw new RangeError(
      `Cannot make the sample message: found the control id "${controlId}", wanted 1 to 20 printable ASCII characters without |^~\\&`,
    );
  }
  const time = formatTimestamp(at, offsetMinutes);
  return utf8(
    [
      `MSH|^~\\&|MLLP|SAMPLE|RECEIVER|HOSPITAL|${time}||ADT^A01^ADT_A01|${controlId}|P|2.5`,
      `EVN|A01|${time.slice(0, 14)}`,
      "PID|1||900417^^^HOSPITAL^MR||MUSTER^MARTA^Q||19800229|F|||7 SAMPLE STREET^^TESTON^^000017||5550100",
      "PV1|1|I|WARD03^12^B^HOSPITAL||||0007^EXAMPLE^ERIN|||MED||||2|A0||||V900417^^^HOSPITAL^VN",
      "",
    ].join("\r"),
  );
}
