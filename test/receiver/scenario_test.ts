/** Replies and faults as written, and the scenario that flags stand for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDelay } from "../../receiver/scenario/delay.ts";
import { FAULT_NAMES, FAULTS, parseFault } from "../../receiver/scenario/fault.ts";
import { scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import { formatReply, parseReply } from "../../receiver/scenario/reply.ts";
import { listener } from "./caller.ts";

test("parseReply and formatReply are inverse for every form", () => {
  for (const form of ["AA", "CR", "none", "echo", "file:/tmp/a:b,c.hl7", "AA:98,AE:1.5,none:0.5"]) {
    assert.equal(formatReply(parseReply(form)), form);
  }
});

test("parseReply refuses what is no reply and says what it found", () => {
  const wrong: [string, RegExp][] = [
    ["", /as a reply: wanted AA/],
    ["aa", /as a reply: wanted AA/],
    ["AA,AE", /as a reply/],
    ["AA:98,XX:2", /found 'XX'/],
    ["AA:98,AE", /found 'AE'/],
    ["AA:x", /the weight 'x'/],
    ["AA:0", /at least one weight above 0/],
    ["echo:50,AA:50", /found 'echo'/],
    ["file:", /a path behind it/],
  ];
  for (const [text, message] of wrong) assert.throws(() => parseReply(text), { name: "RangeError", message });
});

test("parseFault reads a name and a chance, and a name alone as always", () => {
  assert.deepEqual(parseFault("reset-before-ack:2.5%"), { name: "reset-before-ack", chance: 0.025 });
  assert.deepEqual(parseFault("no-reply"), { name: "no-reply", chance: 1 });
});

test("parseFault refuses unknown names, with the nearest, and chances that are none", () => {
  assert.throws(() => parseFault("close-midack:1%"), /did you mean 'close-mid-ack'\?/);
  assert.throws(() => parseFault("toString:1%"), /unknown fault 'toString'/);
  assert.throws(() => parseFault("xyzzy"), /known are no-reply, close-before-ack/);
  assert.throws(() => parseFault("no-reply:0.1"), /percentage/);
  assert.throws(() => parseFault("no-reply:101%"), /percentage/);
});

test("scenarioFromFlags makes each fault a rule of its name, in order", () => {
  const faults = FAULT_NAMES.map((name) => ({ name, chance: 0.1 }));
  const scenario = scenarioFromFlags({ seed: 7, faults });
  assert.deepEqual(scenario.rules.map((rule) => rule.id), FAULT_NAMES);
  assert.deepEqual(FAULTS["close-mid-ack"], [{ verb: "send", to: { part: 0.5 } }, { verb: "close" }]);
  assert.deepEqual(scenario.rules[0], {
    id: "no-reply",
    on: "message",
    trigger: { chance: 0.1 },
    do: [{ verb: "hold" }],
    then: "stop",
  });
});

test("scenarioFromFlags listens on 127.0.0.1:2575 and answers AA at once unless told otherwise", () => {
  const { listeners, defaults, rules, limits } = scenarioFromFlags({ seed: 7, limits: { maxConnections: 3 } });
  assert.equal(listeners.length, 1);
  assert.deepEqual([listeners[0].endpoint.host, listeners[0].endpoint.port], ["127.0.0.1", 2575]);
  assert.deepEqual(defaults, { reply: [{ reply: "AA", weight: 1 }], delay: { kind: "fixed", ms: 0 } });
  assert.deepEqual(rules, []);
  assert.deepEqual(limits, { maxConnections: 3, idleTimeoutMs: Infinity, maxPending: 1000 });
});

test("scenarioFromFlags refuses what excludes each other", () => {
  const fault = parseFault("no-reply:1%");
  assert.throws(() => scenarioFromFlags({ seed: 1, faults: [fault, fault] }), /no-reply twice/);
  assert.throws(() => scenarioFromFlags({ seed: 1, reply: "echo", delay: parseDelay("1ms") }), /Cannot delay an echo/);
  assert.throws(() => scenarioFromFlags({ seed: 1, reply: "echo", faults: [fault] }), /no-reply on an echo/);
  const listeners = [listener(":0", { framing: "mllp2" })];
  assert.throws(() => scenarioFromFlags({ seed: 1, reply: "echo", listeners }), /Cannot echo in MLLP release 2/);
});
