/**
 * Printed command lines, run as a person would type them: what listens is started and waited for, what follows is run in
 * order, what is printed is compared, and what was started is told to stop.
 *
 * Each scene has a folder of its own and ports of its own, so that many run at a time. What is changed in a line for that:
 * ports, hosts named `.example`, `/tmp/line`; a load of several seconds or minutes lasts one second.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { BINARY, tell } from "./binary.ts";
import { type Fence, isOurs, type PrintedBlock, type PrintedLine } from "./examples.ts";

/** What is run together. */
export interface Scene {
  readonly block: PrintedBlock;
  /** What is started before, in the order of the document: of this block, and of those that it says it needs. */
  readonly started: readonly PrintedLine[];
  /** What is then run to its end. */
  readonly run: readonly PrintedLine[];
  /** The files that its section prints above it, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Whether a line goes on until it is told to stop, and others can speak to it. */
export function stays(command: string): boolean {
  if (/^mllp receive\b/.test(command)) return !/--check|--explain|--dry-run|--why/.test(command);
  return /^(mllp )?llpdrv\b/.test(command) && /\s-[dyYI1]*[dy][a-zA-Z1]*\b|--foreground|--debug/.test(command) &&
    !command.includes("--dry-run");
}

/** Whether a line of a load has no end of its own. */
function isEndless(command: string): boolean {
  return /^mllp spam\b/.test(command) && !/--count|--duration|--stages|--search|--dry-run|once/.test(command);
}

/** The files that fences print, by the name in the comment of their first line. */
export function printedFiles(fences: readonly Fence[]): Map<string, string> {
  return new Map(fences.flatMap(({ lines }) => {
    const name = /^(?:#|\/\/) ([\w.-]+\.\w+)$/.exec(lines[0] ?? "")?.[1];
    return name === undefined ? [] : [[name, `${lines.join("\n")}\n`] as const];
  }));
}

/** The scenes of the blocks of one document, those that say why they are not run left out. */
export function scenesOf(blocks: readonly PrintedBlock[], fences: readonly Fence[]): Scene[] {
  const runnable = blocks.filter(({ norun }) => norun === null);
  return runnable.flatMap((block) => {
    const beside = runnable.filter(({ section }) => section === block.section);
    const isNeeded = beside.some(({ above, lineNumber }) => above && lineNumber > block.lineNumber);
    const before = block.above ? beside.filter(({ lineNumber }) => lineNumber < block.lineNumber) : [];
    // A line driver to whom nobody speaks only says what it would do: it may want a device that is not here.
    const own = block.commands.filter(({ command }) => stays(command) && (isNeeded || /^mllp receive\b/.test(command)));
    const started = [...before.flatMap(({ commands }) => commands.filter(({ command }) => stays(command))), ...own];
    const run = block.commands.filter((line) => !started.includes(line));
    const above = fences.filter(({ section, lineNumber }) =>
      section === block.section && lineNumber < block.lineNumber
    );
    // What others need is started with them.
    if (run.length === 0 && isNeeded) return [];
    return [{ block, started, run, files: printedFiles(above) }];
  });
}

/** The surroundings of a scene. */
export interface Surroundings {
  /** Its folder, with the files that examples name. */
  readonly folder: string;
  /** A receiver that accepts everything, for scenes that start none. */
  readonly receiver: number;
}

/** Runs a scene. Rejects with what was printed if anything went otherwise than it should. */
export async function play(scene: Scene, { folder, receiver }: Surroundings): Promise<void> {
  for (const [name, text] of scene.files) writeFileSync(join(folder, name), text);
  const ports = new Map<string, number>();
  const printed = [...scene.started, ...scene.run].map(({ command }) => command);
  for (const [port] of printed.join("\n").matchAll(PORT)) {
    if (!ports.has(port)) ports.set(port, await freePort());
  }
  const listens = scene.started.length > 0;
  const controlled = !listens && printed.some((command) => /^mllp ctl\b/.test(command));
  for (const port of ["2575", "8575"]) if (!ports.has(port)) ports.set(port, await freePort());
  if (!listens && !controlled) ports.set("2575", receiver);
  const put = (command: string) => inPlace(command, ports, folder);
  const extra = controlled ? [{ lineNumber: 0, command: "mllp receive --control :8575", prints: [] }] : [];
  const running: { line: PrintedLine; child: Running }[] = [];
  try {
    for (const line of [...scene.started, ...extra]) {
      const child = begin(put(line.command), folder);
      running.push({ line, child });
      await child.seen(/listening \S+ on |started: /);
    }
    if (controlled) await finish("mllp send 127.0.0.1:2575", put, folder, [0]);
    for (const line of scene.run) await act(line, scene.block, put, folder);
  } finally {
    for (const { child } of [...running].reverse()) child.stop();
  }
  for (const { line, child } of running) {
    const { code, text } = await child.finished;
    const wanted = scene.run.length === 0 ? scene.block.exit ?? 0 : 0;
    // A judge of its client may not have seen all that it expects from these few lines.
    assert.ok(code === wanted || (scene.run.length > 0 && code === 1), `${line.command}: exit ${code}\n${text.both}`);
    compare(line, text.both);
  }
}

/** Runs a line to its end, and compares. */
async function act(line: PrintedLine, block: PrintedBlock, put: (command: string) => string, folder: string) {
  const { command } = line;
  // A threshold may be missed on a busy machine, a search find nothing: that is a verdict, not a mistake of the example.
  const judged = [
    .../--fail-if|--search/.test(command) ? [1] : [],
    .../--strict-generator/.test(command) ? [6] : [],
  ];
  // The status that is said is that of the last line.
  const isLast = block.commands.at(-1) === line;
  const wanted = isLast && block.exit !== null ? [block.exit] : [0, ...isEndless(command) ? [130] : [], ...judged];
  const { stdout, both } = await finish(command, put, folder, wanted);
  compare(line, stdout === "" ? both : stdout);
}

async function finish(command: string, put: (command: string) => string, folder: string, wanted: readonly number[]) {
  const child = begin(put(isOurs(command) ? silenced(command) : command), folder);
  if (isEndless(command)) {
    await child.seen(/running/);
    child.stop();
  }
  const { code, text } = await child.finished;
  assert.ok(wanted.includes(code ?? -1), `${command}: exit ${code}, wanted ${wanted.join(" or ")}\n${text.both}`);
  return text;
}

/** A line driver that would stay or open a device says what it understood instead. */
function silenced(command: string): string {
  return /^(mllp )?llpdrv\b/.test(command) && !command.includes("--dry-run") ? `${command} --dry-run` : command;
}

const PORT = /\b(?:25[78]\d|26[0-4]\d|857\d|9464)\b/g;

/** A line with its ports, hosts and paths put in place. */
function inPlace(command: string, ports: ReadonlyMap<string, number>, folder: string): string {
  const placed = command
    .replace(/(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.example:\d+/g, "127.0.0.1:2575")
    .replace(PORT, (port) => String(ports.get(port)))
    .replaceAll("/tmp/", `${folder}/`)
    .replace(/--duration (?:[2-9]|\d\d+)s\b|--duration \d+[mh]\b/g, "--duration 1s")
    .replace(/\b\d+m@/g, "500ms@");
  const where = `127.0.0.1:${ports.get("2575")}`;
  if (/^mllp receive\b/.test(command) && stays(command) && !command.includes("--listen")) {
    return `${placed} --listen ${where}`;
  }
  if (/^mllp ctl\b/.test(command) && !command.includes("--control ")) {
    return `${placed} --control 127.0.0.1:${ports.get("8575")}`;
  }
  return placed;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** What a run has printed. */
interface Text {
  stdout: string;
  both: string;
}

interface Running {
  readonly finished: Promise<{ code: number | null; text: Text }>;
  /** Resolves when what was printed matches, or the run has ended. */
  seen(pattern: RegExp): Promise<void>;
  stop(): void;
}

/** After this long a run is told to stop: its status then says that it did not end by itself. In milliseconds. */
const PATIENCE_MS = 30_000;

/** Starts a line as a shell would. */
function begin(command: string, folder: string): Running {
  // What is printed names paths as the document does.
  const asPrinted = (data: string) => data.replaceAll(`${folder}/`, "/tmp/");
  const child = spawn("bash", ["-c", `exec ${command}`], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", PATH: `${dirname(BINARY)}${delimiter}${process.env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text: Text = { stdout: "", both: "" };
  const looking = new Set<() => void>();
  const take = (data: string) => {
    text.both += asPrinted(data);
    for (const look of [...looking]) look();
  };
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    text.stdout += asPrinted(data);
    take(data);
  });
  child.stderr.setEncoding("utf8").on("data", take);
  const limit = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const finished = once(child, "close").then(([code]) => {
    clearTimeout(limit);
    return { code: code as number | null, text };
  });
  return {
    finished,
    seen: (pattern) =>
      Promise.race([
        finished.then(() => {}),
        new Promise<void>((resolve) => {
          const look = () => {
            if (pattern.test(text.both)) resolve();
          };
          looking.add(look);
          look();
        }),
      ]),
    stop: () => {
      if (child.exitCode === null && child.signalCode === null) tell(child, "SIGINT");
    },
  };
}

/** Checks that a run printed what the document says, but for what differs from run to run. */
export function compare({ command, prints }: PrintedLine, text: string): void {
  const wanted = prints.map(settled).filter((line) => line !== "");
  if (wanted.length === 0) return;
  const found = text.split("\n").map(settled);
  let from = 0;
  let anywhere = true;
  for (const line of wanted) {
    if (line === "...") {
      anywhere = true;
      continue;
    }
    const at = anywhere ? found.indexOf(line, from) : found[from] === line ? from : -1;
    assert.ok(at >= 0, `${command} is said to print\n  ${line}\nand printed\n${found.join("\n")}`);
    from = at + 1;
    anywhere = false;
  }
}

/** A line with what differs from run to run made alike: times, numbers, ids, bars. */
export function settled(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d\d:\d\d:\d\d\.\d{3}\b/g, "TIME")
    .replace(/\d[\d.,]* ?(?:µs|ms|s|m)\b/g, "DURATION")
    .replace(/\b(?=[A-Z\d]*\d)[A-Z\d]{7,}\b/g, "ID")
    .replace(/\b\d{14}(?:\.\d+)?\b/g, "TIME")
    .replace(/(?<![\w-])\d[\d.,]*(?:B\b|(?![\w-]))/g, "N")
    .replace(/[▁▂▃▄▅▆▇█·]+/g, "BAR")
    .replace(/\s+/g, " ")
    .trim();
}
