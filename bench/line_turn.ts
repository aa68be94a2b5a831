/**
 * The raw turn of a line: one program says a byte, the other answers with one as soon as it has it, and no protocol is
 * in between. What is measured is what the transport, the pty and whoever carries the bytes take.
 *
 * Run: `bun bench/line_turn.ts answer PATH`, and `bun bench/line_turn.ts ask PATH TIMES`, which says `round N ms` for
 * the mean of them: two turns, and two bytes.
 *
 * @module
 */
import process from "node:process";
import { parseEndpoint } from "../lib/transport/endpoint.ts";
import { connect } from "../lib/transport/open.ts";

const BYTE = new Uint8Array([0x41]);

const [role, path, times] = process.argv.slice(2);
const { stream } = await connect(parseEndpoint(`serial:${path}`));
if (role === "answer") {
  stream.on("data", () => stream.write(BYTE));
  process.stdout.write("ready\n");
} else {
  let rounds = 0;
  const beganAt = performance.now();
  stream.on("data", () => {
    rounds++;
    if (rounds < Number(times)) stream.write(BYTE);
    else process.stdout.write(`round ${(performance.now() - beganAt) / rounds} ms\n`);
  });
  stream.write(BYTE);
}
