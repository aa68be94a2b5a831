/**
 * The peers `node-hl7-server` and `node-hl7-client`: one author's pair. The server listens on all
 * addresses, whatever its `bindAddress` says.
 *
 * @module
 */
import { Client, Message } from "node-hl7-client";
import { Server } from "node-hl7-server";
import type { Server as NetServer } from "node:net";
import { type Peer, type PeerClient, type PeerReply, type PeerServer, type Pending, pending, portOf } from "./peer.ts";

async function serve(received?: (controlId: string) => void): Promise<PeerServer> {
  const inbound = new Server({ bindAddress: "127.0.0.1" }).createInbound({ port: 0 }, async (request, response) => {
    received?.(request.getMessage().get("MSH.10").toString());
    await response.sendResponse("AA");
  });
  // Without a listener a client's reset would end the process.
  inbound.on("client.error", () => {});
  await new Promise<void>((resolve, reject) => {
    inbound.once("listen", () => resolve());
    inbound.once("error", reject);
  });
  const { _socket: server } = inbound as unknown as { _socket: NetServer };
  return {
    port: portOf(server.address()),
    close: async () => {
      await inbound.close();
    },
  };
}

async function connect(port: number, message: string): Promise<PeerClient> {
  const parsed = new Message({ text: message });
  let waiting: Pending<PeerReply> | null = null;
  const client = new Client({ host: "127.0.0.1" });
  const connection = client.createConnection({ port }, (response) => {
    const reply = response.getMessage();
    waiting!.resolve({ code: reply.get("MSA.1").toString(), controlId: reply.get("MSA.2").toString() });
    return Promise.resolve();
  });
  await new Promise<void>((resolve, reject) => {
    connection.once("connect", () => resolve());
    connection.once("client.error", reject);
  });
  connection.on("client.error", (error) => waiting?.reject(error));
  return {
    exchange(controlId) {
      waiting = pending<PeerReply>();
      parsed.set("MSH.10", controlId);
      connection.sendMessage(parsed).catch(waiting.reject);
      return waiting.promise;
    },
    close: () => connection.close(),
  };
}

export const peer: Peer = { name: "node-hl7-server/client", serve, connect };
