import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { TransportError } from "../../../lib/errors.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

const echo = (transport: Transport) => {
  transport.stream.on("data", (chunk) => transport.stream.write(chunk));
  transport.stream.on("end", () => transport.end());
};

/** What a transport says to a question. */
async function ask(transport: Transport, question: string): Promise<string> {
  const answer = new Promise<string>((resolve) => transport.stream.once("data", (chunk) => resolve(String(chunk))));
  transport.stream.write(question);
  return await answer;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const listener = await listen(parseEndpoint(":0"), {}, echo);
  await listener.close();
  return listener.endpoint.port;
}

async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

test("connect names the endpoint and the system's code when nothing listens", async () => {
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const error = await failureOf(connect(parseEndpoint(`${endpoint}?framing=mllp2`)));
  assert.equal(error.message, `Cannot connect to ${endpoint}: connection refused`);
  assert.deepEqual(
    [error.code, error.operation, error.endpoint, error.systemCode],
    ["connect_refused", "connect", endpoint, "ECONNREFUSED"],
  );
});

test("connect tells a name that does not resolve from a host that refuses", async () => {
  const error = await failureOf(connect(parseEndpoint("no-such-host.invalid:2575")));
  assert.equal(error.code, "dns_failed");
  assert.match(error.message, /^Cannot connect to tcp:\/\/no-such-host\.invalid:2575: the name/);
});

test("connect finds a listener by name", async () => {
  const listener = await listen(parseEndpoint(":0"), {}, echo);
  const transport = await connect({ ...listener.endpoint, host: "localhost" });
  assert.equal(await ask(transport, "hello"), "hello");
  assert.equal(transport.info.peer, `127.0.0.1:${listener.endpoint.port}`);
  await transport.close();
  await listener.close();
});

test("connect refuses port 0 as the caller's mistake", async () => {
  await assert.rejects(connect(parseEndpoint(":0")), new RangeError("Cannot connect to port 0, wanted 1 to 65535"));
});

test("connect with a timeout says what it was waiting for", async () => {
  const silent = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const started = connect(parseEndpoint(`tls://127.0.0.1:${port}`), { connectTimeoutMs: 400 });
  const error = await failureOf(started);
  assert.equal(error.code, "connect_timeout");
  assert.equal(error.message, `Cannot connect to tls://127.0.0.1:${port}: no TLS handshake within 400ms`);
  silent.close();
});

test("connect is cancelled by its signal, and lets the socket go", async () => {
  const stop = new AbortController();
  const silent = createServer((socket) => {
    socket.on("error", () => {}).on("close", () => silent.close()).resume();
    stop.abort(new Error("changed our mind"));
  });
  const closed = new Promise((resolve) => silent.once("close", resolve));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const started = connect(parseEndpoint(`tls://127.0.0.1:${port}`), { signal: stop.signal });
  await assert.rejects(started, /^Error: changed our mind$/);
  await closed;
});

test("connect does not begin when its signal is aborted already", async () => {
  let accepted = 0;
  const listener = await listen(parseEndpoint(":0"), {}, () => accepted++);
  await assert.rejects(connect(listener.endpoint, { signal: AbortSignal.abort(new Error("too late")) }), /too late/);
  await listener.close();
  assert.equal(accepted, 0);
});

test(
  "connect uses the local address asked for",
  { skip: process.platform !== "linux" && "127.0.0.2 is Linux's" },
  async () => {
    const listener = await listen(parseEndpoint(":0"), {}, echo);
    const transport = await connect(listener.endpoint, { localAddress: "127.0.0.2" });
    assert.match(transport.info.local, /^127\.0\.0\.2:\d+$/);
    await transport.close();
    await listener.close();
  },
);

test("connect from an address that is not ours says so", async () => {
  const listener = await listen(parseEndpoint(":0"), {}, echo);
  const error = await failureOf(connect(listener.endpoint, { localAddress: "203.0.113.9" }));
  assert.equal(error.code, "connect_unreachable");
  assert.match(error.message, /cannot connect from 203\.0\.113\.9: not an address of this machine$/);
  await listener.close();
});

test("listen shows the port it took and keeps the options", async () => {
  const listener = await listen(parseEndpoint(":0?framing=mllp2"), { backlog: 16 }, echo);
  assert.ok(listener.endpoint.port > 0);
  assert.deepEqual(listener.endpoint.options, { framing: "mllp2" });
  await listener.close();
});

test("listen on a port in use names it", async () => {
  const first = await listen(parseEndpoint(":0"), {}, echo);
  const error = await failureOf(listen(first.endpoint, {}, echo));
  const place = `tcp://127.0.0.1:${first.endpoint.port}`;
  assert.equal(error.message, `Cannot listen on ${place}: the address is in use`);
  assert.deepEqual([error.code, error.operation, error.systemCode], ["listen_failed", "listen", "EADDRINUSE"]);
  await first.close();
});

test("listen on an address of another machine says so", async () => {
  const error = await failureOf(listen(parseEndpoint("203.0.113.9:0"), {}, echo));
  assert.equal(error.code, "listen_failed");
  assert.match(error.message, /not an address of this machine$/);
});

test("Listener.close frees the port at once and leaves open streams alone", async () => {
  const listener = await listen(parseEndpoint(":0"), {}, echo);
  const transport = await connect(listener.endpoint);
  assert.equal(await ask(transport, "before"), "before");
  await Promise.all([listener.close(), listener.close()]);
  assert.equal((await failureOf(connect(listener.endpoint))).code, "connect_refused");
  const successor = await listen(listener.endpoint, {}, (other) => other.reset());
  assert.equal(await ask(transport, "after"), "after");
  await transport.close();
  await successor.close();
});

test("A transport whose peer resets in the accept callback still opens, and then fails as a reset", async () => {
  const listener = await listen(parseEndpoint(":0"), {}, (transport) => transport.reset());
  const transport = await connect(listener.endpoint).catch((error) => error);
  // Depending on how fast it is, the reset meets the connect or the open stream.
  if (transport instanceof TransportError) assert.equal(transport.systemCode, "ECONNRESET");
  else {
    const { stream } = transport;
    const error = stream.errored ?? await new Promise((resolve) => stream.once("error", resolve));
    assert.equal(error.code, "ECONNRESET");
  }
  await listener.close();
});
