import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { textReport } from "../../../lib/report/text.ts";
import { plain, width as columns } from "../../../lib/text.ts";
import { badRun, closedRun, EMPTY, goodRun, outcomes } from "./runs.ts";

function golden(name: string): string {
  return readFileSync(new URL(`../../golden/${name}`, import.meta.url), "utf8");
}

/** The report without paint. */
function lines(...args: Parameters<typeof textReport>): string[] {
  return textReport(...args).map(plain);
}

function report(...args: Parameters<typeof textReport>): string {
  return lines(...args).join("\n") + "\n";
}

test("textReport of a run in which all went well is the golden text", () => {
  assert.equal(report(goodRun()), golden("report_good.txt"));
});

test("textReport of a run in which much went wrong is the golden text", () => {
  assert.equal(report(badRun()), golden("report_bad.txt"));
});

test("textReport of a closed loop is the golden text: no lag, no response, and the label", () => {
  assert.equal(report(closedRun()), golden("report_closed.txt"));
});

test("textReport keeps within the width, from 66 columns on", () => {
  for (const run of [goodRun(), badRun(), closedRun()]) {
    for (const width of [66, 67, 72, 80, 99, 100]) {
      for (const line of textReport(run, { width })) assert.ok(columns(line) <= width, `${width}: ${line}`);
    }
    assert.deepEqual(textReport(run, { width: 10 }), textReport(run, { width: 66 }));
    assert.deepEqual(textReport(run, { width: 400 }), textReport(run, { width: 100 }));
  }
});

test("textReport colours verdicts: green for all accepted, yellow for some, red for none and for a failed threshold", () => {
  const first = (run: ReturnType<typeof goodRun>) => {
    const painted = textReport(run);
    return painted[painted.findIndex((line) => line.includes("RESULT")) + 1];
  };
  assert.equal(first(goodRun()), "  \x1b[32mAll 1,000 messages were accepted.\x1b[39m");
  const some = goodRun({ outcomes: outcomes({ accepted: 999, timeout: 1 }) });
  assert.equal(first(some), "  \x1b[33m999 of 1,000 messages were accepted, 1 not.\x1b[39m");
  const none = goodRun({ outcomes: outcomes({ refused: 1000 }) });
  assert.equal(first(none), "  \x1b[31mNot one of 1,000 messages was accepted.\x1b[39m");
  assert.ok(textReport(badRun())[1].startsWith("  \x1b[31mFAILED\x1b[39m  p99(response)"));
});

test("textReport of a single message speaks of one", () => {
  const one = goodRun({ planned: 1, sent: 1, outcomes: outcomes({ accepted: 1 }) });
  assert.ok(lines(one).includes("  The one message was accepted."));
  const refused = goodRun({ planned: 1, sent: 0, outcomes: outcomes({ refused: 1 }) });
  assert.ok(lines(refused).includes("  The message was not accepted."));
});

test("textReport of a run in which nothing was due says so and shows accepted all the same", () => {
  const shown = lines(goodRun({
    planned: 0,
    sent: 0,
    outcomes: outcomes({}),
    acks: {},
    rate: { asked: 1, achieved: 0 },
    latency_us: { lag: EMPTY, service: EMPTY, response: EMPTY, negative: EMPTY, connect: EMPTY },
    intervals: [],
  }));
  assert.ok(shown.includes("  No message was due, and none was sent."));
  assert.ok(shown.includes("  accepted    0        0 %"));
  assert.equal(shown[shown.indexOf("LATENCY") + 1], "  nothing measured");
  assert.ok(!shown.includes("ACKS"));
});

test("textReport says loudly that outcomes do not add up", () => {
  const shown = lines(goodRun({ outcomes: outcomes({ accepted: 999 }) }));
  assert.ok(shown.includes("  the outcomes add up to 999: a bug in this program"));
  assert.ok(!lines(goodRun()).some((line) => line.includes("bug")));
});

test("textReport shows a peer's text as one harmless line", () => {
  const errors = [{ text: "no\x1b[2J\r\nroom", count: 1, first_seen_s: 0 }];
  const shown = lines(goodRun({ errors, acks: { "A\x07": 3 } }));
  assert.ok(shown.includes("  1  first at 0.0 s  no\\x1b[2J\\r\\nroom"));
  assert.ok(shown.includes("  A\\x07 3"));
});

test("textReport shows a threshold it cannot read with its bare value", () => {
  const shown = lines(goodRun({ thresholds: [{ expr: "heat > 9", pass: true, value: 3.5 }] }));
  assert.equal(shown[1], "  passed  heat > 9  was 3.5");
});

test("textReport tells connections for each message from persistent ones", () => {
  const connections = { asked: 50, open: 0, reconnects: 0, in_flight: 1, per_message: true };
  assert.ok(lines(goodRun({ connections })).includes("  one for each message, at most 50 at a time"));
});
