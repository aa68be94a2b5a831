/** Fates do not depend on how connections interleave, but for the rules of which `dependences` says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RandomStream } from "../../../lib/random.ts";
import { dependences } from "../../../receiver/scenario/order.ts";
import { scenarioOf } from "../scenario/files.ts";
import { Judge, type Sent } from "./deciding.ts";

const CONNECTIONS = 200;

/** The messages of each connection, in its order: some come again, up to three times. */
function traffic(seed: number): Sent[][] {
  const random = new RandomStream(seed);
  return Array.from(
    { length: CONNECTIONS },
    (_, connection) =>
      Array.from({ length: 1 + random.integer(4) }, (_, i): Sent[] => {
        const sent: Sent = {
          id: `C${connection}M${i}`,
          connection,
          peer: `10.0.${connection % 3}.1`,
          type: ["ADT^A01", "ADT^A08", "ORU^R01"][random.integer(3)],
          rest: `PID|1||${random.integer(10)}\r`,
        };
        return Array.from({ length: 1 + random.integer(3) }, () => sent);
      }).flat(),
  );
}

/** One interleaving of the connections: each keeps the order of its own messages. */
function interleaved(connections: readonly (readonly Sent[])[], seed: number): Sent[] {
  const random = new RandomStream(seed);
  const left = connections.map((messages) => [...messages]);
  const order: Sent[] = [];
  for (
    let open = left.filter((messages) => messages.length > 0);
    open.length > 0;
    open = open.filter((each) => each.length > 0)
  ) {
    order.push(open[random.integer(open.length)].shift()!);
  }
  return order;
}

/** The fate of each message at each of its attempts. */
function fates(text: string, order: readonly Sent[]): Map<string, unknown> {
  const judge = new Judge(text);
  const attempts = new Map<string, number>();
  const found = new Map<string, unknown>();
  for (const sent of order) {
    const attempt = (attempts.get(sent.id) ?? 0) + 1;
    attempts.set(sent.id, attempt);
    found.set(`${sent.id}#${attempt}`, judge.plan(sent));
  }
  return found;
}

/** Rules of message scope, with everything that they may have. */
const INDEPENDENT = `
defaults: {reply: "AA:90,AE:5,none:5", delay: {lognormal: {median: 40ms, p99: 400ms}}}
rules:
  - {id: slow, then: continue, when: {type: "ADT^*"}, trigger: {chance: 30%}, do: [{delay: {exponential: {mean: 20ms}}}]}
  - {id: again, when: {duplicate: true}, trigger: {chance: 20%}, do: [{reply: {code: AE, text: "Again"}}]}
  - {id: burst, trigger: {chance: {p: 5%, burst: 2}}, do: [reset]}
  - {id: patient, when: {PID-3: ["1", "2"], peer: 10.0.1.0/24}, do: [{reply: "AE:50,AR:50"}]}
  - {id: second, when: {type: ORU}, trigger: {nth: 2, per: control_id}, do: [{send: {part: 50%}}, {close: {after: "1s:50,2s:50"}}]}
  - {id: tries, trigger: {chance: 50%, per: control_id}, sequence: {per: control_id, steps: [[hold], [{reply: AE}]], at_end: fall_through}}
`;

test("rules of message scope give each message the same fate in any interleaving of 200 connections", () => {
  assert.deepEqual(dependences(scenarioOf(INDEPENDENT)), []);
  const connections = traffic(3);
  const straight = fates(INDEPENDENT, connections.flat());
  const rules = new Set([...straight.values()].map((plan) => (plan as { rule: string | null }).rule));
  assert.deepEqual(
    rules,
    new Set([null, "again", "burst", "patient", "second", "tries"]),
    "every fate is met by somebody",
  );
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      assert.deepEqual(fates(INDEPENDENT, interleaved(connections, seed)), straight);
    }),
    { seed: 1, numRuns: 15 },
  );
});

test("rules that depend on the order are named, and do depend on it", () => {
  const connections = traffic(5);
  for (
    const rule of [
      "trigger: {every: 3}, do: [hold]",
      "trigger: {first: 50, per: scenario}, do: [hold]",
      "trigger: {nth: 2, per: peer}, do: [hold]",
      "trigger: {nth: 2, per: PID-3}, do: [hold]",
      "trigger: {chance: 50%, per: listener}, do: [hold]",
      "trigger: {times: 20}, do: [hold]",
      "sequence: {steps: [[hold], [reset], [{reply: AE}]], at_end: cycle}",
    ]
  ) {
    const text = `rules: [{id: a, ${rule}}]`;
    assert.deepEqual(dependences(scenarioOf(text)).map(({ name, on }) => [name, on]), [["a", "order"]], rule);
    const straight = fates(text, connections.flat());
    const others = [1, 2, 3].map((seed) => fates(text, interleaved(connections, seed)));
    const rulesOf = (found: Map<string, unknown>) =>
      [...found].sort().map(([id, plan]) => [id, (plan as { steps: unknown }).steps]);
    assert.ok(others.some((other) => JSON.stringify(rulesOf(other)) !== JSON.stringify(rulesOf(straight))), rule);
  }
});

test("rules that count for each connection depend on no other connection", () => {
  const text = "rules: [{id: a, trigger: {every: 2, per: connection}, do: [hold]}]";
  const connections = traffic(7);
  const straight = fates(text, connections.flat());
  for (const seed of [1, 2, 3]) assert.deepEqual(fates(text, interleaved(connections, seed)), straight);
});

test("rules that depend on the time are named", () => {
  const timed = {
    "trigger: {between: [1s, 2s]}, do: [hold]": "between",
    "trigger: {ramp: {from: 0%, to: 5%, over: 1m}}, do: [hold]": "ramp",
    "ttl: 5s, do: [hold]": "ttl",
    "do: [{delay: {ramp: {from: 0s, to: 5s, over: 1m}}}, reply]": "the delay's ramp",
  };
  for (const [rule, why] of Object.entries(timed)) {
    assert.deepEqual(dependences(scenarioOf(`rules: [{id: a, ${rule}}]`)), [{ name: "a", on: "time", why }]);
  }
});
