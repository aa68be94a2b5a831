/**
 * `mllp receive` against the peers' servers: one neutral client, the same frames, one outstanding
 * on each connection.
 *
 * @module
 */
import { PEERS } from "../test/peers/all.ts";
import { type Listening, neutralClient, neutralServer, ourServer, peerServer, type Program } from "./commands.ts";
import { CONNECTIONS, type Contestant, contestant, type Effort, pause } from "./figures.ts";

async function rateOfServer(port: string, connections: number, effort: Effort): Promise<number> {
  const client = await neutralClient(port, connections);
  try {
    await pause(effort.measureMs / 2);
    const from = await client.count();
    await pause(effort.measureMs);
    const to = await client.count();
    return (to.count - from.count) * 1000 / (to.atMs - from.atMs);
  } finally {
    await client.stop();
  }
}

/** Measures all servers in turns. */
export async function measureServers(
  program: Program,
  effort: Effort,
  progress: (text: string) => void,
): Promise<Contestant[]> {
  const servers: [Contestant, Listening][] = [
    [contestant("mllp receive", "ours"), await ourServer(program)],
    [contestant("bare node:net server", "bound"), await neutralServer()],
  ];
  for (const { name } of PEERS) servers.push([contestant(name, "peer"), await peerServer(name)]);
  try {
    for (const [who, { port }] of servers) {
      progress(`servers, warming up: ${who.name}`);
      await rateOfServer(port, CONNECTIONS.at(-1)!, effort);
    }
    for (let round = 1; round <= effort.rounds; round++) {
      for (const connections of CONNECTIONS) {
        for (const [who, { child, port }] of servers) {
          progress(`servers, round ${round} of ${effort.rounds}, ${connections} connections: ${who.name}`);
          child.check();
          who.rates.get(connections)!.push(await rateOfServer(port, connections, effort));
        }
      }
    }
  } finally {
    await Promise.all(servers.map(([, { child }]) => child.stop()));
  }
  return servers.map(([who]) => who);
}
