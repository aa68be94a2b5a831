/** What a journal keeps of a message's text, and of entries in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { keptPayload, textOf } from "../../../receiver/journal/payload.ts";
import { Ring } from "../../../receiver/journal/ring.ts";

const MESSAGE = "MSH|^~\\&|ADT|WARD\rPID|1||4711^^^HOSP||Muster^Anna\rMSA|AA|X1\rERR|||207|E\rERRX|1\rERR|||101\r";

test("keptPayload keeps of a message what was asked for, and of headers nothing about a patient", () => {
  const message = utf8(MESSAGE);
  assert.equal(keptPayload(message, "full"), MESSAGE);
  assert.equal(keptPayload(message, "headers"), "MSH|^~\\&|ADT|WARD\rMSA|AA|X1\rERR|||207|E\rERR|||101\r");
  assert.equal(keptPayload(message, "hash"), undefined);
});

test("keptPayload of headers takes line feeds for segment ends where the first segment has one", () => {
  assert.equal(keptPayload(utf8("MSH|^~\\&|A\nPID|1\nMSA|AE|X\n"), "headers"), "MSH|^~\\&|A\rMSA|AE|X\r");
});

test("keptPayload of headers keeps nothing of what is no HL7, since nobody knows what it is", () => {
  for (const text of ["", "hello", "PID|1||4711\r", "MSH", "\u0000\u0000"]) {
    assert.equal(keptPayload(utf8(text), "headers"), "");
  }
});

test("keptPayload and textOf keep each byte as the character of its number", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = keptPayload(bytes, "full")!;
  assert.deepEqual(Array.from(text, (char) => char.charCodeAt(0)), [...bytes]);
  assert.equal(textOf(bytes.subarray(60), 5, 8), "ABC");
});

test("Ring keeps the last entries, the newest last", () => {
  const ring = new Ring(3);
  assert.deepEqual(ring.recent(), []);
  const numbers = (limit?: number) => ring.recent(limit).map(({ n }) => n);
  for (let n = 1; n <= 10; n++) {
    ring.push({ n } as never);
    assert.deepEqual(numbers(), [n - 2, n - 1, n].filter((each) => each > 0));
  }
  assert.deepEqual(numbers(2), [9, 10]);
  assert.deepEqual(numbers(0), []);
});

test("Ring lets go of heavy payloads before it is full of entries, but never of the last", () => {
  const ring = new Ring(100, 1000);
  for (let n = 1; n <= 5; n++) ring.push({ n, payload: "x".repeat(400) } as never);
  assert.deepEqual(ring.recent().map(({ n }) => n), [4, 5]);
  ring.push({ n: 6, payload: "x".repeat(5000) } as never);
  assert.deepEqual(ring.recent().map(({ n }) => n), [6]);
});

test("Ring of no entries keeps none", () => {
  const ring = new Ring(0);
  ring.push({ n: 1 } as never);
  assert.deepEqual(ring.recent(), []);
});
