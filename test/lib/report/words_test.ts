import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoadDescription } from "../../../lib/load/result.ts";
import { loadWords, measuredWords, resultSentence, toneOf, withoutAbort } from "../../../lib/report/words.ts";
import { badRun, closedRun, goodRun, outcomes } from "./runs.ts";

test("resultSentence tells all, some, one, none and nothing apart", () => {
  const said = (planned: number, accepted: number) =>
    resultSentence(goodRun({ planned, outcomes: outcomes({ accepted }) }));
  assert.equal(said(1000, 1000), "All 1,000 messages were accepted.");
  assert.equal(said(1000, 998), "998 of 1,000 messages were accepted, 2 not.");
  assert.equal(said(1000, 0), "Not one of 1,000 messages was accepted.");
  assert.equal(said(1, 1), "The one message was accepted.");
  assert.equal(said(1, 0), "The message was not accepted.");
  assert.equal(said(0, 0), "No message was due, and none was sent.");
});

test("toneOf is good, mixed or bad as messages were accepted", () => {
  assert.equal(toneOf(goodRun()), "good");
  assert.equal(toneOf(badRun()), "mixed");
  assert.equal(toneOf(goodRun({ outcomes: outcomes({ timeout: 1000 }) })), "bad");
  assert.equal(toneOf(goodRun({ planned: 0, outcomes: outcomes({}) })), "mixed");
});

test("measuredWords has the unit of the metric, and says when nothing was measured", () => {
  const run = badRun();
  assert.deepEqual(run.thresholds.map((each) => measuredWords(each, run)), [
    "7.33 s",
    "4.4 %",
    "97.5 %",
    "300",
    "187.2/s",
    "nothing measured",
  ]);
});

test("measuredWords of a metric of a newer version is the bare value", () => {
  assert.equal(measuredWords({ expr: "jitter(response) > 3", pass: true, value: 2 }, goodRun()), "2");
});

test("withoutAbort takes off the abort, and shows controls as escapes", () => {
  assert.equal(withoutAbort("lost > 0  abort after 2s"), "lost > 0");
  assert.equal(withoutAbort("lost\u0007 > 0"), "lost\\x07 > 0");
});

test("loadWords says what was asked for, also of documents that do not describe it", () => {
  const said = (kind: LoadDescription["kind"], text: string, arrivals: LoadDescription["arrivals"] = "regular") =>
    loadWords(goodRun({ load: { kind, text, arrivals } }));
  assert.equal(said("constant", "200/s"), "constant 200/s");
  assert.equal(said("constant", "200/s", "poisson"), "constant 200/s, at random (Poisson)");
  assert.equal(said("stages", "30s@50,2m@50..500"), "stages 30s@50,2m@50..500");
  assert.equal(said("burst", "200/10s"), "bursts of 200/10s");
  assert.equal(said("search", "errors < 1%"), "search for the highest rate, errors < 1%");
  assert.equal(loadWords(goodRun()), "constant 200/s");
  assert.equal(loadWords(closedRun()), "closed loop");
});
