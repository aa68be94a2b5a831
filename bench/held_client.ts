/**
 * Raw clients whose replies are held back: many connections, on each of them a message of each of these types in one write. Told where the
 * control API is, it has some messages of another type answered before, as a receiver has that is in use; and when all that are to be held
 * have come and a while has passed, it heals, and says how long it took until the last reply was here, and until the request was
 * answered: by then the receiver has written all there is.
 *
 * Run: `bun bench/held_client.ts PORT CONNECTIONS TYPE,... [CONTROL]`
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import process from "node:process";
import { answer } from "./answering.ts";
import { pause } from "./figures.ts";

const [port, connections] = process.argv.slice(2, 4).map(Number);
const types = process.argv[4].split(",");
const control = process.argv[5];
/** So many connections are opened at a time, so that none waits in the kernel for another second. */
const WIDTH = 250;
const HEAL_WITHIN_MS = 10_000;
/** Nobody heals at once: by then the receiver has lines to show again, each second so many. */
const REST_MS = 1200;
/** What each connection has had answered before: messages of this type, so many. */
const ANSWERED = { type: "ADT^A09", count: 10 };

let replies = 0;
let lastAt = 0;

function fail(error: Error): never {
  process.stderr.write(`Cannot hold connections: ${error.message}\n`);
  process.exit(1);
}

function message(index: number, type: string): string {
  return `\x0bMSH|^~\\&|ADT|WARD7|ENGINE|MAIN|20260131120000||${type}|${
    type.slice(4)
  }-${index}|P|2.5\rPID|1||4711^^^MAIN^MR\r\x1c\r`;
}

function open(index: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.on("data", (chunk) => {
      for (let at = chunk.indexOf(0x1c); at >= 0; at = chunk.indexOf(0x1c, at + 1)) replies++;
      lastAt = performance.now();
    });
    socket.on("error", fail);
    socket.on("close", () => fail(new Error(`The receiver closed connection ${index}`)));
  });
}

/** How many messages the receiver has had. */
async function received(url: string): Promise<number> {
  const status = await (await fetch(`${url}/v1/status`)).json() as { totals: { messages: number } };
  return status.totals.messages;
}

async function heal(url: string): Promise<void> {
  const wanted = connections * types.length;
  while (await received(url) < wanted + connections * ANSWERED.count) await pause(20);
  if (replies > 0) fail(new Error(`${replies} replies came before they were healed`));
  await pause(REST_MS);
  const asked = performance.now();
  const healed = await fetch(`${url}/v1/heal`, { method: "POST" });
  const answeredMs = performance.now() - asked;
  if (healed.status !== 200) fail(new Error(`heal was answered with ${healed.status}`));
  while (replies < wanted && performance.now() - asked < HEAL_WITHIN_MS) await pause(2);
  const tookMs = (lastAt - asked).toFixed(1);
  process.stdout.write(`healed ${replies} of ${wanted} in ${tookMs} ms, answered in ${answeredMs.toFixed(1)} ms\n`);
}

const sockets: Socket[] = [];
while (sockets.length < connections) {
  const width = Math.min(WIDTH, connections - sockets.length);
  sockets.push(...await Promise.all(Array.from({ length: width }, (_, i) => open(sockets.length + i))));
}
if (control !== undefined) {
  const wanted = connections * ANSWERED.count;
  for (const [i, socket] of sockets.entries()) socket.write(message(i, ANSWERED.type).repeat(ANSWERED.count));
  while (replies < wanted) await pause(20);
  replies = 0;
}
for (const [i, socket] of sockets.entries()) socket.write(types.map((type) => message(i, type)).join(""));
answer("", () => replies);
if (control !== undefined) await heal(control);
