/** What becomes of a TLS handshake that is treated, seen by a raw socket and by a TLS client. */
import assert from "node:assert/strict";
import { connect as netConnect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { systemCode, TransportError } from "../../../lib/errors.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import {
  type HandshakeTreatment,
  HeldHandshakes,
  NO_TLS,
  type TreatedHandshake,
} from "../../../lib/transport/handshake.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { AcceptFailure } from "../../../lib/transport/serve.ts";
import type { TlsClientOptions } from "../../../lib/transport/tls_options.ts";
import type { Listener, Transport } from "../../../lib/transport/transport.ts";
import { testCertificates } from "../../tls.ts";

const certificates = await testCertificates();
const { ca, server, client } = certificates;
const HELLO = await clientHello();

/** The first words of a TLS client. */
async function clientHello(): Promise<Uint8Array> {
  const stranger = createServer((socket) => {
    socket.on("error", () => {}).once("data", (data) => {
      heard(data);
      socket.destroy();
    });
  });
  let heard!: (bytes: Uint8Array) => void;
  const hello = new Promise<Uint8Array>((resolve) => heard = resolve);
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as { port: number };
  await connect(parseEndpoint(`tls://127.0.0.1:${port}`), { tls: { ca } }).catch(() => {});
  stranger.close();
  return await hello;
}

/** Hands each of what comes to whoever waits for it, in order. */
class Queue<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: ((item: Item) => void)[] = [];

  readonly push = (item: Item) => {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  };

  get length(): number {
    return this.#items.length;
  }

  next(): Promise<Item> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift()!);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** An echo over TLS that does with each handshake what its list says, then the usual. */
class Server {
  readonly held: HeldHandshakes = new HeldHandshakes();
  readonly treated: Queue<TreatedHandshake> = new Queue();
  readonly failures: Queue<AcceptFailure> = new Queue();
  readonly accepted: Queue<HandshakeTreatment | undefined> = new Queue();
  readonly asked: string[] = [];
  readonly #open: Transport[] = [];
  listener!: Listener;

  constructor(readonly treatments: HandshakeTreatment[], readonly handshakeTimeoutMs?: number) {}

  async start(): Promise<this> {
    const { held, handshakeTimeoutMs } = this;
    const options = {
      tls: server,
      held,
      handshakeTimeoutMs,
      treat: ({ peer, peerAddress }: { peer: string; peerAddress: string }) => {
        this.asked.push(peer, peerAddress);
        return this.treatments.shift() ?? null;
      },
      onTreated: this.treated.push,
      onError: this.failures.push,
    };
    this.listener = await listen(parseEndpoint("tls://:0"), options, (transport, treatment) => {
      this.#open.push(transport);
      this.accepted.push(treatment);
      transport.stream.on("data", (chunk) => transport.stream.write(chunk));
      transport.stream.on("end", () => transport.end());
    });
    return this;
  }

  /** What a TLS client hears of its own word, or the error that it meets. */
  async ask(tls: TlsClientOptions = { ca }): Promise<string> {
    const transport = await connect(this.listener.endpoint, { tls });
    const heard = await new Promise<string>((resolve, reject) => {
      transport.stream.once("data", (chunk) => resolve(String(chunk))).once("error", reject).write("echo?");
    });
    await transport.close();
    return heard;
  }

  /** What a raw socket sees that says these bytes. */
  raw(bytes: Uint8Array = HELLO): Raw {
    return new Raw(this.listener.endpoint.port, bytes);
  }

  async stop(): Promise<void> {
    await this.listener.close();
    for (const transport of this.#open) transport.reset();
  }
}

class Raw {
  readonly socket: Socket;
  heard = "";
  /** What the stream ended with. */
  readonly end: Promise<string>;

