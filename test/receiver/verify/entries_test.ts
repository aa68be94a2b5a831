/** Messages looked for and expectations judged among a journal's entries: what each form of payload allows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import type { JournalMessage, PayloadForm } from "../../../receiver/journal/entry.ts";
import { keptPayload } from "../../../receiver/journal/payload.ts";
import { matcherOf } from "../../../receiver/matcher.ts";
import { type EntriesOptions, findEntries, verifyEntries } from "../../../receiver/verify/entries.ts";
import { bytesOf, type Sent } from "../decide/deciding.ts";
import { scenarioOf } from "../scenario/files.ts";
import { expectationOf } from "./judging.ts";

const START = Date.parse("2026-01-31T12:00:00.000Z");
const LISTENERS = [{ name: "adt", endpoint: "tcp://127.0.0.1:2575" }, {
  name: "lab",
  endpoint: "tcp://127.0.0.1:2576",
}];

/** The entry of a message that was answered AA after a second. */
function entryOf(n: number, sent: Sent, form: PayloadForm, more: Partial<JournalMessage> = {}): JournalMessage {
  const message = bytesOf(sent);
  const at = (ms: number) => new Date(START + ms).toISOString();
  const [code, trigger] = (sent.type ?? "ADT^A01").split("^");
  return {
    n,
    at: at(n * 1000),
    connection: 1,
    listener: LISTENERS[0].endpoint,
    peer: "10.2.0.7:50123",
    attempt: 1,
    controlId: sent.id,
    type: `${code}^${trigger}`,
    bytesIn: message.length,
    hash: latin1(message).length.toString(16),
    key: null,
    warnings: [],
    rule: null,
    considered: [],
    steps: [],
    reply: { code: ["AA"], bytesOut: 90, firstByteAt: at(n * 1000 + 1000), lastByteAt: at(n * 1000 + 1000) },
    outcome: "replied",
    payload: keptPayload(message, form),
    ...more,
  };
}

const SENT: readonly Sent[] = [
  { id: "A", type: "ADT^A01^ADT_A01", from: "HOSP", rest: "PID|1||4711\r" },
  { id: "B", type: "ORU^R01", rest: "PID|1||0815\rOBX|1|TX|||x\r" },
  { id: "C", type: "ACK^A01", rest: "MSA|AA|Z\r" },
];

function entriesIn(form: PayloadForm): JournalMessage[] {
  return [
    entryOf(1, SENT[0], form),
    entryOf(2, SENT[1], form, { listener: LISTENERS[1].endpoint, warnings: ["no-final-cr"], peer: "[fd00::7]:50123" }),
    entryOf(3, SENT[2], form, { attempt: 2 }),
  ];
}

/** The numbers of the entries that fit conditions as written. */
function find(when: string, payload: PayloadForm = "full", more: Partial<EntriesOptions> = {}): number[] {
  const [rule] = scenarioOf(
    `${"listeners: [{name: adt, endpoint: ':0'}, {name: lab, endpoint: ':0'}]"}
rules: [{id: a, when: ${when}, do: [hold]}]`,
    { matcher: matcherOf() },
  ).rules;
  const options = { payload, listeners: LISTENERS, matcher: matcherOf(), ...more };
  return findEntries(rule.when!, entriesIn(payload), options).map(({ n }) => n);
}

test("findEntries looks at whole messages like a rule does", () => {
  const rows: [string, number[]][] = [
    ["{type: ADT}", [1]],
    ["{PID-3: '0815'}", [2]],
    ["{raw: {contains: 'OBX|1'}}", [2]],
    ["{MSH-3: {matches: '^H.SP$'}}", [1]],
    ["{not: {type: ACK}}", [1, 2]],
    ["{any: [{PID-3: '4711'}, {duplicate: true}]}", [1, 3]],
    ["{listener: lab}", [2]],
    ["{peer: 10.2.0.0/16}", [1, 3]],
    ["{peer: 'fd00::/8'}", [2]],
    ["{frame: tolerated}", [2]],
    ["{frame: invalid_boundary}", [2]],
    ["{version: '2.5'}", [1, 2, 3]],
  ];
  for (const [when, wanted] of rows) assert.deepEqual(find(when), wanted, when);
});

