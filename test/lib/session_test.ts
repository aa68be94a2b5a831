import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { VirtualClock } from "../../lib/clock.ts";
import type { Timer } from "../../lib/clock.ts";
import { MllpFramer } from "../../lib/framing/mllp.ts";
import { UnframedFramer } from "../../lib/framing/none.ts";
import type { Link, LinkOutput } from "../../lib/link/link.ts";
import { MllpLink } from "../../lib/link/mllp.ts";
import { Mllp2Link } from "../../lib/link/mllp2.ts";
import { Session, type SessionHandlers, type SessionOptions } from "../../lib/session.ts";
import { memoryPair, type MemoryTransport } from "../../lib/transport/memory.ts";

/** Lets everything happen that is under way: no time passes, but every callback that waits is called. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

interface Rig {
  readonly session: Session;
  readonly near: MemoryTransport;
  readonly far: MemoryTransport;
  /** What the session told, in order. */
  readonly told: string[];
  /** What reached the far end, one entry a chunk. */
  readonly arrived: string[];
  /** Each write on the near stream. */
  readonly writes: string[];
}

function rig(
  link: Link = new MllpLink(new MllpFramer()),
  handlers: Partial<SessionHandlers> = {},
  options: SessionOptions = {},
): Rig {
  const [near, far] = memoryPair();
  const told: string[] = [];
  const arrived: string[] = [];
  const writes: string[] = [];
  const write = near.stream.write.bind(near.stream);
  near.stream.write = (chunk: Uint8Array) => {
    writes.push(latin1(chunk));
    return write(chunk);
  };
  far.stream.on("data", (chunk: Uint8Array) => arrived.push(latin1(chunk)));
  const session = new Session(near, link, {
    ...handlers,
    event(event) {
      if (event.type === "message") told.push(`message ${latin1(event.payload)}`);
      else if (event.type === "fault") told.push(`fault ${event.code}`);
      else if (event.type === "failed") told.push(`failed ${event.ticket} ${event.error.code}`);
      else if (event.type === "delivered") told.push(`delivered ${event.ticket}`);
      else told.push(event.type);
      handlers.event?.(event);
    },
    closed(ending) {
      told.push(`closed ${ending.how}`);
      handlers.closed?.(ending);
    },
  }, options);
  return { session, near, far, told, arrived, writes };
}

const FRAME = (text: string) => `\x0b${text}\r\x1c\r`;

test("Session writes what one turn sends in one write, at the end of the turn", async () => {
  const { session, writes, arrived, far } = rig();
  for (const text of ["A\r", "B\r", "C\r"]) session.send(utf8(text));
  assert.deepEqual(writes, []);
  await settle();
  assert.deepEqual(writes, [FRAME("A") + FRAME("B") + FRAME("C")]);
  assert.deepEqual(arrived, writes);
  session.send(utf8("D\r"));
  await settle();
  assert.equal(writes.length, 2);
  await Promise.all([session.close(), far.close()]);
});

test("Session writes the replies to all messages of a chunk in one write", async () => {
  const { session, far, writes } = rig(new MllpLink(new MllpFramer()), {
    event: (event) => event.type === "message" && void session.send(utf8(`re ${latin1(event.payload)}`)),
  });
  far.stream.write(FRAME("A") + FRAME("B"));
  await settle();
  assert.deepEqual(writes, [FRAME("re A") + FRAME("re B")]);
  await Promise.all([session.close(), far.close()]);
});

test("Session writes at once on flush, and nothing twice", async () => {
  const { session, writes, far } = rig();
  session.send(utf8("A\r"));
  session.flush();
  assert.deepEqual(writes, [FRAME("A")]);
  await settle();
  assert.equal(writes.length, 1);
  await Promise.all([session.close(), far.close()]);
});

test("Session writes raw bytes after everything sent before them", async () => {
  const { session, arrived, far } = rig();
  session.send(utf8("A\r"));
  session.write(utf8("\x0bhalf"));
  session.send(utf8("B\r"));
  await settle();
  assert.equal(arrived.join(""), `${FRAME("A")}\x0bhalf${FRAME("B")}`);
  await Promise.all([session.close(), far.close()]);
});

test("Session gives tickets, and throws for a message that cannot be framed without writing any of it", async () => {
  const { session, writes, far } = rig();
  assert.equal(session.send(utf8("A\r")), 1);
  assert.throws(() => session.send(utf8("B\x1c\rC")), RangeError);
  assert.equal(session.send(utf8("D\r")), 2);
  await settle();
  assert.deepEqual(writes, [FRAME("A") + FRAME("D")]);
  await Promise.all([session.close(), far.close()]);
});

