/**
 * `mllp spam --closed` against the peers' clients and against a loop that parses nothing: one
 * neutral server answers them all, and counts.
 *
 * @module
 */
import { PEERS } from "../test/peers/all.ts";
import type { Child } from "./child.ts";
import { bareClient, neutralServer, ourClient, peerClient, type Program } from "./commands.ts";
import { CONNECTIONS, type Contestant, contestant, type Effort, pause } from "./figures.ts";

type Start = (port: string, connections: number) => Child;

const STARTED_WITHIN_MS = 10_000;
/** A fresh process each time: the runtime's compiler has done its work after about so many messages. */
const WARM_AFTER = 30_000;
const LOOK_EVERY_MS = 20;

async function rateOfClient(start: Start, connections: number, effort: Effort): Promise<number> {
  // A server of its own for each run, so that none inherits another's heap.
  const server = await neutralServer();
  const client = start(server.port, connections);
  try {
    await untilWarm(client, server.child, effort);
    const from = await server.child.count();
    await pause(effort.measureMs);
    const to = await server.child.count();
    client.check();
    return (to.count - from.count) * 1000 / (to.atMs - from.atMs);
  } finally {
    await client.stop();
    await server.child.stop();
  }
}

/** Waits until a client is at speed: after its first `WARM_AFTER` messages, or, if it is slow, three times the time that is measured. */
async function untilWarm(client: Child, counter: Child, effort: Effort): Promise<void> {
  const since = performance.now();
  let startedAt = Infinity;
  while (true) {
    await pause(LOOK_EVERY_MS);
    client.check();
    const { count, atMs } = await counter.count();
    if (count > 0) startedAt = Math.min(startedAt, atMs);
    else if (atMs - since > STARTED_WITHIN_MS) throw new Error("A client has sent nothing in 10 s");
    const ran = atMs - startedAt;
    if (ran >= effort.measureMs * 3 || (ran >= effort.measureMs / 2 && count >= WARM_AFTER)) return;
  }
}

/** Measures all clients in turns. */
export async function measureClients(
  program: Program,
  effort: Effort,
  progress: (text: string) => void,
): Promise<Contestant[]> {
  const clients: [Contestant, Start][] = [
    [contestant("mllp spam --closed", "ours"), (port, connections) => ourClient(program, port, connections)],
    [contestant("bare node:net loop", "bound"), bareClient],
  ];
  for (const { name } of PEERS) {
    clients.push([contestant(name, "peer"), (port, connections) => peerClient(name, port, connections)]);
  }
  for (let round = 1; round <= effort.rounds; round++) {
    for (const connections of CONNECTIONS) {
      for (const [who, start] of clients) {
        progress(`clients, round ${round} of ${effort.rounds}, ${connections} connections: ${who.name}`);
        who.rates.get(connections)!.push(await rateOfClient(start, connections, effort));
      }
    }
  }
  return clients.map(([who]) => who);
}
