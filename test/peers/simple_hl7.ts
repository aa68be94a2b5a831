/**
 * The peer `simple-hl7`. It has no types of its own: those below say what is used of it. Its server
 * listens on all addresses; there is no option for one. Its client clears its state only after the
 * callback has returned, so the next message must wait until then.
 *
 * @module
 */
import type { Server, Socket } from "node:net";
import simpleHl7 from "simple-hl7";
import { type Peer, type PeerClient, type PeerReply, type PeerServer, type Pending, pending, portOf } from "./peer.ts";

interface Field {
  toString(): string;
}

interface Segment {
  getField(index: number): Field;
  setField(index: number, value: string): void;
}

interface Message {
  readonly header: Segment;
  getSegment(name: string): Segment;
}

interface TcpClient {
  readonly client: Socket | undefined;
  connect(callback: (error?: Error) => void): void;
  send(message: Message): void;
  close(): void;
}

interface App {
  use(handler: (request: { readonly msg: Message }, response: { end(): void }) => void): void;
  start(port: number): { readonly server: Server };
}

/** It numbers the fields of MSH from MSH-3 on. */
const MSH_10 = 8;

const hl7 = simpleHl7 as unknown as {
  tcp(): App;
  Parser: new (options: { segmentSeperator: string }) => { parse(text: string): Message };
  Server: {
    createTcpClient(options: {
      host: string;
      port: number;
      keepalive: boolean;
      callback: (error: Error | null, ack: Message) => void;
    }): TcpClient;
  };
};

async function serve(received?: (controlId: string) => void): Promise<PeerServer> {
  const app = hl7.tcp();
  app.use((request, response) => {
    received?.(request.msg.header.getField(MSH_10).toString());
    response.end();
  });
  const { server } = app.start(0);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: portOf(server.address()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function connect(port: number, message: string): Promise<PeerClient> {
  const parsed = new hl7.Parser({ segmentSeperator: "\r" }).parse(message);
  let waiting: Pending<PeerReply> | null = null;
  const client = hl7.Server.createTcpClient({
    host: "127.0.0.1",
    port,
    keepalive: true,
    callback: (error, ack) => {
      const { resolve, reject } = waiting!;
      if (error !== null) return reject(error);
      const msa = ack.getSegment("MSA");
      resolve({ code: msa.getField(1).toString(), controlId: msa.getField(2).toString() });
    },
  });
  await new Promise<void>((resolve, reject) => client.connect((error) => error ? reject(error) : resolve()));
  return {
    exchange(controlId) {
      waiting = pending<PeerReply>();
      parsed.header.setField(MSH_10, controlId);
      client.send(parsed);
      return waiting.promise;
    },
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

export const peer: Peer = { name: "simple-hl7", serve, connect };
