import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TransportError } from "../../../lib/errors.ts";
import { type Endpoint, parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

const close = (transport: Transport) => void transport.close();

async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

const within = (sentence: string, body: (folder: string, endpoint: Endpoint) => Promise<void>) =>
  test(sentence, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-"));
    try {
      await body(folder, parseEndpoint(`unix:${folder}/line`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

async function serves(endpoint: Endpoint): Promise<boolean> {
  const transport = await connect(endpoint);
  await transport.close();
  return true;
}

within("listen on a UNIX socket makes its file and Listener.close removes it", async (_, endpoint) => {
  const listener = await listen(endpoint, {}, close);
  assert.deepEqual(listener.endpoint, endpoint);
  assert.ok(await serves(endpoint));
  await listener.close();
  assert.equal(existsSync(endpoint.path), false);
  const error = await failureOf(connect(endpoint));
  assert.equal(error.message, `Cannot connect to unix:${endpoint.path}: there is no such socket`);
  assert.equal(error.code, "connect_refused");
});

within("listen on a UNIX socket replaces a file that nobody serves", async (folder, endpoint) => {
  // A program that is killed leaves its file: here it is moved out of the way of the unlink.
  const killed = await listen(parseEndpoint(`unix:${folder}/killed`), {}, close);
  renameSync(join(folder, "killed"), endpoint.path);
  await killed.close();
  assert.equal((await failureOf(connect(endpoint))).code, "connect_refused");
  const listener = await listen(endpoint, {}, close);
  assert.ok(await serves(endpoint));
  await listener.close();
});

within("listen on a UNIX socket that somebody serves fails and disturbs nobody", async (_, endpoint) => {
  const first = await listen(endpoint, {}, close);
  const error = await failureOf(listen(endpoint, {}, close));
  assert.equal(error.code, "listen_failed");
  assert.equal(error.message, `Cannot listen on unix:${endpoint.path}: another program listens there`);
  assert.ok(await serves(endpoint));
  await first.close();
});

within("listen on a UNIX socket leaves a file alone that is no socket", async (_, endpoint) => {
  writeFileSync(endpoint.path, "the accounts");
  const error = await failureOf(listen(endpoint, {}, close));
  assert.equal(error.code, "listen_failed");
  assert.match(error.message, /a file that is not a socket is in the way$/);
  assert.equal(readFileSync(endpoint.path, "utf8"), "the accounts");
});

within("listen on a UNIX socket in a folder that does not exist fails", async (folder) => {
  const error = await failureOf(listen(parseEndpoint(`unix:${folder}/no/line`), {}, close));
  assert.equal(error.code, "listen_failed");
  assert.match(error.message, /: no such directory$/);
});

within("listen and connect refuse a path that the system would cut off", async (folder) => {
  const endpoint = parseEndpoint(`unix:${folder}/${"x".repeat(108)}`);
  const error = await failureOf(listen(endpoint, {}, close));
  assert.equal(error.code, "listen_failed");
  assert.match(error.message, /: the path of a socket has at most 10[37] bytes here, this one has \d+$/);
  assert.match((await failureOf(connect(endpoint))).message, /: the path of a socket has at most/);
});

within("A UNIX transport says its path where it has one, and that it cannot reset", async (_, endpoint) => {
  let accepted!: (transport: Transport) => void;
  const server = new Promise<Transport>((resolve) => accepted = resolve);
  const listener = await listen(endpoint, {}, accepted);
  const client = await connect(endpoint);
  const place = `unix:${endpoint.path}`;
  const common = { kind: "unix", peerAddress: "", canReset: false, tls: null };
  assert.deepEqual(client.info, { ...common, local: "unix:", peer: place });
  assert.deepEqual((await server).info, { ...common, local: place, peer: "unix:" });
  client.reset();
  await (await server).close();
  await listener.close();
});
