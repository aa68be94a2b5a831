import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { Client, type ClientOptions } from "../../lib/client.ts";
import type { Exchange } from "../../lib/exchange.ts";
import { VirtualClock } from "../../lib/clock.ts";
import type { LinkEvent } from "../../lib/link/link.ts";
import { TransportError } from "../../lib/errors.ts";
import { linkMaker, type LinkOptions } from "../../lib/link/make.ts";
import { Session } from "../../lib/session.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { ack, idOf } from "../peer.ts";

/** Lets everything that needs no time happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

interface World {
  readonly client: Client;
  readonly clock: VirtualClock;
  /** What the peer was sent, in order, over all connections. */
  readonly received: string[];
  connections: number;
}

type Answer = (message: string, session: Session, ordinal: number, far: Transport) => void;

function world(answer: Answer, options: Partial<ClientOptions> = {}, link: LinkOptions = {}): World {
  const clock = new VirtualClock();
  const received: string[] = [];
  const made: World = {
    clock,
    received,
    connections: 0,
    client: new Client({
      clock,
      link: linkMaker(link),
      connect: () => {
        made.connections++;
        const [near, far] = memoryPair();
        const session: Session = new Session(far, linkMaker(link)(), {
          event(event) {
            if (event.type !== "message") return;
            const text = latin1(event.payload);
            received.push(text);
            answer(text, session, received.length - 1, far);
          },
          closed() {},
        }, { clock });
        return Promise.resolve(near);
      },
      ...options,
    }),
  };
  return made;
}

function message(id: string, acks = ""): Uint8Array {
  return utf8(`MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^A01|${id}|P|2.5|||${acks}\rPID|1\r`);
}

const accept: Answer = (text, session) => void session.send(utf8(ack(idOf(text))));

function words(exchange: Exchange): string[] {
  return exchange.warnings.map(({ word }) => word);
}

test("Client sends messages over one connection and reports each", async () => {
  const made = world(accept);
  const { client, received } = made;
  const first = await client.send(message("A"));
  const second = await client.send(message("B"));
  assert.deepEqual([first.outcome, first.code, first.controlId, first.attempts], ["accepted", "AA", "A", 1]);
  assert.equal(second.controlId, "B");
  assert.equal(received.length, 2);
  assert.equal(made.connections, 1);
  await client.close();
});

test("Client opens a connection for each message when asked to", async () => {
  const made = world(accept, { connectionPerMessage: true });
  await made.client.send(message("A"));
  await made.client.send(message("B"));
  assert.equal(made.connections, 2);
});

test("Client times out at exactly its timeout, and calls the answer that comes later late", async () => {
  const answers: (() => void)[] = [];
  const { client, clock } = world((text, session) => {
    answers.push(() => session.send(utf8(ack(idOf(text)))));
  }, { timeoutMs: 5000 });
  const first = client.send(message("A"));
  await settle();
  clock.advance(4999);
  await settle();
  assert.equal(await Promise.race([first, Promise.resolve("waiting")]), "waiting");
  clock.advance(1);
  const timedOut = await first;
  assert.deepEqual([timedOut.outcome, timedOut.error?.code], ["timeout", "reply_timeout"]);
  const second = client.send(message("B"));
  await settle();
  answers[0]();
  await settle();
  answers[1]();
  const exchange = await second;
  assert.equal(exchange.outcome, "accepted");
  assert.deepEqual(words(exchange), ["late"]);
  await client.close();
});

test("Client tells a stale acknowledgement from a duplicate one", async () => {
  const { client } = world((text, session, ordinal) => {
    const id = idOf(text);
    // The first message's acknowledgement comes once more where the second's is due, and the second's comes twice.
    if (ordinal === 1) session.send(utf8(ack("A")));
    session.send(utf8(ack(id)));
    if (ordinal === 1) session.send(utf8(ack(id)));
  });
  await client.send(message("A"));
  const second = await client.send(message("B"));
  assert.equal(second.outcome, "accepted");
  assert.deepEqual(words(second), ["stale", "duplicate"]);
  await client.close();
});

