/** The receiver as a whole: its listeners, limits, and ends, on real sockets. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { TransportError } from "../../lib/errors.ts";
import type { ReceiverEvent } from "../../receiver/events.ts";
import { Receiver } from "../../receiver/receiver.ts";
import { scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import { testCertificates } from "../tls.ts";
import { acks, adt, Bench, Caller, callPort, callSocket, framed, listener } from "./caller.ts";

const portOf = (endpoint: string) => Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));

test("Receiver listens on TCP, TLS and a UNIX socket at once, in several framings", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mllp-receive-"));
  const { server, ca } = await testCertificates();
  const events: ReceiverEvent[] = [];
  const receiver = new Receiver(
    scenarioFromFlags({
      seed: 1,
      listeners: [
        listener(":0"),
        { ...listener("tls://127.0.0.1:0"), tls: server },
        listener(`unix:${folder}/hl7.sock`, { framing: "mllp2" }),
        listener(":0", { framing: "none" }),
      ],
    }),
    { observer: { event: (event) => void events.push(event) } },
  );
  const listening = await receiver.start();
  assert.deepEqual(events, listening);
  assert.deepEqual(listening.map(({ framing }) => framing), ["mllp", "mllp", "mllp2", "none"]);
  assert.match(listening[0].endpoint, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.match(listening[1].endpoint, /^tls:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.equal(listening[2].endpoint, `unix:${folder}/hl7.sock`);

  const tcp = await callPort(portOf(listening[0].endpoint));
  const tlsStream = connectTls({ host: "127.0.0.1", port: portOf(listening[1].endpoint), ca, servername: "localhost" });
  const tls = await new Promise<Caller>((resolve) => {
    tlsStream.once("secureConnect", () => resolve(new Caller(tlsStream)));
  });
  const unix = await callSocket(connect({ path: `${folder}/hl7.sock`, allowHalfOpen: true }));
  const bare = await callPort(portOf(listening[3].endpoint));
  for (const caller of [tcp, tls, unix]) caller.write(framed(adt("MSG1")));
  bare.write(adt("MSG1"));
  await Promise.all([tcp, tls, unix].map((caller) => caller.untilAcks(1)));
  assert.ok(unix.text.startsWith("\v\x06\u001c\r\v"), "MLLP 2 commits");
  await bare.until(() => acks(bare.text).length === 1);
  assert.equal(bare.text[0], "M", "no frame around unframed text");
  assert.deepEqual(receiver.summary.replies, { AA: 4 });
  assert.equal(receiver.summary.duplicates, 3);
  for (const caller of [tcp, tls, unix, bare]) caller.stream.destroy();
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

test("Receiver binds none of its listeners when one cannot be bound", async () => {
  const first = new Receiver(scenarioFromFlags({ seed: 1, listeners: [listener(":0")] }));
  const [{ endpoint }] = await first.start();
  const folder = mkdtempSync(join(tmpdir(), "mllp-receive-"));
  const path = `unix:${folder}/hl7.sock`;
  const second = new Receiver(scenarioFromFlags({ seed: 1, listeners: [listener(path), listener(endpoint)] }));
  await assert.rejects(second.start(), (error) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, "listen_failed");
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${portOf(endpoint)}`));
    return true;
  });
  const third = new Receiver(scenarioFromFlags({ seed: 1, listeners: [listener(path)] }));
  await third.start();
  await Promise.all([first.stop(), third.stop()]);
  rmSync(folder, { recursive: true });
});

test("Receiver closes connections beyond its limit at once, and takes the next when one is gone", async () => {
  const events: ReceiverEvent[] = [];
  const receiver = new Receiver(
    scenarioFromFlags({ seed: 1, listeners: [listener(":0")], limits: { maxConnections: 2 } }),
    { observer: { event: (event) => void events.push(event) } },
  );
  const [{ endpoint }] = await receiver.start();
  const port = portOf(endpoint);
  const callers = [await callPort(port), await callPort(port)];
  for (const caller of callers) {
    caller.write(framed(adt("MSG1")));
    await caller.untilAcks(1);
  }
  const third = await callPort(port);
  await third.untilEnded();
  assert.equal(third.ended, "fin");
  assert.equal(receiver.summary.refused, 1);
  assert.deepEqual(events.filter(({ event }) => event === "refused").length, 1);
  callers[0].stream.end();
  await callers[0].untilEnded();
  // The receiver hears of the end a moment after the peer does.
  while (receiver.open > 1) await new Promise((resolve) => setImmediate(resolve));
  const fourth = await callPort(port);
  fourth.write(framed(adt("MSG2")));
  await fourth.untilAcks(1);
  for (const caller of [...callers, third, fourth]) caller.stream.destroy();
  await receiver.stop();
});

test("Receiver answers a client that reads nothing with bounded memory, and the others as ever", async () => {
  const receiver = new Receiver(scenarioFromFlags({ seed: 1, listeners: [listener(":0")] }));
  const [{ endpoint }] = await receiver.start();
  const stuck = connect({ host: "127.0.0.1", port: portOf(endpoint) });
  stuck.on("error", () => {});
  stuck.pause();
  const frame = Buffer.from(framed(adt("MSG1")).repeat(500), "latin1");
  // Until the receiver reads no more: its writes are blocked, and so are ours then.
  let written = 0;
  while (stuck.write(frame) || stuck.writableLength < 4_000_000) {
    written += 500;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(written < 1_000_000, "the receiver takes whatever comes");
  }
  const other = await callPort(portOf(endpoint));
  other.write(framed(adt("MSG2")));
  await other.untilAcks(1);
  stuck.destroy();
  other.stream.destroy();
  await receiver.stop();
});

test("Receiver counts a TLS client without a word as a connection without data, and a broken handshake as refused", async () => {
  const { server } = await testCertificates();
  const events: ReceiverEvent[] = [];
  const receiver = new Receiver(
    scenarioFromFlags({ seed: 1, listeners: [{ ...listener("tls://127.0.0.1:0"), tls: server }] }),
    { observer: { event: (event) => void events.push(event) } },
  );
  const [{ endpoint }] = await receiver.start();
  const probe = await callPort(portOf(endpoint));
  probe.stream.end();
  await probe.untilEnded();
  const plain = await callPort(portOf(endpoint));
  plain.write(framed(adt("MSG1")));
  plain.stream.end();
  await plain.untilEnded();
  while (receiver.summary.refused + receiver.summary.probes < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(receiver.summary.probes, 1);
  const refused = events.flatMap((event) => event.event === "refused" ? [event.reason] : []);
  assert.deepEqual(refused, ["tls_failed"]);
  await receiver.stop();
});

test("Receiver stops by itself when its time is over", async () => {
  const bench = new Bench({ listeners: [listener("memory:receive-for")] }, { forMs: 30_000 });
  await bench.receiver.start();
  await bench.pass(100);
  bench.clock.advance(29_000);
  await bench.settle();
  let over = false;
  void bench.receiver.stopped.then(() => over = true);
  await bench.settle();
  assert.equal(over, false);
  bench.clock.advance(1000);
  await bench.receiver.stopped;
});

test("Receiver leaves nothing behind after a thousand connections", async () => {
  const receiver = new Receiver(scenarioFromFlags({ seed: 1, listeners: [listener(":0")] }));
  const [{ endpoint }] = await receiver.start();
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 50 }, async (_, i) => {
      const caller = await callPort(portOf(endpoint));
      caller.write(framed(adt(`R${round}I${i}`)));
      await caller.untilAcks(1);
      caller.stream.end();
      await caller.untilEnded();
    }));
  }
  while (receiver.open > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(receiver.summary.connections, 1000);
  assert.deepEqual(receiver.summary.replies, { AA: 1000 });
  await receiver.stop();
});
