import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { connect as netConnect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { systemCode, TransportError } from "../../../lib/errors.ts";
import { type Endpoint, parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { describeStreamError } from "../../../lib/transport/failure.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import { selfSigned } from "../../../lib/transport/self_signed.ts";
import type { AcceptFailure } from "../../../lib/transport/serve.ts";
import type { TlsClientOptions, TlsServerOptions } from "../../../lib/transport/tls_options.ts";
import type { Listener, Transport } from "../../../lib/transport/transport.ts";
import { testCertificates } from "../../tls.ts";

const onDeno = "Deno" in globalThis;
const certificates = await testCertificates();
const { ca, server, client } = certificates;

async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

/** A TLS listener that echoes, and what it could not accept. */
class Server {
  readonly failures: AcceptFailure[] = [];
  readonly accepted: Transport[] = [];
  #failed: (() => void)[] = [];
  constructor(readonly tls: TlsServerOptions, readonly handshakeTimeoutMs?: number) {}
  listener!: Listener;

  async start(): Promise<this> {
    const { tls, handshakeTimeoutMs } = this;
    const onError = (failure: AcceptFailure) => {
      this.failures.push(failure);
      for (const resolve of this.#failed.splice(0)) resolve();
    };
    this.listener = await listen(parseEndpoint("tls://:0"), { tls, handshakeTimeoutMs, onError }, (transport) => {
      this.accepted.push(transport);
      transport.stream.on("data", (chunk) => transport.stream.write(chunk));
      transport.stream.on("end", () => transport.end());
    });
    return this;
  }

  async failure(): Promise<AcceptFailure> {
    if (this.failures.length === 0) await new Promise<void>((resolve) => this.#failed.push(resolve));
    return this.failures[0];
  }

  /** A plain socket to it. */
  async raw(): Promise<Socket> {
    const socket = netConnect({ port: this.listener.endpoint.port, host: "127.0.0.1" });
    socket.on("error", () => {}).resume();
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return socket;
  }

  /** Whether it still serves. */
  async serves(tls: TlsClientOptions): Promise<boolean> {
    const transport = await connect(this.listener.endpoint, { tls });
    const answer = new Promise((resolve) =>
      transport.stream.once("data", (chunk) => resolve(String(chunk) === "still?"))
    );
    transport.stream.write("still?");
    const same = await answer;
    await transport.close();
    return same as boolean;
  }

  async stop(): Promise<void> {
    await this.listener.close();
    for (const transport of this.accepted) transport.reset();
  }
}

const JUDGEMENTS: readonly (readonly [what: string, TlsServerOptions, TlsClientOptions, words: string])[] = [
  [
    "that signed itself",
    certificates.selfSigned,
    {},
    "the peer's certificate is self-signed and not among the trusted ones",
  ],
  ["of an unknown issuer", server, {}, "the issuer of the peer's certificate is not trusted"],
  [
    "that has expired",
    certificates.expired,
    { ca },
    // Deno gives one code for both.
    onDeno ? "the issuer of the peer's certificate is not trusted" : "the peer's certificate has expired",
  ],
  [
    "for another name",
    certificates.otherName,
    { ca },
    "the peer's certificate is for DNS:elsewhere.example, not for 127.0.0.1",
  ],
  [
    "for another name than the one asked for",
    server,
    { ca, servername: "lab.example" },
    "not for lab.example",
  ],
];

for (const [what, tls, options, words] of JUDGEMENTS) {
  test(`connect over TLS refuses a certificate ${what}, in plain words`, async () => {
    const listening = await new Server(tls).start();
    const error = await failureOf(connect(listening.listener.endpoint, { tls: options }));
    assert.equal(error.code, "tls_failed");
    assert.ok(error.message.startsWith(`Cannot connect to tls://127.0.0.1:${listening.listener.endpoint.port}: `));
    assert.ok(error.message.endsWith(words), error.message);
    assert.notEqual(error.systemCode, "");
    await listening.stop();
  });

  test(`connect over TLS with insecure takes a certificate ${what}`, async () => {
    const listening = await new Server(tls).start();
    assert.ok(await listening.serves({ ...options, insecure: true }));
    await listening.stop();
  });
}

async function plainServer(answer: (socket: Socket) => void): Promise<{ endpoint: Endpoint; stop(): void }> {
  const listening = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as { port: number };
  return { endpoint: parseEndpoint(`tls://127.0.0.1:${port}`), stop: () => listening.close() };
}

const STRANGERS: readonly (readonly [what: string, answer: (socket: Socket) => void, words: string])[] = [
  [
    "speaks plain MLLP",
    (socket) => socket.end("\x0bMSH|^~\\&|LAB\r\x1c\r"),
    "the peer does not speak TLS, it sent plain bytes",
  ],
  ["closes", (socket) => socket.end(), "the peer ended the connection during the TLS handshake"],
  ["resets", (socket) => socket.resetAndDestroy(), "the peer ended the connection during the TLS handshake"],
];

for (const [what, answer, words] of STRANGERS) {
  test(`connect over TLS to a server that ${what} says so`, async () => {
    const { endpoint, stop } = await plainServer(answer);
    const error = await failureOf(connect(endpoint, { tls: { ca } }));
    assert.equal(error.code, "tls_failed");
    assert.equal(error.message, `Cannot connect to tls://127.0.0.1:${endpoint.port}: ${words}`);
    stop();
  });
}

test("A TLS transport knows its version, its cipher and the other's common name", async () => {
  const listening = await new Server({ ...server, clientCa: ca }).start();
  const transport = await connect(listening.listener.endpoint, { tls: { ca, ...client } });
  await new Promise((resolve) => transport.stream.once("data", resolve).write("x"));
  assert.equal(transport.info.tls?.protocol, "TLSv1.3");
  assert.match(transport.info.tls?.cipher ?? "", /^TLS_/);
  assert.equal(transport.info.tls?.peerCommonName, "localhost");
  assert.equal(listening.accepted[0].info.tls?.peerCommonName, "ward 7");
  assert.equal(listening.accepted[0].info.peerAddress, "127.0.0.1");
  await transport.close();
  await listening.stop();
});

test("A TLS listener with a client CA refuses a client without a certificate, which learns why from its stream", async () => {
  const listening = await new Server({ ...server, clientCa: ca }).start();
  const transport = await connect(listening.listener.endpoint, { tls: { ca } });
  const error = await new Promise<Error>((resolve) => transport.stream.once("error", resolve));
  assert.deepEqual(describeStreamError(error), {
    how: "error",
    code: "tls_failed",
    text: "the peer requires a client certificate",
  });
  const failure = await listening.failure();
  assert.match(failure.error.message, /: the peer gave no certificate, and one is required$/);
  assert.equal(listening.accepted.length, 0);
  assert.ok(await listening.serves({ ca, ...client }));
  await transport.close();
  await listening.stop();
});

test("A TLS listener with a client CA lets no client in whose certificate has another issuer", async () => {
  const listening = await new Server({ ...server, clientCa: ca }).start();
  const transport = await connect(listening.listener.endpoint, { tls: { ca, ...certificates.selfSigned } });
  transport.stream.write("let me in");
  const failure = await listening.failure();
  assert.equal(failure.error.code, "tls_failed");
  assert.match(failure.peer, /^127\.0\.0\.1:\d+$/);
  assert.equal(failure.sentNothing, false);
  assert.equal(listening.accepted.length, 0);
  assert.ok(await listening.serves({ ca, ...client }));
  transport.reset();
  await listening.stop();
});

test("A TLS listener reports a client that speaks plain MLLP and serves on", async () => {
  const listening = await new Server(server).start();
  const socket = await listening.raw();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write("\x0bMSH|^~\\&|LAB\r\x1c\r");
  const { error, peerAddress, sentNothing } = await listening.failure();
  const place = `tls://127.0.0.1:${listening.listener.endpoint.port}`;
  assert.equal(error.message, `Cannot accept on ${place}: the peer does not speak TLS, it sent plain bytes`);
  assert.deepEqual([error.code, peerAddress, sentNothing], ["tls_failed", "127.0.0.1", false]);
  await closed;
  assert.ok(await listening.serves({ ca }));
  await listening.stop();
});

test("A TLS listener lets a silent client go when the handshake time is over", async () => {
  const listening = await new Server(server, 50).start();
  const socket = await listening.raw();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const { error, sentNothing } = await listening.failure();
  assert.match(error.message, /: no TLS handshake within 50ms$/);
  assert.equal(sentNothing, true);
  await closed;
  await listening.stop();
});

test("A TLS listener tells a probe that opens and closes by its having sent nothing", async () => {
  // Deno sees the end only when the handshake time is over.
  const listening = await new Server(server, onDeno ? 50 : undefined).start();
  (await listening.raw()).end();
  const { error, sentNothing } = await listening.failure();
  assert.equal(error.code, "tls_failed");
  assert.equal(sentNothing, true);
  await listening.stop();
});

test("A TLS listener that closes drops handshakes under way without reporting them", async () => {
  const listening = await new Server(server).start();
  const socket = await listening.raw();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await listening.serves({ ca });
  await listening.listener.close();
  await closed;
  assert.deepEqual(listening.failures, []);
  await listening.stop();
});

test("A TLS transport is reset on the wire: a relay between the two sees ECONNRESET on either side", async () => {
  for (const who of ["server", "client"] as const) {
    const listening = await new Server(server).start();
    const codes: { server: string; client: string } = { server: "", client: "" };
    const told = { server: () => {}, client: () => {} };
    const seen = {
      server: new Promise<void>((resolve) => told.server = resolve),
      client: new Promise<void>((resolve) => told.client = resolve),
    };
    const watch = (side: "server" | "client", socket: Socket) =>
      socket.on("error", (error) => {
        codes[side] = systemCode(error);
        told[side]();
      });
    const relay = createServer((near) => {
      const far = netConnect({ port: listening.listener.endpoint.port, host: "127.0.0.1" });
      watch("client", near).pipe(watch("server", far)).pipe(near);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const { port } = relay.address() as { port: number };
    const transport = await connect(parseEndpoint(`tls://127.0.0.1:${port}`), { tls: { ca } });
    await new Promise((resolve) => transport.stream.once("data", resolve).write("x"));
    (who === "server" ? listening.accepted[0] : transport).reset();
    await seen[who];
    assert.equal(codes[who], "ECONNRESET");
    transport.reset();
    relay.close();
    await listening.stop();
  }
});

test("selfSigned makes a certificate that a peer can trust by itself", async () => {
  const own = await selfSigned({ hosts: ["localhost", "127.0.0.1"], days: 2 });
  const listening = await new Server(own).start();
  assert.ok(await listening.serves({ ca: own.cert }));
  await assert.rejects(
    connect(listening.listener.endpoint, { tls: { ca, insecure: false } }),
    /self-signed|not trusted/,
  );
  await listening.stop();
});

test("selfSigned makes a certificate for a time that is over", async () => {
  const to = new Date("2026-01-31T12:00:00Z");
  const { cert } = await selfSigned({ hosts: ["localhost"], from: new Date("2026-01-01T00:00:00Z"), to });
  const read = new X509Certificate(cert);
  assert.deepEqual([new Date(read.validFrom).getUTCDate(), new Date(read.validTo)], [1, to]);
});

test("selfSigned refuses to name no host, and a time that ends before it begins", async () => {
  await assert.rejects(selfSigned({ hosts: [] }), RangeError);
  await assert.rejects(
    selfSigned({ hosts: ["localhost"], from: new Date("2026-01-31T12:00:00Z"), to: new Date("2025-01-31T12:00:00Z") }),
    /^RangeError: Cannot make a certificate valid from 2026-01-31T12:00:00.000Z to 2025-.*: wanted an end after/,
  );
});
