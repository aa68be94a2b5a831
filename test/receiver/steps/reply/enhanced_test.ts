/** The step `enhanced`: which acknowledgements come, in which order, when and where. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stepsOf, toldOf } from "./reading.ts";

const CA = { verb: "reply", reply: [{ reply: "CA", weight: 1 }], exact: true } as const;
const AA = { verb: "reply", reply: [{ reply: "AA", weight: 1 }], exact: true } as const;
const wait = (ms: number) => ({ verb: "delay", delay: { kind: "fixed", ms } }) as const;

describe("the step enhanced", () => {
  test("the step enhanced answers first that the message was received, and aside what became of it", () => {
    const written = "{enhanced: {commit: CA after 50ms, application: AA after 3s}}";
    assert.deepEqual(stepsOf(written), [wait(50), CA, { verb: "aside" }, wait(3000), { ...AA, late: true }]);
    assert.equal(toldOf(written), "wait 50ms, then reply just CA, then reply just AA, late by 3s");
  });

  test("the step enhanced answers the other way round where that is asked for", () => {
    const written = "{enhanced: {commit: CA after 50ms, application: AA after 3s, order: reversed}}";
    assert.deepEqual(stepsOf(written), [{ verb: "aside" }, wait(3000), { ...AA, late: true }, wait(50), CA]);
    assert.deepEqual(stepsOf("{enhanced: {commit: CA, application: AA, order: reversed}}"), [AA, CA]);
  });

  test("the step enhanced answers one of the two alone", () => {
    assert.deepEqual(stepsOf("{enhanced: {commit: CA}}"), [CA]);
    assert.deepEqual(stepsOf("{enhanced: {application: AA after 3s}}"), [
      { verb: "aside" },
      wait(3000),
      { ...AA, late: true },
    ]);
  });

  test("the step enhanced sends the application's acknowledgement elsewhere, and the commit acknowledgement never", () => {
    const ways = [
      ["", { via: "tcp://10.0.0.1:2576" }],
      [", on: endpoint", { via: "tcp://10.0.0.1:2576" }],
      [", on: new_connection", { via: "tcp://10.0.0.1:2576", viaNew: true }],
    ] as const;
    for (const [on, way] of ways) {
      const written = `{enhanced: {commit: CA, application: AA, via: "tcp://10.0.0.1:2576"${on}}}`;
      assert.deepEqual(stepsOf(written), [CA, { ...AA, way }]);
    }
    assert.deepEqual(stepsOf("{enhanced: {commit: CA, application: AA, on: same}}"), [CA, AA]);
  });

  test("the step enhanced takes any delay, and what the reply says and how it is damaged", () => {
    const delay = { kind: "weighted", choices: [{ ms: 2, weight: 90 }, { ms: 5000, weight: 1 }] };
    assert.deepEqual(stepsOf("{enhanced: {commit: 'CA after 2ms:90,5s:1'}}"), [{ verb: "delay", delay }, CA]);
    const way = { mutate: [{ kind: "bom" }], twice: true };
    const written = "{reply: {enhanced: {commit: CA, application: AA}, text: No, mutate: bom, twice: true}}";
    assert.deepEqual(stepsOf(written), [{ ...CA, way }, { ...AA, said: { text: "No" }, way }]);
    const alone = "{reply: {enhanced: {commit: CA}, text: No}}";
    assert.deepEqual(stepsOf(alone), [{ ...CA, said: { text: "No" } }]);
  });
});
