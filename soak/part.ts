/**
 * A long-running part of a soak: the compiled binary with some arguments, started, killed and started again, its
 * vitals kept. What it writes is kept to the last few lines.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { Vitals } from "./vitals.ts";

const KEPT = 4000;
/** How long a part may take to begin or to end. */
const PATIENCE_MS = 20_000;

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote, both streams. */
  readonly said: string;
}

/** What runs now: it ends with us, whatever we end by. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts the binary, in a process group of its own: Ctrl-C is for who leads the soak, and not for its parts. */
function begin(mllp: string, args: readonly string[]) {
  const child = spawn(mllp, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
    detached: true,
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

/** Runs the binary to its end; it is killed when it takes too long. */
export function runOnce(
  mllp: string,
  args: readonly string[],
  limitMs = PATIENCE_MS,
): Promise<Ended & { stdout: string }> {
  return new Promise((resolve) => {
    const child = begin(mllp, args);
    let [stdout, said] = ["", ""];
    child.stdout.on("data", (data) => stdout = (stdout + String(data)).slice(-1_000_000));
    child.stderr.on("data", (data) => said = (said + String(data)).slice(-KEPT));
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    child.once("error", (error) => said += error.message);
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, said, stdout });
    });
  });
}

/** One part. */
export class Part {
  readonly vitals: Vitals;
  /** How often it was started. */
  starts = 0;
  /** How often it was killed. */
  kills = 0;
  readonly #mllp: string;
  readonly #args: readonly string[];
  readonly #ready: (said: string, pid: number) => boolean;
  readonly #problem: (text: string) => void;
  #child: ChildProcess | null = null;
  #said = "";
  #expected = false;
  #ended: Promise<Ended> = Promise.resolve({ code: 0, signal: null, said: "" });

  /** `ready` tells by what it has written, or otherwise, when it can be used; `problem` hears of an end that nobody asked for. */
  constructor(options: {
    readonly name: string;
    readonly mllp: string;
    readonly args: readonly string[];
    readonly ready: (said: string, pid: number) => boolean;
    readonly problem: (text: string) => void;
  }) {
    this.vitals = new Vitals(options.name);
    this.#mllp = options.mllp;
    this.#args = options.args;
    this.#ready = options.ready;
    this.#problem = options.problem;
  }

  /** Whether it runs. */
  get alive(): boolean {
    return this.#child !== null;
  }

  /** Starts it; resolves when it can be used, rejects where it does not come to that. */
  start(): Promise<void> {
    const child = begin(this.#mllp, this.#args);
    this.#child = child;
    this.#expected = false;
    this.#said = "";
    this.starts++;
    return new Promise((resolve, reject) => {
      const since = performance.now();
      const looking = setInterval(() => {
        if (this.#ready(this.#said, child.pid ?? 0)) resolve();
        else if (performance.now() - since < PATIENCE_MS) return;
        else reject(new Error(`${this.vitals.name} does not begin: ${this.#said}`));
        clearInterval(looking);
      }, 50);
      const hear = (data: unknown) => {
        this.#said = (this.#said + String(data)).slice(-KEPT);
      };
      child.stdout!.on("data", hear);
      child.stderr!.on("data", hear);
      this.#ended = new Promise((done) => {
        child.once("error", (error) => {
          this.#said += error.message;
        });
        child.once("close", (code, signal) => {
          clearInterval(looking);
          this.#child = null;
          this.vitals.end();
          const said = this.#said;
          reject(new Error(`${this.vitals.name} has ended with ${code ?? signal}: ${said}`));
          if (!this.#expected) {
            this.#problem(`${this.vitals.name} ended by itself with ${code ?? signal}: ${said.trim()}`);
          }
          done({ code, signal, said });
        });
      });
      if (child.pid !== undefined) this.vitals.begin(child.pid, performance.now());
    });
  }

  /** Sends a signal, without expecting an end. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child?.pid !== undefined) process.kill(this.#child.pid, signal);
  }

  /** Ends it by a signal and waits for that; after a while it is killed, which is a problem. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    const child = this.#child;
    if (child === null) return await this.#ended;
    this.#expected = true;
    if (signal === "SIGKILL") this.kills++;
    this.signal(signal);
    const hurry = setTimeout(() => {
      this.#problem(`${this.vitals.name} did not end within ${PATIENCE_MS / 1000} s of ${signal}`);
      child.kill("SIGKILL");
    }, PATIENCE_MS);
    const ended = await this.#ended;
    clearTimeout(hurry);
    return ended;
  }
}
