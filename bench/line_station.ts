/**
 * What stands at an end of a line in the benchmark: a driver, from the program as users run it, the application behind
 * it, and a distal client that sends one message after the other.
 *
 * @module
 */
import { connect, createServer, type Server } from "node:net";
import { Child } from "./child.ts";
import type { Program } from "./commands.ts";

/** An end of a line. */
export interface Station {
  readonly driver: Child;
  /** Sends so many messages, each after the reply to the one before; resolves with how long that took. */
  send(messages: readonly string[]): Promise<number>;
  /** The longest that anybody has waited for the line, in milliseconds, by direction. */
  longestWaitMs(): Promise<{ readonly in: number; readonly out: number }>;
  stop(): Promise<void>;
}

/** Starts a driver on a device, with an application that answers AA at once. */
export async function station(program: Program, device: string, words: readonly string[]): Promise<Station> {
  const application = await serve();
  const { port } = application.address() as { port: number };
  const places = ["--device", device, "--to", String(port), "--dist", "0", "--metrics", "127.0.0.1:0"];
  const driver = new Child([...program, "llpdrv", "-Y", "--json", ...places, ...words]);
  const [metrics, distal] = await Promise.all([
    driver.line(/"event":"metrics","detail":"([^"]+)"/),
    driver.line(/"event":"started".*distal server on tcp:\/\/[^"]*:(\d+)/),
  ]);
  return {
    driver,
    async send(messages) {
      const before = performance.now();
      for (const message of messages) {
        const reply = await call(Number(distal), message);
        const id = message.split("|")[9];
        if (!reply.includes(`\rMSA|AA|${id}\r`)) throw new Error(`Cannot go on: ${id} was answered '${reply}'`);
      }
      return performance.now() - before;
    },
    async longestWaitMs() {
      const text = await (await fetch(metrics)).text();
      const of = (direction: string) =>
        1000 * Number(new RegExp(`^llpdrv_longest_wait_${direction}_seconds (\\S+)$`, "m").exec(text)?.[1]);
      return { in: of("in"), out: of("out") };
    },
    async stop() {
      await driver.stop();
      application.close();
    },
  };
}

/** An acknowledgement as the application answers it. */
export function acknowledgementOf(message: string): string {
  const id = message.split("|")[9];
  return `MSH|^~\\&|APP|HOSP|LAB|WARD|20260131120000||ACK|A${id}|P|2.3\rMSA|AA|${id}\r`;
}

/** A server of ILLP. */
function serve(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    let text = "";
    socket.setEncoding("latin1").on("data", (data) => text += data);
    socket.on("error", () => {});
    socket.on("end", () => socket.end(text === "" ? "" : acknowledgementOf(text), "latin1"));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** A client of ILLP. */
function call(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    let reply = "";
    socket.setEncoding("latin1").on("data", (data) => reply += data);
    socket.on("error", reject);
    socket.on("end", () => resolve(reply));
    socket.end(request, "latin1");
  });
}
