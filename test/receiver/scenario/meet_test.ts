/** Rules against the listeners that they can meet, when all of those are settled. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerConflict } from "../../../receiver/scenario/meet.ts";
import type { ListenerSpec } from "../../../receiver/scenario/scenario.ts";
import { listener } from "../caller.ts";
import { scenarioOf } from "./files.ts";

function conflict(text: string, ...listeners: ListenerSpec[]): string | null {
  return listenerConflict({ ...scenarioOf(text), listeners });
}

const nak = "rules: [{id: a, do: [{link_nak: 2}, reply]}]";

test("listenerConflict takes a listener without a framing for one of MLLP release 1", () => {
  const why = "Cannot use the rule a: link_nak needs a listener with the framing mllp2 or hllp or x328, found mllp";
  assert.equal(conflict(nak, listener(":0")), why);
  assert.equal(conflict(nak, listener(":0", { framing: "mllp2" })), null);
  assert.equal(conflict(nak, listener(":0"), listener(":0?framing=mllp2")), null);
  assert.equal(conflict(nak, listener(":0?framing=mllp2", { framing: "mllp" })), why);
});

test("listenerConflict looks at sequences, profiles and the rules of phases", () => {
  const plain = listener(":0", { framing: "none" });
  const cause = "needs a listener with the framing mllp2, found none";
  const naks = "needs a listener with the framing mllp2 or hllp or x328, found none";
  assert.equal(
    conflict("rules: [{id: a, sequence: {steps: [[reply], [{link_commit: none}, hold]]}}]", plain),
    `Cannot use the rule a: link_commit ${cause}`,
  );
  assert.equal(
    conflict("profiles: {p: [{link_nak: 1}]}\nphases: [{name: x, for: 1s, use: [p]}]", plain),
    `Cannot use the profile p: link_nak ${naks}`,
  );
  assert.equal(
    conflict("phases: [{name: x, for: 1s, rules: [{id: b, do: [{link_nak: 1}, reply]}]}]", plain),
    `Cannot use the rule b: link_nak ${naks}`,
  );
});

test("listenerConflict wants TLS for the rules of handshakes", () => {
  const text = "rules: [{id: a, on: tls, do: [{tls: stall}]}]";
  assert.match(conflict(text, listener(":0")) ?? "", /^Cannot use the rule a: can never fire: none of its listeners/);
  assert.equal(conflict(text, listener(":0"), listener("tls://:0")), null);
});