test("Client tells what came unsolicited between two messages with the next one", async () => {
  let peer: Session | null = null;
  const { client } = world((text, session) => {
    peer = session;
    session.send(utf8(ack(idOf(text))));
  });
  await client.send(message("A"));
  peer!.send(utf8(ack("X")));
  await settle();
  const second = await client.send(message("B"));
  assert.deepEqual(words(second), ["unsolicited"]);
  await client.close();
});

test("Client tries again with the same bytes after its backoff, and stops at the first answer", async () => {
  const tries: number[] = [];
  const { client, clock, received } = world((text, session, ordinal) => {
    if (ordinal === 0) session.reset();
    if (ordinal === 1) void session.close();
    if (ordinal === 2) session.send(utf8(ack(idOf(text), "AE")));
  }, { retries: 5, backoffMs: [1000, 3000], onAttempt: (_attempt, _previous, waitMs) => tries.push(waitMs) });
  const exchange = client.send(message("A"));
  await settle();
  assert.deepEqual(tries, [1000]);
  clock.advance(1000);
  await settle();
  assert.deepEqual(tries, [1000, 3000]);
  clock.advance(3000);
  const { outcome, attempts } = await exchange;
  assert.deepEqual([outcome, attempts], ["error", 3]);
  assert.equal(new Set(received).size, 1);
  await client.close();
});

test("Client calls a connection that cannot be opened refused", async () => {
  const { client } = world(accept, {
    connect: () =>
      Promise.reject(
        new TransportError("connect_refused", "Cannot connect", {
          operation: "connect",
          endpoint: "tcp://127.0.0.1:1",
        }),
      ),
  });
  const exchange = await client.send(message("A"));
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["refused", "connect_refused"]);
});

test("Client waits for the application acknowledgement when a commit acknowledgement comes first", async () => {
  const { client } = world((text, session) => {
    session.send(utf8(ack(idOf(text), "CA")));
    session.send(utf8(ack(idOf(text), "AA")));
  });
  const exchange = await client.send(message("A", "AL|AL"));
  assert.deepEqual([exchange.code, words(exchange)], ["AA", ["commit"]]);
  await client.close();
});

test("Client is satisfied with a commit acknowledgement when no other is due", async () => {
  const { client } = world((text, session) => void session.send(utf8(ack(idOf(text), "CA"))));
  const exchange = await client.send(message("A", "AL|NE"));
  assert.deepEqual([exchange.outcome, exchange.code, words(exchange)], ["accepted", "CA", []]);
  await client.close();
});

test("Client does not wait when the message asks for no acknowledgement", async () => {
  const { client, received } = world(() => {});
  const exchange = await client.send(message("A", "NE|NE"));
  assert.deepEqual([exchange.outcome, exchange.code, words(exchange)], ["accepted", null, ["no_ack_due"]]);
  await settle();
  assert.equal(received.length, 1);
  await client.close();
});

test("Client refuses an acknowledgement whose code is none of HL7's, at once", async () => {
  const { client } = world((text, session) => void session.send(utf8(ack(idOf(text), "OK"))));
  const exchange = await client.send(message("A"));
  assert.deepEqual([exchange.outcome, exchange.code, exchange.error?.code], ["damaged", null, "reply_damaged"]);
  assert.match(exchange.error!.message, /MSA-1 is "OK"/);
  await client.close();
});

test("Client says when the only acknowledgement that came names no message", async () => {
  const { client, clock } = world((_text, session) => void session.send(utf8(ack("", "AA"))));
  const sent = client.send(message("A"));
  await settle();
  clock.advance(5000);
  const exchange = await sent;
  assert.equal(exchange.outcome, "wrong_id");
  assert.match(exchange.error!.message, /names no message \(MSA-2 is empty\)/);
  await client.close();
});

