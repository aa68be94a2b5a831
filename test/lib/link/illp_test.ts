import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { Client } from "../../../lib/client.ts";
import type { LinkEvent } from "../../../lib/link/link.ts";
import { IllpLink } from "../../../lib/link/illp.ts";
import { Session } from "../../../lib/session.ts";
import { memoryPair } from "../../../lib/transport/memory.ts";
import { readable, Wire } from "./wire.ts";

const REQUEST = "MSH|^~\\&|A|||||||1\r";
const REPLY = "MSH|^~\\&|B\rMSA|AA|1\r";

/** What a link wants done, in words. */
function outputs(link: IllpLink): string[] {
  const all: string[] = [];
  for (let output = link.output(); output !== null; output = link.output()) {
    all.push(output.type === "bytes" ? latin1(output.bytes) : output.type);
  }
  return all;
}

/** A sink, and what it was told. */
function told(): { events: string[]; sink: (event: LinkEvent) => void } {
  const events: string[] = [];
  const sink = (event: LinkEvent) => {
    if (event.type === "message") events.push(`message ${latin1(event.payload)}${event.empty ? "(empty)" : ""}`);
    else events.push(event.type === "fault" ? event.code : event.type);
  };
  return { events, sink };
}

test("IllpLink as a client writes its request, ends its half, and takes all until the peer's end for the reply", () => {
  const link = new IllpLink();
  const { events, sink } = told();
  assert.equal(link.send(utf8(REQUEST), 0), 1);
  assert.deepEqual(outputs(link), [REQUEST, "endWrite"]);
  for (const byte of utf8(REPLY)) link.receive(new Uint8Array([byte]), 5, sink);
  assert.deepEqual(events, []);
  link.end(9, sink);
  link.end(9, sink);
  assert.deepEqual(events, [`message ${REPLY}`]);
  assert.deepEqual([link.output(), link.deadline(), link.confirms], [null, Infinity, false]);
});

test("IllpLink as a server takes all until the peer's end for a request, writes the reply and ends its half", () => {
  const link = new IllpLink();
  const { events, sink } = told();
  link.receive(utf8(REQUEST), 0, sink);
  link.end(1, (event) => {
    sink(event);
    link.send(utf8(REPLY), 1);
  });
  assert.deepEqual(events, [`message ${REQUEST}`]);
  assert.deepEqual(outputs(link), [REPLY, "endWrite"]);
});

test("IllpLink takes an end without a byte for an empty reply as a client, and for nothing as a server", () => {
  const { events, sink } = told();
  const client = new IllpLink();
  client.send(utf8(REQUEST), 0);
  client.end(1, sink);
  new IllpLink().end(1, sink);
  assert.deepEqual(events, ["message (empty)"]);
});

test("IllpLink ends its half even where its message is empty", () => {
  const link = new IllpLink();
  link.receive(utf8(REQUEST), 0, () => {});
  link.end(1, () => {});
  link.send(new Uint8Array(0), 1);
  assert.deepEqual(outputs(link), ["endWrite"]);
});

test("IllpLink refuses a second request, and lets a second reply be part of the first or of nothing", () => {
  const client = new IllpLink();
  client.send(utf8(REQUEST), 0);
  assert.throws(() => client.send(utf8(REQUEST), 0), {
    name: "TypeError",
    message: "Cannot send a second request on an ILLP connection: wanted a connection for each",
  });
  const server = new IllpLink();
  server.receive(utf8(REQUEST), 0, () => {});
  server.end(1, () => {});
  assert.deepEqual([server.send(utf8("A"), 1), server.send(utf8("B"), 1)], [1, 2]);
  assert.deepEqual(outputs(server), ["AB", "endWrite"]);
  assert.equal(server.send(utf8("C"), 2), 3);
  assert.deepEqual(outputs(server), []);
});

test("IllpLink makes no message of what a broken stream leaves", () => {
  const { events, sink } = told();
  const link = new IllpLink();
  link.send(utf8(REQUEST), 0);
  link.receive(utf8("MSH|half"), 5, sink);
  assert.equal(latin1(link.unfinished?.bytes ?? new Uint8Array()), "MSH|half");
  link.end(6, sink, true);
  link.end(7, sink);
  const silent = new IllpLink();
  silent.send(utf8(REQUEST), 0);
  silent.end(6, sink, true);
  assert.deepEqual(events, ["truncated"]);
});

