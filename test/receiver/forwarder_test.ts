import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { VirtualClock } from "../../lib/clock.ts";
import { TransportError } from "../../lib/errors.ts";
import { linkMaker } from "../../lib/link/make.ts";
import { Session } from "../../lib/session.ts";
import type { Endpoint } from "../../lib/transport/endpoint.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { Forwarder, type ForwarderOptions } from "../../receiver/forwarder.ts";
import { dialogueWith } from "../../lib/link/dialogue.ts";
import { ack, idOf } from "../peer.ts";
import { adt } from "./caller.ts";

const PLACE = "tcp://real.example:2575";

/** A real receiver: what it was sent, and what it answers each message with; nothing for `null`. */
class World {
  readonly clock = new VirtualClock();
  readonly received: string[] = [];
  readonly connected: { readonly endpoint: Endpoint; readonly connectTimeoutMs: number }[] = [];
  readonly forwarder: Forwarder;
  session: Session | null = null;

  constructor(answer: (message: string) => string | null, options: Partial<ForwarderOptions> = {}) {
    this.forwarder = new Forwarder({
      clock: this.clock,
      connect: (endpoint, { connectTimeoutMs }): Promise<Transport> => {
        this.connected.push({ endpoint, connectTimeoutMs });
        const [near, far] = memoryPair();
        const session: Session = new Session(far, linkMaker(dialogueWith(endpoint))(), {
          event: (event) => {
            if (event.type !== "message") return;
            const message = latin1(event.payload);
            this.received.push(message);
            const reply = answer(message);
            if (reply !== null) session.send(utf8(reply));
          },
          closed: () => {},
        }, { clock: this.clock });
        this.session = session;
        return Promise.resolve(near);
      },
      ...options,
    });
  }

