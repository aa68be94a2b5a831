/** Why the rules for a message did or did not decide, told afterwards by what a journal kept of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonsFor } from "../../../receiver/control/reasons.ts";
import type { JournalMessage, PayloadForm } from "../../../receiver/journal/entry.ts";
import { parseScenario } from "../../../receiver/scenario/parse.ts";

const SCENARIO = parseScenario(
  `{version: 1, rules: [
    {id: opening, on: open, then: continue, do: [{accept_delay: 1s}]},
    {id: other, when: {type: ORU^R01}, do: [hold]},
    {id: patient, when: {PID-3: 4711}, do: [hold]},
    {id: off, enabled: false, when: {MSH-10: M1}, do: [hold]},
    {id: third, when: {MSH-10: {starts: M}}, trigger: {nth: 3}, do: [{reply: AE}]},
    {id: last, when: {MSH-10: {starts: E}}, do: [{reply: AR}]},
  ]}`,
  { file: "test.yaml", seed: 1 },
);

const PAYLOAD = "MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||ADT^A01|M1|P|2.5\rPID|1||4712\r";

/** The entry of a message M1 on which a rule decided, or the defaults. */
function entry(about: Partial<JournalMessage>): JournalMessage {
  return {
    n: 1,
    at: "2026-01-31T12:00:00.000Z",
    connection: 1,
    listener: "tcp://127.0.0.1:2575",
    peer: "127.0.0.1:50000",
    attempt: 1,
    controlId: "M1",
    type: "ADT^A01",
    bytesIn: PAYLOAD.length,
    hash: "",
    key: null,
    warnings: [],
    rule: null,
    considered: [],
    plan: [{ verb: "reply", items: ["AA"] }],
    steps: [],
    reply: null,
    outcome: "replied",
    payload: PAYLOAD,
    ...about,
  } as JournalMessage;
}

function told(about: Partial<JournalMessage>, payload: PayloadForm = "full"): readonly string[] {
  return reasonsFor(entry(about), SCENARIO, { payload }).lines;
}

const WAITED = {
  rule: "third",
  chance: 1,
  draw: null,
  held: false,
  matched: true,
  ordinal: 2,
  missed: "order",
} as const;
const HELD = { ...WAITED, held: true, ordinal: 3, missed: undefined } as const;

test("reasonsFor tells of each rule which condition did not hold, in the order in which they stand", () => {
  assert.deepEqual(told({ considered: [WAITED] }), [
    "other: not of type ORU^R01",
    "patient: not whose PID-3 is '4711'",
    "off: switched off, or in another state",
    "third: number 2 of its count, not its turn",
    "last: not whose MSH-10 starts with 'E'",
    "so the defaults decide: reply AA",
    "it came to: replied",
  ]);
});

test("reasonsFor stops at the rule that decided", () => {
  const lines = told({ considered: [HELD], rule: "third" });
  assert.deepEqual(lines.slice(3), [
    "third: number 3 of its count",
    "so third decides: reply AA",
    "it came to: replied",
  ]);
});

test("reasonsFor tells a rule that was fired by hand once, and first", () => {
  const fired = { rule: "last", chance: 1, draw: null, held: true, fired: true } as const;
  const end = ["so last decides: reply AA", "it came to: replied"];
  assert.deepEqual(told({ considered: [fired], rule: "last" }), ["last: fired by hand", ...end]);
  // One that does not decide lets the others have their turn.
  assert.deepEqual(told({ considered: [fired, WAITED] }).slice(0, 2), [
    "last: fired by hand",
    "other: not of type ORU^R01",
  ]);
});

test("reasonsFor says what it cannot tell by what was kept, and not what it does not know", () => {
  const [other, patient] = told({}, "headers");
  assert.equal(other, "other: not of type ORU^R01");
  assert.match(patient, /^patient: not tried, and why can no longer be told: Cannot look at PID-3: .*--payload full$/);
  // A rule that is gone decided: which of the others were off by then is not known.
  assert.ok(!told({ rule: "gone" }).some((line) => line.startsWith("off")));
});

test("reasonsFor tells what was written down alone, once the rules have been changed", () => {
  const about = { considered: [HELD], rule: "third" };
  const { lines, considered } = reasonsFor(entry(about), null, { payload: "full" });
  assert.deepEqual(lines, [
    "the rules have been changed since: which of them were passed over is no longer told",
    "third: number 3 of its count",
    "so third decides: reply AA",
    "it came to: replied",
  ]);
  assert.deepEqual(considered, [HELD]);
  assert.deepEqual(reasonsFor(entry({}), null, { payload: "full" }).lines.slice(1), [
    "so the defaults decide: reply AA",
    "it came to: replied",
  ]);
});
