/**
 * The server process: the driver with what belongs around it (pid file, log, spool, status, metrics), from the first
 * file to the last line of the log, and the signals in between.
 *
 * | signal | |
 * |---|---|
 * | SIGTERM, SIGINT | ends all, after the transaction in hand; a second one does not wait for that |
 * | SIGHUP | opens the log file anew; without one, where a terminal was kept (it has gone), as SIGTERM |
 *
 * @module
 */
import { startDriver } from "../../lib/bridge/driver.ts";
import type { DriverEnd, DriverStatus, RunningDriver } from "../../lib/bridge/options.ts";
import { formatPlace } from "../../lib/transport/endpoint.ts";
import { type ExitCode, usage, UsageError } from "../exit_code.ts";
import { reserve } from "../out_file.ts";
import type { Output } from "../output.ts";
import { descriptorStream } from "../stream.ts";
import type { Bound } from "./background.ts";
import { type LlpdrvFlags, PROTOCOL_NAMES } from "./flags.ts";
import { isLogged, jsonLine, levelOf, type LogEvent, LogFile, textLine, timeOfDay } from "./log.ts";
import { takePidFile } from "./pid_file.ts";
import type { Plan } from "./plan.ts";
import { statusDocument, StatusFile, type StatusHead } from "./status_file.ts";
import { LineTrace } from "./trace.ts";

/** What a server is run with. */
export interface ServeOptions {
  readonly plan: Plan;
  readonly flags: LlpdrvFlags;
  readonly output: Output;
  /** Whether there is a terminal, or whoever started us, to write to. */
  readonly foreground: boolean;
  /** Called once everything is bound. What it throws ends the server. */
  ready(bound: Bound): void;
}

/** Runs the driver to its end. Rejects if it cannot start; then nothing is left of it. */
export async function serve({ plan, flags, output, foreground, ready }: ServeOptions): Promise<ExitCode> {
  const closers: (() => void)[] = [];
  const closeAll = () => {
    for (const close of closers.splice(0).reverse()) close();
  };
  const log = openLog(flags, output, foreground);
  closers.push(log.close);
  // Whichever way the process ends, its files do not stay behind.
  const onExit = (code: number) => {
    log.take({ event: "died", level: "error", detail: `exit ${code}` });
    closeAll();
  };
  process.once("exit", onExit);
  try {
    return await run({ plan, flags, output, foreground, ready }, log, closers);
  } finally {
    closeAll();
    process.off("exit", onExit);
  }
}

async function run(
  { plan, flags, output, foreground, ready }: ServeOptions,
  log: Log,
  closers: (() => void)[],
): Promise<ExitCode> {
  for (const detail of plan.warnings) log.file({ event: "warning", level: "warning", detail });
  takePid(flags.pidFile, log, closers);
  const status = flags.statusFile === undefined ? null : reserve("--status-file", flags.statusFile);
  const spool = await openSpool(flags);
  if (spool !== null) {
    closers.push(() => spool.close());
    if (spool.dead > 0) log.take(deadLetters(spool.dead, spool.path));
  }
  let driver: RunningDriver | null = null;
  if (flags.metrics !== undefined) {
    const { openMetrics } = await import("./metrics.ts");
    const metrics = await openMetrics(flags.metrics, () => driver?.status() ?? null);
    closers.push(() => metrics.close());
    log.take({ event: "metrics", level: "info", detail: metrics.url });
  }
  const trace = flags.debug && foreground ? traceOf(plan, output) : null;
  const keepsTerminal = foreground && !flags.supervised && flags.logFile === undefined;
  const signals = new Signals(log, keepsTerminal);
  closers.push(() => signals.close());
  try {
    driver = await usageOf(startDriver({
      ...plan.options,
      spool,
      onEvent: (event) => {
        log.take({ ...event, level: levelOf(event) });
        if (event.event === "line_closed" && event.line !== undefined) trace?.forget(event.line);
      },
      onTrace: trace === null ? undefined : (entry) => trace.take(entry),
    }));
  } catch (error) {
    status?.giveUp();
    throw error;
  }
  const running = driver;
  const bound = { line: formatPlace(running.line), dist: running.dist === null ? null : formatPlace(running.dist) };
  if (flags.statusFile !== undefined) {
    const head = headOf(plan, bound);
    const read = () => statusDocument(head, running.status(), new Date());
    const file = new StatusFile(flags.statusFile, read, (why) => {
      log.take({ event: "status_failed", level: "error", detail: `${flags.statusFile}: ${why}` });
    });
    closers.push(() => file.end());
  }
  try {
    ready(bound);
  } catch (error) {
    await running.stop();
    throw error;
  }
  const end = await signals.untilEnded(running);
  if (end === null) log.take({ event: "hurried", level: "warning", detail: left(running.status()) });
  return end === null || end.ok ? 0 : 4;
}

/** What a hurried end leaves undone. */
function left({ lines, distalClients, queue }: DriverStatus): string {
  const held = lines.filter(({ holder }) => holder !== null).length;
  return `a second signal: ${held} transactions cut off, ${distalClients} distal clients, ${queue} waiting for the line`;
}

