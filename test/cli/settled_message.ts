/** A message that has its outcome, for tests of what is told of each. */
import { utf8 } from "../../lib/bytes.ts";
import type { SettledMessage } from "../../lib/load/line_host.ts";

/** One that was accepted, but for what is said of it. */
export function settledMessage(k = 0, about: Partial<SettledMessage> = {}): SettledMessage {
  return {
    k,
    controlId: `M${k}`,
    message: utf8(`MSH|^~\\&|LAB|EXAMPLE|||20260131120000||ADT^A01|M${k}|P|2.5\rPID|1||${4711 + k}^^^EXAMPLE^MR\r`),
    due: new Date("2026-01-31T12:00:00.000Z"),
    sent: new Date("2026-01-31T12:00:00.250Z"),
    settled: new Date("2026-01-31T12:00:00.750Z"),
    outcome: "accepted",
    code: "AA",
    attempts: 1,
    lagUs: 120.25,
    serviceUs: 500_000,
    responseUs: 750_000,
    reply: utf8(`MSH|^~\\&|||LAB|EXAMPLE|20260131120000||ACK^A01^ACK|R${k}|P|2.5\rMSA|AA|M${k}\r`),
    error: "",
    ...about,
  };
}
