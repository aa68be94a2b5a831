import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { TransportError } from "../../../lib/errors.ts";
import { ErrorTexts } from "../../../lib/load/error_texts.ts";
import { Feed } from "../../../lib/load/feed.ts";
import type { Outcome } from "../../../lib/outcome.ts";
import { foldRows, Intervals } from "../../../lib/load/intervals.ts";
import { Latency } from "../../../lib/load/latency.ts";
import { Recorder } from "../../../lib/load/recorder.ts";
import type { IntervalRow } from "../../../lib/load/result.ts";
import { Tally } from "../../../lib/load/tally.ts";
import { ack } from "../../peer.ts";
import { message } from "./rig.ts";

const SEED = { seed: 20261122 };

describe("Latency", () => {
  test("Latency gives percentiles within a thousandth, and least, greatest and mean exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200_000_000), { minLength: 1, maxLength: 300 }), (values) => {
        const latency = new Latency();
        for (const value of values) latency.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const row = latency.row();
        assert.deepEqual([row.count, row.min, row.max], [sorted.length, sorted[0], sorted.at(-1)]);
        assert.ok(Math.abs(row.mean - values.reduce((a, b) => a + b, 0) / values.length) < 1e-3);
        for (const [percent, found] of [[50, row.p50], [90, row.p90], [99, row.p99]]) {
          const exact = sorted[Math.max(0, Math.ceil(values.length * percent / 100) - 1)];
          assert.ok(Math.abs(found - exact) <= Math.max(1, exact / 1000), `p${percent} ${found} of ${exact}`);
        }
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  test("Latency adds up as if all had been recorded in one", () => {
    const [a, b, all] = [new Latency(), new Latency(), new Latency()];
    for (let i = 0; i < 5000; i++) {
      // Beyond the range covered from the start, so that histograms of different sizes are added.
      const value = i * i * 10;
      (i % 2 === 0 || value > 60_000_000 ? b : a).record(value);
      all.record(value);
    }
    a.add(b);
    a.add(new Latency());
    assert.deepEqual(a.row(), all.row());
  });

  test("Latency that was cleared is like new, and one without values is all zero", () => {
    const latency = new Latency();
    const zeros = latency.row();
    assert.deepEqual(new Set(Object.values(zeros)), new Set([0]));
    latency.record(5_000_000);
    latency.clear();
    assert.deepEqual(latency.row(), zeros);
    latency.record(-3);
    assert.deepEqual([latency.count, latency.max], [1, 0]);
  });
});

describe("Tally", () => {
  test("Tally adds and forgets everything it counts", () => {
    const one = new Tally();
    one.planned = 3;
    one.sent = 2;
    one.outcomes.accepted = 1;
    one.outcomes.timeout = 2;
    one.acks.AA = 1;
    one.anomalies.late = 4;
    one.warn("noise");
    one.answer("AA", 100, 200);
    one.answer("AE", 300, NaN);
    one.timeAck("AA", 100);
    const sum = new Tally();
    sum.add(one);
    sum.add(one);
    assert.deepEqual([sum.planned, sum.sent, sum.acknowledged, sum.errors, sum.acks.AA], [6, 4, 4, 4, 2]);
    assert.deepEqual([sum.anomalies.late, sum.warnings.noise], [8, 2]);
    const rows = sum.latencyRows(true);
    assert.deepEqual([rows.service.count, rows.response?.count, rows.negative.count, rows.ack?.AA.count], [2, 2, 2, 2]);
    sum.clear();
    assert.deepEqual([sum.planned, sum.errors, sum.acks.AA, sum.service.count, sum.warnings.noise], [0, 0, 0, 0, 0]);
    assert.deepEqual([sum.latencyRows(false).lag, sum.latencyRows(false).response], [null, null]);
  });
});

describe("Intervals", () => {
  const row = (start: number): IntervalRow => ({
    start,
    length: 1,
    sent: 10,
    acknowledged: 10,
    accepted: 9,
    errors: 1,
    in_flight: start,
    queue: 0,
    open: 1,
    service: { p50: 100, p90: start, p99: start, max: start },
    response: null,
    lag: null,
    generator_limited: start === 3,
  });

  test("Intervals stay within their bound, however long the run, and lose no count", () => {
    const intervals = new Intervals(8);
    for (let second = 0; second < 1000; second++) {
      intervals.add(row(second));
      assert.ok(intervals.rows.length <= 8);
    }
    const { rows } = intervals;
    assert.equal(rows.reduce((sum, { sent }) => sum + sent, 0), 10_000);
    assert.equal(rows.reduce((sum, { length }) => sum + length, 0), 1000);
    let end = 0;
    for (const { start, length } of rows) {
      assert.equal(start, end);
      end = start + length;
    }
    assert.ok(rows[0].generator_limited);
    assert.equal(rows.at(-1)?.service.p99, 999);
  });

  test("Intervals that are folded do not look better than they were", () => {
    const figures = { p50: 100, p90: 200, p99: 300, max: 400 };
    const slow = { ...row(0), service: figures, lag: figures };
    const folded = foldRows(slow, { ...row(1), acknowledged: 30, service: { p50: 20, p90: 30, p99: 40, max: 50 } });
    assert.deepEqual(folded.service, { p50: 40, p90: 200, p99: 300, max: 400 });
    assert.deepEqual(folded.lag, figures);
  });

  test("Intervals that are folded add up their failures and average what was asked for", () => {
    const failures = [{ timeout: 2 }, { timeout: 1, reset: 4 }];
    const folded = foldRows({ ...row(0), asked: 10, failures: failures[0] }, {
      ...row(1),
      length: 3,
      asked: 50,
      failures: failures[1],
    });
    assert.deepEqual([folded.asked, folded.failures], [40, { timeout: 3, reset: 4 }]);
  });

  test("Intervals count what came at the very end into the row before it", () => {
    const intervals = new Intervals();
    intervals.add(row(0));
    intervals.add({ ...row(1), length: 0, sent: 2 });
    assert.deepEqual(intervals.rows.map(({ length, sent }) => [length, sent]), [[1, 12]]);
  });
});

describe("Recorder", () => {
  test("Recorder moves an interval's figures into the whole and keeps its row", () => {
    const recorder = new Recorder(true);
    recorder.begin();
    for (let second = 1; second <= 3; second++) {
      recorder.current.sent += second;
      recorder.current.service.record(second * 1000);
      recorder.settle("accepted");
      recorder.close(recorder.row(second * 1000, { inFlight: 1, queue: 2, open: 3 }, second));
    }
    recorder.current.sent += 10;
    assert.deepEqual([recorder.count("sent"), recorder.total.sent, recorder.settled], [16, 6, 3]);
    assert.equal(recorder.total.service.count, 3);
    assert.deepEqual(recorder.intervals.rows.map(({ service }) => service.p50), [1000, 2000, 3000]);
    assert.equal(recorder.last.achieved, 3);
    assert.equal(recorder.intervalEndsMs, 4000);
  });

  test("Recorder tells of each interval what was asked for and which outcomes it met", () => {
    const recorder = new Recorder(true);
    ["accepted", "timeout", "timeout", "reset"].forEach((outcome) => recorder.settle(outcome as Outcome));
    recorder.close(recorder.row(1000, { inFlight: 0, queue: 0, open: 1 }, 7.5));
    recorder.close(recorder.row(2000, { inFlight: 0, queue: 0, open: 1 }, null));
    const rows = recorder.intervals.rows.map(({ asked, failures }) => ({ asked, failures }));
    assert.deepEqual(rows, [{ asked: 7.5, failures: { timeout: 2, reset: 1 } }, { asked: null, failures: {} }]);
  });

  test("Recorder keeps the worst of the seconds in which the generator was the limit, and of those alone", () => {
    const recorder = new Recorder(true);
    const second = (end: number, lateUs: number, gapMs: number) => {
      for (let i = 0; i < 100; i++) recorder.current.lateness.record(lateUs);
      recorder.gap(gapMs);
      recorder.close(recorder.row(end, { inFlight: 0, queue: 0, open: 1 }, 100));
    };
    second(1000, 4000, 900);
    second(2000, 41_000, 50);
    second(3000, 20_000, 30);
    second(3500, 60_000, 70);
    const { seconds, latenessP99, gapMs } = recorder.limited;
    assert.deepEqual([seconds, gapMs, recorder.longestGapMs], [2.5, 70, 900]);
    assert.ok(Math.abs(latenessP99 - 60_000) < 60, `${latenessP99}`);
  });

  test("Recorder does not judge processor time by less than a second", () => {
    const short = new Recorder(true);
    for (let i = 0; i < 100; i++) short.current.lateness.record(9000);
    short.close(short.row(900, { inFlight: 0, queue: 0, open: 1 }, 100));
    assert.deepEqual([short.limited.seconds, short.limited.cpu], [0.9, null]);
    const whole = new Recorder(true);
    for (let i = 0; i < 100; i++) whole.current.lateness.record(9000);
    whole.close(whole.row(1000, { inFlight: 0, queue: 0, open: 1 }, 100));
    assert.equal(typeof whole.limited.cpu, "number");
  });

  test("Recorder scales no part of a second up to a whole one, and tells a measured zero from nothing measured", () => {
    const recorder = new Recorder(true);
    recorder.current.acknowledged = 30;
    recorder.current.service.record(0);
    recorder.close(recorder.row(3000, { inFlight: 0, queue: 0, open: 1 }, 10));
    assert.deepEqual(recorder.last.service, { count: 1, p50: 0, p90: 0, p99: 0, max: 0 });
    recorder.current.acknowledged = 4;
    recorder.close(recorder.row(3100, { inFlight: 0, queue: 0, open: 1 }, 10));
    assert.deepEqual(recorder.history, [10, 4]);
    assert.deepEqual([recorder.last.service.count, recorder.last.response.count], [0, 0]);
  });

  test("Recorder keeps why a connection was refused, without the place", () => {
    const recorder = new Recorder(true);
    const about = { operation: "connect", endpoint: "tcp://127.0.0.1:2575" };
    const message = "Cannot connect to tcp://127.0.0.1:2575: connection refused";
    recorder.refused(new TransportError("connect_refused", message, about), 1500);
    assert.equal(recorder.refusal, "connection refused");
    assert.deepEqual(recorder.texts.top(), [{ text: message, count: 1, first_seen_s: 1.5 }]);
  });
});

describe("ErrorTexts", () => {
  const tell = (texts: ErrorTexts, text: string, at: number) => {
    const payload = utf8(text);
    const code = text.split("|")[text.split("|").indexOf("P") + 2] ?? "";
    texts.acknowledgement(code, payload, text.indexOf("MSG") + 4, at);
  };

  test("ErrorTexts group what negative acknowledgements say, most frequent first, with when it was first seen", () => {
    const texts = new ErrorTexts();
    tell(texts, ack("MSG1", "AE", "No such bed"), 500);
    tell(texts, ack("MSG2", "AR"), 600);
    tell(texts, ack("MSG3", "AE", "No such bed"), 700);
    tell(texts, ack("MSG4", "AE", "", "ERR||PID^1^3^1^1|103|E\r"), 800);
    tell(texts, ack("MSG5", "AE", "No such bed"), 900);
    texts.add("connection refused", 1000);
    assert.deepEqual(texts.top(), [
      { text: "AE: No such bed", count: 3, first_seen_s: 0.5 },
      { text: "AR: application reject", count: 1, first_seen_s: 0.6 },
      { text: "AE: PID-3[1].1 103 Table value not found", count: 1, first_seen_s: 0.8 },
      { text: "connection refused", count: 1, first_seen_s: 1 },
    ]);
  });

  test("ErrorTexts tell two codes apart that say the same", () => {
    const texts = new ErrorTexts();
    for (const [code, id] of [["AE", "MSG1"], ["AR", "MSG2"], ["AE", "MSG3"]]) {
      const payload = utf8(ack(id, code));
      texts.acknowledgement(code, payload, ack(id, code).indexOf(id) + 4, 0);
    }
    assert.deepEqual(texts.top().map(({ text, count }) => [text, count]), [
      ["AE: application error", 2],
      ["AR: application reject", 1],
    ]);
  });

  test("ErrorTexts keep a bounded part of a text, and say how much is missing", () => {
    const texts = new ErrorTexts();
    texts.add("x".repeat(1000), 0);
    texts.add("y".repeat(20_000), 1);
    assert.deepEqual(texts.top().map(({ text }) => text), [
      "x".repeat(1000),
      `${"y".repeat(1000)} (and 19000 characters more)`,
    ]);
  });

  test("ErrorTexts keep a bounded number of different texts and lose no count", () => {
    const texts = new ErrorTexts();
    for (let i = 0; i < 5000; i++) tell(texts, ack(`MSG${i % 10}`, "AE", `Number ${i}`), i);
    const top = texts.top();
    assert.equal(top.length, 10);
    assert.deepEqual([top[0].text, top[0].count], ["other texts", 4800]);
  });
});

describe("Feed", () => {
  test("Feed makes message k again, byte for byte", () => {
    const feed = new Feed([message(), message("|2")], { seed: 99 });
    const first = latin1(feed.render(5, 1e12));
    feed.render(6, 2e12);
    assert.equal(latin1(feed.render(5, 1e12)), first);
  });

  test("Feed leaves raw messages and text alone, and knows whether there are ids to go by", () => {
    const raw = new Feed([message()], { seed: 1, raw: true });
    assert.equal(latin1(raw.render(3, 0)), latin1(message()));
    assert.deepEqual([raw.hasIds, latin1(raw.controlId)], [true, "X"]);
    const text = new Feed([message(), utf8("PING")], { seed: 1 });
    assert.equal(latin1(text.render(1, 0)), "PING");
    assert.equal(text.hasIds, false);
  });

  test("Feed tells which acknowledgement each message waits for", () => {
    const feed = new Feed([message(), message("|||AL|NE"), message("|||NE|NE"), message("|||AL|AL")], { seed: 1 });
    const awaited = [0, 1, 2, 3].map((k) => {
      feed.render(k, 0);
      return feed.awaited;
    });
    assert.deepEqual(awaited, ["application", "accept", "none", "application"]);
    assert.equal(feed.asksForBoth, true);
  });

  test("Feed refuses what cannot be sent", () => {
    assert.throws(() => new Feed([], { seed: 1 }), /at least one/);
    assert.throws(() => new Feed([utf8("MSH|^~\\&|A\r")], { seed: 1 }), RangeError);
  });
});
