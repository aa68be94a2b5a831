/**
 * A line with a speed: two ptys, and what comes from the one goes to the other at so many bytes a second, each way by
 * itself. A pty takes whatever it is given at once; here a byte arrives when a serial line would have brought it.
 *
 * Run: `bun bench/line_pacer.ts PATH PATH BYTES_PER_SECOND`, or 0 for as fast as it goes. To a line on standard input
 * it says how many bytes went each way, and how often the line was turned: a side began behind the other's last byte.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { parseEndpoint } from "../lib/transport/endpoint.ts";
import { connect } from "../lib/transport/open.ts";
import type { Transport } from "../lib/transport/transport.ts";

const [nearPath, farPath, rate] = process.argv.slice(2);
const bytesPerMs = Number(rate) === 0 ? Infinity : Number(rate) / 1000;

let turns = 0;
let speaker: Lane | null = null;

/** One way. */
class Lane {
  bytes = 0;
  readonly #to: Transport;
  #waiting: Uint8Array[] = [];
  /** How many bytes of the first were carried, and how many of all wait. */
  #done = 0;
  #left = 0;
  /** When the first byte that waits began its way. */
  #beganAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(to: Transport) {
    this.#to = to;
  }

  take(chunk: Uint8Array): void {
    if (speaker !== this) turns++;
    speaker = this;
    this.bytes += chunk.length;
    // The line is as far as it was carried: a byte never overtakes time.
    if (this.#left === 0) this.#beganAt = Math.max(this.#beganAt, performance.now());
    this.#waiting.push(new Uint8Array(chunk));
    this.#left += chunk.length;
    this.#carry();
  }

  #carry(): void {
    const arrived = Math.floor((performance.now() - this.#beganAt) * bytesPerMs);
    for (let due = Math.min(this.#left, bytesPerMs === Infinity ? this.#left : arrived); due > 0;) {
      const [first] = this.#waiting;
      const piece = first.subarray(this.#done, this.#done + due);
      this.#to.stream.write(piece);
      this.#done += piece.length;
      this.#left -= piece.length;
      this.#beganAt += piece.length / bytesPerMs;
      due -= piece.length;
      if (this.#done === first.length) {
        this.#waiting.shift();
        this.#done = 0;
      }
    }
    if (this.#left > 0) this.#timer ??= setTimeout(this.#wake, 1);
  }

  readonly #wake = (): void => {
    this.#timer = null;
    this.#carry();
  };
}

const near = await connect(parseEndpoint(`pty:${nearPath}`));
const far = await connect(parseEndpoint(`pty:${farPath}`));
const outward = new Lane(far);
const homeward = new Lane(near);
near.stream.on("data", (chunk: Uint8Array) => outward.take(chunk));
far.stream.on("data", (chunk: Uint8Array) => homeward.take(chunk));
createInterface({ input: process.stdin })
  .on("line", () => process.stdout.write(`carried ${outward.bytes} ${homeward.bytes} ${turns}\n`))
  .on("close", () => process.exit());
process.stdout.write("ready\n");
