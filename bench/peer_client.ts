/**
 * A peer's client, as fast as it goes: on each connection the next message, with a control id of its
 * own, when the answer to the last has come.
 *
 * Run: `bun bench/peer_client.ts NAME PORT CONNECTIONS`
 *
 * @module
 */
import process from "node:process";
import { PEERS } from "../test/peers/all.ts";
import type { PeerClient } from "../test/peers/peer.ts";
import { messageText } from "./frame.ts";

/** As long as every party's: see `ID_LENGTH`. */
const FIRST_ID = 1e11;
/** So many ids belong to one connection. */
const IDS = 1e9;

const [name, port, connections] = process.argv.slice(2);
const peer = PEERS.find((each) => each.name === name);
if (peer === undefined) throw new Error(`Unknown peer '${name}'`);

async function exchangeForEver(client: PeerClient, index: number): Promise<never> {
  for (let id = FIRST_ID + index * IDS;; id++) {
    const { code, controlId } = await client.exchange(`${id}`);
    if (code !== "AA" || controlId !== `${id}`) {
      throw new Error(`Wanted AA for ${id}, found '${code}' for ${controlId}`);
    }
  }
}

const opening = Array.from({ length: Number(connections) }, (_, i) => peer.connect(Number(port), messageText(`${i}`)));
await Promise.all((await Promise.all(opening)).map(exchangeForEver));
