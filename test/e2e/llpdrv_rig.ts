/**
 * What the tests of the line driver stand on: the application that is its destination, distal clients, and the
 * compiled binary as a server in the background.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach } from "node:test";
import { run } from "../binary.ts";
import { ack, framed, idOf } from "../peer.ts";

/** A message in text. */
export function message(id: string, more = ""): string {
  return `MSH|^~\\&|LAB|WARD|HIS|HOSP|20260131120000||ORU^R01|${id}|P|2.3\rOBX|1|ST|||${more}\r`;
}

/** The application behind a driver: an ILLP server. */
export interface Application {
  readonly port: number;
  /** The requests, in order of their coming. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Serves ILLP: a request up to its end, the reply of `answer` (an AA by default), the end. */
async function startApplication(
  answer: (request: string, socket: Socket) => string | null = (request) => ack(idOf(request)),
  port = 0,
): Promise<Application> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    socket.on("data", (data) => text += data.toString("latin1"));
    socket.on("end", () => {
      requests.push(text);
      const reply = answer(text, socket);
      if (reply !== null) socket.end(reply, "latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  return {
    port: address.port,
    requests,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** What a distal client saw. */
export interface Called {
  readonly reply: string;
  readonly end: "fin" | "reset";
}

/** MSA of a reply, without its name. */
export function msa(reply: string): string {
  return /\rMSA\|([^\r]*)/.exec(reply)?.[1] ?? reply;
}

/** Sends a request by ILLP and reads to the end. */
export function call(port: number, request: string, localAddress?: string): Promise<Called> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress, allowHalfOpen: true });
    let reply = "";
    socket.on("data", (data) => reply += data.toString("latin1"));
    socket.on("error", () => resolve({ reply, end: "reset" }));
    socket.on("end", () => resolve({ reply, end: "fin" }));
    socket.end(request, "latin1");
  });
}

/** A connection to an MLLP line. */
export interface LinePeer {
  /** Sends a message and waits for the acknowledgement of it. */
  ask(text: string): Promise<string>;
  /** Sends bytes. */
  write(bytes: Uint8Array): void;
  /** Resolves with the peer's end. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Connects to an MLLP line, a port or a UNIX socket's path; `answer` makes the reply to what the driver sends. */
export async function openLine(
  place: number | string,
  answer: (request: string) => string | null = (text) => ack(idOf(text)),
): Promise<LinePeer> {
  const socket = typeof place === "number" ? connect({ host: "127.0.0.1", port: place }) : connect(place);
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return linePeer(socket, answer);
}

/** The peer of an MLLP line at the end of a socket that is there. */
export function linePeer(
  socket: Socket,
  answer: (request: string) => string | null = (text) => ack(idOf(text)),
): LinePeer {
  const waiting = new Map<string, (reply: string) => void>();
  let pending = "";
  socket.on("error", () => {});
  socket.on("data", (data) => {
    pending += data.toString("latin1");
    for (let end = pending.indexOf("\u001c\r"); end >= 0; end = pending.indexOf("\u001c\r")) {
      const text = pending.slice(1, end);
      pending = pending.slice(end + 2);
      const id = /\rMSA\|\w*\|([^|\r]*)/.exec(text)?.[1];
      const settle = id === undefined ? undefined : waiting.get(id);
      if (settle !== undefined) settle(text);
      else if (id === undefined) {
        const reply = answer(text);
        if (reply !== null) socket.write(framed(reply));
      }
    }
  });
  return {
    ask(text) {
      const reply = new Promise<string>((resolve) => waiting.set(idOf(text), resolve));
      socket.write(Buffer.from(`\v${text}\u001c\r`, "latin1"));
      return reply;
    },
    write: (bytes) => void socket.write(bytes),
    ended: new Promise((resolve) => socket.once("close", () => resolve())),
    close: () => socket.destroy(),
  };
}

/** Whether a process has ended: gone, or not looked after by whoever adopted it. */
export function hasEnded(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() === "" || stdout.startsWith("Z");
}

/** Waits until something is so; rejects with `what` after ten seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 500) throw new Error(`It did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A driver in the background. */
export interface BackgroundDriver {
  /** Where its log and status are: `log.ndjson`, `status.json`. */
  readonly folder: string;
  readonly pid: number;
  readonly linePort: number;
  readonly distPort: number;
  /** The log's events. */
  log(): Record<string, unknown>[];
  /** Resolves when the log has such an event. */
  logged(event: string): Promise<Record<string, unknown>>;
  status(): { state: string; counters: Record<string, number>; destinationUp: boolean | null; spool: number | null };
  signal(signal: NodeJS.Signals): void;
  /** Ends it by SIGTERM, waits for the end. */
  stop(): Promise<void>;
}

/** Starts the binary as a server in the background, with a log and a status file in a folder. */
async function startDriver(folder: string, args: readonly string[]): Promise<BackgroundDriver> {
  const files = ["--log-file", join(folder, "log.ndjson"), "--status-file", join(folder, "status.json")];
  const { code, stdout, stderr } = await run(["llpdrv", ...args, ...files, "--json"]);
  if (code !== 0) throw new Error(`The driver did not start (${code}): ${stderr}`);
  const { pid, line, dist } = JSON.parse(stdout) as { pid: number; line: string; dist: string | null };
  const portOf = (place: string | null) => Number(/:(\d+)$/.exec(place ?? "")?.[1] ?? 0);
  const log = () =>
    readFileSync(join(folder, "log.ndjson"), "utf8").split("\n").filter((text) => text !== "")
      .map((text) => JSON.parse(text) as Record<string, unknown>);
  return {
    folder,
    pid,
    linePort: portOf(line),
    distPort: portOf(dist),
    log,
    async logged(event) {
      await until(`${event} in the log`, () => log().some((each) => each.event === event));
      return log().find((each) => each.event === event)!;
    },
    status: () => JSON.parse(readFileSync(join(folder, "status.json"), "utf8")),
    signal: (signal) => process.kill(pid, signal),
    async stop() {
      if (!hasEnded(pid)) process.kill(pid, "SIGTERM");
      await until("the driver has ended", () => hasEnded(pid));
    },
  };
}

/** Where a file of tests plays: what it starts ends with the test that started it, its folder with the last. */
export interface Stage {
  /** The folder. */
  readonly folder: string;
  /** A path in the folder that nobody has had. */
  newPath(): string;
  /** Something more that is to end with the test. */
  ends(stop: () => Promise<void>): void;
  application(...args: Parameters<typeof startApplication>): Promise<Application>;
  /** A driver in the background, with its files in a folder of its own. */
  driver(...args: string[]): Promise<BackgroundDriver>;
}

/** Sets the stage; to be called at the top of a file of tests. */
export function setStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), "mllp-llpdrv-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let paths = 0;
  const newPath = () => join(folder, `${paths++}`);
  const running: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop();
  });
  return {
    folder,
    newPath,
    ends: (stop) => void running.push(stop),
    async application(...args) {
      const app = await startApplication(...args);
      running.push(app.close);
      return app;
    },
    async driver(...args) {
      const own = newPath();
      mkdirSync(own);
      const started = await startDriver(own, args);
      running.push(started.stop);
      return started;
    },
  };
}
