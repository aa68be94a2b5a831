import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../lib/bytes.ts";
import { Answered } from "../../receiver/answered.ts";

test("Answered gives back the last reply to a control id, whatever becomes of the bytes it was given", () => {
  const answered = new Answered();
  const reply = utf8("first");
  answered.remember("MSG1", reply);
  reply.fill(0);
  assert.deepEqual(answered.find("MSG1"), utf8("first"));
  answered.remember("MSG1", utf8("second"));
  assert.deepEqual(answered.find("MSG1"), utf8("second"));
  assert.equal(answered.size, 1);
  assert.equal(answered.find("MSG2"), undefined);
});

test("Answered takes no message without a control id for another's duplicate", () => {
  const answered = new Answered();
  answered.remember("", utf8("reply"));
  assert.equal(answered.find(""), undefined);
  assert.equal(answered.size, 0);
});

test("Answered tells ids apart that differ in bytes beyond ASCII", () => {
  const answered = new Answered();
  answered.remember("\xe4", utf8("a"));
  answered.remember("\xf6", utf8("o"));
  assert.deepEqual(answered.find("\xe4"), utf8("a"));
});

test("Answered forgets the oldest beyond its number, and one that comes again is no longer old", () => {
  const answered = new Answered({ most: 2 });
  for (const id of ["A", "B", "A", "C"]) answered.remember(id, utf8(id));
  assert.deepEqual(["A", "B", "C"].map((id) => answered.find(id) !== undefined), [true, false, true]);
  assert.equal(answered.size, 2);
});

test("Answered forgets the oldest beyond its bytes, and does not keep what alone is too large", () => {
  const answered = new Answered({ mostBytes: 10_000 });
  for (let i = 0; i < 100; i++) answered.remember(`MSG${i}`, new Uint8Array(1000));
  assert.equal(answered.size, 9);
  assert.notEqual(answered.find("MSG99"), undefined);
  answered.remember("LARGE", new Uint8Array(20_000));
  assert.equal(answered.size, 0);
  answered.remember("SMALL", new Uint8Array(1));
  assert.equal(answered.size, 1);
});

test("Answered forgets everything when it is cleared", () => {
  const answered = new Answered({ mostBytes: 1200 });
  answered.remember("A", new Uint8Array(1000));
  answered.clear();
  assert.equal(answered.find("A"), undefined);
  answered.remember("B", new Uint8Array(1000));
  assert.notEqual(answered.find("B"), undefined);
});
