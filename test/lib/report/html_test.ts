import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunDocument } from "../../../lib/load/result.ts";
import { connectionsReason } from "../../../lib/load/verdict.ts";
import { htmlReport } from "../../../lib/report/html.ts";
import { badRun, closedRun, EMPTY, goodRun, interval, outcomes } from "./runs.ts";
import { fullRun } from "./html/full_run.ts";

const ASSETS = { uplotScript: "var uPlot = 1;", uplotStyle: ".uplot { color: red }" };
const page = (run: RunDocument) => htmlReport(run, ASSETS);

/** The page without its style sheets and programs. */
function visible(html: string): string {
  return html.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
}

/** What a reader sees: no tags, entities read. */
function text(html: string): string {
  return visible(html).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** The same value with every text in it changed, keys of records included where `keys` says so. */
function everyText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => everyText(each, change));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, everyText(each, change)]));
}

test("htmlReport is one page that may load nothing", () => {
  const html = page(fullRun());
  assert.match(html, /^<!doctype html>\n<html lang="en">/);
  assert.match(
    html,
    /Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;/,
  );
  assert.doesNotMatch(html, /\ssrc=|@import|url\(|<link|<iframe|<object|<base|<form/);
  assert.deepEqual([...html.matchAll(/href="([^"]*)"/g)].map(([, to]) => to), ["#over-time"]);
});

test("htmlReport holds the assets once each", () => {
  const html = page(fullRun());
  for (const asset of Object.values(ASSETS)) assert.equal(html.split(asset).length, 2);
});

test("htmlReport has target, date, seed and version in its title", () => {
  assert.match(
    page(goodRun()),
    /<title>tcp:\/\/127\.0\.0\.1:2575, 2026-01-31 12:00:00 UTC, seed 42, mllp 0\.1\.0<\/title>/,
  );
});

test("htmlReport says verdicts first, then key figures, latency and charts", () => {
  const html = page(fullRun());
  const titles = [...html.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, title]) => title);
  assert.deepEqual(titles, [
    "Verdict",
    "Key figures",
    "Latency",
    "Charts",
    "Outcomes",
    "Answers",
    "Connections",
    "Generator",
    "Steering",
    "Deliveries",
    "Error texts",
    "Warm-up",
    "Over time",
  ]);
});

test("htmlReport leaves out what did not happen", () => {
  const html = page(goodRun());
  const titles = [...html.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, title]) => title);
  assert.deepEqual(titles, [
    "Verdict",
    "Key figures",
    "Latency",
    "Charts",
    "Outcomes",
    "Answers",
    "Connections",
    "Generator",
    "Over time",
  ]);
});

test("htmlReport of failed thresholds says so, with the value of each", () => {
  const said = text(page(badRun()));
  assert.match(said, /FAILED 2 of 6 thresholds failed\. messages 22,950 of 24,000 messages were accepted, 1,050 not\./);
  assert.match(said, /FAILED p99\(response\) > 250ms see generator 7\.33 s/);
  assert.match(said, /passed errors > 5% 4\.4 %/);
  assert.match(said, /passed max\(ack\.CA\) > 1s nothing measured/);
  assert.match(said, /ended early Ended by SIGINT after 2 min 05 s\./);
  assert.match(said, /generator generator was the limit for 12 % of the run/);
});

test("htmlReport of thresholds that all passed, and of none, says what became of the messages", () => {
  const thresholds = [{ expr: "errors > 0", pass: true, value: 0 }];
  assert.match(text(page(goodRun({ thresholds }))), /Verdict passed All 1,000 messages were accepted\./);
  assert.match(text(page(goodRun())), /Verdict all accepted All 1,000 messages were accepted\. generator healthy/);
  const none = goodRun({ outcomes: outcomes({ refused: 1000 }) });
  assert.match(text(page(none)), /Verdict none accepted Not one of 1,000 messages was accepted\./);
});

test("htmlReport of a search says what was found and each rate that was tried", () => {
  const said = text(page(fullRun({ thresholds: [] })));
  assert.match(said, /Verdict found p99\(response\) < 250ms holds up to 400\/s/);
  assert.match(said, /400\/s 399\.6\/s 0\.0 s 10\.0 s 48\.0 ms holds/);
  assert.match(said, /800\/s 720\/s 10\.0 s 10\.0 s nothing measured does not hold rate not achieved/);
  assert.match(said, /highest rate 400\/s at which p99\(response\) < 250ms/);
});

