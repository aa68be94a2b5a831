import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../lib/clock.ts";
import { TransportError } from "../../../lib/errors.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { listenLine, LONGEST_REOPEN_MS, reopenAfterMs } from "../../../lib/transport/line_listener.ts";
import { memoryPair } from "../../../lib/transport/memory.ts";
import type { AcceptFailure } from "../../../lib/transport/serve.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

const endpoint = parseEndpoint("serial:/dev/ttyS0");

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A line that can be there or not, on a virtual clock. */
function rig() {
  const clock = new VirtualClock();
  const accepted: Transport[] = [];
  const failures: AcceptFailure[] = [];
  const opened: number[] = [];
  const state = { there: true };
  const listening = {
    clock,
    open: () => {
      opened.push(clock.now());
      const about = { operation: "listen", endpoint: "serial:/dev/ttyS0" };
      if (!state.there) return Promise.reject(new TransportError("listen_failed", "Cannot listen: gone", about));
      return Promise.resolve(memoryPair()[0]);
    },
    accept: (transport: Transport) => void accepted.push(transport),
    onError: (failure: AcceptFailure) => void failures.push(failure),
  };
  const pass = async (ms: number) => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  return { clock, accepted, failures, opened, state, listening, pass };
}

test("listenLine rejects when the line cannot be opened the first time", async () => {
  const { listening, state } = rig();
  state.there = false;
  await assert.rejects(listenLine(endpoint, listening), /Cannot listen: gone/);
});

test("listenLine opens a line again a second after it is gone, whoever closed it", async () => {
  const { listening, accepted, opened, pass } = rig();
  const listener = await listenLine(endpoint, listening);
  await pass(5000);
  assert.equal(accepted.length, 1);
  accepted[0].stream.destroy();
  await pass(999);
  assert.equal(accepted.length, 1);
  await pass(1);
  assert.equal(accepted.length, 2);
  await pass(5000);
  void accepted[1].close(0);
  await settle();
  accepted[1].stream.destroy();
  await pass(1000);
  assert.deepEqual(opened, [0, 6000, 12_000]);
  await listener.close();
});

test("listenLine waits longer and longer for a line that stays away, tells each try, and begins anew when it lived", async () => {
  const { listening, accepted, failures, opened, state, pass } = rig();
  const listener = await listenLine(endpoint, listening);
  await settle();
  state.there = false;
  accepted[0].stream.destroy();
  for (const ms of [1000, 2000, 4000, 8000, 16_000, 30_000]) await pass(ms);
  assert.deepEqual(opened, [0, 1000, 3000, 7000, 15_000, 31_000, 61_000]);
  assert.deepEqual(failures.map(({ error }) => error.message), Array(6).fill("Cannot listen: gone"));
  state.there = true;
  await pass(30_000);
  assert.equal(accepted.length, 2);
  await pass(30_000);
  accepted[1].stream.destroy();
  await pass(1000);
  assert.equal(accepted.length, 3);
  await listener.close();
});

test("listenLine backs off from a line that opens and hangs up at once", async () => {
  const { listening, accepted, opened, pass } = rig();
  const listener = await listenLine(endpoint, listening);
  for (const ms of [0, 1000, 2000, 4000]) {
    await pass(ms);
    accepted.at(-1)?.stream.destroy();
  }
  assert.deepEqual(opened, [0, 1000, 3000, 7000]);
  await listener.close();
});

test("listenLine opens nothing any more once its listener is closed, in whichever state", async () => {
  const early = rig();
  await (await listenLine(endpoint, early.listening)).close();
  await early.pass(60_000);
  assert.deepEqual([early.accepted.length, early.opened.length], [0, 1]);

  const waiting = rig();
  const listener = await listenLine(endpoint, waiting.listening);
  await settle();
  waiting.accepted[0].stream.destroy();
  await settle();
  await listener.close();
  await waiting.pass(60_000);
  assert.equal(waiting.opened.length, 1);
  assert.equal(waiting.clock.next(), Infinity);
});

test("reopenAfterMs never waits longer than its longest", () => {
  assert.equal(reopenAfterMs(LONGEST_REOPEN_MS, 0), LONGEST_REOPEN_MS);
});
