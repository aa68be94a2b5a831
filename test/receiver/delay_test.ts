/** Delays: what is read, what is refused, and what a distribution comes to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RandomStream } from "../../lib/random.ts";
import { sampleDelay } from "../../receiver/decide/distribution.ts";
import { formatDelay, parseDelay } from "../../receiver/scenario/delay.ts";

const DRAWS = 20_000;

/** Sorted samples of a delay, the same in every run. */
function samples(text: string): number[] {
  const delay = parseDelay(text);
  const random = new RandomStream(7);
  return Array.from({ length: DRAWS }, () => sampleDelay(delay, () => random.next())).sort((a, b) => a - b);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor(q * sorted.length)];

function near(found: number, wanted: number, within: number): void {
  assert.ok(Math.abs(found - wanted) <= wanted * within, `found ${found}, wanted ${wanted} within ${within * 100}%`);
}

test("parseDelay and formatDelay are inverse for every form", () => {
  const forms = [
    "0s",
    "100ms",
    "2ms:90,150ms:9,5s:1",
    "uniform(10ms,50ms)",
    "normal(40ms,5ms)",
    "lognormal(40ms,400ms)",
    "lognormal(40ms,400ms,2s)",
    "exponential(40ms)",
  ];
  for (const form of forms) assert.equal(formatDelay(parseDelay(form)), form);
});

test("parseDelay allows spaces within brackets and behind commas", () => {
  assert.deepEqual(parseDelay("uniform( 10ms , 50ms )"), { kind: "uniform", fromMs: 10, toMs: 50 });
  assert.deepEqual(parseDelay("2ms:90, 5s:1"), parseDelay("2ms:90,5s:1"));
});

test("parseDelay refuses what is no delay and says what it wanted", () => {
  const wrong: [string, RegExp][] = [
    ["", /duration/],
    ["100", /duration/],
    ["2ms,5s", /weighted times/],
    ["2ms:90,5s", /weighted times/],
    ["2ms:90:1", /weighted times/],
    ["2ms:x", /the weight 'x'/],
    ["2ms:-1", /the weight '-1'/],
    ["2ms:0,5s:0", /at least one weight above 0/],
    ["uniform(50ms,10ms)", /the shorter time first/],
    ["uniform(50ms)", /uniform\(FROM,TO\)/],
    ["lognormal(0s,1s)", /a median above 0/],
    ["lognormal(2s,1s)", /not below the median/],
    ["lognormal(1s,2s,500ms)", /a largest time/],
    ["gamma(1s)", /exponential\(MEAN\)/],
  ];
  for (const [text, message] of wrong) assert.throws(() => parseDelay(text), { name: "RangeError", message });
});

test("sampleDelay of a fixed time is that time and draws nothing", () => {
  assert.equal(sampleDelay(parseDelay("100ms"), () => assert.fail("nothing is to be drawn")), 100);
});

test("sampleDelay keeps the weights of a table", () => {
  const found = samples("2ms:90,150ms:9,5s:1,1h:0");
  const share = (ms: number) => found.filter((value) => value === ms).length / DRAWS;
  near(share(2), 0.9, 0.01);
  near(share(150), 0.09, 0.06);
  near(share(5000), 0.01, 0.2);
  assert.equal(share(3_600_000), 0);
});

test("sampleDelay of each distribution has its mean and its quantiles", () => {
  const uniform = samples("uniform(10ms,50ms)");
  near(mean(uniform), 30, 0.01);
  assert.ok(uniform[0] >= 10 && uniform[DRAWS - 1] <= 50);

  const normal = samples("normal(40ms,5ms)");
  near(mean(normal), 40, 0.01);
  near(quantile(normal, 0.8413), 45, 0.01);

  const lognormal = samples("lognormal(40ms,400ms)");
  near(quantile(lognormal, 0.5), 40, 0.03);
  near(quantile(lognormal, 0.99), 400, 0.08);

  const exponential = samples("exponential(40ms)");
  near(mean(exponential), 40, 0.02);
  near(quantile(exponential, 0.5), 40 * Math.LN2, 0.03);
});

test("sampleDelay never goes below zero nor above a largest time", () => {
  assert.equal(samples("normal(1ms,10ms)")[0], 0);
  assert.equal(samples("lognormal(40ms,400ms,200ms)")[DRAWS - 1], 200);
  // The ends of the range of draws give finite times.
  for (const form of ["normal(1ms,1ms)", "lognormal(1ms,2ms)", "exponential(1ms)"]) {
    for (const edge of [0, 1 - 2 ** -53]) {
      const ms = sampleDelay(parseDelay(form), () => edge);
      assert.ok(ms >= 0 && ms < 1e6, `${form} at ${edge}: ${ms}`);
    }
  }
});
