/**
 * How each process of the benchmark is started. All run on the one runtime that runs the benchmark.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import process from "node:process";
import { Child } from "./child.ts";

const READY = /^ready (.*)$/;

/** How to start our own program: the compiled binary, or a runtime and its entry point. */
export type Program = readonly string[];

/** A process that listens. */
export interface Listening {
  readonly child: Child;
  readonly port: string;
}

function script(name: string, ...args: string[]): string[] {
  return [process.execPath, fileURLToPath(new URL(name, import.meta.url)), ...args];
}

async function listening(command: readonly string[], pattern: RegExp): Promise<Listening> {
  const child = new Child(command);
  return { child, port: await child.line(pattern) };
}

/** `mllp receive`, answering AA at once. */
export function ourServer(program: Program): Promise<Listening> {
  const command = [...program, "receive", "--listen", "127.0.0.1:0", "--json", "--quiet"];
  return listening(command, /"endpoint":"tcp:\/\/127\.0\.0\.1:(\d+)"/);
}

/** A peer's server. */
export function peerServer(name: string): Promise<Listening> {
  return listening(script("peer_server.ts", name), READY);
}

/** The neutral server; it can be asked for its count. */
export function neutralServer(): Promise<Listening> {
  return listening(script("neutral_server.ts"), READY);
}

/** The neutral client, with all its connections open; it can be asked for its count. */
export async function neutralClient(port: string, connections: number): Promise<Child> {
  const child = new Child(script("neutral_client.ts", port, `${connections}`));
  await child.line(READY);
  return child;
}

/** `mllp spam --closed`, until it is stopped. */
export function ourClient(program: Program, port: string, connections: number): Child {
  const flags = ["--closed", "--connections", `${connections}`, "--duration", "10m", "--quiet"];
  return new Child([...program, "spam", `127.0.0.1:${port}`, ...flags]);
}

/** A peer's client, until it is stopped. */
export function peerClient(name: string, port: string, connections: number): Child {
  return new Child(script("peer_client.ts", name, port, `${connections}`));
}

/** The loop that parses nothing, until it is stopped. */
export function bareClient(port: string, connections: number): Child {
  return new Child(script("bare_client.ts", port, `${connections}`));
}
