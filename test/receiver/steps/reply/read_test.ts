/** Replies as they are written: each option by itself, as an option of `reply` and as a step of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tellSteps } from "../../../../receiver/scenario/tell.ts";
import { scenarioOf } from "../../scenario/files.ts";
import { stepsOf, toldOf } from "./reading.ts";
import { BOTH, OPTIONS, twelve } from "./rows.ts";

describe("the step reply", () => {
  for (const [option, steps, told] of [...BOTH, ...OPTIONS]) {
    test(`the step reply takes the option ${option}, and tells it`, () => {
      assert.deepEqual(stepsOf(`{reply: {${option}}}`), steps);
      assert.equal(toldOf(`{reply: {${option}}}`), told);
    });
  }

  test("the step reply takes many options at once", () => {
    const written =
      "{reply: {code: 'AE:9,AR:1', text: No, control_id: wrong, as: ADR^A19, late: 12s, twice: true, via: ':1'}}";
    const reply = [{ reply: "AE", weight: 9 }, { reply: "AR", weight: 1 }];
    const way = { controlId: "wrong", as: "ADR^A19", twice: true, via: ":1" };
    assert.deepEqual(stepsOf(written), [
      { verb: "aside" },
      twelve,
      { verb: "reply", reply, said: { text: "No" }, way, late: true },
    ]);
    assert.equal(
      toldOf(written),
      "reply AE:9,AR:1 as ADR^A19 with a wrong control id and the text 'No', twice, via tcp://127.0.0.1:1, late by 12s",
    );
    const stale = "{reply: {stale: true, mutate: bom, late: 12s, split_at: start}}";
    assert.equal(
      toldOf(stale),
      "repeat the previous reply, with a byte order mark, cut in two behind its start block, late by 12s",
    );
  });

  test("the step reply tells the place of its endpoint, not its options, and looks up the files that they name", () => {
    const text = "rules: [{id: a, do: [{reply: {file: ack.hl7, via: 'tls://lab.example:1?ca=ca.pem'}}]}]";
    const files = { resolve: (path: string) => `/data/${path}`, read: () => "" };
    const [rule] = scenarioOf(text, { files }).rules;
    const reply = [{ reply: { file: "/data/ack.hl7" }, weight: 1 }];
    assert.deepEqual(rule.do, [{ verb: "reply", reply, way: { via: "tls://lab.example:1?ca=/data/ca.pem" } }]);
    assert.equal(tellSteps(rule.do), "reply file:/data/ack.hl7, via tls://lab.example:1");
  });
});

describe("the short forms of reply", () => {
  for (const [option, steps] of BOTH) {
    test(`the step {${option}} is short for {reply: {${option}}}`, () => {
      assert.deepEqual(stepsOf(`{${option}}`), steps);
    });
  }

  test("the bare words stale, swap and twice are short for true", () => {
    for (const word of ["stale", "swap", "twice"]) assert.deepEqual(stepsOf(word), stepsOf(`{${word}: true}`), word);
  });

  test("the steps drip and split_at send what earlier sends have left of the reply", () => {
    const pace = { kind: "split", at: "end_block", pauseMs: 20 } as const;
    assert.deepEqual(stepsOf("{send: {part: 50%}}, {split_at: end_block}"), [
      { verb: "send", to: { part: 0.5 } },
      { verb: "send", to: "end_data", pace },
    ]);
    assert.equal(toldOf("{drip: {bytes: 10, every: 1s}}"), "send what is left of the reply, 10 bytes every 1s");
  });
});