  async forward(message: string, endpoint = PLACE, timeoutMs = 5000): Promise<string | null> {
    const forwarded = await this.forwarder.forward(endpoint, utf8(message), timeoutMs);
    return forwarded instanceof Uint8Array ? `reply: ${latin1(forwarded)}` : forwarded;
  }
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

const accept = (message: string) => ack(idOf(message));

test("Forwarder sends messages on as they are, over one connection, and gives back the replies as they are", async () => {
  const refuse = "MSH|^~\\&|X\rMSA|AR|B|no such ward\r";
  const world = new World((message) => idOf(message) === "B" ? refuse : accept(message));
  const odd = adt("A").slice(0, -1);
  assert.equal(await world.forward(odd), `reply: ${ack("A")}`);
  assert.equal(await world.forward(adt("B")), `reply: ${refuse}`);
  assert.deepEqual(world.received, [odd, adt("B")]);
  assert.equal(world.connected.length, 1);
  assert.equal(world.connected[0].connectTimeoutMs, 5000);
  await world.forwarder.close();
});

test("Forwarder keeps the order of messages, and has one of them under way at a time", async () => {
  const world = new World(() => null);
  const all = ["A", "B", "C"].map((id) => world.forward(adt(id)));
  for (const id of ["A", "B", "C"]) {
    await settle();
    assert.equal(world.received.length, "ABC".indexOf(id) + 1);
    world.session!.send(utf8(ack(id)));
  }
  assert.deepEqual(await Promise.all(all), ["A", "B", "C"].map((id) => `reply: ${ack(id)}`));
  await world.forwarder.close();
});

test("Forwarder waits for the message's own acknowledgement, the application's where both are due", async () => {
  const world = new World(() => null);
  const waiting = world.forward(adt("A", ["AL", "AL"]));
  await settle();
  for (const [code, id] of [["AA", "Z"], ["CA", "A"], ["AE", "A"]]) {
    world.session!.send(utf8(`MSH|^~\\&|X\rMSA|${code}|${id}\r`));
  }
  assert.equal(await waiting, "reply: MSH|^~\\&|X\rMSA|AE|A\r");
  await world.forwarder.close();
});

test("Forwarder gives nothing back where the message asks for nothing", async () => {
  const world = new World(() => null);
  assert.equal(await world.forward(adt("A", ["NE", "NE"])), null);
  await world.forwarder.close();
});

test("Forwarder says in words what went wrong, and goes on with the next message", async () => {
  const world = new World((message) => idOf(message) === "A" ? null : accept(message));
  const first = world.forward(adt("A"));
  await settle();
  world.clock.advance(5000);
  assert.equal(
    await first,
    `Cannot forward the message to ${PLACE}: No acknowledgement within 5s`,
  );
  assert.equal(await world.forward(adt("B")), `reply: ${ack("B")}`);
  world.session!.reset();
  await settle();
  assert.equal(await world.forward(adt("C")), `reply: ${ack("C")}`);
  assert.equal(world.connected.length, 2);
  await world.forwarder.close();
});

test("Forwarder says why there is no connection, naming the receiver once", async () => {
  const message = `Cannot connect to ${PLACE}: connection refused`;
  const about = { operation: "connect", endpoint: PLACE, systemCode: "ECONNREFUSED" };
  const world = new World(accept, {
    connect: () => Promise.reject(new TransportError("connect_refused", message, about)),
  });
  assert.equal(await world.forward(adt("A")), `Cannot forward the message: ${message}`);
  assert.match(await world.forward(adt("A"), "nowhere") ?? "", /^Cannot forward the message: Cannot read 'nowhere' as/);
  const broken = new World(accept, { connect: () => Promise.reject(new RangeError("Cannot use the certificate")) });
  assert.equal(await broken.forward(adt("A")), `Cannot forward the message to ${PLACE}: Cannot use the certificate`);
  assert.match(await broken.forward(adt("B")) ?? "", /Cannot use the certificate$/);
  await Promise.all([world.forwarder.close(), broken.forwarder.close()]);
});

test("Forwarder lets no message wait longer for its turn than for a reply", async () => {
  const world = new World(() => null);
  const [first, second] = [world.forward(adt("A")), world.forward(adt("B"))];
  await settle();
  world.clock.advance(5000);
  assert.match(await first ?? "", /No acknowledgement within 5s$/);
  assert.equal(await second, `Cannot forward the message to ${PLACE}: its turn did not come within 5s`);
  assert.equal(world.received.length, 1);
  await world.forwarder.close();
});

test("Forwarder lets a bounded number of messages wait", async () => {
  const world = new World(() => null, { mostWaiting: 2 });
  const all = ["A", "B", "C", "D"].map((id) => world.forward(adt(id)));
  assert.equal(await all[3], `Cannot forward the message to ${PLACE}: 2 messages wait for it already`);
  await settle();
  assert.equal(world.received.length, 1);
  await world.forwarder.close();
});

test("Forwarder has a way of its own to each receiver, in the framing that its endpoint gives", async () => {
  const world = new World(accept);
  assert.equal(await world.forward(adt("A"), "tcp://one.example:1?framing=mllp2", 20_000), `reply: ${ack("A")}`);
  assert.equal(await world.forward(adt("B"), "tcp://two.example:2"), `reply: ${ack("B")}`);
  const ports = world.connected.map(({ endpoint: { port }, connectTimeoutMs }) => [port, connectTimeoutMs]);
  assert.deepEqual(ports, [[1, 10_000], [2, 5000]]);
  await world.forwarder.close();
});

test("Forwarder settles everything when it is closed, and sends nothing any more", async () => {
  const world = new World(() => null);
  const all = ["A", "B"].map((id) => world.forward(adt(id)));
  await settle();
  await world.forwarder.close();
  await world.forwarder.close();
  const [first, second] = await Promise.all(all);
  assert.match(first ?? "", /^Cannot forward the message to .*: it gave no answer of its own$/);
  assert.equal(second, `Cannot forward the message to ${PLACE}: the receiver has stopped`);
  assert.equal(await world.forward(adt("C")), second);
  assert.equal(world.received.length, 1);
});