test("findEntries looks at what the headers and the entry itself tell", () => {
  const size = bytesOf(SENT[1]).length;
  for (const form of ["headers", "hash"] as const) {
    assert.deepEqual(find("{type: 'ADT^A01'}", form), [1], form);
    assert.deepEqual(find("{MSH-10: B}", form), [2], form);
    assert.deepEqual(find("{MSH-9.2: R01}", form), [2], form);
    assert.deepEqual(find(`{size: '=${size}'}`, form), [2], form);
  }
  assert.deepEqual(find("{MSA-1: AA, MSH-3: ADT}", "headers"), [3]);
});

test("findEntries names what was not kept, and how it would be", () => {
  const rows: [string, PayloadForm, RegExp][] = [
    [
      "{PID-3: a}",
      "headers",
      /^RangeError: Cannot look at PID-3: the journal keeps MSH, MSA and ERR alone, wanted --payload full$/,
    ],
    ["{any: [{not: {raw: {contains: a}}}]}", "headers", /Cannot look at raw: .* wanted --payload full$/],
    ["{MSH-3: a}", "hash", /Cannot look at MSH-3: .*hash, wanted --payload headers or full$/],
    ["{version: '2.5'}", "hash", /Cannot look at version: /],
    ["{tls_cn: a}", "full", /Cannot look at tls_cn: a journal does not keep it/],
  ];
  for (const [when, form, wanted] of rows) assert.throws(() => find(when, form), wanted, when);
  assert.throws(() => find("{listener: lab}", "full", { listeners: [] }), /'lab': no listener has a name/);
});

function verify(
  text: string,
  entries: readonly JournalMessage[],
  payload: PayloadForm,
  afterMs = 10_000,
  final = false,
) {
  const options = { payload, listeners: LISTENERS, startedAtMs: START, nowMs: START + afterMs, final };
  return verifyEntries(expectationOf(text), entries, options);
}

test("verifyEntries judges in order of arrival, by the times of the entries, and leaves acknowledgements out", () => {
  const entries = entriesIn("headers").reverse();
  const pass = (text: string) => verify(text, entries, "headers").pass;
  assert.equal(pass("{order: [{type: ADT}, {type: ORU}]}"), true);
  assert.equal(pass("{every: {when: {type: '*'}, gets: AA, within: 1s}}"), true);
  assert.equal(pass("{every: {when: {type: '*'}, gets: AA, within: 999ms}}"), false);
  assert.equal(pass("{count: {when: {type: '*'}, is: 2}}"), true);
  assert.equal(pass("{count: {when: {type: '*'}, is: 1, within: 1s}}"), true);
  assert.equal(pass("{outcome: replied, at_least: 2}"), true);
  assert.throws(() => pass("{no_duplicates: PV1-19}"), /Cannot look at PV1-19/);
  assert.throws(() => pass("{order: [{type: ADT}], per: PID-3}"), /Cannot look at PID-3/);
});

test("verifyEntries counts retries by the attempt that an entry tells, though the first ones are gone", () => {
  const entries = [entryOf(9, SENT[0], "hash", { attempt: 3 })];
  assert.equal(verify("{retries: {when: {type: '*'}, is: 2}}", entries, "hash").pass, true);
});

test("verifyEntries says what is missing for good when it is asked for the last time", () => {
  const text = "{count: {when: {type: '*'}, is: 9}}";
  const { decided } = verify(text, entriesIn("headers"), "headers");
  const last = verify(text, entriesIn("headers"), "headers", 10_000, true);
  assert.deepEqual([decided, last.decided, last.pass], [false, true, false]);
});