  constructor(port: number, bytes: Uint8Array) {
    this.socket = netConnect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("connect", () => bytes.length > 0 && this.socket.write(bytes));
    this.socket.on("data", (data) => this.heard += data.toString("latin1"));
    this.end = new Promise((resolve) => {
      this.socket.once("end", () => resolve("FIN")).once("error", (error) => resolve(systemCode(error)));
    });
    void this.end.then(() => this.socket.destroy());
  }
}

const now = (how: HandshakeTreatment["how"]): HandshakeTreatment => ({ afterMs: 0, how });

for (
  const [how, bytes, end, words] of [
    ["garbage", NO_TLS, "FIN", "the peer does not speak TLS, it sent plain bytes"],
    ["close", "", "FIN", "the peer ended the connection during the TLS handshake"],
    ["reset", "", "ECONNRESET", "the peer ended the connection during the TLS handshake"],
  ] as const
) {
  test(`A TLS listener that treats with ${how} is seen to by a raw socket, a TLS client and onTreated`, async () => {
    const treatment = now(how);
    const listening = await new Server([treatment, treatment]).start();
    const raw = listening.raw();
    const { peer, peerAddress, treatment: told, over } = await listening.treated.next();
    assert.equal(peerAddress, "127.0.0.1");
    assert.deepEqual([peer, peerAddress], listening.asked);
    assert.equal(told, treatment);
    assert.deepEqual([await raw.end, raw.heard], [end, bytes]);
    await over;
    const error: unknown = await listening.ask().then(() => null, (error) => error);
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, "tls_failed");
    assert.ok(error.message.endsWith(`: ${words}`), error.message);
    await (await listening.treated.next()).over;
    assert.deepEqual([listening.held.count, listening.failures.length, listening.accepted.length], [0, 0, 0]);
    assert.equal(await listening.ask(), "echo?");
    await listening.stop();
  });
}

test("A TLS listener that closes sends FIN however much the peer goes on to say", async () => {
  const listening = await new Server([now("close")]).start();
  const raw = listening.raw();
  raw.socket.write(new Uint8Array(100_000));
  assert.equal(await raw.end, "FIN");
  await listening.stop();
});

test("A TLS listener waits for a ClientHello in pieces before it closes", async () => {
  const listening = await new Server([now("close")]).start();
  const raw = listening.raw(HELLO.subarray(0, 3));
  while (listening.held.count === 0) await new Promise((resolve) => setImmediate(resolve));
  raw.socket.write(HELLO.subarray(3, HELLO.length - 1));
  // Another connection's round trips: what was sent before has come.
  for (let i = 0; i < 3; i++) await listening.ask();
  assert.equal(listening.treated.length, 0);
  raw.socket.write(HELLO.subarray(HELLO.length - 1));
  assert.equal(await raw.end, "FIN");
  assert.equal((await listening.treated.next()).treatment.how, "close");
  await listening.stop();
});

test("A TLS listener treats words that are no ClientHello like one", async () => {
  const listening = await new Server([now("reset")]).start();
  assert.equal(await listening.raw(new TextEncoder().encode("\vMSH|")).end, "ECONNRESET");
  await listening.stop();
});

test("A TLS listener stalls in silence, beyond the time of a handshake, until the peer goes", async () => {
  const listening = await new Server([now("stall")], 50).start();
  const raw = listening.raw();
  const { over } = await listening.treated.next();
  assert.equal(listening.held.count, 1);
  // A silent client without a treatment is let go at that time.
  const silent = listening.raw(new Uint8Array());
  assert.match((await listening.failures.next()).error.message, /: no TLS handshake within 50ms$/);
  await silent.end;
  assert.deepEqual([raw.heard, raw.socket.destroyed, listening.held.count], ["", false, 1]);
  raw.socket.end();
  await over;
  assert.equal(await raw.end, "FIN");
  assert.deepEqual([listening.held.count, listening.failures.length], [0, 0]);
  await listening.stop();
});

test("A TLS client meets a stall as a handshake that takes too long", async () => {
  const listening = await new Server([now("stall")]).start();
  const connecting = connect(listening.listener.endpoint, { tls: { ca }, connectTimeoutMs: 300 });
  const { over } = await listening.treated.next();
  await assert.rejects(connecting, /: no TLS handshake within 300ms$/);
  await over;
  await listening.stop();
});

test("A TLS listener that closes ends the stalled and the waiting, and reports none", async () => {
  const listening = await new Server([now("stall"), { afterMs: 600_000, how: "serve" }]).start();
  const stalled = listening.raw();
  const { over } = await listening.treated.next();
  const waiting = listening.raw();
  while (listening.held.count < 2) await new Promise((resolve) => setImmediate(resolve));
  await listening.listener.close();
  assert.equal(await stalled.end, "FIN");
  await waiting.end;
  await over;
  assert.deepEqual([listening.held.count, listening.failures.length, listening.treated.length], [0, 0, 0]);
  await listening.stop();
});

