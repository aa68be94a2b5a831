/**
 * The neutral client: raw `node:net`, one message outstanding on each connection, for every server.
 * A message counts when a chunk that ends in `1C 0D` has brought AA with its own control id; nothing
 * else is parsed. Replies to other messages are passed over.
 *
 * Run: `bun bench/neutral_client.ts PORT CONNECTIONS`
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import process from "node:process";
import { answer } from "./answering.ts";
import { ID_LENGTH, ID_START, newFrame, nextId, putId } from "./frame.ts";

const [port, connections] = process.argv.slice(2).map(Number);
/** More than any server's acknowledgement: what is kept of a chunk that ends inside of one. */
const KEPT = 1024;

/** So many ids belong to one connection. */
const IDS = 1e9;

let count = 0;

function open(index: number, ready: () => void): void {
  const frame = newFrame();
  const wanted = Buffer.from("|AA|" + "0".repeat(ID_LENGTH));
  putId(frame, ID_START, index * IDS);
  putId(wanted, 4, index * IDS);
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, ready);
  let rest: Buffer | null = null;
  const next = () => {
    nextId(frame, ID_START);
    nextId(wanted, 4);
    socket.write(frame);
  };
  socket.on("data", (chunk: Buffer) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    const length = bytes.length;
    const whole = bytes[length - 1] === 0x0d && bytes[length - 2] === 0x1c;
    rest = whole ? null : Buffer.from(bytes.subarray(-KEPT));
    if (!whole || !bytes.includes(wanted)) return;
    count++;
    next();
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed a connection")));
  socket.once("connect", () => waiting.push(next));
}

function fail(error: Error): never {
  process.stderr.write(`Cannot drive the server: ${error.message}\n`);
  process.exit(1);
}

const waiting: (() => void)[] = [];
let opened = 0;
for (let i = 0; i < connections; i++) {
  open(i, () => {
    // All connections are open before the first message goes.
    if (++opened < connections) return;
    queueMicrotask(() => waiting.forEach((start) => start()));
    answer("", () => count);
  });
}
