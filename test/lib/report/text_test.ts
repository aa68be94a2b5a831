import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { textReport } from "../../../lib/report/text.ts";
import { plain, width as columns } from "../../../lib/text.ts";
import type { RunDocument } from "../../../lib/load/result.ts";
import { badRun, closedRun, EMPTY, goodRun, interval, outcomes, row } from "./runs.ts";

function golden(name: string): string {
  return readFileSync(new URL(`../../golden/${name}`, import.meta.url), "utf8");
}

/** A rate that a search tried in vain. */
const STEP = { asked: 9, achieved: 9, start_s: 0, duration_s: 1, value: 0.5, holds: false, why: "" };

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

test("textReport keeps within the width, from 44 columns on", () => {
  for (const run of [goodRun(), badRun(), closedRun()]) {
    for (const width of [44, 50, 60, 65, 66, 67, 72, 80, 99, 100]) {
      for (const line of textReport(run, { width })) assert.ok(columns(line) <= width, `${width}: ${line}`);
    }
    assert.deepEqual(textReport(run, { width: 10 }), textReport(run, { width: 44 }));
    assert.deepEqual(textReport(run, { width: 400 }), textReport(run, { width: 100 }));
    for (const line of textReport(run, { width: Infinity })) assert.ok(!line.includes("…"), line);
  }
});

test("textReport below 66 columns leaves percentiles out, so that no figure is broken", () => {
  for (const width of [44, 60, 65]) {
    const shown = lines(badRun(), { width });
    const at = shown.findIndex((line) => line.startsWith("LATENCY"));
    assert.deepEqual(shown[at].split(/\s+/), ["LATENCY", "min", "p50", "p99", "max"]);
    assert.match(shown[at + 1], /^ {2}lag +15 µs +640 µs +41\.2 ms +140 ms$/);
  }
  assert.match(lines(badRun(), { width: 66 }).join("\n"), /LATENCY +min +p50 +p90 +p95 +p99 +p99\.9 +max/);
});