test("A TLS listener serves after a wait, and says so to the holder of the transport", async () => {
  const treatment: HandshakeTreatment = { afterMs: 30, how: "serve" };
  const listening = await new Server([treatment]).start();
  const before = performance.now();
  assert.equal(await listening.ask(), "echo?");
  assert.ok(performance.now() - before >= 29);
  assert.equal(await listening.accepted.next(), treatment);
  assert.equal(await listening.ask(), "echo?");
  assert.equal(await listening.accepted.next(), undefined);
  await listening.stop();
});

test("HeldHandshakes.release lets the stalled, the waiting and the silent go on to the usual handshake", async () => {
  const late = { afterMs: 600_000, how: "serve", tls: certificates.otherName } as const;
  const listening = await new Server([now("stall"), late, now("close")]).start();
  const stalled = listening.ask();
  const { over } = await listening.treated.next();
  const waiting = listening.ask();
  const silent = listening.raw(new Uint8Array());
  while (listening.held.count < 3) await new Promise((resolve) => setImmediate(resolve));
  listening.held.release();
  await over;
  assert.deepEqual([await stalled, await waiting], ["echo?", "echo?"]);
  silent.socket.write(HELLO);
  // The type of a TLS record.
  while (silent.heard === "") await new Promise((resolve) => setImmediate(resolve));
  assert.equal(silent.heard[0], "\x16");
  assert.deepEqual([await listening.accepted.next(), listening.held.count], [undefined, 0]);
  silent.socket.destroy();
  await listening.stop();
});

test("A TLS listener reports a peer that goes before it is treated, with the treatment", async () => {
  const treatment: HandshakeTreatment = { afterMs: 600_000, how: "reset" };
  const listening = await new Server([treatment, now("stall")]).start();
  listening.raw(new Uint8Array()).socket.end(HELLO);
  const { sentNothing, treatment: told, error } = await listening.failures.next();
  assert.equal(sentNothing, false);
  assert.equal(told, treatment);
  assert.match(error.message, /: the peer ended the connection during the TLS handshake$/);
  listening.raw(new Uint8Array()).socket.end();
  const probe = await listening.failures.next();
  assert.deepEqual([probe.sentNothing, probe.treatment?.how], [true, "stall"]);
  assert.equal(listening.held.count, 0);
  await listening.stop();
});

test("A TLS listener lets a silent peer go when the handshake time is over, if it was to be closed", async () => {
  const listening = await new Server([now("garbage")], 50).start();
  const raw = listening.raw(new Uint8Array());
  const { error, sentNothing } = await listening.failures.next();
  assert.match(error.message, /: no TLS handshake within 50ms$/);
  assert.deepEqual([sentNothing, await raw.end, raw.heard, listening.held.count], [true, "FIN", "", 0]);
  await listening.stop();
});

test("A TLS listener shows one connection another certificate, and the next its own", async () => {
  const treatment: HandshakeTreatment = { afterMs: 0, how: "serve", tls: certificates.otherName };
  const listening = await new Server([treatment, treatment]).start();
  await assert.rejects(
    listening.ask(),
    /: the peer's certificate is for DNS:elsewhere\.example, not for 127\.0\.0\.1$/,
  );
  assert.equal(await listening.ask({ ca, servername: "elsewhere.example" }), "echo?");
  while (await listening.accepted.next() !== treatment);
  assert.equal(await listening.ask(), "echo?");
  await listening.stop();
});

test("A TLS listener demands a certificate of one connection alone, and reports the refusal with its treatment", async () => {
  const treatment: HandshakeTreatment = { afterMs: 0, how: "serve", tls: { ...server, clientCa: ca } };
  const listening = await new Server([treatment, treatment]).start();
  await assert.rejects(listening.ask());
  const { treatment: told, error } = await listening.failures.next();
  assert.equal(told, treatment);
  assert.match(error.message, /: the peer gave no certificate, and one is required$/);
  assert.equal(await listening.ask({ ca, ...client }), "echo?");
  assert.equal(await listening.ask(), "echo?");
  await listening.stop();
});

test("A TLS listener reports another certificate that cannot be used, and serves on", async () => {
  const tls = { cert: server.cert, key: certificates.selfSigned.key };
  const listening = await new Server([{ afterMs: 0, how: "serve", tls }]).start();
  await assert.rejects(listening.ask(), { code: "tls_failed" });
  const { error } = await listening.failures.next();
  assert.match(error.message, /: Cannot use the TLS option 'key': it is not the key of the certificate given$/);
  assert.equal(await listening.ask(), "echo?");
  await listening.stop();
});
