import assert from "node:assert/strict";
import { test } from "node:test";
import { spectrum } from "../../../../lib/report/html/spectrum.ts";
import { closedRun, goodRun } from "../runs.ts";
import { fullRun } from "./full_run.ts";

test("spectrum of histograms has each percentile within what a histogram keeps apart", () => {
  const [response] = spectrum(fullRun());
  assert.equal(response.name, "response");
  assert.ok(response.exact);
  for (const [place, us] of response.points.slice(1, -1)) {
    const exact = 1000 + Math.ceil(2000 * (1 - 10 ** -place)) - 1;
    assert.ok(Math.abs(us - exact) <= 0.002 * exact, `${place}: ${us}, wanted ${exact}`);
  }
  assert.deepEqual(response.points[0], [0, 1000]);
  assert.deepEqual(response.points.at(-1), [Math.log10(2000), 2999]);
});

test("spectrum has a line for each clock, and commit and application acknowledgements apart", () => {
  assert.deepEqual(spectrum(fullRun()).map(({ name }) => name), ["response", "service", "lag", "ack CA", "ack AA"]);
  assert.deepEqual(spectrum(closedRun()).map(({ name }) => name), ["service", "ack CA", "ack AA"]);
});

test("spectrum without histograms has the percentiles of the table", () => {
  const [, service] = spectrum(goodRun());
  assert.deepEqual(service.points.map(([, us]) => us), [402, 4213, 7804, 8808, 12_307, 25_004]);
  assert.equal(service.exact, false);
});

test("spectrum of a histogram that cannot be read has the percentiles of the table", () => {
  const { histograms } = fullRun();
  for (const damaged of ["", "not base64!", "AAAA", histograms!.service.slice(0, 40)]) {
    const run = goodRun({ histograms: { ...histograms!, service: damaged } });
    assert.equal(spectrum(run).find(({ name }) => name === "service")!.exact, false, damaged);
  }
});

test("spectrum has no line of fewer than two values", () => {
  const { latency_us } = goodRun();
  const once = { ...latency_us.service, count: 1 };
  assert.deepEqual(spectrum(goodRun({ latency_us: { ...latency_us, lag: null, response: null, service: once } })), []);
});
