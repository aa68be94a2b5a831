/**
 * The compiled binary, run as a user runs it: with arguments, in a folder, to its end or until told to stop.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";

/** The binary that `task compile` makes. */
export const BINARY = resolve(import.meta.dirname!, "../dist", process.platform === "win32" ? "mllp.exe" : "mllp");

/** How a run ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Choices of a run. */
export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After how long it is killed; default 30 s. A run that is killed has the code `null`. */
  readonly limitMs?: number;
}

/** A run under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves with the first match on the stream so far; rejects when the run ends without one. */
  waitFor(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/**
 * Sends a signal to a child. Not by its own `kill`: under Deno a child that was sent a signal that way is said to have
 * died of it, whatever it did (measured on 2.9.6).
 */
export function tell(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, signal);
}

/** Starts the binary. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  if (!existsSync(BINARY)) throw new Error(`There is no ${BINARY}: run 'deno task compile' first`);
  const child = spawn(BINARY, [...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const looking = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]!.setEncoding("utf8");
    child[name]!.on("data", (data: string) => {
      text[name] += data;
      for (const look of [...looking]) look();
    });
  }
  child.stdin!.on("error", () => {});
  child.stdin!.end(options.input ?? "");
  const limit = setTimeout(() => child.kill("SIGKILL"), options.limitMs ?? 30_000);
  let ended = false;
  const finished = new Promise<Finished>((resolve) => {
    child.once("close", (code) => {
      clearTimeout(limit);
      ended = true;
      for (const look of [...looking]) look();
      resolve({ code, ...text });
    });
  });
  return {
    child,
    finished,
    waitFor: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(text[stream]);
          if (found === null && !ended) return;
          looking.delete(look);
          if (found !== null) resolve(found);
          else reject(new Error(`The run ended without ${pattern} on ${stream}:\n${text.stdout}\n${text.stderr}`));
        };
        looking.add(look);
        look();
      }),
    stop(signal = "SIGTERM") {
      tell(child, signal);
      return finished;
    },
  };
}

/** Runs the binary to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return start(args, options).finished;
}

/** A receiver on a free port, and that port. */
export async function startReceiver(args: readonly string[] = []): Promise<Running & { readonly port: number }> {
  const running = start(["receive", "--listen", "127.0.0.1:0", ...args]);
  const scripted = args.includes("--json") && args.includes("--quiet");
  const [, port] = scripted
    ? await running.waitFor("stdout", /"listening","endpoint":"[^"]*:(\d+)"/)
    : await running.waitFor("stderr", /listening \S+ on \S*:(\d+)/);
  return { ...running, port: Number(port) };
}
