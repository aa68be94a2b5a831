/** The client over HLLP, X3.28 and ILLP: what their answers, refusals and silences come to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, NO_BYTES, utf8 } from "../../lib/bytes.ts";
import { Client, type ClientOptions } from "../../lib/client.ts";
import { VirtualClock } from "../../lib/clock.ts";
import type { Exchange } from "../../lib/exchange.ts";
import { linkMaker, type LinkOptions } from "../../lib/link/make.ts";
import { Session } from "../../lib/session.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import { ack, idOf } from "../peer.ts";
import { ACK0, ACK1, ENQ, EOT, hllpBlock, type Layer, NAK, tokensOf, x328Block } from "../lower_layer.ts";

function message(id: string, acks = ""): Uint8Array {
  return utf8(`MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^A01|${id}|P|2.5|||${acks}\rPID|1\r`);
}

function words({ warnings }: Exchange): string[] {
  return [...new Set(warnings.map(({ word }) => word))];
}

/** A client whose peer is bytes: what it writes is shown in words, and answered by hand. */
class Bytes {
  readonly clock = new VirtualClock();
  readonly client: Client;
  connections = 0;
  #write: (text: string) => void = () => {};
  #seen = "";

  constructor(readonly layer: Layer, link: LinkOptions, options: Partial<ClientOptions> = {}) {
    this.client = new Client({
      clock: this.clock,
      link: linkMaker(link),
      connect: () => {
        this.connections++;
        const [near, far] = memoryPair();
        this.#write = (text) => far.stream.write(utf8(text));
        far.stream.on("data", (chunk: Uint8Array) => this.#seen += latin1(chunk));
        far.stream.on("end", () => far.stream.end());
        return Promise.resolve(near);
      },
      ...options,
    });
  }

  /** Lets time pass, and shows what the client has written in it. */
  async pass(ms = 0): Promise<string[]> {
    for (let left = ms;; left -= 10) {
      for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
      if (left <= 0) break;
      this.clock.advance(Math.min(10, left));
    }
    const seen = tokensOf(this.layer, this.#seen);
    this.#seen = "";
    return seen.map((token) => token.replace(/MSH[^\]]*\|(A\d)\|P[^\]]*/, "$1"));
  }

  /** The peer writes; what the client writes upon it. */
  async told(text: string): Promise<string[]> {
    this.#write(text);
    return await this.pass();
  }
}

const HLLP: LinkOptions = { framing: "hllp", hllp: { readTimeoutMs: 1000, retries: 1, priority: true } };
const X328: LinkOptions = { framing: "x328", x328: { timerAMs: 2000, priority: "host" } };

/** The steps by which X3.28 takes a message of the client's. */
async function takes(peer: Bytes): Promise<void> {
  assert.deepEqual(await peer.told(ACK0), ["[1 A1]"]);
  assert.deepEqual(await peer.told(ACK1), ["EOT"]);
}

test("Client over HLLP takes an empty answer for a message taken, at once, and says that HL7 was silent", async () => {
  for (const acks of ["", "AL|NE"]) {
    const peer = new Bytes("hllp", HLLP);
    const sent = peer.client.send(message("A1", acks));
    assert.deepEqual(await peer.pass(), ["[D A1]"]);
    await peer.told(hllpBlock(""));
    const exchange = await sent;
    assert.deepEqual([exchange.outcome, exchange.code, exchange.error], ["accepted", null, null]);
    assert.deepEqual([exchange.reply, words(exchange)], [NO_BYTES, ["empty_reply"]]);
    await peer.client.close();
  }
});

test("Client over HLLP waits on after an empty answer where the application's own is still due", async () => {
  const peer = new Bytes("hllp", HLLP);
  const sent = peer.client.send(message("A1", "AL|AL"));
  await peer.pass();
  await peer.told(hllpBlock(""));
  assert.deepEqual(await peer.told(hllpBlock(ack("A1", "AE"))), ["[D ]"], "its block is answered by one without data");
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, exchange.code, words(exchange)], ["error", "AE", ["commit"]]);
  await peer.client.close();
});