test("Session puts together what comes byte by byte, and shows each chunk before the link sees it", async () => {
  const order: string[] = [];
  const { session, near, far } = rig(new MllpLink(new MllpFramer()), {
    bytes: (chunk) => void order.push(latin1(chunk)),
    event: (event) => void order.push(event.type),
  });
  near.split(1);
  far.stream.write(FRAME("A"));
  await settle();
  assert.deepEqual(order, ["\x0b", "A", "\r", "\x1c", "\r", "message"]);
  await Promise.all([session.close(), far.close()]);
});

test("Session that is blocked stops reading until the peer reads, and says when it goes on", async () => {
  const { session, near, far, told, arrived } = rig(undefined, { drained: () => void told.push("drained") });
  far.pause();
  let sent = 0;
  while (!session.blocked) {
    session.send(utf8(`${sent++} ${"x".repeat(1000)}\r`));
    session.flush();
  }
  far.stream.write(FRAME("A"));
  await settle();
  assert.equal(near.stream.isPaused(), true);
  assert.deepEqual(told, []);
  far.resume();
  await settle();
  assert.deepEqual(told, ["drained", "message A\r"]);
  assert.equal(session.blocked, false);
  assert.equal(near.stream.isPaused(), false);
  assert.equal(arrived.join("").split("\x1c\r").length - 1, sent);
  await Promise.all([session.close(), far.close()]);
});

test("Session that is to read while blocked does", async () => {
  const { session, far, told } = rig(undefined, { drained: () => void told.push("drained") }, {
    readWhileBlocked: true,
  });
  far.pause();
  while (!session.blocked) {
    session.send(utf8(`${"x".repeat(1000)}\r`));
    session.flush();
  }
  far.stream.write(FRAME("A"));
  await settle();
  assert.deepEqual(told, ["message A\r"]);
  far.resume();
  await settle();
  assert.deepEqual(told, ["message A\r", "drained"]);
  await Promise.all([session.close(), far.close()]);
});

test("Session keeps the link's deadline: a block whose commit does not come is sent again", async () => {
  const clock = new VirtualClock();
  const { session, far, told, arrived } = rig(new Mllp2Link(new MllpFramer({ commitBlocks: true })), {}, { clock });
  session.send(utf8("A\r"));
  await settle();
  clock.advance(9999);
  await settle();
  assert.deepEqual(arrived, [FRAME("A")]);
  clock.advance(1);
  await settle();
  assert.deepEqual(arrived, [FRAME("A"), FRAME("A")]);
  far.stream.write("\x0b\x06\x1c\r");
  await settle();
  assert.deepEqual(told, ["note", "note", "delivered 1"]);
  // The timer that was set may still wake; nothing comes of it.
  clock.advance(1e6);
  await settle();
  assert.equal(arrived.length, 2);
  await Promise.all([session.close(), far.close()]);
});

test("Session ends an unframed message when the line has been quiet", async () => {
  const clock = new VirtualClock();
  const link = new MllpLink(new UnframedFramer(), { quietMs: 50 });
  const { session, far, told } = rig(link, {}, { clock });
  far.stream.write("PI");
  await settle();
  clock.advance(40);
  far.stream.write("NG");
  await settle();
  clock.advance(49);
  assert.deepEqual(told, []);
  clock.advance(1);
  assert.deepEqual(told, ["message PING"]);
  await Promise.all([session.close(), far.close()]);
});

test("Session sets no timer for each message of a steady stream", async () => {
  let timers = 0;
  class CountingClock extends VirtualClock {
    override schedule(at: number, wake: () => void): Timer {
      timers++;
      return super.schedule(at, wake);
    }
  }
  const clock = new CountingClock();
  const link = new MllpLink(new UnframedFramer(), { quietMs: 50 });
  const { session, far, told } = rig(link, {}, { clock });
  for (let i = 0; i < 100; i++) {
    far.stream.write("x");
    await settle();
    clock.advance(1);
  }
  clock.advance(49);
  assert.deepEqual(told, [`message ${"x".repeat(100)}`]);
  assert.ok(timers <= 4, `${timers} timers for 100 chunks`);
  await Promise.all([session.close(), far.close()]);
});

test("Session ends with 'fin' when the peer closes, closing its own side", async () => {
  const { session, far, told } = rig();
  await far.close();
  await settle();
  assert.deepEqual(told, ["closed fin"]);
  assert.equal(session.closed, true);
  assert.equal(session.peerEnded, true);
});

test("Session with a handler for the peer's end can still reply, and stays open until it is closed", async () => {
  const { session, far, told, arrived } = rig(undefined, { peerEnded: () => void told.push("peerEnded") });
  far.stream.end(FRAME("A"));
  await settle();
  assert.deepEqual(told, ["message A\r", "peerEnded"]);
  session.send(utf8("B\r"));
  await settle();
  assert.deepEqual(arrived, [FRAME("B")]);
  assert.equal(session.closed, false);
  await session.close();
  await settle();
  assert.deepEqual(told, ["message A\r", "peerEnded", "closed fin"]);
});

