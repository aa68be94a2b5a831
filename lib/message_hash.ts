/**
 * The fingerprint by which a message is the same wherever it is written down: in the log of the
 * sender and in the journal of the receiver. It knows nothing of what a message says.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { CR } from "./bytes.ts";

/**
 * SHA-256 of the message's bytes in lower-case hex, one final CR left out, because framing may add
 * or take it (load.md section 7). About a microsecond for 313 bytes.
 *
 * @example
 * ```ts
 * import { messageHash } from "./message_hash.ts";
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(messageHash(utf8("MSH|1\r")), messageHash(utf8("MSH|1")));
 * assert.equal(messageHash(utf8("MSH|1")).length, 64);
 * ```
 */
export function messageHash(message: Uint8Array): string {
  const last = message.length - 1;
  return createHash("sha256").update(message[last] === CR ? message.subarray(0, last) : message).digest("hex");
}