test("htmlReport of a run that a threshold stopped says by which, and when", () => {
  assert.match(text(page(fullRun({ interrupted: null }))), /ended early Stopped after 2 min 05 s by: lost > 9\./);
});

test("htmlReport has a unit in every cell of the latencies, and a dash for percentiles of few values", () => {
  const html = page(goodRun());
  const section = /<h2 id="latency">[\s\S]*?<\/section>/.exec(html)![0];
  const rows = [...section.matchAll(/<tr><th scope="row">(\w+)[\s\S]*?<\/tr>/g)];
  assert.deepEqual(rows.map(([, name]) => name), ["lag", "service", "response", "connect"]);
  for (const [row, name] of rows) {
    const [count, ...cells] = [...row.matchAll(/<td class="n"[^>]*>([^<]*)</g)].map(([, cell]) => cell);
    assert.equal(count, name === "connect" ? "8" : "1,000");
    assert.equal(cells.length, 7);
    for (const cell of cells) assert.match(cell, name === "connect" ? /^(\d.* (µs|ms|s)|–)$/ : /^\d.* (µs|ms|s)$/);
  }
});

test("htmlReport has the head of each latency with its figure, for screens on which the table folds", () => {
  const heads = [...page(goodRun()).matchAll(/<td class="n" data-head="([^"]*)"/g)].map(([, head]) => head);
  assert.deepEqual(heads.slice(0, 8), ["count", "min", "p50", "p90", "p95", "p99", "p99.9", "max"]);
});

test("htmlReport says at its top that the connections were the limit, beside a healthy generator", () => {
  const few = connectionsReason({
    asked: 100,
    peak: 100,
    achieved: 20,
    occupiedUs: 102_000,
    connections: 2,
    inFlight: 1,
    leftOver: 400,
  })!;
  const said = (reasons: string[]) => text(page(goodRun({ generator: { ...goodRun().generator, reasons } })));
  assert.match(
    said([few]),
    /connections 100\/s x 102 ms needs at least 11 connections; there were 2 generator healthy: this machine kept up/,
  );
  assert.match(said([]), /generator healthy: what was measured is the target, not this machine/);
  assert.match(said(["this machine stalled for up to 246 ms"]), /healthy: what was measured is the target/);
});

test("htmlReport of thresholds that passed of a target that accepted nothing says that nothing was accepted", () => {
  const thresholds = [{ expr: "p99(response) > 250ms", pass: true, value: null }];
  const latency_us = { ...goodRun().latency_us, response: EMPTY };
  const said = text(page(goodRun({ thresholds, latency_us, outcomes: outcomes({ error: 1000 }) })));
  assert.match(said, /Verdict none accepted Not one of 1,000 messages was accepted\./);
  assert.match(said, /passed p99\(response\) > 250ms nothing measured/);
});

test("htmlReport tells the rates of a last row that is short, and how short it is", () => {
  const intervals = [interval(0, 100), { ...interval(1, 10), length: 0.1 }];
  const said = text(page(goodRun({ intervals, duration_s: 1.1 })));
  assert.match(said, /Each row is 1\.0 s, the last 0\.1 s:/);
  assert.match(said, /1\.0 s 200\/s 100\/s 100\/s 1 0 4\.20 ms/);
});

test("htmlReport says of a closed loop that it hides stalls", () => {
  assert.match(text(page(closedRun())), /Closed loop: .* stalls of the target are hidden/);
  assert.doesNotMatch(text(page(goodRun())), /stalls/);
});

test("htmlReport says when the outcomes do not add up", () => {
  assert.match(text(page(goodRun({ planned: 1001 }))), /do not trust The outcomes add up to 1,000, not to 1,001/);
  assert.doesNotMatch(text(page(fullRun())), /add up to/);
});

test("htmlReport has the table over time in at most 60 rows, however long the run", () => {
  for (const [count, rows] of [[1, 1], [60, 60], [61, 31], [3600, 60]]) {
    const intervals = Array.from({ length: count }, (_, i) => interval(i, 100));
    const html = page(goodRun({ intervals }));
    const table = /<h2 id="over-time">[\s\S]*?<\/section>/.exec(html)![0];
    assert.equal(table.split('<th scope="row"').length - 1, rows, `${count}`);
  }
});

