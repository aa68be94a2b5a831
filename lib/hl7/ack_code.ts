/**
 * The six acknowledgement codes of MSA-1 (HL7 table 0008) and the error codes of ERR (table 0357): their words.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** An acknowledgement code: `A` the application's, `C` the commit's; accept, error, reject. */
export type AckCode = "AA" | "AE" | "AR" | "CA" | "CE" | "CR";

/** All acknowledgement codes. */
export const ACK_CODES: readonly AckCode[] = Object.freeze(["AA", "AE", "AR", "CA", "CE", "CR"] as const);

const MEANINGS: Readonly<Record<AckCode, string>> = {
  AA: "accepted",
  AE: "application error",
  AR: "application reject",
  CA: "commit accepted",
  CE: "commit error",
  CR: "commit reject",
};

/**
 * Whether a text is one of the six codes.
 *
 * @example
 * ```ts
 * import { isAckCode } from "./ack_code.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isAckCode("AA"), true);
 * assert.equal(isAckCode("OK"), false);
 * ```
 */
export function isAckCode(text: string): text is AckCode {
  return (ACK_CODES as readonly string[]).includes(text);
}

/**
 * What a code says, in plain words; for anything but the six, that it is not one of them.
 *
 * @example
 * ```ts
 * import { ackMeaning } from "./ack_code.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(ackMeaning("AR"), "application reject");
 * assert.equal(ackMeaning("OK"), "not a code of HL7");
 * ```
 */
export function ackMeaning(code: string): string {
  return isAckCode(code) ? MEANINGS[code] : "not a code of HL7";
}

/**
 * The commit code of the same verdict: for when only the accept acknowledgement is due and an
 * application code was configured (protocols.md section 8).
 *
 * @example
 * ```ts
 * import { commitCode } from "./ack_code.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(commitCode("AE"), "CE");
 * ```
 */
export function commitCode(code: AckCode): AckCode {
  switch (code) {
    case "AA":
      return "CA";
    case "AE":
      return "CE";
    case "AR":
      return "CR";
    default:
      return code;
  }
}

/** HL7 table 0357, message error condition codes. */
const ERROR_NAMES: ReadonlyMap<string, string> = new Map([
  ["0", "Message accepted"],
  ["100", "Segment sequence error"],
  ["101", "Required field missing"],
  ["102", "Data type error"],
  ["103", "Table value not found"],
  ["104", "Value too long"],
  ["198", "Non-conformant cardinality"],
  ["199", "Other HL7 error"],
  ["200", "Unsupported message type"],
  ["201", "Unsupported event code"],
  ["202", "Unsupported processing id"],
  ["203", "Unsupported version id"],
  ["204", "Unknown key identifier"],
  ["205", "Duplicate key identifier"],
  ["206", "Application record locked"],
  ["207", "Application internal error"],
]);

/**
 * The name of an error code of HL7 table 0357; empty for one that is not in it.
 *
 * @example
 * ```ts
 * import { errorName } from "./ack_code.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(errorName(101), "Required field missing");
 * ```
 */
export function errorName(code: number | string): string {
  return ERROR_NAMES.get(String(code)) ?? "";
}
