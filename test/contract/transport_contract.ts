/**
 * The contract of a transport (lib/transport/transport.ts), as tests: each medium runs all of them.
 * A new medium passes by adding a line to transport_test.ts.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { systemCode } from "../../lib/errors.ts";
import { RandomStream } from "../../lib/random.ts";
import type { Transport } from "../../lib/transport/transport.ts";

/** Two ends of one open stream. */
export interface TransportPair {
  readonly client: Transport;
  readonly server: Transport;
  /** Gives back what was opened beside the two. */
  dispose(): Promise<void>;
}

/** How to open one medium, and what it can do. */
export interface Medium {
  make(): Promise<TransportPair>;
  /** Whether the peer sees a reset as one. On Deno a TLS stream reports a clean end instead. */
  readonly seesReset: boolean;
  /**
   * Whether a reader that does not read stops the writer. On Deno a paused TLS stream buffers without
   * bound instead, and an end that comes during the pause may be lost.
   */
  readonly holdsBack: boolean;
  /** Whether an end of ours is one for the peer, who may go on. A line has no such thing: line_contract.ts has its endings. */
  readonly halfCloses: boolean;
}

/** What a stream has told so far, in order. */
export interface Record {
  readonly events: string[];
  readonly chunks: Uint8Array[];
  text(): string;
  /** Resolves when the named event has come (at once, if it had). */
  when(event: string): Promise<void>;
}

/** Begins to read a stream and to note its events. */
export function record(stream: Duplex): Record {
  const events: string[] = [];
  const chunks: Uint8Array[] = [];
  const waiting: { event: string; resolve: () => void }[] = [];
  const note = (event: string) => {
    events.push(event);
    for (const waiter of waiting) if (waiter.event === event.split(" ")[0]) waiter.resolve();
  };
  stream.on("data", (chunk) => {
    chunks.push(chunk);
    note("data");
  });
  stream.on("end", () => note("end"));
  stream.on("error", (error) => note(`error ${systemCode(error)}`));
  stream.on("close", () => note("close"));
  return {
    events,
    chunks,
    text: () => Buffer.concat(chunks).toString("latin1"),
    when: (event) =>
      events.some((known) => known.split(" ")[0] === event)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ event, resolve })),
  };
}

/** Waits until a text has come. */
export async function until(stream: Duplex, seen: Record, text: string): Promise<void> {
  while (!seen.text().includes(text)) await new Promise((resolve) => stream.once("data", resolve));
}

/** A linger time that outlasts the test: what ends by then has ended by itself. */
export const NEVER_MS = 60_000;

/** A test of a contract: opens a pair, and gives back what the test left open. */
export type ContractTest = (sentence: string, body: (pair: TransportPair) => Promise<void>) => void;

/** Tests over pairs of one medium; `skip` says why there are none here. */
export function contractTests(name: string, medium: Pick<Medium, "make">, skip: string | false = false): ContractTest {
  return (sentence, body) =>
    void test(`${name} ${sentence}`, { timeout: 20_000, skip }, async () => {
      const pair = await medium.make();
      try {
        await body(pair);
      } finally {
        pair.client.reset();
        pair.server.reset();
        await Promise.all([pair.client.close(), pair.server.close()]);
        await pair.dispose();
      }
    });
}

