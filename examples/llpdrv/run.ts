/**
 * A laboratory on one machine: an application (`mllp receive`, ILLP), the line driver on a pty, an analyser behind it
 * that speaks X3.28, and a program that sends it an order through the distal server.
 *
 *     analyser --X3.28-- pty -- llpdrv --ILLP--> application
 *                                  ^----ILLP---- order
 *
 *     deno run -A examples/llpdrv/run.ts
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { runAnalyser } from "./analyser.ts";

const MLLP = resolve(import.meta.dirname!, "../../dist/mllp");
const RESULTS = 3;

const folder = mkdtempSync(join(tmpdir(), "mllp-laboratory-"));
const line = join(folder, "line");
const children: ChildProcess[] = [];
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Starts a part of the laboratory; resolves with what its first line that matches says. */
function begin(name: string, args: readonly string[], until: RegExp): Promise<string[]> {
  const child = spawn(MLLP, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let text = "";
  return new Promise((ready, failed) => {
    child.once("close", () => failed(new Error(`${name} has ended`)));
    child.stdout!.on("data", (data) => {
      text += String(data);
      const found = until.exec(text);
      if (found !== null) ready([...found]);
    });
  });
}

/** Runs one command to its end. */
function run(args: readonly string[]): Promise<number | null> {
  return new Promise((done) => {
    spawn(MLLP, args, { stdio: ["ignore", "inherit", "inherit"] }).once("close", (code) => done(code));
  });
}

try {
  const [, application] = await begin(
    "The application",
    ["receive", "--listen", "127.0.0.1:0?framing=illp", "--json", "--quiet"],
    /"listening","endpoint":"tcp:\/\/([^"?]+)/,
  );
  say(`application: ILLP on ${application}`);
  const [, distal] = await begin(
    "The driver",
    ["llpdrv", "-ay", "-p", line, "--to", application, "-i", "0", "--json"],
    /"started".*distal server on tcp:\/\/([\d.:]+)/,
  );
  say(`driver: X3.28 on ${line}, distal server on ${distal}`);
  const analyser = runAnalyser({
    line: `serial:${line}`,
    results: RESULTS,
    orders: 1,
    say: (text) => say(`analyser: ${text}`),
  });
  const ordered = await run(["send", `${distal}?framing=illp`]);
  const { acknowledgements, orders } = await analyser;
  const good = acknowledgements.filter((each) => each.startsWith("AA ")).length;
  say(
    `${good} of ${RESULTS} results acknowledged AA, ${orders.length} order taken and ${
      ordered === 0 ? "" : "not "
    }acknowledged`,
  );
  process.exitCode = good === RESULTS && orders.length === 1 && ordered === 0 ? 0 : 1;
} finally {
  for (const child of children.reverse()) {
    const gone = new Promise((done) => child.removeAllListeners("close").once("close", done));
    if (child.exitCode === null && child.pid !== undefined) {
      process.kill(child.pid, "SIGTERM");
      await gone;
    }
  }
  rmSync(folder, { recursive: true });
}
