/**
 * A reply in its way: another id, another type, damaged, or the one before once more. It makes bytes and sends none.
 *
 * @module
 */
import { draw } from "../lib/random.ts";
import type { Totals } from "./events.ts";
import { mutateFrame } from "./mutate/apply.ts";
import { responseOf, withOtherId, wrongId } from "./response.ts";
import { latin1, NO_BYTES } from "../lib/bytes.ts";
import type { Remembered } from "./conversation.ts";
import type { Way } from "./steps/way.ts";

/** What a reply is counted under. */
export type ReplyCode = keyof Totals["replies"];

/** A reply, made. */
export interface MadeReply {
  readonly code: ReplyCode;
  readonly payload: Uint8Array;
  /** Its bytes on the line, where they are not what the link makes of the payload. */
  readonly frame: Uint8Array | null;
  /** What follows the frame again and again; null for nothing. */
  readonly endless: Uint8Array | null;
}

/** What a way may need to know of the message and its connection. */
export interface Circumstances {
  readonly seed: number;
  /** The message that is answered; whole only where the way asks for it. */
  readonly message: Uint8Array;
  /** Its MSH-10. */
  readonly controlId: Uint8Array;
  readonly attempt: number;
  /** Whether a message with this MSH-10 has come. */
  isKnown(controlId: Uint8Array): boolean;
  /** The reply sent before over the same connection, if there was one and it was kept. */
  readonly previous: Remembered | null;
}

/**
 * A reply made in its way.
 *
 * @example
 * ```ts
 * import { inItsWay } from "./made_reply.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const plain = { code: "AA", payload: utf8("MSH|^~\\&|LAB\rMSA|AA|MSG1\r"), frame: null, endless: null } as const;
 * const about = { seed: 1, message: utf8("MSH|^~\\&|A\r"), controlId: utf8("MSG1"), attempt: 1 };
 * assert.match(latin1(inItsWay(plain, { controlId: "empty" }, { ...about, isKnown: () => false, previous: null }).payload), /\rMSA\|AA\|/);
 * ```
 */
export function inItsWay(plain: MadeReply, way: Way, about: Circumstances): MadeReply {
  const { previous } = about;
  if (way.stale === true && previous !== null) {
    return { ...plain, code: previous.code as ReplyCode, frame: previous.frame() };
  }
  let { payload } = plain;
  if (way.controlId !== undefined) payload = withOtherId(payload, idOf(way.controlId, about));
  if (way.as !== undefined) payload = responseOf(payload, about.message, way.as);
  if (way.mutate === undefined) return { ...plain, payload };
  const { bytes, endless } = mutateFrame(payload, way.mutate);
  return { ...plain, payload, frame: bytes, endless };
}

function idOf(
  other: NonNullable<Way["controlId"]>,
  { seed, controlId, attempt, previous, isKnown }: Circumstances,
): Uint8Array {
  if (other === "empty") return NO_BYTES;
  if (other === "wrong") return wrongId(controlId, draw(seed, "control_id", latin1(controlId), attempt), isKnown);
  // Before there is one, nobody's.
  if (other === "previous") return Uint8Array.from(previous?.controlId ?? "", (char) => char.charCodeAt(0));
  return new TextEncoder().encode(other.literal);
}
