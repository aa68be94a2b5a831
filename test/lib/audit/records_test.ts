import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { acknowledgedAt, readReceived, readSent } from "../../../lib/audit/records.ts";
import { messageLine } from "../../../lib/report/message_line.ts";
import { HEAD, received, sent, time } from "./ledger.ts";

/** Each with one key replaced; `undefined` takes it away. */
function refuses(read: (line: Record<string, unknown>) => unknown, line: object, cases: Record<string, unknown[]>) {
  for (const [key, values] of Object.entries(cases)) {
    for (const value of [undefined, ...values]) {
      const wrong = JSON.parse(JSON.stringify({ ...line, [key]: value }));
      assert.throws(() => read(wrong), (error: Error) => error.message.startsWith(key), `${key} ${value}`);
    }
  }
}

describe("readSent", () => {
  test("readSent reads what spam writes", () => {
    const times = { code: null, lagUs: 0, serviceUs: NaN, responseUs: NaN };
    const told = { k: 7, sent: new Date(time(3)), controlId: "Mü\n", outcome: "timeout", attempts: 2 } as const;
    const message = { ...told, ...times };
    const line = JSON.parse(messageLine(message, "P1", "ab"));
    const { code, lagUs, serviceUs, responseUs } = line;
    assert.deepEqual(readSent(line), {
      code,
      lagUs,
      serviceUs,
      responseUs,
      k: 7,
      at: time(3),
      controlId: "Mü\n",
      key: "P1",
      hash: "ab",
      outcome: "timeout",
      attempts: 2,
    });
  });

  test("readSent names the key that is missing or wrong", () => {
    refuses(readSent, sent(0), {
      k: [-1, 1.5, "1", 2 ** 60],
      at: ["", "today", 5],
      controlId: [5, null],
      key: [5],
      hash: [null],
      outcome: ["fine", null],
      attempts: [-1, "1"],
    });
  });
});

describe("readReceived", () => {
  test("readReceived tells heads, messages, amendments, gaps and other notes apart", () => {
    const reply = { code: ["AA"], lastByteAt: time(9) };
    const amendment = { note: "amended", at: time(8), n: 3, outcome: "fin", reply };
    assert.deepEqual(readReceived(HEAD), { type: "head", head: HEAD });
    assert.deepEqual(readReceived({ ...received(3, 0) }), { type: "message", message: received(3, 0) });
    assert.deepEqual(readReceived(amendment), { type: "amended", amendment });
    assert.deepEqual(readReceived({ note: "open", at: time(0) }), { type: "note" });
    const discarded = { ...received(3, 0), outcome: "discarded", reply: null };
    assert.deepEqual(readReceived(discarded), { type: "note" }, "what was to be lost has not come");
    assert.deepEqual(readReceived({ note: "gap", at: time(0), messages: 4, reason: "full" }), {
      type: "gap",
      messages: 4,
      reason: "full",
    });
  });

  test("readReceived takes what a receiver could not write for a gap, by its account at the end", () => {
    const stop = (journal?: object) => readReceived({ note: "stop", at: time(0), messages: 9, journal });
    assert.deepEqual(stop({ entries: 7, failed: 2 }), {
      type: "gap",
      messages: 2,
      reason: "they could not be written",
    });
    assert.equal((stop({ entries: 9, failed: 0 }) as { messages: number }).messages, 0);
    assert.equal((stop() as { messages: number }).messages, 0);
  });

  test("readReceived names the key that is missing or wrong", () => {
    refuses(readReceived, received(1, 0), {
      n: ["1"],
      at: ["today"],
      controlId: [5],
      key: [5],
      hash: [5],
      outcome: [null],
      reply: [5, {}, { code: "AA", lastByteAt: time(0) }, { code: [] }, { code: [], lastByteAt: "soon" }],
    });
    assert.throws(() => readReceived({ ...HEAD, journal: "mllp.journal/2" }), /found "mllp\.journal\/2", wanted 'mllp/);
    assert.throws(() => readReceived({ note: 5 }), /^RangeError: note: found 5, wanted a text$/);
    assert.throws(() => readReceived({ note: "gap", at: time(0) }), /^RangeError: messages is missing/);
    assert.throws(() => readReceived({ note: "amended", at: time(0), n: 1, outcome: "fin" }), /^RangeError: reply/);
  });
});

describe("acknowledgedAt", () => {
  const at = (outcome: string, code: readonly string[] | null) =>
    acknowledgedAt(received(1, 0, { outcome, reply: code === null ? null : { code, lastByteAt: time(50) } }));

  test("acknowledgedAt is when the last byte of a positive answer left", () => {
    for (const code of [["AA"], ["CA"], ["CA", "AE"], ["file"], []]) {
      assert.equal(at("replied", code), Date.parse(time(50)));
    }
    assert.equal(at("echoed", []), Date.parse(time(50)));
    assert.equal(at("none", null), Date.parse(time(11)), "where none was due, when it came");
  });

  test("acknowledgedAt is never where the sender was refused or left without an answer", () => {
    for (const code of [["AE"], ["AR"], ["CE", "CR"]]) assert.ok(Number.isNaN(at("replied", code)), code.join());
    for (const outcome of ["held", "fin", "rst", "peer_closed", "dropped", "pending"]) {
      assert.ok(Number.isNaN(at(outcome, ["AA"])), outcome);
    }
    assert.ok(Number.isNaN(at("replied", null)));
  });
});