test("htmlReport shows no undefined, NaN, Infinity or null of any kind of run", () => {
  const bare = goodRun({ planned: 0, sent: 0, duration_s: 0, outcomes: outcomes({}), acks: {}, intervals: [] });
  const nothing = {
    ...bare,
    latency_us: { ...bare.latency_us, lag: null, response: null, service: EMPTY, connect: EMPTY },
  };
  for (const run of [goodRun(), badRun(), closedRun(), fullRun(), bare, nothing]) {
    assert.doesNotMatch(text(page(run)), /undefined|NaN|Infinity|null|\[object/);
  }
  assert.doesNotMatch(page(nothing), /<script|Charts/);
});

test("htmlReport copes with a document that has only the keys of the first version", () => {
  const older = JSON.parse(JSON.stringify(goodRun()));
  for (const row of older.intervals) {
    delete row.failures;
    for (const series of ["service", "response", "lag"]) delete row[series].p90;
  }
  delete older.latency_us.unsent;
  assert.match(text(page(older)), /response p99 13\.1 ms/);
});

test("htmlReport shows whatever a document says as text", () => {
  const attack = `</script></style><script>alert(1)</script><img src=x onerror=alert(2)>" onload="alert(3)' --><!--`;
  const run = fullRun();
  const hostile = everyText(run, (each) => each === "search" || each === run.histograms!.lag ? each : attack);
  const keyed = {
    ...hostile as RunDocument,
    acks: { [attack]: 7 },
    warnings: { [attack]: 7 },
    anomalies: { ...run.anomalies, [attack]: 7 },
    latency_us: { ...run.latency_us, ack: { AA: run.latency_us.service, [attack]: run.latency_us.service } },
    intervals: run.intervals.map((row) => ({ ...row, failures: { [attack]: 7, timeout: 1 } })),
    interrupted: attack,
    model: "rate",
  } as unknown as RunDocument;
  const html = page(keyed);
  assert.deepEqual([...html.matchAll(/<\/?script/gi)].length, 6);
  assert.deepEqual([...html.matchAll(/<\/?style/gi)].length, 2);
  assert.doesNotMatch(html, /<img|<!--/i);
  assert.doesNotMatch(visible(html), /" onload="|' --/);
  assert.ok(visible(html).split("&lt;img src=x onerror=alert(2)&gt;&quot; onload=&quot;alert(3)&#39;").length > 20);
  const data = /<script type="application\/json" id="chart-data">([\s\S]*?)<\/script>/.exec(html)![1];
  assert.ok(!data.includes("<"));
  assert.equal(JSON.parse(data).marks[2].text, attack);
});

test("htmlReport refuses an asset that would break out of the page", () => {
  assert.throws(() => htmlReport(goodRun(), { ...ASSETS, uplotScript: "</script>" }), TypeError);
});

test("htmlReport of an hour is below 250 KB, uPlot's 54 KB not counted", () => {
  const intervals = Array.from({ length: 3600 }, (_, i) => ({
    ...interval(i, 1000 + i % 37),
    asked: 1000.5,
    in_flight: i % 64,
    queue: i % 1000,
    failures: { timeout: i % 3, error: i % 5, dropped: i % 11, closed: i % 2 },
    service: { p50: 4000 + i, p90: 7000 + i, p99: 9000 + i, max: 12_000 + i },
    response: { p50: 4200 + i, p90: 7400 + i, p99: 9900 + i, max: 13_000 + i },
  }));
  const size = new TextEncoder().encode(page(fullRun({ intervals, duration_s: 3600 }))).length;
  assert.ok(size < 250_000, `${size}`);
});

test("htmlReport under --strict-generator fails first of all where the generator was the limit", () => {
  const { generator } = badRun();
  const lead = (strictGenerator: boolean, run: Partial<RunDocument> = {}) => {
    const html = text(htmlReport(goodRun({ generator, ...run }), ASSETS, { strictGenerator }));
    return html.split("Verdict ").at(1) ?? "";
  };
  assert.match(lead(true), /^FAILED The generator was the limit \(--strict-generator: exit 6\)/);
  assert.match(lead(false), /^all accepted All 1,000 messages were accepted/);
  const slow = [{ expr: "lost > 0", pass: false, value: 1 }];
  assert.match(lead(true, { thresholds: slow }), /^FAILED The threshold failed/);
});

test("htmlReport says what is lost", () => {
  const run = goodRun({ outcomes: outcomes({ accepted: 994, timeout: 6 }) });
  assert.match(text(page(run)), /lost 6: sent, and no answer came/);
});
