import assert from "node:assert/strict";
import { test } from "node:test";
import { openMetrics } from "../../cli/llpdrv/metrics.ts";
import { zeroCounters } from "../../lib/bridge/context.ts";
import type { DriverStatus } from "../../lib/bridge/options.ts";
import { TransportError } from "../../lib/errors.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";

const counters = zeroCounters();
const keys = Object.keys(counters) as (keyof typeof counters)[];
keys.forEach((key, i) => counters[key] = i + 1);
const status: DriverStatus = {
  atMs: 0,
  state: "running",
  lines: [],
  distalClients: 2,
  queue: 3,
  longestWaitMs: { in: 1500, out: 0 },
  spool: null,
  dead: null,
  destinationUp: null,
  counters,
};

test("openMetrics shows every counter of the driver, with its own value", async () => {
  let current: DriverStatus | null = null;
  const metrics = await openMetrics(parseEndpoint("127.0.0.1:0"), () => current);
  try {
    const before = await (await fetch(metrics.url)).text();
    assert.match(before, /^llpdrv_messages_total\{direction="in"\} 0$/m);
    assert.doesNotMatch(before, /^llpdrv_up /m);
    current = status;
    const text = await (await fetch(metrics.url)).text();
    const shown = Array.from(
      text.matchAll(/^llpdrv_\w+_total(?:\{direction="\w+"\})? (\d+)$/gm),
      ([, value]) => Number(value),
    );
    assert.deepEqual(shown.toSorted((a, b) => a - b), keys.map((_, i) => i + 1));
    assert.match(text, new RegExp(`^llpdrv_messages_total\\{direction="out"\\} ${counters.messagesOut}$`, "m"));
    assert.match(text, new RegExp(`^llpdrv_checksum_errors_total ${counters.checksumErrors}$`, "m"));
    for (const gauge of ["up 1", "queue 3", "distal_clients 2", "longest_wait_in_seconds 1.5", "lines 0"]) {
      assert.match(text, new RegExp(`^llpdrv_${gauge}$`, "m"));
    }
    // What does not exist is not zero.
    assert.doesNotMatch(text, /^llpdrv_(spool|spool_dead|destination_up) /m);
    current = { ...status, state: "stopping", spool: 4, dead: 1, destinationUp: false };
    const later = await (await fetch(metrics.url)).text();
    for (const gauge of ["up 0", "spool 4", "spool_dead 1", "destination_up 0"]) {
      assert.match(later, new RegExp(`^llpdrv_${gauge}$`, "m"));
    }
  } finally {
    metrics.close();
  }
});

test("openMetrics answers nothing but its own path, and says when it cannot listen", async () => {
  const metrics = await openMetrics(parseEndpoint("127.0.0.1:0"), () => status);
  try {
    const elsewhere = await fetch(metrics.url.replace("/metrics", "/"));
    assert.equal(elsewhere.status, 404);
    await elsewhere.text();
    const posted = await fetch(metrics.url, { method: "POST", body: "x" });
    assert.equal(posted.status, 405);
    await posted.text();
    const { port } = new URL(metrics.url);
    await assert.rejects(openMetrics(parseEndpoint(`127.0.0.1:${port}`), () => status), TransportError);
  } finally {
    metrics.close();
  }
});
