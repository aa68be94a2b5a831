import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { messageLine } from "../../../lib/report/message_line.ts";
import { settledMessage } from "../../cli/settled_message.ts";

const byte = fc.integer({ min: 0, max: 255 });
const latin1Text = fc.array(byte, { maxLength: 40 }).map((codes) => String.fromCharCode(...codes));

describe("messageLine", () => {
  test("messageLine has the keys of load.md in their order, then code and clocks", () => {
    const about = { outcome: "timeout", attempts: 2, code: null, lagUs: NaN } as const;
    const line = JSON.parse(messageLine(settledMessage(3, about), "4714", "ab"));
    assert.deepEqual(Object.entries(line), [
      ["k", 3],
      ["at", "2026-01-31T12:00:00.250Z"],
      ["controlId", "M3"],
      ["key", "4714"],
      ["hash", "ab"],
      ["outcome", "timeout"],
      ["attempts", 2],
      ["code", null],
      ["lagUs", null],
      ["serviceUs", 500_000],
      ["responseUs", 750_000],
    ]);
    const accepted = JSON.parse(messageLine(settledMessage(3), null, "ab"));
    assert.deepEqual([accepted.code, accepted.lagUs], ["AA", 120]);
  });

  test("messageLine gives any id and any key back, in one line of ASCII", () => {
    fc.assert(fc.property(latin1Text, fc.option(latin1Text), (controlId, key) => {
      const line = messageLine(settledMessage(0, { controlId }), key, "ab");
      assert.match(line, /^[ -~]+$/);
      const read = JSON.parse(line);
      assert.deepEqual([read.controlId, read.key], [controlId, key]);
    }));
  });
});
