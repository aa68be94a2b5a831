/**
 * The peer `@medplum/hl7`. Its server listens on all addresses.
 *
 * @module
 */
import { Hl7Message } from "@medplum/core";
import { Hl7Client, Hl7Server } from "@medplum/hl7";
import { type Peer, type PeerClient, type PeerServer, portOf } from "./peer.ts";

async function serve(received?: (controlId: string) => void): Promise<PeerServer> {
  const server = new Hl7Server((connection) => {
    connection.addEventListener("message", ({ message }) => {
      received?.(message.header.getField(10)?.toString() ?? "");
      connection.send(message.buildAck());
    });
    connection.addEventListener("error", () => {});
  });
  await server.start(0);
  return {
    port: portOf(server.server?.address()),
    close: () => server.stop({ forceDrainTimeoutMs: 0 }),
  };
}

async function connect(port: number, message: string): Promise<PeerClient> {
  const parsed = Hl7Message.parse(message);
  const client = new Hl7Client({ host: "127.0.0.1", port });
  client.addEventListener("error", () => {});
  const connection = await client.connect();
  return {
    async exchange(controlId) {
      parsed.header.setField(10, controlId);
      const msa = (await connection.sendAndWait(parsed)).getSegment("MSA");
      return { code: msa?.getField(1)?.toString() ?? "", controlId: msa?.getField(2)?.toString() ?? "" };
    },
    close: () => client.close(),
  };
}

export const peer: Peer = { name: "@medplum/hl7", serve, connect };
