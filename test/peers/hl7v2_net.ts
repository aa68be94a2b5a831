/**
 * The peer `hl7v2-net`. Both its ends answer every message that comes, acknowledgements too: its
 * client and its server, left to themselves, acknowledge each other's acknowledgements for ever.
 *
 * @module
 */
import { HL7Message } from "hl7v2";
import { Hl7Client, HL7Server } from "hl7v2-net";
import { type Peer, type PeerClient, type PeerServer, portOf } from "./peer.ts";

async function serve(received?: (controlId: string) => void): Promise<PeerServer> {
  const server = HL7Server.createServer();
  server.on("error", () => {});
  server.on("message", (message) => received?.(message.controlId));
  await server.listen(0, "127.0.0.1");
  return { port: portOf(server.address()), close: () => server.close() };
}

async function connect(port: number, message: string): Promise<PeerClient> {
  const parsed = HL7Message.parse(message);
  const client = Hl7Client.createClient({ host: "127.0.0.1", port });
  client.on("error", () => {});
  await client.connect();
  return {
    async exchange(controlId) {
      parsed.header.field(10).setValue(controlId);
      const msa = (await client.sendMessageWaitAck(parsed)).getSegment("MSA");
      return { code: String(msa?.field(1).getValue() ?? ""), controlId: String(msa?.field(2).getValue() ?? "") };
    },
    close: () => client.close(),
  };
}

export const peer: Peer = { name: "hl7v2-net", serve, connect };
