/**
 * What sees the faults: a raw TCP socket that notes each read with its time and how the stream ended, and a place where
 * others call. Neither knows a framing.
 *
 * @module
 */
import { connect, createServer, type Socket } from "node:net";

/** How a connection ended: in order, broken, or with another word of the system. */
export type End = "FIN" | "RST" | (string & Record<never, never>);

/** One read. */
export interface Read {
  /** On the clock of `performance`. */
  readonly atMs: number;
  /** As Latin-1: a character for each byte. */
  readonly bytes: string;
}

/** What is never waited for longer (a receiver that does not do what its rule says fails the row, not the run). */
const LIMIT_MS = 8000;

/** Looks at one end of a connection. */
export class Observer {
  readonly socket: Socket;
  readonly reads: Read[] = [];
  /** `null` while it is open. */
  end: End | null = null;
  endedAtMs = NaN;
  /** It was broken after its end. */
  brokenLater = false;
  /** What its times are counted from. */
  sinceMs: number = performance.now();
  readonly #looking = new Set<() => void>();

  /** The socket must let itself be half closed. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => {
      this.reads.push({ atMs: performance.now(), bytes: Buffer.from(chunk).toString("latin1") });
      this.#look();
    });
    socket.on("end", () => this.#ended("FIN"));
    socket.on("error", (error: Error & { code?: string }) => {
      this.#ended(error.code === "ECONNRESET" ? "RST" : error.code ?? error.message);
    });
    socket.on("close", () => this.#ended("closed by ourselves"));
  }

  /** Everything that has come. */
  get bytes(): string {
    return this.reads.map(({ bytes }) => bytes).join("");
  }

  /** Writes bytes, given as Latin-1; its times are counted from now on. */
  send(bytes: string): void {
    this.sinceMs = performance.now();
    this.write(bytes);
  }

  /** Writes bytes, given as Latin-1. */
  write(bytes: string): void {
    this.socket.write(Buffer.from(bytes, "latin1"));
  }

  /** FIN; what comes is still seen. */
  finish(): void {
    this.socket.end();
  }

  /** Lets go of the connection. */
  drop(): void {
    this.socket.destroy();
  }

  /** Reads nothing more, so that the other side's writes back up. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Reads on. */
  readOn(): void {
    this.socket.resume();
  }

  /** Resolves when it holds; rejects, with what was seen, when it does not in time. */
  until(holds: () => boolean, what: string, limitMs = LIMIT_MS): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#looking.delete(look);
        act();
      };
      const look = () => holds() && settle(resolve);
      const timer = setTimeout(() => settle(() => reject(new Error(`Wanted ${what}, saw ${this.seen()}`))), limitMs);
      this.#looking.add(look);
    });
  }

  /** Resolves when the other side has ended, with how. */
  async ended(): Promise<End> {
    await this.until(() => this.end !== null, "an end");
    return this.end!;
  }

  /** Resolves when it has seen this text. */
  saw(text: string): Promise<void> {
    return this.until(() => this.bytes.includes(text), JSON.stringify(text));
  }

  /** What was seen, in a line. */
  seen(): string {
    const bytes = this.bytes;
    const shown = bytes.length > 400 ? `${bytes.slice(0, 400)}... (${bytes.length} bytes)` : bytes;
    return `${JSON.stringify(shown)}, ${this.end ?? "still open"}`;
  }

  #ended(how: End): void {
    if (this.end !== null) {
      this.brokenLater ||= how === "RST";
      return;
    }
    this.end = how;
    this.endedAtMs = performance.now();
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#looking]) look();
  }
}

/** Calls a port of this machine; its times are counted from before the call. */
export function observe(port: number): Promise<Observer> {
  return new Promise((resolve, reject) => {
    const sinceMs = performance.now();
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    const observer = new Observer(socket);
    observer.sinceMs = sinceMs;
    socket.once("connect", () => resolve(observer));
    // A connection may be broken before this program has looked whether there is one.
    socket.once("error", (error) => observer.end === "RST" ? resolve(observer) : reject(error));
  });
}

/** What becomes of a call: taken, or the system's word for why not. */
export function call(port: number): Promise<string> {
  return observe(port).then((observer) => {
    observer.drop();
    return "taken";
  }, (error: Error & { code?: string }) => error.code ?? error.message);
}

/** A place where others call, each of whom is observed. */
export class Place {
  readonly callers: Observer[] = [];
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => {
    const caller = new Observer(socket);
    this.callers.push(caller);
    this.#called(caller);
  });
  readonly #called: (caller: Observer) => void;

  /** `called` is told of each. */
  constructor(called: (caller: Observer) => void = () => {}) {
    this.#called = called;
  }

  /** Begins to listen; resolves with the port. */
  open(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  /** Resolves with the caller of this number, from 1, when he has called. */
  async caller(number: number): Promise<Observer> {
    const giveUpAt = performance.now() + LIMIT_MS;
    while (this.callers.length < number) {
      if (performance.now() > giveUpAt) throw new Error(`Wanted ${number} callers, saw ${this.callers.length}`);
      await pause(5);
    }
    return this.callers[number - 1];
  }

  /** Ends it, and lets go of everybody. */
  close(): void {
    for (const caller of this.callers) caller.drop();
    this.#server.close();
  }
}

/** Lets time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Notes for how long this program itself was held up: it then reads two pieces at once, or sends one too late. */
export class Stalls {
  readonly #noted: { readonly atMs: number; readonly ms: number }[] = [];
  #lastAt = performance.now();
  readonly #timer = setInterval(() => this.#look(), 5);

  /** The longest since a time, in milliseconds. */
  since(ms: number): number {
    this.#look();
    return Math.max(0, ...this.#noted.filter(({ atMs }) => atMs >= ms).map((stall) => stall.ms));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const atMs = performance.now();
    const ms = atMs - this.#lastAt;
    if (ms > 10) this.#noted.push({ atMs, ms });
    this.#lastAt = atMs;
  }
}
