/**
 * The processes of the benchmark: started, asked for their count, looked at, and ended, whatever
 * happens to the parent.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

const READY_WITHIN_MS = 15_000;
const KEPT_LINES = 20;
/** What the kernel counts processor time in (`USER_HZ`, the same on every Linux). */
const TICKS_PER_SECOND = 100;

const running = new Set<Child>();
process.on("exit", () => running.forEach((child) => child.kill()));

/** A process of the benchmark. */
export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #name: string;
  /** The last lines it said, for the message when it fails. */
  readonly #said: string[] = [];
  readonly #onLine = new Set<(line: string) => void>();
  readonly #ended: Promise<void>;
  #exit: string | null = null;

  constructor(command: readonly string[]) {
    this.#name = command.join(" ");
    this.#process = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdin.on("error", () => {});
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (this.#said.push(line) > KEPT_LINES) this.#said.shift();
        this.#onLine.forEach((heard) => heard(line));
      });
    }
    running.add(this);
    this.#ended = new Promise((resolve) => {
      const over = (how: string) => {
        this.#exit ??= how;
        running.delete(this);
        resolve();
      };
      this.#process.once("exit", (code, signal) => over(`it ended with ${signal ?? code}`));
      this.#process.once("error", (error) => over(error.message));
    });
  }

  /** Resolves with the first group of the first line, on either stream, that matches. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#onLine.delete(heard);
      };
      const heard = (line: string) => {
        const found = pattern.exec(line);
        if (found === null) return;
        done();
        resolve(found[1] ?? "");
      };
      const fail = (why: string) => {
        done();
        reject(new Error(`Cannot go on with '${this.#name}': ${why}\n${this.#said.join("\n")}`));
      };
      const timer = setTimeout(() => fail(`no line like ${pattern} in ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
      this.#onLine.add(heard);
      void this.#ended.then(() => fail(this.#exit ?? ""));
    });
  }

  /** Its count of messages, and when it was told. */
  async count(): Promise<{ readonly count: number; readonly atMs: number }> {
    const count = Number(await this.ask(/^(\d+)$/));
    return { count, atMs: performance.now() };
  }

  /** Asks it, by a line on its standard input; resolves as `line` does. */
  async ask(pattern: RegExp): Promise<string> {
    this.check();
    const told = this.line(pattern);
    this.#process.stdin.write("?\n");
    return await told;
  }

  /** Throws if it has ended. */
  check(): void {
    if (this.#exit !== null) {
      throw new Error(`Cannot go on with '${this.#name}': ${this.#exit}\n${this.#said.join("\n")}`);
    }
  }

  /** Its resident memory in KiB, as the kernel counts it. */
  residentKib(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  }

  /** The processor time it has had so far, its own and the system's for it, in milliseconds. */
  processorMs(): number {
    const fields = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) * (1000 / TICKS_PER_SECOND);
  }

  /** Ends it now and resolves when it is gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.#ended;
  }

  /** Ends it now. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
