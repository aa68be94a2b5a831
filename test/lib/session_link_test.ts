/** What a session sees to for links that say yes to messages, or must know what else was said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { MllpFramer } from "../../lib/framing/mllp.ts";
import type { Link } from "../../lib/link/link.ts";
import { linkMaker } from "../../lib/link/make.ts";
import { MllpLink } from "../../lib/link/mllp.ts";
import { Session } from "../../lib/session.ts";
import { memoryPair } from "../../lib/transport/memory.ts";

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("Session closed by a handler lets its link confirm the message in the handler's hands first", async () => {
  const [near, far] = memoryPair();
  const arrived: string[] = [];
  far.stream.on("data", (chunk: Uint8Array) => arrived.push(latin1(chunk)));
  far.stream.on("end", () => arrived.push("end"));
  const session: Session = new Session(near, linkMaker({ framing: "mllp2" })(), {
    event: (event) => event.type === "message" && void session.close(),
    closed: () => {},
  });
  assert.equal(session.closed, false);
  far.stream.write("\vMSH|A\r\x1c\r");
  await settle();
  assert.deepEqual(arrived, ["\v\x06\x1c\r", "end"]);
  await far.close();
});

test("Session tells its link of bytes that were written past it, after they were written", async () => {
  const [near, far] = memoryPair();
  const order: string[] = [];
  const write = near.stream.write.bind(near.stream);
  near.stream.write = (chunk: Uint8Array) => {
    order.push(latin1(chunk));
    return write(chunk);
  };
  far.stream.resume();
  const link: Link = Object.assign(new MllpLink(new MllpFramer()), { wrotePast: () => order.push("told") });
  const session = new Session(near, link, { event: () => {}, closed: () => {} });
  session.send(utf8("A\r"));
  session.write(utf8("B"));
  assert.deepEqual(order, ["\vA\r\x1c\r", "B", "told"]);
  await Promise.all([session.close(), far.close()]);
});
