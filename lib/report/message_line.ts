/**
 * The line of a message in a log of the run: what an audit needs to find it again at the receiver,
 * and nothing of what it says.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { SettledMessage } from "../load/line_host.ts";

/** What of a settled message stands in its line. */
export type LoggedMessage = Pick<
  SettledMessage,
  "k" | "sent" | "controlId" | "outcome" | "attempts" | "code" | "lagUs" | "serviceUs" | "responseUs"
>;

/**
 * One line of NDJSON without its line end: `k`, `at` (ISO 8601, UTC: when the message was given to
 * its connection, or given up), `controlId`, `key`, `hash`, `outcome`, `attempts` (load.md section 7), `code` (MSA-1),
 * `lagUs`, `serviceUs`, `responseUs` (whole microseconds); null where there is none.
 * All ASCII, so that its length is its length in bytes; of ids and keys each character is a byte of
 * the message, whatever its charset (our decision: a receiver's journal can be compared byte by byte).
 *
 * @param key the value at the path that was asked for, one character a byte; null if there is none
 * @param hash as `messageHash` gives it
 *
 * @example
 * ```ts
 * import { messageLine } from "./message_line.ts";
 * import assert from "node:assert/strict";
 *
 * const sent = new Date("2026-01-31T12:00:00Z");
 * assert.equal(
 *   messageLine(
 *     { k: 7, sent, controlId: "M\u00fc1", outcome: "accepted", attempts: 1, code: "AA", lagUs: NaN, serviceUs: 812.4, responseUs: NaN },
 *     null,
 *     "ab12",
 *   ),
 *   `{"k":7,"at":"2026-01-31T12:00:00.000Z","controlId":"M\\u00fc1","key":null,"hash":"ab12",` +
 *     `"outcome":"accepted","attempts":1,"code":"AA","lagUs":null,"serviceUs":812,"responseUs":null}`,
 * );
 * ```
 */
export function messageLine(message: LoggedMessage, key: string | null, hash: string): string {
  const { k, sent, controlId, outcome, attempts, code, lagUs, serviceUs, responseUs } = message;
  return `{"k":${k},"at":"${sent.toISOString()}","controlId":${quoted(controlId)},` +
    `"key":${key === null ? "null" : quoted(key)},"hash":"${hash}","outcome":"${outcome}","attempts":${attempts},` +
    `"code":${code === null ? "null" : quoted(code)},"lagUs":${whole(lagUs)},"serviceUs":${whole(serviceUs)},` +
    `"responseUs":${whole(responseUs)}}`;
}

/** JSON has no NaN. */
function whole(us: number): string {
  return Number.isNaN(us) ? "null" : String(Math.round(us));
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
