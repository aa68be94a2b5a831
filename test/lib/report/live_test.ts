import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveSnapshot } from "../../../lib/load/result.ts";
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
    "itself    lag p99 1.10 ms, cpu 12 % of one core",
    "history   ▇██·█",
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

test("liveView shows a dash for what was not measured, never 0", () => {
  const nothing = { count: 0, p50: 0, p99: 0 };
  assert.equal(
    liveView(snapshot({ service: nothing, response: nothing }))[3],
    "latency   service p50 – p99 –, response p50 – p99 –",
  );
  assert.equal(
    liveView(snapshot({ service: { ...nothing, count: 5 }, response: null }))[3],
    "latency   service p50 0 µs p99 0 µs",
  );
});

/** The receiver is gone: seven messages went with it. */
const gone = snapshot({
  open: 0,
  connections: 4,
  in_flight: 0,
  queue: 113,
  retrying: 7,
  reopening: 4,
  refused: { tries: 25, reason: "connection refused" },
  outcomes: outcomes({ accepted: 2449 }),
});

test("liveView of a receiver that is gone says so in red: why, how many tries, what waits to be sent again", () => {
  const lines = liveView(gone);
  assert.equal(lines[5], "errors    7 to retry");
  assert.equal(lines[6], "open      0 of 4 connections: connection refused, 25 tries, trying again");
  const red = (changes: Partial<LiveSnapshot>) =>
    painted({ ...gone, ...changes }).filter((line) => line.includes("\x1b[31m")).map((line) =>
      plain(line).split(" ")[0]
    );
  assert.deepEqual(red({}), ["errors", "open"]);
  assert.deepEqual(red({ retrying: 0 }), ["errors", "open"]);
  assert.deepEqual(red({ retrying: 0, open: 3 }), ["open"]);
  assert.deepEqual(red({ retrying: 0, open: 4, reopening: 0, refused: null }), []);
  assert.equal(liveView({ ...gone, retrying: 0 })[5], "errors    none yet, but no connection is open");
});

test("liveView tells a connection that is lost and tried again, though none was refused", () => {
  const lost = { ...gone, open: 3, reopening: 1, refused: null };
  assert.equal(liveView(lost)[6], "open      3 of 4 connections, trying again");
  const once = { ...gone, reopening: 0, refused: { tries: 1, reason: "a\x1b[2J" } };
  assert.equal(liveView(once)[6], "open      0 of 4 connections: a\\x1b[2J, 1 try");
});

test("liveView shows how much of the count is done, and no time left of nothing", () => {
  const counted = snapshot({ count: 20, settled: 7, left_s: 0 });
  assert.equal(liveView(counted)[0], "running   12.3 s, 7 of 20");
  assert.equal(liveView({ ...counted, left_s: 1.26 })[0], "running   12.3 s, 7 of 20, 1.3 s left");
  assert.equal(liveView({ ...counted, left_s: null })[0], "running   12.3 s, 7 of 20");
});

test("liveView of a drain says how long it may take, and what it waits for", () => {
  const draining = { ...gone, phase: "draining", left_s: null, drain_left_s: 24, queue: 0 } as const;
  assert.equal(liveView(draining)[0], "draining  12.3 s, up to 24.0 s more: 7 to retry");
  assert.equal(
    liveView({ ...draining, in_flight: 2, queue: 1113 })[0],
    "draining  12.3 s, up to 24.0 s more: 7 to retry, 2 in flight, 1,113 queued",
  );
  assert.equal(liveView({ ...draining, retrying: 0 })[0], "draining  12.3 s, up to 24.0 s more");
});

test("liveView says how long the oldest of the queue has waited, in place of a lag of nothing", () => {
  const itself = (changes: Partial<LiveSnapshot>) => liveView(snapshot({ queue: 168, ...changes }))[7];
  assert.equal(
    itself({ queued_for_us: 3_240_000 }),
    "itself    lag p99 1.10 ms, oldest queued 3.2 s, cpu 12 % of one core",
  );
  assert.equal(itself({ queued_for_us: 3_240_000, lag_p99: 0 }), "itself    oldest queued 3.2 s, cpu 12 % of one core");
  assert.equal(
    itself({ queued_for_us: 12_300 }),
    "itself    lag p99 1.10 ms, oldest queued 12.3 ms, cpu 12 % of one core",
  );
  assert.equal(itself({ queued_for_us: 9, queue: 0 }), "itself    lag p99 1.10 ms, cpu 12 % of one core");
  assert.match(liveLine(snapshot({ queue: 168, queued_for_us: 3_240_000 })), /168 queued, oldest queued 3\.2 s; /);
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
      "errors: error 3, timeout 1; open 8 of 8 connections",
  );
});

test("liveLine leaves out what has not happened", () => {
  const line = liveLine(snapshot({ acks: {}, outcomes: outcomes({}), asked: null, response: null, left_s: null }));
  assert.equal(
    line,
    "running 12.3 s; 199.8/s; 2,460 sent, 2,452 acknowledged, 8 in flight, 0 queued; " +
      "service p50 4.21 ms p99 12.3 ms; open 8 of 8 connections",
  );
});

test("liveLine says that the receiver is gone", () => {
  assert.match(
    liveLine(gone),
    /; errors: 7 to retry; open 0 of 4 connections: connection refused, 25 tries, trying again$/,
  );
});
