import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, NO_BYTES, utf8 } from "../../../lib/bytes.ts";
import { Client } from "../../../lib/client.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import type { HllpLink } from "../../../lib/link/hllp.ts";
import { Session } from "../../../lib/session.ts";
import { memoryPair } from "../../../lib/transport/memory.ts";
import { idOf, link, reply } from "./hllp_messages.ts";

const MESSAGE = (id: string, more = "") => utf8(`MSH|^~\\&|A|B|C|D|20260131||ADT^A01|${id}|P|2.3${more}\r`);

/** A client and a receiver on it, over memory. */
function setUp(answer: (server: Session, text: string) => void, clock?: VirtualClock) {
  const links: HllpLink[] = [];
  const client = new Client({
    connect: () => {
      const [near, far] = memoryPair();
      const far1 = link();
      links.push(far1);
      const server: Session = new Session(far, far1, {
        event: (event) => event.type === "message" && answer(server, latin1(event.payload)),
        closed: () => {},
      }, { clock });
      return Promise.resolve(near);
    },
    link: () => link({ priority: true, readTimeoutMs: 1000 }),
    ...clock === undefined ? {} : { clock },
  });
  return { client, links };
}

test("HllpLink serves a client and a receiver over sessions, message after message on one connection", async () => {
  const { client, links } = setUp((server, text) => server.send(utf8(reply(idOf(text)))));
  for (const id of ["A1", "A2", "A3"]) {
    const exchange = await client.send(MESSAGE(id));
    assert.deepEqual([exchange.outcome, exchange.code, exchange.warnings], ["accepted", "AA", []]);
  }
  await client.close();
  assert.equal(links.length, 1);
});

test("HllpLink settles a message that asks for no acknowledgement by an empty block", async () => {
  const { client } = setUp(() => {});
  const exchange = await client.send(MESSAGE("A1", "|||NE|NE"));
  assert.deepEqual([exchange.outcome, exchange.code], ["accepted", null]);
  await client.close();
});

test("HllpLink passes a negative answer on as one", async () => {
  const { client } = setUp((server, text) => server.send(utf8(reply(idOf(text), "AE"))));
  const exchange = await client.send(MESSAGE("A1"));
  assert.deepEqual([exchange.outcome, exchange.code], ["error", "AE"]);
  await client.close();
});

test("HllpLink tells a client that every try was refused", async () => {
  const { client, links } = setUp((server) => (server.link as HllpLink).commit(false, "B"));
  const exchange = await client.send(MESSAGE("A1"));
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["reject", "commit_refused"]);
  assert.equal(exchange.warnings.filter(({ word }) => word === "nak").length, 6);
  assert.equal(links.length, 1);
  await client.close();
});

/** Lets virtual time pass until something is settled. */
async function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  void promise.then(() => done = true);
  for (let i = 0; i < 1000 && !done; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.next() < Infinity) clock.advance(clock.next() - clock.now());
  }
  return await promise;
}

test("HllpLink gives up after all tries where a receiver says nothing", async () => {
  const clock = new VirtualClock();
  const { client } = setUp(() => {}, clock);
  const exchange = await settled(clock, client.send(MESSAGE("A1")));
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["timeout", "commit_timeout"]);
  assert.equal(clock.now(), 6000);
  await client.close();
});

test("HllpLink answers a second try with the answer to the first, also over sessions", async () => {
  let told = 0;
  const { client, links } = setUp((server, text) => {
    told++;
    links[0].fault("bad_count");
    server.send(utf8(reply(idOf(text))));
  });
  const exchange = await client.send(MESSAGE("A1"));
  assert.deepEqual([exchange.outcome, told], ["accepted", 1]);
  assert.deepEqual(exchange.warnings.map(({ word }) => word), ["invalid_count", "resend"]);
  await client.close();
});

test("HllpLink lets a holder answer with nothing, which is delivery without a reply", async () => {
  const clock = new VirtualClock();
  const { client } = setUp((server) => server.send(NO_BYTES), clock);
  const exchange = await settled(clock, client.send(MESSAGE("A1")));
  assert.deepEqual(exchange.warnings.map(({ word }) => word), ["empty_reply"]);
  assert.equal(exchange.reply?.length, 0);
  await client.close();
});
