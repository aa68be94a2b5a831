/**
 * The library as a program of somebody else's uses it, on whatever runtime runs this: a receiver
 * and a client over a real socket, and the readers on bytes. The last line it prints is JSON.
 *
 *     node test/e2e/library_smoke.ts
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  buildAck,
  Client,
  connect,
  decodeAck,
  type FrameEvent,
  FRAMINGS,
  latin1,
  linkMaker,
  listen,
  MllpError,
  MllpFramer,
  parseEndpoint,
  parsePath,
  sampleAdt,
  Session,
  splitMessages,
  utf8,
} from "../../mod.ts";

const at = new Date("2026-01-31T12:00:00Z");
const message = sampleAdt({ controlId: "SMOKE1", at });

// Bytes: a frame in two parts, and a file with two messages.
const events: FrameEvent[] = [];
const framer = new MllpFramer();
const frame = framer.encode(message);
framer.push(frame.slice(0, 9), (event) => void events.push(event));
framer.push(frame.slice(9), (event) => void events.push(event));
assert.deepEqual(events.map(({ type }) => type), ["frame"]);
assert.equal(splitMessages(utf8(`${latin1(message)}\n${latin1(message)}`)).messages.length, 2);
assert.deepEqual(parsePath("MSH-10").all(message).map((id) => latin1(id)), ["SMOKE1"]);

// Sockets: each framing that answers over TCP, there and back.
const outcomes: Record<string, string> = {};
const sessions: Session[] = [];
for (const framing of FRAMINGS.filter((name) => name !== "none")) {
  const makeLink = linkMaker({ framing });
  const listener = await listen(parseEndpoint("127.0.0.1:0"), {}, (transport) => {
    const session: Session = new Session(transport, makeLink(), {
      event(event) {
        if (event.type !== "message") return;
        session.send(buildAck(event.payload, { code: "AE", controlId: "R1", at, text: "As told" }));
      },
      closed() {},
    });
    sessions.push(session);
  });
  const client = new Client({ connect: () => connect(listener.endpoint), link: makeLink });
  const exchange = await client.send(message);
  outcomes[framing] = `${exchange.outcome} ${decodeAck(exchange.reply!)!.text}`;
  await client.close();
  await listener.close();
}

// Errors: the classes are the library's own, whoever throws.
await connect(parseEndpoint("127.0.0.1:1")).then(
  () => assert.fail("something listens on port 1"),
  (error) => assert.ok(error instanceof MllpError && error.code === "connect_refused", String(error)),
);

const { bun, deno, node } = process.versions;
process.stdout.write(`${JSON.stringify({ runtime: bun ? "bun" : deno ? "deno" : `node ${node}`, outcomes })}\n`);
