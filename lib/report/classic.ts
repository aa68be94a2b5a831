/**
 * The lines of mllp_spammer (protocols.md section 6), for scripts that read them.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { localTime } from "../local_time.ts";
import { printable } from "../text.ts";

/** One exchange as mllp_spammer told it. */
export interface ClassicExchange {
  /** The message's own id. */
  readonly id: string;
  readonly sent: Date;
  readonly received: Date;
  /** What came back, decoded; with its frame bytes if those are to be seen (`-rop false`). */
  readonly reply: string;
}

/**
 * `id,sent,received,reply` with times of the local zone, `YYYY-MM-DD HH:MM:SS`; with `milliseconds`
 * as its Axiom versions wrote them, `.mmm` more. The original printed a reply's control characters
 * as they came, so that a CR overwrote the line; here they are escapes (`\r`, `\x0b`), and one
 * exchange is one line (our decision).
 *
 * @example
 * ```ts
 * import { classicLine } from "./classic.ts";
 * import assert from "node:assert/strict";
 *
 * const at = new Date(2026, 0, 31, 12, 0, 5);
 * assert.equal(
 *   classicLine({ id: "1b4e28ba", sent: at, received: at, reply: "MSH|^~\\&|\rMSA|AA|1\r" }),
 *   "1b4e28ba,2026-01-31 12:00:05,2026-01-31 12:00:05,MSH|^~\\&|\\rMSA|AA|1\\r",
 * );
 * ```
 */
export function classicLine(exchange: ClassicExchange, options: { readonly milliseconds?: boolean } = {}): string {
  const { id, sent, received, reply } = exchange;
  const digits = options.milliseconds ?? false;
  return `${printable(id)},${localTime(sent, digits)},${localTime(received, digits)},${printable(reply)}`;
}

/**
 * `Socket Error - ` and why: an exchange that failed.
 *
 * @example
 * ```ts
 * import { classicError } from "./classic.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(classicError("timed out"), "Socket Error - timed out");
 * ```
 */
export function classicError(reason: string): string {
  return `Socket Error - ${printable(reason)}`;
}