test("Client over HLLP says nothing more of a message that asks for no acknowledgement", async () => {
  const peer = new Bytes("hllp", HLLP);
  for (const id of ["A1", "A2"]) {
    const sent = peer.client.send(message(id, "NE|NE"));
    assert.deepEqual(await peer.pass(), [`[D ${id}]`]);
    await peer.told(hllpBlock(""));
    const exchange = await sent;
    assert.deepEqual([exchange.outcome, exchange.reply, words(exchange)], ["accepted", null, ["no_ack_due"]]);
  }
  await peer.client.close();
});

test("Client over HLLP tells a message given up for damage from one given up in silence", async () => {
  const damaged = `${hllpBlock(ack("A1")).slice(0, -5)}998\x1c\r`;
  for (const [answer, outcome, code] of [[damaged, "damaged", "invalid_checksum"], ["", "timeout", "commit_timeout"]]) {
    const peer = new Bytes("hllp", HLLP);
    const sent = peer.client.send(message("A1"));
    assert.deepEqual(await peer.pass(), ["[D A1]"]);
    assert.deepEqual(answer === "" ? await peer.pass(1000) : await peer.told(answer), ["[D A1]"]);
    if (answer !== "") await peer.told(answer);
    await peer.pass(1000);
    const exchange = await sent;
    assert.deepEqual([exchange.outcome, exchange.error?.code], [outcome, code]);
    await peer.client.close();
  }
});

test("Client refuses in the lower layer what it does not take, instead of throwing it away in silence", async () => {
  const request = "MSH|^~\\&|LAB|||||||R1\r";
  const hllp = new Bytes("hllp", HLLP);
  const first = hllp.client.send(message("A1"));
  await hllp.pass();
  await hllp.told(hllpBlock(ack("A1")));
  assert.deepEqual(words(await first), []);
  assert.deepEqual(await hllp.told(hllpBlock(request)), ["[N G]"]);
  await hllp.client.close();

  const x328 = new Bytes("x328", X328);
  const sent = x328.client.send(message("A1"));
  assert.deepEqual(await x328.pass(), ["ENQ"]);
  await takes(x328);
  assert.deepEqual(await x328.told(ENQ), ["ACK0"]);
  assert.deepEqual(await x328.told(x328Block(request)), ["NAK"]);
  await x328.told(EOT);
  assert.deepEqual(await x328.told(ENQ), ["ACK0"]);
  assert.deepEqual(await x328.told(x328Block(ack("A1"))), ["ACK1"]);
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, words(exchange)], ["accepted", ["no_msa", "nak_sent"]]);
  await x328.client.close();
});

test("Client over X3.28 makes no warning of what every message causes", async () => {
  const peer = new Bytes("x328", X328);
  const sent = peer.client.send(message("A1"));
  await peer.pass();
  await takes(peer);
  await peer.told(ENQ);
  await peer.told(x328Block(ack("A1")));
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, exchange.code, words(exchange)], ["accepted", "AA", []]);
  await peer.client.close();
});

test("Client gives up a line that is silent for the time of a delivery, says what was said last, and takes a new one", async () => {
  const peer = new Bytes("x328", X328, { deliveryTimeoutMs: 5000 });
  const sent = peer.client.send(message("A1"));
  assert.deepEqual(await peer.pass(4990), ["ENQ", "ENQ", "ENQ"]);
  await peer.pass(10);
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["timeout", "reply_timeout"]);
  assert.equal(
    exchange.error?.message,
    "Cannot deliver the message: nothing came for 5s after enq_sent (ENQ, message 1, try 3)",
  );
  assert.deepEqual(words(exchange), ["timer_a"]);
  const next = peer.client.send(message("A1"));
  assert.deepEqual(await peer.pass(), ["ENQ"]);
  assert.equal(peer.connections, 2, "what the first line had left to say is not said on the second");
  await takes(peer);
  await peer.told(ENQ);
  await peer.told(x328Block(ack("A1")));
  assert.equal((await next).outcome, "accepted");
  await peer.client.close();
});

test("Client counts a silence from the last byte that came", async () => {
  const peer = new Bytes("x328", X328, { deliveryTimeoutMs: 3000 });
  const sent = peer.client.send(message("A1"));
  await peer.pass(2500);
  assert.deepEqual(await peer.told(ACK0), ["[1 A1]"]);
  await peer.pass(2900);
  await peer.told(ACK1);
  await peer.pass(5000);
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, exchange.error?.message], ["timeout", "No acknowledgement within 5s"]);
  await peer.client.close();
});

