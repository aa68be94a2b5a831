/** The bounded memory of control ids. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../lib/bytes.ts";
import { RandomStream } from "../../lib/random.ts";
import { Attempts, payloadScope } from "../../receiver/attempts.ts";

test("Attempts counts each id on its own", () => {
  const attempts = new Attempts();
  const bytes = utf8("|MSG1|MSG2|");
  assert.equal(attempts.seen(bytes, 1, 5), 1);
  assert.equal(attempts.seen(bytes, 6, 10), 1);
  assert.equal(attempts.seen(bytes, 1, 5), 2);
  assert.equal(attempts.seen(utf8("MSG1")), 3);
});

test("Attempts knows what has come, and counts nothing by being asked", () => {
  const attempts = new Attempts(10);
  assert.equal(attempts.knows(utf8("MSG1")), false);
  attempts.seen(utf8("MSG1"));
  for (let i = 0; i < 10; i++) attempts.seen(utf8(`ID${i}`));
  assert.equal(attempts.knows(utf8("MSG1")), true, "in the older table, too");
  assert.equal(attempts.knows(utf8("MSG2")), false);
  assert.equal(attempts.seen(utf8("MSG1")), 2);
});

test("Attempts remembers at least as many ids as asked, and forgets older ones", () => {
  const attempts = new Attempts(100);
  for (let i = 0; i < 250; i++) assert.equal(attempts.seen(utf8(`ID${i}`)), 1);
  for (let i = 150; i < 250; i++) assert.equal(attempts.seen(utf8(`ID${i}`)), 2, `ID${i}`);
  assert.equal(attempts.seen(utf8("ID0")), 1);
});

test("Attempts goes on counting an id across its two tables", () => {
  const attempts = new Attempts(10);
  for (let round = 1; round <= 5; round++) {
    assert.equal(attempts.seen(utf8("SAME")), round);
    for (let i = 0; i < 10; i++) attempts.seen(utf8(`R${round}I${i}`));
  }
});

test("Attempts takes no two of a million ids for one another", () => {
  const attempts = new Attempts(1_000_000);
  const id = new Uint8Array(12);
  const random = new RandomStream(11);
  for (let i = 0; i < 1_000_000; i++) {
    // Alike but for a few characters, as ids are.
    id.fill(0x41);
    id[0] = i & 0xff;
    id[5] = (i >>> 8) & 0xff;
    id[11] = i >>> 16;
    if (attempts.seen(id) !== 1) assert.fail(`id ${i} was taken for another`);
  }
  id[3] = random.integer(0x40);
  assert.equal(attempts.seen(id), 1);
});

test("payloadScope tells messages apart and can be no control id's own", () => {
  assert.notEqual(payloadScope(utf8("A")), payloadScope(utf8("B")));
  assert.ok(payloadScope(utf8("A")).startsWith("\u0000"));
});

test("Attempts that keeps numbers tells with which message an id came first, across its two tables", () => {
  const attempts = new Attempts(10, true);
  const seen = (id: string, n: number) => [attempts.seen(utf8(id), 0, id.length, n), attempts.first];
  assert.deepEqual(seen("SAME", 3), [1, 3]);
  assert.deepEqual(seen("OTHER", 4), [1, 4]);
  assert.deepEqual(seen("SAME", 5), [2, 3]);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 9; i++) seen(`R${round}I${i}`, 100);
    assert.deepEqual(seen("SAME", 200 + round), [3 + round, 3]);
  }
  const plain = new Attempts();
  plain.seen(utf8("A"), 0, 1, 7);
  assert.equal(plain.first, 0, "nobody asked");
});
