/**
 * A scripted TCP peer for tests: it does what its script says with each connection, and knows
 * nothing of this project's own code.
 *
 * @module
 */
import { createServer, type Server, type Socket } from "node:net";

/** The frame of a payload. */
export function framed(payload: string): Uint8Array {
  return new TextEncoder().encode(`\v${payload}\u001c\r`);
}

/** MSH-10 of a message in text. */
export function idOf(message: string): string {
  return /MSH\|(?:[^|\r]*\|){8}([^|\r]*)/.exec(message)?.[1] ?? "";
}

/** An acknowledgement in text, of version 2.5, with CR at its end. */
export function ack(id: string, code = "AA", text = "", more = ""): string {
  return `MSH|^~\\&|LAB|WARD|ADT|HOSP|20260131120000||ACK^A01^ACK|R1|P|2.5\rMSA|${code}|${id}${
    text === "" ? "" : `|${text}`
  }\r${more}`;
}

/** A peer that listens. */
export interface Peer {
  readonly port: number;
  /** How many connections it has seen. */
  connections(): number;
  /** Every byte it was sent, as Latin-1. */
  received(): string;
  close(): Promise<void>;
}

/** What to do with each whole message, in order of their coming. */
export type Script = (message: string, socket: Socket, ordinal: number) => void;

/** A peer that runs a script for each whole MLLP frame, and `opened` for each connection. */
export async function startPeer(
  script: Script,
  opened: (socket: Socket, ordinal: number) => void = () => {},
): Promise<Peer> {
  let connections = 0;
  let messages = 0;
  let all = "";
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    let pending = "";
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => open.delete(socket));
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      all += text;
      pending += text;
      for (let end = pending.indexOf("\u001c\r"); end >= 0; end = pending.indexOf("\u001c\r")) {
        const message = pending.slice(pending.indexOf("\v") + 1, end);
        pending = pending.slice(end + 2);
        script(message, socket, messages++);
      }
    });
    opened(socket, connections++);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The test's server has no port");
  return {
    port: address.port,
    connections: () => connections,
    received: () => all,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const peer = await startPeer(() => {});
  await peer.close();
  return peer.port;
}