test("Client over release 2 reports a message that every commit refused as rejected", async () => {
  const { client } = world(
    (_text, session) => {
      (session.link as unknown as { commit(accepted: boolean): void }).commit(false);
    },
    {},
    { framing: "mllp2", mllp2: { retries: 1 } },
  );
  const exchange = await client.send(message("A"));
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["reject", "commit_refused"]);
  await client.close();
});

test("Client over release 2 starts to wait for the reply when the message is committed", async () => {
  const { client, clock } = world(() => {}, { timeoutMs: 5000 }, { framing: "mllp2" });
  const sent = client.send(message("A"));
  await settle();
  clock.advance(5000);
  const exchange = await sent;
  assert.deepEqual([exchange.outcome, exchange.error?.code], ["timeout", "reply_timeout"]);
  await client.close();
});

test("Client that is closed ends the wait in hand", async () => {
  const { client } = world(() => {});
  const sent = client.send(message("A"));
  await settle();
  await client.close();
  assert.equal((await sent).outcome, "unanswered");
});

test("Client takes unframed text as the answer under match any", async () => {
  const { client } = world((_text, _session, _ordinal, far) => void far.stream.write("+OK\r\n"), { match: "any" });
  const exchange = await client.send(message("A"));
  assert.deepEqual([exchange.outcome, exchange.code, latin1(exchange.reply!)], ["accepted", null, "+OK\r\n"]);
  await client.close();
});

test("Client calls damaged what has begun and has no end by the deadline, and says where it should have ended", async () => {
  const ends: [string, string, RegExp][] = [
    ["\u001c\n", "invalid_trailer", /Expected 0x1C 0x0D at byte 82, found 0x1C 0x0A \(LF\)/],
    ["\u001c", "invalid_trailer", /Expected 0x0D after 0x1C at byte 82, found nothing; --allow end-on-eb/],
    ["", "truncated", /Expected 0x1C 0x0D at byte 81, found nothing/],
  ];
  for (const [end, code, says] of ends) {
    const { client, clock } = world((text, _session, _ordinal, far) => {
      far.stream.write(Buffer.from(`\v${ack(idOf(text)).padEnd(80, "x")}${end}`, "latin1"));
    });
    const sent = client.send(message("A"));
    await settle();
    clock.advance(5000);
    const exchange = await sent;
    assert.deepEqual([exchange.outcome, exchange.error?.code], ["damaged", code]);
    assert.match(exchange.error!.message, says);
    assert.ok(exchange.window!.bytes.length > 8);
    await client.close();
  }
});

test("Client warns when an answer over release 2 comes without a commit", async () => {
  const clock = new VirtualClock();
  const [near, far] = memoryPair();
  const peer: Session = new Session(far, linkMaker()(), { event: (event) => reply(event), closed() {} });
  const reply = (event: LinkEvent): void => {
    if (event.type === "message") peer.send(utf8(ack(idOf(latin1(event.payload)))));
  };
  const client = new Client({ clock, connect: () => Promise.resolve(near), link: linkMaker({ framing: "mllp2" }) });
  const exchange = await client.send(message("A"));
  assert.deepEqual([exchange.outcome, words(exchange)], ["accepted", ["no_commit"]]);
  await client.close();
});

test("Client calls a message timed out when nothing but a late acknowledgement came", async () => {
  const { client, clock } = world((text, session, ordinal) => {
    if (ordinal === 1) session.send(utf8(ack("A")));
    else assert.equal(idOf(text), "A");
  });
  for (const id of ["A", "B"]) {
    const sent = client.send(message(id));
    await settle();
    clock.advance(5000);
    const exchange = await sent;
    assert.deepEqual([exchange.outcome, words(exchange)], ["timeout", id === "A" ? [] : ["late"]]);
  }
  await client.close();
});