test("Client over X3.28 calls a refused line and a refused message rejected, and names which it was", async () => {
  const bids = new Bytes("x328", X328, { deliveryTimeoutMs: 2000 });
  const refused = bids.client.send(message("A1"));
  await bids.pass();
  for (let i = 0; i < 5; i++) {
    await bids.told(NAK);
    await bids.pass(1000);
  }
  const noLine = await refused;
  assert.deepEqual([noLine.outcome, noLine.error?.code], ["reject", "bid_refused"]);
  await bids.client.close();

  const blocks = new Bytes("x328", X328);
  const sent = blocks.client.send(message("A1"));
  await blocks.pass();
  await blocks.told(ACK0);
  for (let i = 0; i < 5; i++) await blocks.told(NAK);
  const notTaken = await sent;
  assert.deepEqual([notTaken.outcome, notTaken.error?.code], ["reject", "commit_refused"]);
  await blocks.client.close();
});

test("Client lets the fate of an earlier message in the lower layer decide nothing of a later one", async () => {
  const clock = new VirtualClock();
  const [near, far] = memoryPair();
  const peer: Session = new Session(far, linkMaker()(), {
    event: (event) => {
      // Commits are no messages of this peer's.
      if (event.type === "message" && event.payload.length > 1) peer.send(utf8(ack(idOf(latin1(event.payload)))));
    },
    closed() {},
  });
  assert.equal(peer.closed, false);
  const client = new Client({
    clock,
    connect: () => Promise.resolve(near),
    link: linkMaker({ framing: "mllp2", mllp2: { commitTimeoutMs: 1000, retries: 0 } }),
  });
  assert.equal((await client.send(message("A1"))).outcome, "accepted");
  const second = client.send(message("A2"));
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  // The first was answered and never confirmed; now the link gives it up, and writes the second.
  clock.advance(1000);
  const exchange = await second;
  assert.deepEqual([exchange.outcome, exchange.code], ["accepted", "AA"]);
  await client.close();
});

test("Client over ILLP calls an end without a reply closed, and takes it where whatever comes will do", async () => {
  for (const [match, outcome] of [["id", "closed"], ["any", "accepted"]] as const) {
    const client = new Client({
      connect: () => {
        const [near, far] = memoryPair();
        new Session(far, linkMaker({ framing: "illp" })(), { event: () => {}, closed: () => {} });
        return Promise.resolve(near);
      },
      link: linkMaker({ framing: "illp" }),
      connectionPerMessage: true,
      match,
    });
    const exchange = await client.send(message("A1"));
    assert.deepEqual([exchange.outcome, exchange.code], [outcome, null]);
    await client.close();
  }
});

test("Client says of a reply that broke off where it should have ended, in the words of its framing", async () => {
  const peer = new Bytes("x328", { framing: "x328", x328: { timerBMs: 60_000, priority: "host" } }, {
    timeoutMs: 2000,
  });
  const sent = peer.client.send(message("A1"));
  await peer.pass();
  await takes(peer);
  await peer.told(ENQ);
  await peer.told(x328Block(ack("A1")).slice(0, 40));
  await peer.pass(2000);
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["damaged", "truncated"]);
  assert.match(exchange.error!.message, /^Expected 0x03 \(ETX\) or 0x17 \(ETB\) at byte \d+, found nothing/);
  await peer.client.close();
});

test("Client over HLLP gives up in bounded time on a peer that drips, chatters or begins blocks without an end", async () => {
  const peers: Record<string, (i: number) => string> = {
    drips: (i) => i === 0 ? "\x0bD23\r" : "x",
    chatters: (i) => hllpBlock(latin1(message(`P${i}`))),
    begins: () => "\x0bD23\r",
  };
  for (const [name, next] of Object.entries(peers)) {
    const peer = new Bytes("hllp", HLLP);
    let exchange: Exchange | null = null;
    void peer.client.send(message("A1")).then((got) => exchange = got);
    await peer.pass();
    for (let i = 0; exchange === null && i < 40; i++) {
      await peer.told(next(i));
      await peer.pass(500);
    }
    assert.ok(exchange !== null, `the peer that ${name} is waited for after 20 s`);
    const { outcome, error } = exchange as Exchange;
    assert.notEqual(outcome, "accepted", name);
    assert.notEqual(error, null, name);
    await peer.client.close();
  }
});
