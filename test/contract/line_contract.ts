/**
 * The endings of a line (lib/transport/line.ts), as tests: what the transport contract says of
 * sockets and a line has otherwise. The server of a pair is a pty that we made, the client its slave.
 */
import assert from "node:assert/strict";
import { RandomStream } from "../../lib/random.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { contractTests, type Medium, NEVER_MS, type Record, record, until } from "./transport_contract.ts";

const endings = ({ events }: Record) => events.filter((event) => event !== "data");

/** Waits until so many bytes have come, and gives them. */
async function bytes({ stream }: Transport, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let got = 0;
  await new Promise<void>((resolve) => {
    stream.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      got += chunk.length;
      if (got >= count) resolve();
    });
  });
  return Buffer.concat(chunks);
}

/** Runs the contract of a line's endings over one medium. */
export function lineContract(name: string, medium: Medium, skip: string | false): void {
  const contract = contractTests(name, medium, skip);

  contract("names both ends, and that it has no reset", ({ client, server }) => {
    for (const { info } of [client, server]) {
      assert.deepEqual([info.canReset, info.peerAddress, info.tls], [false, "", null]);
    }
    assert.match(server.info.local, /^pty:.*\/line$/);
    assert.match(server.info.peer, /^\/dev\//);
    assert.match(client.info.peer, new RegExp(`^${client.info.kind}:.*/line$`));
    return Promise.resolve();
  });

  contract("keeps what arrived before its holder listened", async ({ client, server }) => {
    server.stream.write("greeting");
    const closed = server.close(NEVER_MS);
    await new Promise((resolve) => setImmediate(resolve));
    const near = record(client.stream);
    await Promise.all([closed, near.when("close")]);
    assert.equal(near.text(), "greeting");
    assert.deepEqual(endings(near), ["end", "close"]);
  });

  contract("ends its writing alone: the peer sees nothing of it and may go on", async ({ client, server }) => {
    const [near, far] = [record(client.stream), record(server.stream)];
    client.stream.write("question");
    client.end();
    client.end();
    await until(server.stream, far, "question");
    assert.equal(client.stream.writableEnded, true);
    server.stream.write("answer");
    await until(client.stream, near, "answer");
    assert.deepEqual([...endings(near), ...endings(far)], []);
  });

  contract("closes in order on the slave's side too: the master gets all", async ({ client, server }) => {
    const size = 3_000_000;
    const all = bytes(server, size);
    client.stream.write(new Uint8Array(size).fill(0x41));
    await client.close(NEVER_MS);
    assert.equal((await all).length, size);
    assert.equal(server.stream.readableEnded, false);
  });

  contract("closes in order though the peer's bytes are unread", async ({ client, server }) => {
    const near = record(client.stream);
    server.stream.pause();
    client.stream.write("y".repeat(200_000));
    server.stream.write("goodbye");
    await server.close(NEVER_MS);
    await near.when("close");
    assert.equal(near.text(), "goodbye");
  });

  contract("gives up a peer that does not read when the linger time is over", async ({ client, server }) => {
    server.stream.write(new Uint8Array(1_000_000));
    await server.close(1);
    assert.equal(server.stream.destroyed, true);
    const near = record(client.stream);
    await near.when("close");
    assert.deepEqual(endings(near), ["end", "close"]);
  });

  contract("hangs up with an end and a close, once each, when the master is gone", async ({ client, server }) => {
    const [near, far] = [record(client.stream), record(server.stream)];
    server.stream.write("half an ans");
    await until(client.stream, near, "half an ans");
    server.reset();
    await Promise.all([near.when("close"), far.when("close")]);
    assert.deepEqual(endings(near), ["end", "close"]);
    assert.deepEqual(endings(far), ["close"]);
    await client.close();
    assert.equal(near.events.filter((event) => event === "close").length, 1);
  });

  contract("meets a hang-up in a write as EIO", async ({ client, server }) => {
    const gone = new Promise<[string, string]>((resolve) => {
      client.stream.once("error", (error: Error & { code?: string }) => resolve([error.code ?? "", error.message]));
    });
    const closed = new Promise((resolve) => client.stream.once("close", resolve));
    server.reset();
    await server.close();
    client.stream.write("anybody there?");
    assert.deepEqual(await gone, ["EIO", "the line has hung up"]);
    await closed;
  });

  contract("does not end on the master's side when the slave's user goes", async ({ client, server }) => {
    const far = record(server.stream);
    client.stream.write("bye");
    await until(server.stream, far, "bye");
    client.reset();
    await client.close();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(endings(far), []);
    assert.equal(server.stream.writable, true);
  });

  contract("carries many small writes in order, both ways at once", async ({ client, server }) => {
    const count = 5000;
    const text = (from: string) => Array.from({ length: count }, (_, i) => `${from}${i};`).join("");
    const [there, back] = [bytes(server, text("a").length), bytes(client, text("b").length)];
    for (let i = 0; i < count; i++) {
      client.stream.write(`a${i};`);
      server.stream.write(`b${i};`);
    }
    assert.equal((await there).toString(), text("a"));
    assert.equal((await back).toString(), text("b"));
  });

  contract("carries a megabyte each way at once, every value of a byte", async ({ client, server }) => {
    const random = new RandomStream(11);
    const [out, home] = [0, 1].map(() => Uint8Array.from({ length: 1_000_000 }, () => random.integer(256)));
    const both = Promise.all([bytes(server, out.length), bytes(client, home.length)]);
    client.stream.write(out);
    server.stream.write(home);
    const [there, back] = await both;
    assert.equal(there.equals(out), true);
    assert.equal(back.equals(home), true);
  });
}