/** Runs the contract over one medium. */
export function transportContract(name: string, medium: Medium, skip: string | false = false): void {
  const contract = contractTests(name, medium, skip);
  const withHalfClose: ContractTest = medium.halfCloses ? contract : () => {};

  contract("carries bytes both ways, every value of them", async ({ client, server }) => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    const [near, far] = [record(client.stream), record(server.stream)];
    client.stream.write(every);
    server.stream.write(every.toReversed());
    const whole = async (stream: Duplex, seen: Record) => {
      while (Buffer.concat(seen.chunks).length < 256) await new Promise((resolve) => stream.once("data", resolve));
    };
    await Promise.all([whole(client.stream, near), whole(server.stream, far)]);
    assert.deepEqual(new Uint8Array(Buffer.concat(far.chunks)), every);
    assert.deepEqual(new Uint8Array(Buffer.concat(near.chunks)), every.toReversed());
  });

  withHalfClose("keeps what arrived before its holder listened", async ({ client, server }) => {
    const far = record(server.stream);
    client.stream.write("ping");
    server.stream.write("greeting");
    server.end();
    await until(server.stream, far, "ping");
    const near = record(client.stream);
    await near.when("end");
    assert.equal(near.text(), "greeting");
  });

  withHalfClose("says which medium it is, and both ends", ({ client, server }) => {
    assert.equal(client.info.kind, server.info.kind);
    assert.equal(client.info.canReset, server.info.canReset);
    assert.equal(typeof client.info.local, "string");
    assert.notEqual(client.info.peer, "");
    assert.notEqual(server.info.local, "");
    if (client.info.peerAddress !== "") assert.equal(client.info.peer, server.info.local);
    assert.equal(client.info.tls !== null, client.info.kind === "tls");
    return Promise.resolve();
  });

  withHalfClose("stays open for writing when the peer has ended", async ({ client, server }) => {
    const [near, far] = [record(client.stream), record(server.stream)];
    client.stream.write("question");
    client.end();
    await far.when("end");
    assert.equal(far.text(), "question");
    assert.equal(server.stream.writable, true);
    server.stream.write("late answer");
    await until(client.stream, near, "late answer");
    assert.equal(near.events.includes("end"), false);
    server.end();
    await Promise.all([near.when("close"), far.when("close")]);
    assert.deepEqual(near.events.filter((event) => event !== "data"), ["end", "close"]);
    assert.deepEqual(far.events.filter((event) => event !== "data"), ["end", "close"]);
  });

  withHalfClose("sends what is queued before its end", async ({ client, server }) => {
    const far = record(server.stream);
    const size = 3_000_000;
    client.stream.write(new Uint8Array(size).fill(0x41));
    client.end();
    await far.when("end");
    assert.equal(far.chunks.reduce((sum, chunk) => sum + chunk.length, 0), size);
  });

  withHalfClose("takes a second end() as said already", async ({ client, server }) => {
    const far = record(server.stream);
    client.end();
    client.end();
    await far.when("end");
    assert.deepEqual(far.events, ["end"]);
  });

  contract(
    "closes in order: the peer gets what was queued and then an end, not a reset",
    async ({ client, server }) => {
      const near = record(client.stream);
      client.stream.on("end", () => client.end());
      server.stream.write("x".repeat(500_000));
      await server.close();
      await near.when("close");
      assert.equal(near.text().length, 500_000);
      assert.deepEqual(near.events.filter((event) => event !== "data"), ["end", "close"]);
    },
  );

  withHalfClose("closes in order though the peer's bytes are unread", async ({ client, server }) => {
    const near = record(client.stream);
    client.stream.on("end", () => client.end());
    // Asked to stop reading, as by backpressure; the peer's bytes pile up in the system.
    server.stream.pause();
    await new Promise((resolve) => client.stream.write("y".repeat(50_000), resolve));
    server.stream.write("goodbye");
    await server.close(NEVER_MS);
    await near.when("close");
    assert.equal(near.text(), "goodbye");
    assert.deepEqual(near.events.filter((event) => event !== "data"), ["end", "close"]);
  });

  withHalfClose("throws away what the peer sends after close()", async ({ client, server }) => {
    const far = record(server.stream);
    server.stream.on("readable", () => {});
    const closed = server.close(NEVER_MS);
    const near = record(client.stream);
    await near.when("end");
    await new Promise((resolve) => client.stream.write("too late", resolve));
    client.end();
    await closed;
    assert.equal(far.text(), "");
    await near.when("close");
    assert.deepEqual(near.events, ["end", "close"]);
  });

  withHalfClose("gives up a peer that does not end when the linger time is over", async ({ client, server }) => {
    const near = record(client.stream);
    await server.close(1);
    assert.equal(server.stream.destroyed, true);
    // Some runtimes see the descriptor go before they have read the end.
    await Promise.race([near.when("end"), near.when("error")]);
    assert.equal(client.stream.writableEnded, false);
  });

  contract("closes twice as once, never rejects, and resolves after `close`", async ({ client, server }) => {
    const far = record(server.stream);
    client.stream.on("end", () => client.end()).resume();
    const first = server.close();
    const second = server.close(0);
    await Promise.all([first, second]);
    await server.close();
    assert.equal(far.events.filter((event) => event === "close").length, 1);
    assert.deepEqual(far.events.filter((event) => event.startsWith("error")), []);
    assert.equal(server.stream.destroyed, true);
  });

  withHalfClose("closes though the peer has broken it", async ({ client, server }) => {
    const far = record(server.stream);
    client.reset();
    await Promise.race([far.when("end"), far.when("close")]);
    await server.close(1);
    assert.equal(far.events.filter((event) => event === "close").length, 1);
  });

  withHalfClose("shows a reset to the peer", async ({ client, server }) => {
    const [near, far] = [record(client.stream), record(server.stream)];
    server.stream.write("half an ans");
    await until(client.stream, near, "half an ans");
    server.reset();
    await far.when("close");
    await Promise.race([near.when("error"), near.when("end")]);
    if (medium.seesReset) {
      await near.when("close");
      assert.deepEqual(near.events.filter((event) => event !== "data"), ["error ECONNRESET", "close"]);
    } else {
      assert.deepEqual(near.events.filter((event) => event !== "data"), ["end"]);
    }
    assert.deepEqual(far.events.filter((event) => event.startsWith("error")), []);
  });

  withHalfClose("shows a reset by the connecting side too", async ({ client, server }) => {
    const far = record(server.stream);
    client.stream.write("half a mess");
    await until(server.stream, far, "half a mess");
    client.reset();
    await Promise.race([far.when("error"), far.when("end")]);
    assert.equal(far.events.at(far.events.includes("close") ? -2 : -1), medium.seesReset ? "error ECONNRESET" : "end");
  });

  contract("may be reset during its close, and twice", async ({ client, server }) => {
    const far = record(server.stream);
    const closed = server.close(NEVER_MS);
    server.reset();
    server.reset();
    await closed;
    assert.equal(far.events.filter((event) => event === "close").length, 1);
    assert.equal(client.stream.writableEnded, false);
  });

  contract("carries a large transfer whole, with backpressure", async ({ client, server }) => {
    const random = new RandomStream(7);
    const block = Uint8Array.from({ length: 65_536 }, () => random.integer(256));
    const [sent, got] = [createHash("sha256"), createHash("sha256")];
    let blocked = 0;
    let gotBytes = 0;
    const size = 256 * block.length;
    let allGot: () => void;
    const whole = new Promise<void>((resolve) => allGot = resolve);
    // Read in fits and starts: stop after each megabyte until the next turn.
    let next = 1_000_000;
    server.stream.on("data", (chunk: Uint8Array) => {
      got.update(chunk);
      gotBytes += chunk.length;
      if (gotBytes === size) allGot();
      if (gotBytes < next || !medium.holdsBack) return;
      next += 1_000_000;
      server.stream.pause();
      setImmediate(() => server.stream.resume());
    });
    for (let i = 0; i < 256; i++) {
      block[0] = i;
      const copy = block.slice();
      sent.update(copy);
      if (client.stream.write(copy)) continue;
      blocked++;
      await new Promise((resolve) => client.stream.once("drain", resolve));
    }
    const ended = new Promise((resolve) => server.stream.once("end", resolve));
    client.end();
    await (medium.halfCloses ? ended : whole);
    assert.equal(gotBytes, size);
    assert.equal(got.digest("hex"), sent.digest("hex"));
    assert.ok(blocked > 0);
  });

  contract("delivers the rest when a reader that had stopped reads on", async ({ client, server }) => {
    server.stream.pause();
    const block = new Uint8Array(262_144);
    let written = 0;
    let held = false;
    // 32 MiB is more than the buffers of any medium take: who gets that far is not held back.
    while (!held && written < 32 * 1_048_576) {
      written += block.length;
      held = !client.stream.write(block) && !await drainsWithin(1000, client.stream);
    }
    assert.equal(held, medium.holdsBack);
    let got = 0;
    const all = new Promise<void>((resolve) =>
      server.stream.on("data", (chunk: Uint8Array) => (got += chunk.length) === written && resolve())
    );
    server.stream.resume();
    await all;
  });
}

/** Whether a stream drains within so many turns of the event loop (turns, not time: a slow machine has the same). */
async function drainsWithin(turns: number, stream: Duplex): Promise<boolean> {
  let drained = false;
  stream.once("drain", () => drained = true);
  for (let turn = 0; turn < turns && !drained; turn++) await new Promise((resolve) => setImmediate(resolve));
  return drained;
}
