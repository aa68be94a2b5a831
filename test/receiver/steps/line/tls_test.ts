/** What the steps at a TLS handshake come to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeStep, performStep, planStep, tellStep } from "../../../../receiver/steps/registry.ts";
import { handshakeOf, TLS_WORDS } from "../../../../receiver/steps/tls.ts";
import { scenarioOf } from "../../scenario/files.ts";
import { fakeLine, fakeSampler } from "../fake_line.ts";

function planned(steps: string) {
  const listeners = "listeners: [{endpoint: 'tls://:0?cert=a&key=b'}]";
  const scenario = scenarioOf(`${listeners}\nrules: [{id: a, on: tls, do: [${steps}]}]`);
  return handshakeOf(scenario.rules[0].do.map((step) => planStep(step, fakeSampler)));
}

test("handshakeOf adds up the waits before what is done in place of the handshake", () => {
  assert.deepEqual(planned("{tls: expired}"), { fault: "expired", afterMs: 0 });
  assert.deepEqual(planned("{accept_delay: 1s}, {delay: 20ms}, {tls: stall}"), { fault: "stall", afterMs: 1020 });
  assert.deepEqual(planned("{close: {after: 2s}}"), { fault: "close", afterMs: 2000 });
  assert.deepEqual(planned("reset"), { fault: "reset", afterMs: 0 });
  assert.deepEqual(planned("{accept_delay: 1s}"), { fault: null, afterMs: 1000 });
  assert.equal(planned("{delay: 0s}"), null);
});

test("the step tls tells each of its words apart, and is not done on a connection", () => {
  const told = TLS_WORDS.map((fault) => tellStep({ verb: "tls", fault }));
  assert.equal(new Set(told).size, TLS_WORDS.length);
  assert.deepEqual(TLS_WORDS.map((fault) => describeStep({ verb: "tls", fault })), told);
  assert.equal(told[3], "show a certificate that has expired");
  assert.throws(() => performStep({ verb: "tls", fault: "stall" }, fakeLine()), /Cannot do 'tls' on a connection/);
});
