/**
 * Our client and our receiver at the other end of implementations that nobody here wrote.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../lib/bytes.ts";
import { Client } from "../../lib/client.ts";
import type { Exchange } from "../../lib/exchange.ts";
import { sampleAdt } from "../../lib/hl7/sample.ts";
import { linkMaker } from "../../lib/link/make.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { connect } from "../../lib/transport/open.ts";
import type { MessageEvent } from "../../receiver/events.ts";
import { Receiver } from "../../receiver/receiver.ts";
import { scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import { PEERS } from "./all.ts";
import type { Peer, PeerReply } from "./peer.ts";

const AT = new Date(Date.UTC(2026, 0, 31, 12));
/** A peer that hangs fails its test. */
const LIMIT = { timeout: 20_000 };
const IDS = ["FIRST", "SECOND", "THIRD"];

function sample(controlId: string): Uint8Array {
  return sampleAdt({ controlId, at: AT });
}

/** Sends the three messages, over one connection, to a peer's server. */
async function sendAll(peer: Peer): Promise<{ exchanges: Exchange[]; received: string[] }> {
  const received: string[] = [];
  const server = await peer.serve((controlId) => received.push(controlId));
  const endpoint = parseEndpoint(`127.0.0.1:${server.port}`);
  const client = new Client({ connect: () => connect(endpoint), link: linkMaker() });
  const exchanges: Exchange[] = [];
  try {
    for (const id of IDS) exchanges.push(await client.send(sample(id)));
  } finally {
    await client.close();
    await server.close();
  }
  return { exchanges, received };
}

/** Lets a peer's client send the three messages, over one connection, to our receiver. */
async function receiveAll(peer: Peer): Promise<{ replies: PeerReply[]; events: MessageEvent[] }> {
  const events: MessageEvent[] = [];
  const listener = { endpoint: parseEndpoint("127.0.0.1:0"), link: {}, tls: null };
  const receiver = new Receiver(scenarioFromFlags({ seed: 1, listeners: [listener] }), {
    observer: { event: (event) => event.event === "message" && events.push(event) },
  });
  const [{ endpoint }] = await receiver.start();
  const replies: PeerReply[] = [];
  try {
    const client = await peer.connect(parseEndpoint(endpoint).port, latin1(sample("TEMPLATE")));
    for (const id of IDS) replies.push(await client.exchange(id));
    await client.close();
  } finally {
    await receiver.stop();
  }
  return { replies, events };
}

for (const peer of PEERS) {
  test(`Client is answered AA, with its own control id, by the server of ${peer.name}`, LIMIT, async () => {
    const { exchanges, received } = await sendAll(peer);
    assert.deepEqual(exchanges.map(({ controlId, outcome, code }) => [controlId, outcome, code]), [
      ["FIRST", "accepted", "AA"],
      ["SECOND", "accepted", "AA"],
      ["THIRD", "accepted", "AA"],
    ]);
    assert.deepEqual([...new Set(received)], IDS);
  });

  test(`Receiver answers AA, with its own control id, to the client of ${peer.name}`, LIMIT, async () => {
    const { replies, events } = await receiveAll(peer);
    assert.deepEqual(replies, IDS.map((controlId) => ({ code: "AA", controlId })));
    const messages = events.filter(({ type }) => type === "ADT^A01");
    assert.deepEqual(messages.map(({ controlId, reply }) => [controlId, reply]), IDS.map((id) => [id, ["AA"]]));
  });
}

test("Client knows node-hl7-server's acknowledgements of earlier messages for stale ones", LIMIT, async () => {
  const peer = PEERS.find(({ name }) => name.startsWith("node-hl7-server"))!;
  const { exchanges, received } = await sendAll(peer);
  // It keeps what it has handled and handles it again with the next message of the connection.
  assert.deepEqual(received, ["FIRST", "FIRST", "SECOND", "FIRST", "SECOND", "THIRD"]);
  const stale = (exchange: Exchange) => exchange.warnings.filter(({ word }) => word === "stale").length;
  assert.deepEqual(exchanges.map(stale), [0, 1, 2]);
});

/** The peer whose two ends answer acknowledgements. */
const storming = PEERS.find(({ name }) => name === "hl7v2-net")!;

test("hl7v2-net left to itself acknowledges acknowledgements without end", LIMIT, async () => {
  // Far more than one exchange has; without it the two tests below would show nothing.
  const many = 50;
  let received = 0;
  const stormed = Promise.withResolvers<void>();
  const server = await storming.serve(() => ++received === many && stormed.resolve());
  const client = await storming.connect(server.port, latin1(sample("TEMPLATE")));
  await client.exchange("FIRST");
  await stormed.promise;
  await client.close();
  await server.close();
});

test("Receiver never answers the acknowledgements that hl7v2-net's client sends for its own", LIMIT, async () => {
  const { events } = await receiveAll(storming);
  // The client acknowledges before it sends on: all but the last of its acknowledgements are in for certain.
  const [data, acknowledgements] = [events.filter(({ type }) => type === "ADT^A01"), events.filter(isAcknowledgement)];
  assert.deepEqual(data.map(({ reply }) => reply), [["AA"], ["AA"], ["AA"]]);
  assert.ok(acknowledgements.length >= 2 && acknowledgements.length <= 3, `${acknowledgements.length} came`);
  for (const { reply, outcome } of acknowledgements) assert.deepEqual([reply, outcome], [[], "none"]);
});

test("Client never answers the acknowledgements of hl7v2-net's server", LIMIT, async () => {
  const { received } = await sendAll(storming);
  assert.deepEqual(received, IDS);
});

function isAcknowledgement({ type }: MessageEvent): boolean {
  return type.startsWith("ACK");
}
