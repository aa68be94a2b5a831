/** What became of a sent message, as lines for people. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exchangeLines } from "../../cli/send_report.ts";
import { utf8 } from "../../lib/bytes.ts";
import { ReplyError, TransportError } from "../../lib/errors.ts";
import type { Exchange } from "../../lib/exchange.ts";
import type { AckCode } from "../../lib/hl7/ack_code.ts";
import { plain } from "../../lib/text.ts";
import { ack } from "../peer.ts";

/** The lines about an exchange that ended like this. */
function lines(about: Partial<Exchange>, expected?: AckCode): string[] {
  const settled = { controlId: "M1", rttUs: null, attempts: 1, warnings: [], window: null, error: null, reply: null };
  return exchangeLines({ ...settled, ...about } as Exchange, Infinity, expected).map(plain);
}

const accepted = { outcome: "accepted", code: "AA", reply: utf8(ack("M1")) } as const;
const refused = { outcome: "error", code: "AE", reply: utf8(ack("M1", "AE")) } as const;

test("exchangeLines marks an answer by what it says, unless a code was expected", () => {
  assert.match(lines(accepted)[0], /^ {2}✓ AA accepted$/);
  assert.match(lines(refused)[0], /^ {2}✗ AE application error$/);
  assert.match(lines(accepted, "AE")[0], /^ {2}✗ AA accepted, expected AE$/);
  assert.match(lines(refused, "AE")[0], /^ {2}✓ AE application error, as expected$/);
  const error = new ReplyError("reply_timeout", "No reply within 5s");
  assert.equal(
    lines({ outcome: "timeout", code: null, error }, "AE")[0],
    "  ✗ timeout: No reply within 5s, expected AE",
  );
});

test("exchangeLines says of a name without an address that it was not found", () => {
  const about = { operation: "connect", endpoint: "tcp://nowhere:1", systemCode: "ENOTFOUND" };
  const error = new TransportError("dns_failed", "Cannot connect to tcp://nowhere:1: the name does not resolve", about);
  assert.match(lines({ outcome: "refused", code: null, error })[0], /^ {2}✗ name not found: Cannot connect/);
});

test("exchangeLines calls an error of before version 2.5, which has no severity, an error", () => {
  const reply = utf8(ack("M1", "AE", "", "ERR|PID^1^5^204&Unknown key\r"));
  assert.equal(lines({ ...refused, reply })[1], "    error    PID-5  204 Unknown key identifier");
});