test("IllpLink reports a request that is too long once, at once, and its answer is a reply", () => {
  const { events, sink } = told();
  const link = new IllpLink({ maxFrame: 4, fromAddress: "us" });
  link.receive(utf8("ABCDEF"), 0, (event) => {
    sink(event);
    link.send(utf8(REPLY), 0);
  });
  link.receive(utf8("GHI"), 0, sink);
  link.end(1, sink);
  assert.deepEqual(events, ["frame_too_large"]);
  assert.deepEqual(outputs(link), [REPLY, "endWrite"]);
});

test("IllpLink puts the address before a request, expects it before one, and has none before a reply", () => {
  const client = new IllpLink({ fromAddress: "ward1" });
  const server = new IllpLink({ fromAddress: "lab" });
  const { events, sink } = told();
  assert.equal(latin1(client.encode(utf8("A"))), "ward1\x02A");
  client.send(utf8(REQUEST), 0);
  assert.deepEqual(outputs(client), [`ward1\x02${REQUEST}`, "endWrite"]);
  server.receive(utf8(`ward1\x02${REQUEST}`), 0, sink);
  server.end(1, sink);
  assert.equal(latin1(server.address), "ward1");
  server.send(utf8(REPLY), 1);
  assert.deepEqual(outputs(server), [REPLY, "endWrite"]);
  client.receive(utf8(REPLY), 2, sink);
  client.end(2, sink);
  const bare = new IllpLink({ fromAddress: "lab" });
  bare.receive(utf8(REQUEST), 0, sink);
  bare.end(1, sink);
  assert.deepEqual(events, [`message ${REQUEST}`, `message ${REPLY}`, "invalid_header"]);
});

test("IllpLink carries a transaction over a wire, end by end", () => {
  const far = new IllpLink();
  const line = new Wire(new IllpLink(), far, {
    onMessage: (_, side) => side === "far" && far.send(utf8(REPLY), 0),
  });
  line.send("near", REQUEST);
  line.run();
  line.end("far");
  line.run();
  line.end("near");
  assert.deepEqual(line.run(), [
    `0 near writes ${readable(utf8(REQUEST))}`,
    "0 near endWrite",
    `5 far message ${readable(utf8(REQUEST))}`,
    `5 far writes ${readable(utf8(REPLY))}`,
    "5 far endWrite",
    `10 near message ${readable(utf8(REPLY))}`,
  ]);
});

test("IllpLink serves a client over sessions, a connection for each message", async () => {
  const served: string[] = [];
  const servers: Session[] = [];
  const client = new Client({
    connect: () => {
      const [near, far] = memoryPair();
      const server: Session = new Session(far, new IllpLink(), {
        event: (event) => {
          if (event.type !== "message") return;
          served.push(latin1(event.payload));
          server.send(utf8(REPLY));
        },
        peerEnded: () => void server.close(),
        closed: () => {},
      });
      servers.push(server);
      return Promise.resolve(near);
    },
    link: () => new IllpLink(),
    connectionPerMessage: true,
  });
  for (let i = 0; i < 3; i++) {
    const exchange = await client.send(utf8(REQUEST));
    assert.deepEqual([exchange.outcome, exchange.code, exchange.warnings], ["accepted", "AA", []]);
  }
  await client.close();
  assert.deepEqual([served, servers.length], [[REQUEST, REQUEST, REQUEST], 3]);
});

test("IllpLink lets a client see an end without a reply", async () => {
  const client = new Client({
    connect: () => {
      const [near, far] = memoryPair();
      new Session(far, new IllpLink(), { event: () => {}, closed: () => {} });
      return Promise.resolve(near);
    },
    link: () => new IllpLink(),
    connectionPerMessage: true,
  });
  const exchange = await client.send(utf8(REQUEST));
  await client.close();
  assert.deepEqual([exchange.outcome, exchange.error?.code, exchange.warnings], ["closed", "reply_closed", []]);
});
