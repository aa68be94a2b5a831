import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { acksDue } from "../../../lib/hl7/ack_mode.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { sampleAdt } from "../../../lib/hl7/sample.ts";

const at = new Date("2026-01-31T12:00:00.250Z");

test("sampleAdt is an ADT^A01 of version 2.5 in original mode with the id and time asked for", () => {
  const message = sampleAdt({ controlId: "MSG1", at, offsetMinutes: 0 });
  const header = new HeaderScan();
  assert.equal(header.scan(message), true);
  assert.equal(header.type, "ADT^A01");
  assert.equal(header.version, 205);
  assert.equal(header.text(10), "MSG1");
  assert.equal(header.text(7), "20260131120000.250");
  assert.deepEqual(acksDue(message), { mode: "original", accept: "NE", application: "AL" });
});

test("sampleAdt has the segments that an ADT_A01 must have, each ended by CR", () => {
  const message = sampleAdt({ controlId: "MSG1", at, offsetMinutes: 0 });
  const segments = latin1(message).split("\r");
  assert.deepEqual(segments.map((segment) => segment.slice(0, 3)), ["MSH", "EVN", "PID", "PV1", ""]);
  assert.equal(latin1(parsePath("EVN-2").first(message)!), "20260131120000");
  assert.equal(latin1(parsePath("PV1-2").first(message)!), "I");
});

test("sampleAdt is 313 bytes with an id of 20 characters", () => {
  assert.equal(sampleAdt({ controlId: "X".repeat(20), at }).length, 313);
});

test("sampleAdt refuses a control id that would not survive", () => {
  for (const controlId of ["", "X".repeat(21), "a|b", "a b", "a\rb", "ä", "a\\b"]) {
    assert.throws(() => sampleAdt({ controlId, at }), {
      name: "RangeError",
      message: /^Cannot make the sample message: found the control id/,
    });
  }
});
