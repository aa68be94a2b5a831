import assert from "node:assert/strict";
import { test } from "node:test";
import { liveLine, liveView as painted } from "../../../lib/report/live.ts";
import { plain, width as columns } from "../../../lib/text.ts";
import { outcomes, snapshot } from "./runs.ts";

/** The view without paint. */
function liveView(...args: Parameters<typeof painted>): string[] {
  return painted(...args).map(plain);
}

test("liveView shows rate, messages, latency, answers, errors, connections and history", () => {
  assert.deepEqual(liveView(snapshot()), [
    "running   12.3 s, 47.7 s left",
    "rate      200/s asked, 199.8/s achieved",
    "messages  2,460 sent, 2,452 acknowledged, 8 in flight, 0 queued",
    "latency   service p50 4.21 ms p99 12.3 ms, response p50 4.61 ms p99 13.1 ms",
    "answers   AA 2,449, AE 3",
    "errors    error 3, timeout 1",
    "open      8 of 8 connections",
    "history   ▇██▁█",
  ]);
});

test("liveView of a closed loop has no rate asked, no response and no time left", () => {
  const lines = liveView(snapshot({ asked: null, response: null, left_s: null }));
  assert.deepEqual([lines[0], lines[1], lines[3]], [
    "running   12.3 s",
    "rate      closed loop, 199.8/s achieved",
    "latency   service p50 4.21 ms p99 12.3 ms",
  ]);
});

test("liveView has as many lines before anything happened as after", () => {
  const quiet = snapshot({ acks: {}, outcomes: outcomes({}), history: [], phase: "opening" });
  assert.equal(liveView(quiet).length, liveView(snapshot()).length);
  assert.deepEqual(liveView(quiet).slice(4, 6), ["answers   none yet", "errors    none"]);
});

test("liveView keeps within any width", () => {
  const long = snapshot({ history: Array.from({ length: 60 }, (_, i) => i) });
  for (const width of [1, 9, 10, 11, 30, 80, 200]) {
    for (const line of painted(long, { width })) assert.ok(columns(line) <= width, `${width}: ${line}`);
  }
});

test("liveView paints errors red only when there are some", () => {
  assert.equal(painted(snapshot())[5], "\x1b[2merrors    \x1b[22m\x1b[31merror 3, timeout 1\x1b[39m");
  const clean = snapshot({ outcomes: outcomes({ accepted: 9 }) });
  assert.equal(painted(clean)[5], "\x1b[2merrors    \x1b[22mnone");
});

test("liveLine is one line with the same figures", () => {
  assert.equal(
    liveLine(snapshot()),
    "running 12.3 s, 47.7 s left; 199.8/s of 200/s; 2,460 sent, 2,452 acknowledged, 8 in flight, 0 queued; " +
      "service p50 4.21 ms p99 12.3 ms; response p50 4.61 ms p99 13.1 ms; AA 2,449, AE 3; " +
      "errors: error 3, timeout 1; open 8 of 8",
  );
});

test("liveLine leaves out what has not happened", () => {
  const line = liveLine(snapshot({ acks: {}, outcomes: outcomes({}), asked: null, response: null, left_s: null }));
  assert.equal(
    line,
    "running 12.3 s; 199.8/s; 2,460 sent, 2,452 acknowledged, 8 in flight, 0 queued; " +
      "service p50 4.21 ms p99 12.3 ms; open 8 of 8",
  );
});
