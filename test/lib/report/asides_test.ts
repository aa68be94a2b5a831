import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunDocument, SearchStep } from "../../../lib/load/result.ts";
import { deliveryLines, searchLines, steeringLines, warmupLines } from "../../../lib/report/asides.ts";
import { textReport } from "../../../lib/report/text.ts";
import { plain } from "../../../lib/text.ts";
import { EMPTY, goodRun, outcomes, row } from "./runs.ts";

const bare = (lines: readonly string[]) => lines.map(plain);

function step(changes: Partial<SearchStep>): SearchStep {
  return { asked: 100, achieved: 100, start_s: 1, duration_s: 5, value: 12_000, holds: true, why: "", ...changes };
}

test("searchLines say what was found and what each rate came to", () => {
  const search = {
    expr: "p99(response) < 250ms",
    rate: 400,
    verdict: "'p99(response) < 250ms' holds at 400/s, and not at 420/s",
    steps: [
      step({ asked: 400, achieved: 399.8 }),
      step({
        asked: 800,
        achieved: 512,
        value: 1_200_000,
        holds: false,
        why: "2560 of 4000 messages that fell due were sent",
      }),
      step({ asked: 420, value: null, holds: false, why: "nothing was measured" }),
    ],
  };
  assert.deepEqual(bare(searchLines(goodRun({ search }), 120)), [
    "  'p99(response) < 250ms' holds at 400/s, and not at 420/s",
    "  held    400/s  p99(response) 12.0 ms, achieved 399.8/s",
    "  FAILED  800/s  p99(response) 1.20 s, achieved 512/s: 2560 of 4000 messages that fell due were sent",
    "  FAILED  420/s  p99(response) nothing measured, achieved 100/s: nothing was measured",
  ]);
});

test("warmupLines tell what was not counted", () => {
  const warmup = {
    duration_s: 5,
    planned: 250,
    sent: 250,
    outcomes: outcomes({ accepted: 248, timeout: 2 }),
    service: row(248, [10, 20, 30, 40, 50, 60, 70]),
    connect: EMPTY,
  };
  const [line] = bare(warmupLines(goodRun({ warmup }), 200));
  assert.equal(
    line,
    "  before that, not counted: 5.0 s of warm-up, 248 of 250 accepted, timeout 2, service p50 20 µs p99 50 µs",
  );
});

test("steeringLines tell of each change by hand, up to eight", () => {
  const change = { at_s: 2, speed: 1.1 };
  const many: RunDocument = goodRun({ steering: [...Array(9).fill(change), { at_s: 30, speed: 0 }] });
  const text = bare(steeringLines(many, 1000)).join(" ");
  assert.match(text, /^ {2}changed by hand: 110 % of the rate from 2\.0 s, /);
  assert.match(text, /, 2 more$/);
  assert.deepEqual(steeringLines(goodRun(), 80), []);
});

test("deliveryLines say loudly what was lost, and why", () => {
  const deliveries = [
    { to: "log", delivered: 1000, lost: 0, note: "" },
    { to: "axiom", delivered: 990, lost: 10, note: "HTTP 500 after three tries" },
  ];
  assert.deepEqual(bare(deliveryLines(goodRun({ deliveries }), 100)), [
    "  log: 1,000 messages, none lost",
    "  axiom: 990 messages, 10 LOST: HTTP 500 after three tries",
  ]);
});

test("textReport has these sections only where there is something to tell", () => {
  const titles = (run: RunDocument) =>
    bare(textReport(run)).filter((line) => /^[A-Z]{3,}/.test(line)).map((line) => line.split(" ")[0]);
  assert.ok(!titles(goodRun()).some((title) => ["SEARCH", "DELIVERED"].includes(title)));
  const search = { expr: "errors <= 0", rate: null, verdict: "'errors <= 0' does not hold", steps: [] };
  const deliveries = [{ to: "log", delivered: 1, lost: 0, note: "" }];
  assert.deepEqual(titles(goodRun({ search, deliveries })).filter((title) => /^(SEARCH|DELIVERED)$/.test(title)), [
    "SEARCH",
    "DELIVERED",
  ]);
});
