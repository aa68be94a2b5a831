import assert from "node:assert/strict";
import { test } from "node:test";
import { ACK_CODES, ackMeaning, commitCode, errorName, isAckCode } from "../../../lib/hl7/ack_code.ts";

test("isAckCode knows the six codes and no more", () => {
  assert.deepEqual(["AA", "AE", "AR", "CA", "CE", "CR"].filter(isAckCode), [...ACK_CODES]);
  assert.deepEqual(["", "A", "aa", "AAA", "OK", "constructor", "toString"].filter(isAckCode), []);
});

test("ackMeaning has a meaning of its own for each code", () => {
  assert.equal(new Set(ACK_CODES.map(ackMeaning)).size, 6);
  assert.equal(ackMeaning("toString"), "not a code of HL7");
});

test("commitCode keeps the verdict and leaves commit codes alone", () => {
  assert.deepEqual(ACK_CODES.map(commitCode), ["CA", "CE", "CR", "CA", "CE", "CR"]);
});

test("errorName knows table 0357 by number and by text", () => {
  assert.equal(errorName(207), "Application internal error");
  assert.equal(errorName("207"), "Application internal error");
  assert.equal(errorName("0"), "Message accepted");
  assert.equal(errorName("Z99"), "");
});
