import assert from "node:assert/strict";
import { test } from "node:test";
import { systemCode, TransportError } from "../../../lib/errors.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { memoryPair } from "../../../lib/transport/memory.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

/** Everything that is due without I/O has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function texts(transport: Transport): string[] {
  const chunks: string[] = [];
  transport.stream.on("data", (chunk) => chunks.push(String(chunk)));
  return chunks;
}

test("MemoryTransport.split cuts what arrives, write by write", async () => {
  const [near, far] = memoryPair();
  far.split(3);
  const chunks = texts(far);
  near.stream.write("abcdefg");
  near.stream.write("hi");
  await settled();
  assert.deepEqual(chunks, ["abc", "def", "g", "hi"]);
  far.split(Infinity);
  near.stream.write("jklmn");
  await settled();
  assert.deepEqual(chunks.slice(4), ["jklmn"]);
});

test("MemoryTransport.split refuses a size below one byte", () => {
  const [near] = memoryPair();
  assert.throws(() => near.split(0), new RangeError("Cannot split into chunks of 0 bytes, wanted at least 1"));
});

test("MemoryTransport.pause holds up bytes and the end, in order, until resume", async () => {
  const [near, far] = memoryPair();
  const chunks = texts(far);
  far.stream.on("end", () => chunks.push("end"));
  far.pause();
  near.stream.write("one");
  near.stream.end("two");
  await settled();
  assert.deepEqual(chunks, []);
  far.resume();
  await settled();
  assert.deepEqual(chunks, ["one", "two", "end"]);
});

test("A memory transport delivers what was written at the time of the write", async () => {
  const [near, far] = memoryPair();
  const chunks = texts(far);
  const buffer = new TextEncoder().encode("first");
  near.stream.write(buffer);
  buffer.fill(0x21);
  await settled();
  assert.deepEqual(chunks, ["first"]);
});

test("A memory transport never calls back within the write", async () => {
  const [near, far] = memoryPair();
  const chunks = texts(far);
  await settled();
  near.stream.write("now?");
  assert.deepEqual(chunks, []);
  await settled();
  assert.deepEqual(chunks, ["now?"]);
});

test("A memory transport delivers what was on its way before a reset", async () => {
  const [near, far] = memoryPair();
  const chunks = texts(far);
  far.stream.on("error", (error) => chunks.push(systemCode(error)));
  near.stream.write("half an ans");
  near.reset();
  await settled();
  assert.deepEqual(chunks, ["half an ans", "ECONNRESET"]);
});

test("A memory transport refuses a write to a peer that is gone, as a socket does", async () => {
  const [near, far] = memoryPair();
  far.reset();
  const [other, gone] = memoryPair();
  gone.stream.destroy();
  await settled();
  assert.equal(near.stream.destroyed, true);
  const code = new Promise((resolve) => other.stream.once("error", (error) => resolve(systemCode(error))));
  other.stream.write("anybody?");
  assert.equal(await code, "EPIPE");
});

test("A memory transport whose bytes are never read fails its writer when the reader goes", async () => {
  const [near, far] = memoryPair();
  far.pause();
  const code = new Promise((resolve) => near.stream.once("error", (error) => resolve(systemCode(error))));
  near.stream.write("unread");
  await settled();
  far.stream.destroy();
  assert.equal(await code, "ECONNRESET");
});

test("connect and listen join two ends of this process by a memory name", async () => {
  const endpoint = parseEndpoint("memory:adt");
  const refused = await connect(endpoint).catch((error) => error);
  assert.ok(refused instanceof TransportError);
  assert.equal(refused.code, "connect_refused");
  const servers: Transport[] = [];
  const listener = await listen(endpoint, {}, (transport) => servers.push(transport));
  const taken = await listen(endpoint, {}, () => {}).catch((error) => error);
  assert.equal(taken.message, "Cannot listen on memory:adt: the name is in use");
  const client = await connect(endpoint);
  assert.equal(client.info.peer, "memory:adt");
  const chunks = texts(servers[0]);
  client.stream.write("hello");
  await settled();
  assert.deepEqual(chunks, ["hello"]);
  await listener.close();
  const successor = await listen(endpoint, {}, () => {});
  await listener.close();
  await connect(endpoint);
  await successor.close();
  await assert.rejects(connect(endpoint), /nothing in this process listens there/);
});