interface Log {
  /** Logs an event. */
  take(event: LogEvent): void;
  /** Logs it to the file alone: the terminal has it already. */
  file(event: LogEvent): void;
  /** SIGHUP. */
  reopen(): void;
  close(): void;
}

/** Where events go: to the file; in the foreground under `--json` to standard output; else to standard error. */
function openLog(flags: LlpdrvFlags, output: Output, foreground: boolean): Log {
  const { logFile: path, logLevel } = flags;
  if (path === "-" && !foreground) {
    throw new UsageError("--log-file -: there is no standard error in the background, wanted a file, or -y");
  }
  const file = path === undefined || path === "-" ? null : new LogFile(path);
  const stream = path === "-" ? descriptorStream(2) : null;
  const toFile = (event: LogEvent) => {
    if (!isLogged(event.level, logLevel)) return;
    const at = new Date();
    file?.append(jsonLine(at, event), at);
    stream?.write(`${jsonLine(at, event)}\n`);
  };
  const toPeople = (event: LogEvent) => {
    if (!foreground || !isLogged(event.level, logLevel)) return;
    const routine = event.level === "info" || event.level === "debug";
    if (output.json) {
      if (!output.quiet || !routine || event.event === "started") output.event(JSON.parse(jsonLine(new Date(), event)));
    } else if (path === undefined) {
      const line = textLine(new Date(), event);
      if (routine) output.progress(line);
      else output.notice(line);
    }
  };
  const take = (event: LogEvent) => {
    toFile(event);
    toPeople(event);
  };
  return {
    take,
    file: toFile,
    reopen() {
      if (file === null) return take({ event: "signal", level: "info", detail: "SIGHUP: there is no log file" });
      const why = file.reopen();
      if (why === null) take({ event: "log_opened", level: "info", detail: "SIGHUP" });
      else take({ event: "log_failed", level: "error", detail: `${path} cannot be opened anew: ${why}` });
    },
    close: () => file?.close(),
  };
}

function takePid(path: string | undefined, log: Log, closers: (() => void)[]): void {
  if (path === undefined) return;
  const { replaced, remove } = takePidFile(path);
  closers.push(remove);
  if (replaced === null) return;
  log.take({ event: "pid_file", level: "warning", detail: `${path} was left by process ${replaced}, which is gone` });
}

async function openSpool({ spool, spoolMax }: LlpdrvFlags) {
  if (spool === undefined) return null;
  // SQLite is loaded where there is a spool.
  const { FileSpool, SpoolError } = await import("../../lib/bridge/spool.ts");
  try {
    return usage(() => FileSpool.open(spool, { maxBytes: spoolMax }), "--spool");
  } catch (error) {
    if (error instanceof SpoolError) throw new UsageError(`--spool ${spool}: ${error.message}`, { cause: error });
    throw error;
  }
}

function deadLetters(count: number, path: string): LogEvent {
  const what = count === 1 ? "1 message that was given up waits" : `${count} messages that were given up wait`;
  return {
    event: "dead_letters",
    level: "warning",
    detail: `${what} for somebody to look at, in the table dead of ${path}`,
  };
}

function traceOf({ options }: Plan, output: Output): LineTrace {
  return new LineTrace(
    options.line,
    options.maxMessage ?? 0,
    (text) => output.notice(`${timeOfDay(new Date())} ${text}`),
  );
}

/** Options that the driver will not have are the user's mistake. */
async function usageOf<T>(start: Promise<T>): Promise<T> {
  try {
    return await start;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function headOf({ options }: Plan, bound: Bound): StatusHead {
  return {
    pid: process.pid,
    started: new Date().toISOString(),
    protocol: PROTOCOL_NAMES[options.line.protocol],
    line: bound.line,
    to: formatPlace(options.to),
    dist: bound.dist,
  };
}

/** The signals of a server, from before its start to its end. */
class Signals {
  readonly #log: Log;
  readonly #keepsTerminal: boolean;
  #count = 0;
  #changed: () => void = () => {};

  constructor(log: Log, keepsTerminal: boolean) {
    this.#log = log;
    this.#keepsTerminal = keepsTerminal;
    process.on("SIGTERM", this.#onEnd);
    process.on("SIGINT", this.#onEnd);
    process.on("SIGHUP", this.#onHangUp);
  }

  /** Waits for the driver's end, and begins it at a signal; `null` if a second one did not wait for it. */
  async untilEnded(driver: RunningDriver): Promise<DriverEnd | null> {
    const hurried = new Promise<null>((resolve) => {
      this.#changed = () => {
        if (this.#count > 0) void driver.stop();
        if (this.#count > 1) resolve(null);
      };
    });
    this.#changed();
    return await Promise.race([driver.done, hurried]);
  }

  close(): void {
    process.off("SIGTERM", this.#onEnd);
    process.off("SIGINT", this.#onEnd);
    process.off("SIGHUP", this.#onHangUp);
  }

  readonly #onEnd = (signal: NodeJS.Signals): void => {
    this.#count++;
    this.#log.take({ event: "signal", level: "info", detail: signal });
    this.#changed();
  };

  readonly #onHangUp = (signal: NodeJS.Signals): void => {
    if (this.#keepsTerminal) this.#onEnd(signal);
    else this.#log.reopen();
  };
}
