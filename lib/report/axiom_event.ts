/**
 * A settled message as an event for Axiom: the fields that mllp_spammer's events had (protocols.md
 * section 6), then what it could not tell. It knows nothing of how an event gets there.
 *
 * | field | what |
 * |---|---|
 * | `_time` | when the message was sent, ISO 8601: Axiom's own field |
 * | `testDay`, `messageSentTimeStamp` | the same, local time |
 * | `correlationId` | the exchange's own UUID |
 * | `acknowledgmentCode` | `Sender_Recv`, or `Sender_Error` where no reply came |
 * | `message` | the reply if payloads were asked for, else null; `Error - ...` where none came |
 * | `messageReceivedTimeStamp` | when the reply came, local time, or null |
 * | `k`, `controlId`, `outcome`, `code`, `attempts` | as everywhere |
 * | `lagUs`, `serviceUs`, `responseUs` | microseconds; null where not measured |
 *
 * One event a message, when it has its outcome; mllp_spammer wrote `Sender_Sent` apart, with nothing
 * in it that is not in the other (our decision).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { decodeText, readCharset } from "../hl7/charset.ts";
import type { SettledMessage } from "../load/line_host.ts";
import { localDay, localTime } from "../local_time.ts";

/** Characters of a reply that are told: Axiom takes a field of 1 MB, and one of UTF-8 takes up to 3 bytes. */
const MOST_TEXT = 64 * 1024;

/** What an event is made with. */
export interface AxiomEventChoices {
  /** The UUID of the exchange. */
  readonly correlationId: string;
  /** Whether the reply stands in it. It may name patients. */
  readonly payload: boolean;
}

/**
 * The event as JSON, without a line end.
 *
 * @example
 * ```ts
 * import { axiomEvent } from "./axiom_event.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const at = new Date("2026-01-31T12:00:00Z");
 * const message = {
 *   ...{ k: 0, controlId: "1", message: utf8("MSH|"), due: null, sent: at, settled: at, outcome: "accepted" as const },
 *   ...{ code: "AA", attempts: 1, lagUs: NaN, serviceUs: 512.4, responseUs: NaN, reply: utf8("MSH|"), error: "" },
 * };
 * const event = JSON.parse(axiomEvent(message, { correlationId: "1b4e28ba", payload: false }));
 * assert.equal(event.acknowledgmentCode, "Sender_Recv");
 * assert.deepEqual([event.message, event.serviceUs, event.lagUs], [null, 512, null]);
 * ```
 */
export function axiomEvent(message: SettledMessage, choices: AxiomEventChoices): string {
  const { k, controlId, sent, settled, outcome, code, attempts, reply, error } = message;
  return JSON.stringify({
    _time: sent.toISOString(),
    testDay: localDay(sent),
    correlationId: choices.correlationId,
    messageSentTimeStamp: localTime(sent, true),
    acknowledgmentCode: reply === null ? "Sender_Error" : "Sender_Recv",
    message: reply === null ? `Error - ${error === "" ? outcome : error}` : choices.payload ? textOf(reply) : null,
    messageReceivedTimeStamp: reply === null ? null : localTime(settled, true),
    k,
    controlId,
    outcome,
    code,
    attempts,
    lagUs: whole(message.lagUs),
    serviceUs: whole(message.serviceUs),
    responseUs: whole(message.responseUs),
  });
}

function textOf(reply: Uint8Array): string {
  const text = decodeText(reply.subarray(0, 4 * MOST_TEXT), readCharset(reply));
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text;
}

/** JSON has no NaN. */
function whole(us: number): number | null {
  return Number.isNaN(us) ? null : Math.round(us);
}
