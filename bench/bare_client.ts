/**
 * The ceiling for a load generator: raw `node:net` that writes the same frame whenever anything
 * comes, and parses nothing.
 *
 * Run: `bun bench/bare_client.ts PORT CONNECTIONS`
 *
 * @module
 */
import { connect } from "node:net";
import process from "node:process";
import { newFrame } from "./frame.ts";

const [port, connections] = process.argv.slice(2).map(Number);
const frame = newFrame();

for (let i = 0; i < connections; i++) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(frame));
  socket.on("data", () => socket.write(frame));
  socket.on("error", () => process.exit(1));
}
