/** Nothing is left behind: descriptors and memory after very many connections. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { TlsClientOptions, TlsServerOptions } from "../../../lib/transport/tls_options.ts";
import type { Transport } from "../../../lib/transport/transport.ts";
import { testCertificates } from "../../tls.ts";

const skip = process.platform !== "linux" && "descriptors are counted in /proc/self/fd, which is Linux's";
const timeout = 60_000;
const descriptors = () => readdirSync("/proc/self/fd").length;

/** Opens `count` connections, `width` at a time, and closes them from alternating sides. */
async function round(count: number, width: number, place: string, tls: {
  server?: TlsServerOptions;
  client?: TlsClientOptions;
} = {}, sample: WeakRef<Transport>[] = []): Promise<void> {
  const accepted: Transport[] = [];
  const listener = await listen(parseEndpoint(place), { tls: tls.server }, (transport) => accepted.push(transport));
  for (let begun = 0; begun < count; begun += width) {
    const connecting = Array.from({ length: width }, () => connect(listener.endpoint, { tls: tls.client }));
    const clients = await Promise.all(connecting);
    while (accepted.length < width) await new Promise((resolve) => setImmediate(resolve));
    const servers = accepted.splice(0);
    const first = begun % (2 * width) === 0 ? [...clients, ...servers] : [...servers, ...clients];
    sample.push(new WeakRef(clients[0]), new WeakRef(servers[0]));
    await Promise.all(first.map((transport) => transport.close()));
  }
  await listener.close();
}

/** Has the collector look at everything, where the runtime lets us ask for it, or else gives it something to do. */
function collect(): void {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun === undefined) Array.from({ length: 100_000 }, () => ({}));
  else Bun.gc(true);
}

async function leavesNothing(rounds: number, each: () => Promise<void>): Promise<void> {
  // Once for what the runtime opens for itself.
  await each();
  const before = descriptors();
  for (let i = 0; i < rounds; i++) await each();
  assert.equal(descriptors(), before);
}

test(
  "1,000 TCP connections opened and closed ten times leave no descriptor and are forgotten",
  { skip, timeout },
  async () => {
    const sample: WeakRef<Transport>[] = [];
    await leavesNothing(9, () => round(1000, 200, ":0", {}, sample));
    // The collector comes when it likes, and leaves the youngest; if anything held them, all would be there.
    const count = () => sample.filter((ref) => ref.deref() !== undefined).length;
    let kept = count();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 100 && kept >= sample.length / 2; i++) {
      // Who was looked at is kept for the rest of the turn.
      await turn();
      collect();
      await turn();
      kept = count();
    }
    assert.ok(kept < sample.length / 2, `${kept} of ${sample.length} transports looked at are still in memory`);
  },
);

test("100 TLS connections opened and closed three times leave no descriptor", { skip, timeout }, async () => {
  const { ca, server } = await testCertificates();
  const tls = { server, client: { ca } };
  await leavesNothing(3, () => round(100, 50, "tls://:0", tls));
});

test("TCP connections that are reset leave no descriptor on either side", { skip, timeout }, async () => {
  await leavesNothing(3, async () => {
    const endings: Promise<void>[] = [];
    const listener = await listen(parseEndpoint(":0"), {}, (transport) => {
      transport.stream.resume();
      endings.push(new Promise((resolve) => transport.stream.once("close", () => resolve())));
    });
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(listener.endpoint)));
    while (endings.length < 100) await new Promise((resolve) => setImmediate(resolve));
    for (const client of clients) client.reset();
    await Promise.all([...endings, ...clients.map((client) => client.close())]);
    await listener.close();
  });
});
