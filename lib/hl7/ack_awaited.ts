/**
 * Which acknowledgement a sender waits for, given which are due.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { AcksDue } from "./ack_mode.ts";

/** The acknowledgement whose coming settles a message. */
export type Awaited = "application" | "accept" | "none";

/**
 * Which acknowledgement settles a message. An application acknowledgement that is due whatever
 * happens, or on success, is waited for. One that is due on error only is waited for if nothing
 * else is due; beside an accept acknowledgement it is not, since its absence is the good news (our
 * decision). A negative acknowledgement of either kind settles a message in any case.
 *
 * @example
 * ```ts
 * import { awaited } from "./ack_awaited.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(awaited({ mode: "original", accept: "NE", application: "AL" }), "application");
 * assert.equal(awaited({ mode: "enhanced", accept: "AL", application: "ER" }), "accept");
 * assert.equal(awaited({ mode: "enhanced", accept: "AL", application: "NE" }), "accept");
 * ```
 */
export function awaited(due: AcksDue): Awaited {
  if (due.application === "AL" || due.application === "SU") return "application";
  if (due.accept !== "NE") return "accept";
  return due.application === "NE" ? "none" : "application";
}
