/**
 * A peer's server, answering AA at once.
 *
 * Run: `bun bench/peer_server.ts NAME`
 *
 * @module
 */
import process from "node:process";
import { PEERS } from "../test/peers/all.ts";
import { answer } from "./answering.ts";

const peer = PEERS.find((each) => each.name === process.argv[2]);
if (peer === undefined) throw new Error(`Unknown peer '${process.argv[2]}'`);
// Some of them throw from callbacks of a socket when it closes.
process.on("uncaughtException", () => {});
const { port } = await peer.serve();
answer(String(port), () => 0);
