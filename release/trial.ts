/**
 * Trying an executable: what it says of itself, and the demo, in which it loads itself.
 *
 * @module
 */
import { spawn } from "node:child_process";
import type { BuildInfo } from "../cli/version.ts";

/** After how long a part of a trial is killed. In milliseconds. */
const LIMIT_MS = 60_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; `started` is called with all standard error so far, as it comes. */
function run(command: readonly string[], started?: (said: string, stop: () => void) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
    const text = { stdout: "", stderr: "" };
    child.once("error", reject);
    child.stdout.on("data", (data) => void (text.stdout += String(data)));
    child.stderr.on("data", (data) => {
      text.stderr += String(data);
      // Not by the child's own `kill`: Deno would say of any child told so that the signal killed it.
      started?.(text.stderr, () => void process.kill(child.pid!, "SIGTERM"));
    });
    child.once("close", (code) => resolve({ code, ...text }));
  });
}

/** What the executable says of its build. `command` is its path, with an emulator before it if need be. */
export async function askVersion(command: readonly string[]): Promise<BuildInfo> {
  const { code, stdout, stderr } = await run([...command, "--version", "--json"]);
  if (code !== 0) throw new Error(`${command.join(" ")} --version --json: exit ${code}\n${stderr}`);
  return JSON.parse(stdout);
}

/** What came of a demo. */
export interface DemoResult {
  readonly accepted: number;
  readonly planned: number;
}

/**
 * The demo: a receiver with a delay on a free loopback port, and a load of 200 messages a second
 * for `seconds`. Throws an `Error` if either ends otherwise than it should.
 */
export async function demo(program: string, seconds: number): Promise<DemoResult> {
  let loading: Promise<Ended> | undefined;
  const receive = ["receive", "--listen", "127.0.0.1:0", "--delay", "lognormal(20ms,120ms)", "--seed", "7", "--quiet"];
  const received = await run([program, ...receive], (said, stop) => {
    const port = /listening \S+ on \S*:(\d+)/.exec(said)?.[1];
    if (port === undefined || loading !== undefined) return;
    const load = ["--rate", "200/s", "--duration", `${seconds}s`, "--connections", "8", "--json", "--quiet"];
    loading = run([program, "spam", `127.0.0.1:${port}`, ...load]);
    loading.then(stop, stop);
  });
  const spam = await loading;
  if (spam === undefined) {
    throw new Error(`mllp receive: exit ${received.code}, and it never listened\n${received.stderr}`);
  }
  if (spam.code !== 0) throw new Error(`mllp spam: exit ${spam.code}\n${spam.stderr}`);
  if (received.code !== 0) throw new Error(`mllp receive: exit ${received.code}\n${received.stderr}`);
  const { outcomes, planned } = JSON.parse(spam.stdout);
  return { accepted: outcomes.accepted, planned };
}
