/** Who has the line: how many connections it takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../../../lib/bridge/context.ts";
import type { DriverEvent } from "../../../lib/bridge/options.ts";
import { MOST_LINES, ProximalServer } from "../../../lib/bridge/proximal.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

test("ProximalServer turns away whom it has no room for, and takes others when somebody has gone", async () => {
  const events: DriverEvent[] = [];
  let connect = (_transport: Transport) => {};
  const media = {
    connect: () => Promise.reject(new Error("not asked for")),
    listen: (endpoint: ReturnType<typeof parseEndpoint>, _options: unknown, accept: (transport: Transport) => void) => {
      connect = accept;
      return Promise.resolve({ endpoint, close: () => Promise.resolve() } as never);
    },
  };
  const line = { medium: "listen", endpoint: parseEndpoint("127.0.0.1:0"), protocol: "mllp" } as const;
  const options = {
    line,
    to: parseEndpoint("127.0.0.1:2600"),
    dist: null,
    onEvent: (event: DriverEvent) => events.push(event),
  };
  const context = new Context(options, new VirtualClock(), media);
  const leaving: (() => void)[] = [];
  let taken = 0;
  const server = new ProximalServer(context, () => {
    taken++;
    return new Promise((resolve) => leaving.push(resolve));
  });
  await server.start();
  let reset = 0;
  const peer = { info: { peer: "192.0.2.7:5000" }, reset: () => reset++ } as unknown as Transport;
  for (let i = 0; i < MOST_LINES + 3; i++) connect(peer);
  assert.deepEqual([taken, reset, context.counters.lineOpens], [MOST_LINES, 3, MOST_LINES]);
  assert.equal(events.at(-1)?.detail, `192.0.2.7:5000: there are ${MOST_LINES} connections already`);
  leaving[0]();
  await new Promise((resolve) => setImmediate(resolve));
  connect(peer);
  assert.deepEqual([taken, reset], [MOST_LINES + 1, 3]);
});

test("ProximalServer opens a device again by its name, but not a pty whose number is another's by then", async () => {
  for (const [identities, opened] of [[["a", "a", "a"], 3], [["a", "b", "b"], 1], [[null, null, null], 3]] as const) {
    const clock = new VirtualClock();
    const events: DriverEvent[] = [];
    let opens = 0;
    const media = {
      connect: () => Promise.resolve({ number: ++opens } as unknown as Transport),
      listen: () => Promise.reject(new Error("not asked for")),
    };
    const context = new Context(
      {
        line: { medium: "device", endpoint: parseEndpoint("serial:/dev/pts/3"), protocol: "mllp" },
        to: parseEndpoint("127.0.0.1:2600"),
        dist: null,
        onEvent: (event: DriverEvent) => events.push(event),
        reopenMs: [100],
      },
      clock,
      media,
    );
    let asked = 0;
    const server = new ProximalServer(context, () => Promise.resolve(), () => identities[Math.min(asked++, 2)]);
    await server.start();
    for (let i = 0; i < 2; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(100);
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(opens, opened, String(identities));
    assert.deepEqual(
      [...new Set(events.map(({ event, detail }) => `${event}: ${detail}`))],
      opened > 1 ? [] : [
        "line_failed: Cannot open /dev/pts/3 again: the pty is gone, and what has its number now is another's line",
      ],
    );
    await server.stop();
    await server.ended();
  }
});