test("Session reports a frame cut off by the peer's end before the end itself", async () => {
  const { far, told } = rig(undefined, { peerEnded: () => void told.push("peerEnded") });
  far.stream.end("\x0bhalf");
  await settle();
  assert.deepEqual(told, ["fault truncated", "peerEnded"]);
  far.reset();
  await settle();
});

test("Session ends with 'reset' when the peer breaks the connection, and says what that cut off", async () => {
  const { far, told } = rig();
  far.stream.write("\x0bhalf");
  await settle();
  far.reset();
  await settle();
  assert.deepEqual(told, ["fault truncated", "closed reset"]);
});

test("Session fails unconfirmed messages when the connection is gone", async () => {
  const { session, far, told } = rig(new Mllp2Link(new MllpFramer({ commitBlocks: true })));
  session.send(utf8("A\r"));
  session.send(utf8("B\r"));
  await settle();
  far.reset();
  await settle();
  assert.deepEqual(told, ["failed 1 link_ended", "failed 2 link_ended", "closed reset"]);
});

test("Session ends with 'local' when it is closed here, after what was sent", async () => {
  const { session, far, told, arrived } = rig();
  far.stream.on("end", () => void far.close());
  session.send(utf8("A\r"));
  await session.close();
  assert.deepEqual(arrived, [FRAME("A")]);
  assert.deepEqual(told, ["closed local"]);
  await session.close();
  assert.deepEqual(told, ["closed local"]);
});

test("Session ends with 'local' when it is reset here, and the peer sees a reset", async () => {
  const { session, far, told } = rig();
  let seen = "";
  far.stream.on("error", (error: Error & { code?: string }) => seen = error.code ?? "");
  session.reset();
  await settle();
  assert.equal(seen, "ECONNRESET");
  assert.deepEqual(told, ["closed local"]);
});

test("Session tells nothing of what the peer sends after it was closed here", async () => {
  const { session, far, told } = rig();
  const closed = session.close();
  far.stream.end(FRAME("late"));
  await closed;
  assert.deepEqual(told, ["closed local"]);
});

test("Session closed by a handler tells nothing of the rest of the chunk", async () => {
  for (const verb of ["close", "reset"] as const) {
    const { session, far, told } = rig(undefined, { event: () => void session[verb]() });
    far.stream.write(FRAME("A") + FRAME("B"));
    await settle();
    await far.close();
    await settle();
    assert.deepEqual(told, ["message A\r", "closed local"], verb);
  }
});

test("Session half-closed here goes on reading", async () => {
  const { session, far, told, arrived } = rig();
  let ended = false;
  far.stream.on("end", () => ended = true);
  session.send(utf8("A\r"));
  session.end();
  await settle();
  assert.deepEqual(arrived, [FRAME("A")]);
  assert.equal(ended, true);
  far.stream.end(FRAME("B"));
  await settle();
  assert.deepEqual(told, ["message B\r", "closed fin"]);
});

test("Session writes no more after its end, and throws for no verb once it is gone", async () => {
  const { session, far, told, writes } = rig();
  session.end();
  session.write(utf8("x"));
  session.send(utf8("A\r"));
  await settle();
  far.reset();
  await settle();
  session.send(utf8("B\r"));
  session.write(utf8("y"));
  session.flush();
  session.end();
  session.reset();
  await session.close();
  assert.deepEqual(writes, []);
  assert.deepEqual(told, ["closed reset"]);
});

/** A link that wants one thing done on the line after the first bytes it gets. */
function asking(output: LinkOutput): Link {
  let due: LinkOutput[] = [];
  return Object.assign(new MllpLink(new MllpFramer()), {
    receive: () => void (due = [{ type: "bytes", bytes: utf8("bye") }, output]),
    output: () => due.shift() ?? null,
  });
}

test("Session half-closes and closes when the link says so, after the bytes before it", async () => {
  const half = rig(asking({ type: "endWrite" }));
  let ended = 0;
  half.far.stream.on("end", () => ended++);
  half.far.stream.write("x");
  await settle();
  assert.deepEqual([half.arrived, ended, half.told], [["bye"], 1, []]);
  await half.far.close();
  await settle();
  assert.deepEqual(half.told, ["closed fin"]);

  const whole = rig(asking({ type: "close" }));
  whole.far.stream.on("end", () => void whole.far.close());
  whole.far.stream.write("x");
  await settle();
  assert.deepEqual([whole.arrived, whole.told], [["bye"], ["closed local"]]);
});

test("Session closed here wakes for no deadline any more", async () => {
  const clock = new VirtualClock();
  const { session, far, told, arrived } = rig(new Mllp2Link(new MllpFramer({ commitBlocks: true })), {}, { clock });
  session.send(utf8("A\r"));
  await settle();
  const closed = session.close();
  clock.advance(60_000);
  far.stream.end();
  await closed;
  assert.deepEqual(arrived, [FRAME("A")]);
  assert.deepEqual(told, ["closed local"]);
  assert.equal(clock.next(), Infinity);
});