test("textReport names a shard as it was asked for, and what was added up", () => {
  const about = (run: RunDocument) => lines(run, { width: Infinity }).at(-2)!.split("Z, ").at(-1);
  assert.equal(about(goodRun({ shard: { index: 1, of: 2 } })), "shard 1/2");
  assert.equal(about(goodRun({ merged: 1 })), "1 run");
  assert.equal(about(goodRun({ merged: 2 })), "2 runs added up");
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

test("textReport cuts nothing: a long text goes on below itself, and without a width stands on one line", () => {
  const text = `AE: ${"No such bed in this ward ".repeat(9).trim()}`;
  const errors = [{ text, count: 12, first_seen_s: 61 }];
  const thresholds = [{ expr: "p99.9(response)    >    250ms      abort after 10s", pass: false, value: 300_000 }];
  const run = goodRun({ errors, thresholds, target: `unix:/${"a".repeat(300)}` });
  for (const width of [66, 80, Infinity]) {
    const shown = lines(run, { width });
    assert.ok(!shown.some((line) => line.includes("…")));
    const body = shown.slice(shown.indexOf("ERRORS") + 1);
    const own = body.slice(0, body.indexOf(""));
    const head = "  12  first at 1 min 01 s  ";
    const rest = own.map((line) => line.slice(head.length));
    assert.equal(rest.join(" "), text);
    assert.ok(own.slice(1).every((line) => line.startsWith(" ".repeat(head.length))));
    assert.equal(own.length > 1, width !== Infinity);
  }
});

test("textReport of fewer than ten samples has no percentile that would be but the greatest of them", () => {
  const few = row(9, [100, 200, 300, 300, 300, 300, 300]);
  const latency_us = { lag: few, service: few, response: few, negative: EMPTY, connect: few };
  const shown = lines(goodRun({ latency_us }));
  const at = shown.findIndex((line) => line.startsWith("LATENCY"));
  assert.deepEqual(shown[at].split(/\s+/), ["LATENCY", "min", "p50", "max"]);
  assert.equal(shown[at + 2], "  service     100 µs    200 µs    300 µs");
  const ten = lines(goodRun({ latency_us: { ...latency_us, service: row(10, [100, 200, 300, 300, 300, 300, 300]) } }));
  assert.equal(ten[at].split(/\s+/).length, 8);
  assert.deepEqual(ten[at + 1].trim().split(/\s{2,}/), ["lag", "100 µs", "200 µs", "-", "-", "-", "-", "300 µs"]);
});

test("textReport does not scale a short last interval up", () => {
  const intervals = [20, 20, 20].map((count, second) => interval(second, count));
  const shown = lines(goodRun({ intervals: [...intervals, { ...interval(3, 20), length: 0.1 }] }));
  assert.ok(shown.includes("  acknowledged  ████  most 20/s"));
});

test("textReport of a run that a threshold ended says so, and why a failed figure may be the generator's", () => {
  const stopped = { expr: "errors > 5% abort after 2s", pass: false, value: 0.02, stopped: true } as const;
  const slow = { expr: "p99(response) > 250ms", pass: false, value: 294_000 };
  const service = { expr: "p99(service) > 250ms", pass: false, value: 294_000 };
  const run = goodRun({ thresholds: [slow, stopped, service], duration_s: 3 });
  const shown = lines(run);
  assert.ok(shown.includes("  Stopped after 3.0 s by: errors > 5%"));
  assert.equal(shown.at(-1), "FAILED: errors > 5% was 2.0 %, stopped after 3.0 s, and 2 more");
  assert.ok(!shown.some((line) => line.includes("see GENERATOR")));
  const marked = lines({ ...run, intervals: [{ ...interval(0, 200), generator_limited: true }] });
  assert.equal(marked[1], "  FAILED  p99(response) > 250ms       was 294 ms  (see GENERATOR)");
  assert.equal(marked[3], "  FAILED  p99(service) > 250ms        was 294 ms");
});

test("textReport ends with the verdict in one line", () => {
  const last = (run: RunDocument) => textReport(run).at(-1);
  const slow = { expr: "p99(response) > 250ms", pass: false, value: 294_000 };
  assert.equal(last(goodRun({ thresholds: [slow] })), "\x1b[31mFAILED: p99(response) > 250ms was 294 ms\x1b[39m");
  assert.equal(last(goodRun()), "\x1b[32maccepted 1,000 of 1,000\x1b[39m");
  const some = goodRun({ outcomes: outcomes({ accepted: 996, error: 3, timeout: 1 }) });
  assert.equal(last(some), "\x1b[33maccepted 996 of 1,000, error 3, timeout 1\x1b[39m");
  assert.equal(
    last(goodRun({ thresholds: [{ ...slow, pass: true }] })),
    "\x1b[32maccepted 1,000 of 1,000, 1 threshold passed\x1b[39m",
  );
});

test("textReport of a run in which nothing was accepted ends with that, not with thresholds that passed", () => {
  const thresholds = [{ expr: "p99(response) > 250ms", pass: true, value: null }];
  const last = (run: RunDocument) => textReport(run).at(-1);
  const failed = "\x1b[31mFAILED: accepted 0 of 1,000, error 1,000\x1b[39m";
  const none = { outcomes: outcomes({ error: 1000 }) };
  assert.equal(last(goodRun({ ...none, thresholds })), failed);
  assert.equal(last(goodRun(none)), failed);
  // What a threshold measured decides.
  const measured = [{ expr: "errors > 2_000", pass: true, value: 1000 }];
  assert.match(
    last(goodRun({ ...none, thresholds: measured }))!,
    /accepted 0 of 1,000, error 1,000, 1 threshold passed/,
  );
  // Nothing was sent before the signal: no verdict at all.
  const stopped = goodRun({ outcomes: outcomes({ unsent: 1000 }), interrupted: "SIGINT" });
  assert.ok(!last(stopped)!.includes("FAILED"));
});

test("textReport under --strict-generator ends with the generator where nothing else failed", () => {
  const last = (run: RunDocument, strictGenerator = true) => lines(run, { strictGenerator }).at(-1);
  const { generator } = badRun();
  const failed = "FAILED: the generator was the limit (--strict-generator: exit 6)";
  const passed = [{ expr: "lost > 0", pass: true, value: 0 }];
  assert.equal(last(goodRun({ generator, thresholds: passed })), failed);
  assert.equal(last(goodRun({ generator }), false), "accepted 1,000 of 1,000");
  assert.equal(last(goodRun()), "accepted 1,000 of 1,000");
  assert.equal(last(goodRun({ generator, thresholds: [{ ...passed[0], pass: false }] })), "FAILED: lost > 0 was 0");
  assert.equal(
    last(goodRun({ generator, outcomes: outcomes({ error: 1000 }) })),
    "FAILED: accepted 0 of 1,000, error 1,000",
  );
  const search = { expr: "errors < 1%", rate: null, verdict: "none holds" };
  assert.equal(last(goodRun({ generator, search: { ...search, steps: [] } })), failed);
  assert.notEqual(last(goodRun({ generator, search: { ...search, steps: [STEP] } })), failed);
});

test("textReport says how long sending took, where it went on after the stop", () => {
  const shown = lines(goodRun({ sent: 20, planned: 20, duration_s: 0.95, rate: { asked: 20, achieved: 5 } }));
  assert.ok(shown.includes("  sent 20 in 4.0 s, achieved 5/s of 20/s asked"));
});

test("textReport wraps the legend of the clocks at 80 columns in a file too", () => {
  const shown = lines(goodRun(), { width: Infinity });
  const at = shown.findIndex((line) => line.startsWith("  lag: waited"));
  assert.equal(shown[at + 1], "    service: the target's; response: what a sender upstream felt");
});

test("textReport of timeouts says what retries do not do, if there were any to use", () => {
  const note = "  a message is sent again after a reply timeout only with --on-timeout reconnect";
  const run = goodRun({ outcomes: outcomes({ accepted: 999, timeout: 1 }) });
  const said = (retries: number, on_timeout: "keep" | "reconnect") =>
    lines({ ...run, resending: { retries, on_timeout } }).includes(note);
  assert.deepEqual([said(2, "keep"), said(0, "keep"), said(2, "reconnect")], [true, false, false]);
  assert.ok(!lines(goodRun({ resending: { retries: 2, on_timeout: "keep" } })).includes(note));
});

test("textReport of less than a second shows no share of a core", () => {
  const generator = { verdict: "healthy", reasons: [], cpu: 159, longest_gap_us: 3100 };
  assert.ok(
    lines(goodRun({ generator, duration_s: 0.99 })).includes("  over the whole run: cpu -, longest gap 3.10 ms"),
  );
  assert.ok(
    lines(goodRun({ generator, duration_s: 1 })).includes(
      "  over the whole run: cpu 159 % of one core, longest gap 3.10 ms",
    ),
  );
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
