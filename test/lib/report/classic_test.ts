import assert from "node:assert/strict";
import { test } from "node:test";
import { classicError, classicLine } from "../../../lib/report/classic.ts";

const SENT = new Date(2026, 0, 5, 9, 8, 7, 6);
const RECEIVED = new Date(2026, 11, 31, 23, 59, 59, 999);

test("classicLine is id, sent, received and reply, times local to the second", () => {
  assert.equal(
    classicLine({ id: "1b4e28ba", sent: SENT, received: RECEIVED, reply: "MSA|AA|1" }),
    "1b4e28ba,2026-01-05 09:08:07,2026-12-31 23:59:59,MSA|AA|1",
  );
});

test("classicLine has milliseconds where the Axiom versions had them", () => {
  assert.equal(
    classicLine({ id: "1", sent: SENT, received: RECEIVED, reply: "" }, { milliseconds: true }),
    "1,2026-01-05 09:08:07.006,2026-12-31 23:59:59.999,",
  );
});

test("classicLine keeps an exchange on one line, frame bytes and all", () => {
  const reply = "\x0bMSH|^~\\&|A\rMSA|AE|1|no\x1b[2J\nroom\x1c\r";
  assert.equal(
    classicLine({ id: "1", sent: SENT, received: SENT, reply }).split(",")[3],
    "\\x0bMSH|^~\\&|A\\rMSA|AE|1|no\\x1b[2J\\nroom\\x1c\\r",
  );
});

test("classicError is what mllp_spammer began its errors with", () => {
  assert.equal(classicError("timed out\r\n"), "Socket Error - timed out\\r\\n");
});
