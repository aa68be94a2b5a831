/**
 * Going into the background. A program of this kind cannot fork: the startup process starts itself a second time, as a
 * server in a session and process group of its own with nothing but /dev/null, and waits on a pipe for its word: that
 * everything is bound, or why not. Only then does it end. It knows no driver.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, writeSync } from "node:fs";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { pause, systemClock } from "../../lib/clock.ts";
import { formatDuration } from "../../lib/values.ts";
import type { ExitCode } from "../exit_code.ts";

/** Tells the server that it is one, and where its pipe is. */
const VARIABLE = "MLLP_LLPDRV_START";
const PIPE = 3;

/** How long a start may take: opening devices, checking a full spool (our decision). */
const START_LIMIT_MS = 60_000;
/** How long a server whose start is given up may take to clean up. */
const GIVE_UP_MS = 3000;

/** Where a server has bound its addresses. */
export interface Bound {
  readonly line: string;
  readonly dist: string | null;
}

/** The server's word. */
type Word = ({ readonly ready: true } & Bound) | {
  readonly ready: false;
  readonly code: ExitCode;
  readonly message: string;
};

/** How a start came out. */
export type Start =
  | { readonly pid: number; readonly bound: Bound }
  | { readonly pid: null; readonly code: ExitCode; readonly message: string };

/** The server's end of the pipe. */
export interface StartPipe {
  /** Everything is bound. Throws if nobody waits for that any more. */
  ready(bound: Bound): void;
  /** The start failed. Never throws. */
  failed(code: ExitCode, message: string): void;
}

/** How this program was started. */
export interface Invoked {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  /** The name that it was called by. */
  readonly calledAs: string;
}

/** The command line of the server: the same program with the same words. */
export function serverCommand(
  { execPath, execArgv, argv, calledAs }: Invoked,
): readonly [program: string, args: string[]] {
  const [, script = "", ...words] = argv;
  // Called by its own name it has no word for the command; the program behind that name wants one.
  const args = basename(calledAs) === "llpdrv" ? ["llpdrv", ...words] : words;
  // In the compiled binary the script is inside of it.
  const compiled = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(script);
  return [execPath, compiled ? args : [...execArgv, script, ...args]];
}

/** The pipe to the startup process, if this process was started by one. */
export function takeStartPipe(environment: Record<string, string | undefined> = process.env): StartPipe | null {
  if (environment[VARIABLE] !== String(PIPE)) return null;
  delete environment[VARIABLE];
  try {
    const kind = fstatSync(PIPE);
    if (!kind.isFIFO() && !kind.isSocket()) return null;
  } catch {
    return null;
  }
  const say = (word: Word) => {
    writeSync(PIPE, new TextEncoder().encode(`${JSON.stringify(word)}\n`));
    closeSync(PIPE);
  };
  return {
    ready: (bound) => say({ ready: true, ...bound }),
    failed(code, message) {
      try {
        say({ ready: false, code, message });
      } catch {
        // Nobody waits for it.
      }
    },
  };
}

/** Starts the server and waits for its word. Where the start fails, no process is left. */
export async function startServer(
  [program, args]: readonly [string, readonly string[]],
  limitMs: number = START_LIMIT_MS,
): Promise<Start> {
  const child = spawn(program, [...args], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { ...process.env, [VARIABLE]: String(PIPE) },
  });
  const over = new AbortController();
  const given: { signal: NodeJS.Signals | null } = { signal: null };
  const onSignal = (signal: NodeJS.Signals) => {
    given.signal = signal;
    over.abort();
  };
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    const word = await Promise.race([
      wordOf(child),
      pause(systemClock, limitMs, over.signal).then(() =>
        given.signal === null
          ? `it was not ready within ${formatDuration(limitMs)}`
          : `${given.signal} came before it was`
      ),
    ]);
    if (typeof word !== "string") {
      if (word.ready) return { pid: child.pid!, bound: { line: word.line, dist: word.dist } };
      await end(child);
      return { pid: null, code: word.code, message: word.message };
    }
    await end(child);
    return {
      pid: null,
      code: given.signal === null ? 70 : signalled(given.signal),
      message: `cannot start the server: ${word}`,
    };
  } finally {
    over.abort();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    if (child.pid !== undefined) child.unref();
    (child.stdio?.[PIPE] as Readable | null)?.destroy();
  }
}

function signalled(signal: NodeJS.Signals): ExitCode {
  return signal === "SIGINT" ? 130 : 143;
}

/** The word, or in words why none comes. */
function wordOf(child: ChildProcess): Promise<Word | string> {
  return new Promise((resolve) => {
    let text = "";
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      // Its last word may still be in the pipe.
      setTimeout(() => resolve(`it ended at once (${signal ?? `exit ${code}`}); with -y it says why`), 200);
    });
    // Of a program that cannot be started there is none.
    const pipe = child.stdio[PIPE] as Readable | null;
    pipe?.on("error", () => {});
    pipe?.on("data", (data) => {
      text += String(data);
      if (text.endsWith("\n")) resolve(JSON.parse(text) as Word);
    });
  });
}

/** Ends a server whose start failed: asks it, then does not ask any more. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new AbortController();
  child.once("exit", () => gone.abort());
  tell(child.pid, "SIGTERM");
  await pause(systemClock, GIVE_UP_MS, gone.signal);
  // The whole group: a server may have started stty(1).
  if (!gone.signal.aborted) tell(-child.pid, "SIGKILL");
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}
