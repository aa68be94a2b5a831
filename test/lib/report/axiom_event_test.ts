import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import type { SettledMessage } from "../../../lib/load/line_host.ts";
import { localDay, localTime } from "../../../lib/local_time.ts";
import { axiomEvent } from "../../../lib/report/axiom_event.ts";
import { settledMessage } from "../../cli/settled_message.ts";

function eventOf(about: Partial<SettledMessage>, payload = false): Record<string, unknown> {
  return JSON.parse(axiomEvent(settledMessage(7, about), { correlationId: "1b4e28ba", payload }));
}

describe("axiomEvent", () => {
  test("axiomEvent has the fields of mllp_spammer, then outcome and latencies, and no payload", () => {
    const { sent, settled } = settledMessage();
    assert.deepEqual(eventOf({}), {
      _time: "2026-01-31T12:00:00.250Z",
      testDay: localDay(sent),
      correlationId: "1b4e28ba",
      messageSentTimeStamp: localTime(sent, true),
      acknowledgmentCode: "Sender_Recv",
      message: null,
      messageReceivedTimeStamp: localTime(settled, true),
      k: 7,
      controlId: "M7",
      outcome: "accepted",
      code: "AA",
      attempts: 1,
      lagUs: 120,
      serviceUs: 500_000,
      responseUs: 750_000,
    });
  });

  test("axiomEvent tells why no reply came, and leaves out what was not measured", () => {
    const silence = { reply: null, code: null, outcome: "reset", error: "the peer broke the connection" } as const;
    const event = eventOf({ ...silence, serviceUs: NaN, lagUs: NaN, responseUs: NaN });
    assert.deepEqual(
      [event.acknowledgmentCode, event.message, event.messageReceivedTimeStamp, event.outcome],
      ["Sender_Error", "Error - the peer broke the connection", null, "reset"],
    );
    assert.deepEqual([event.lagUs, event.serviceUs, event.responseUs], [null, null, null]);
    assert.equal(eventOf({ reply: null, outcome: "dropped" }).message, "Error - dropped");
  });

  test("axiomEvent has the reply when payloads are asked for, cut to what a field takes", () => {
    assert.match(eventOf({}, true).message as string, /^MSH.*\rMSA\|AA\|M7\r$/s);
    const long = eventOf({ reply: utf8(`MSH|${"x".repeat(100_000)}`) }, true).message as string;
    assert.equal(long.length, 64 * 1024 + 3);
    assert.ok(long.endsWith("x..."));
  });
});
