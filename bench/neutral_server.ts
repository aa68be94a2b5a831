/**
 * The neutral server: raw `node:net`, the same reply for every client. It reads as much of a frame
 * as a reply needs (MSH-10, and whether it is an acknowledgement, which gets none), and counts.
 *
 * Run: `bun bench/neutral_server.ts`
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import { answer } from "./answering.ts";

const HEAD = "\x0bMSH|^~\\&|ENGINE|MAIN|ADT|WARD7|20260131120000||ACK^A01^ACK|1|P|2.5\rMSA|AA|";
const TAIL = "\r\x1c\r";
const FRAME_END = Buffer.from([0x1c, 0x0d]);
const BAR = 0x7c;
const A = 0x41;
const C = 0x43;

let count = 0;

/** The offset just behind the `bars`th bar at or after `at`. */
function behindBars(bytes: Uint8Array, at: number, bars: number): number {
  for (; bars > 0; at++) if (bytes[at] === BAR) bars--;
  return at;
}

/** Answers the frames of one connection. One is outstanding at a time, so one reply, rewritten, serves them all. */
class Answerer {
  readonly #socket: Socket;
  #reply = Buffer.alloc(0);
  #idLength = -1;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Answers the frame that starts at `start`, unless it is an acknowledgement. */
  answer(bytes: Buffer, start: number): void {
    const type = behindBars(bytes, start, 8);
    if (bytes[type] === A && bytes[type + 1] === C) return;
    const id = behindBars(bytes, type, 1);
    const length = behindBars(bytes, id, 1) - 1 - id;
    if (length !== this.#idLength || this.#socket.writableLength > 0) {
      this.#reply = Buffer.from(HEAD + " ".repeat(length) + TAIL);
      this.#idLength = length;
    }
    for (let i = 0; i < length; i++) this.#reply[HEAD.length + i] = bytes[id + i];
    count++;
    this.#socket.write(this.#reply);
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  const answerer = new Answerer(socket);
  let rest: Buffer | null = null;
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(FRAME_END); end >= 0; end = bytes.indexOf(FRAME_END, start)) {
      answerer.answer(bytes, start);
      start = end + 2;
      if (start === bytes.length) break;
    }
    rest = start < bytes.length ? Buffer.from(bytes.subarray(start)) : null;
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("Cannot listen on 127.0.0.1");
  answer(String(address.port), () => count);
});
