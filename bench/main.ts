/**
 * The benchmark: ratios in one run, medians of several rounds taken in turns. A shared machine is
 * slower at one time than at another; a ratio of neighbours tells what an absolute figure cannot.
 *
 * Run: `npx -y deno@2.9.6 task bench`, or `./node_modules/.bin/bun bench/main.ts --help`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fail, optionsOr } from "../test/options.ts";
import { measureClients } from "./clients.ts";
import type { Program } from "./commands.ts";
import { decideFigures } from "./decide.ts";
import { type Acceptance, acceptanceTable, acceptRatio, type Effort, ratesJson, rateTable } from "./figures.ts";
import { framerFigures } from "./framer.ts";
import { heldFigures } from "./held.ts";
import { lineFigures } from "./line.ts";
import { loadFigures } from "./load.ts";
import { memoryOfReceive, memoryOfSpam } from "./memory.ts";
import { measureServers } from "./servers.ts";
import { startUp } from "./start.ts";

const PARTS = ["receive", "spam", "load", "framer", "decide", "start", "held", "line", "memory"] as const;
type Part = typeof PARTS[number];

const HELP = `The benchmark of mllp against npm peers: ratios in one run, medians of rounds taken in turns.

Usage: bun bench/main.ts [options]

  --only PART,...   of ${PARTS.join(", ")} (default: all, about a quarter of an hour)
  --rounds N        of each contestant (default 5)
  --seconds S       measured of each contestant and round, after a warm-up in proportion (default 0.8)
  --mllp PATH       the program to measure (default dist/mllp, or cli/main.ts if that is missing)
  --json            one JSON document on standard output
  --check           exit 1 if a wanted figure is missed
  --help
`;

/** What a run found. */
interface Report {
  readonly runtime: string;
  readonly cores: number;
  /** How many processes wanted a core in the minute before: above 1, others were at work. */
  readonly loadBefore: number;
  readonly program: string;
  readonly acceptance: Acceptance[];
  readonly figures: Record<string, unknown>;
}

function readOptions() {
  return optionsOr(() => {
    const { values } = parseArgs({
      options: {
        only: { type: "string" },
        rounds: { type: "string", default: "5" },
        seconds: { type: "string", default: "0.8" },
        mllp: { type: "string" },
        json: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  });
}

function readParts(text: string | undefined): Set<Part> {
  if (text === undefined) return new Set(PARTS);
  return new Set(
    text.split(",").map((word) => {
      const part = PARTS.find((each) => each === word);
      return part ?? fail(`Unknown part '${word}', wanted ${PARTS.join(", ")}`);
    }),
  );
}

function readPositive(name: string, text: string): number {
  const value = Number(text);
  return value > 0 && Number.isFinite(value) ? value : fail(`--${name}: found '${text}', wanted a number above 0`);
}

function programOf(path: string | undefined): Program {
  const root = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
  const binary = path ?? root("dist/mllp");
  if (existsSync(binary)) return binary.endsWith(".ts") ? [process.execPath, binary] : [binary];
  return path === undefined ? [process.execPath, root("cli/main.ts")] : fail(`--mllp: no file '${path}'`);
}

function acceptFramer(figures: ReturnType<typeof framerFigures>): Acceptance[] {
  const { speed, growth } = figures;
  return [
    {
      name: "framer against Buffer.indexOf(0x1c)",
      value: speed,
      shown: `${speed.toFixed(2)}x`,
      wanted: "at least 0.5x",
      pass: speed >= 0.5,
    },
    {
      name: "framer, time for 10 MiB against 1 MiB in 64-byte chunks",
      value: growth,
      shown: `${growth.toFixed(1)}x`,
      wanted: "under 15x",
      pass: growth < 15,
    },
  ];
}

const options = readOptions();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const parts = readParts(options.only);
const measureMs = readPositive("seconds", options.seconds) * 1000;
const effort: Effort = {
  rounds: Math.ceil(readPositive("rounds", options.rounds)),
  measureMs,
};
const program = programOf(options.mllp);
const report: Report = {
  runtime: `bun ${process.versions.bun}`,
  cores: availableParallelism(),
  loadBefore: loadavg()[0],
  program: program.join(" "),
  acceptance: [],
  figures: {},
};
const progress = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => options.json || process.stdout.write(`${text}\n\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

print(
  `${report.runtime} for all, ${report.cores} cores, load ${
    report.loadBefore.toFixed(1)
  } before the start; ours is ${report.program}`,
);

// These first: they are measured in this process, which should be fresh.
if (parts.has("framer")) {
  progress("framer");
  const figures = framerFigures();
  report.figures.framer = figures;
  report.acceptance.push(...acceptFramer(figures));
}
if (parts.has("decide")) {
  progress("decide");
  const figures = decideFigures();
  report.figures.decide = figures;
  report.acceptance.push({
    name: "a decision among 100 rules",
    value: figures.hundredUs,
    shown: `${figures.hundredUs.toFixed(1)} us (without rules ${figures.noneUs.toFixed(1)} us)`,
    wanted: "under 20 us",
    pass: figures.hundredUs < 20,
  });
}
if (parts.has("start")) {
  progress("start-up");
  report.acceptance.push(startUp(program));
}
if (parts.has("receive")) {
  const servers = await measureServers(program, effort, progress);
  print(rateTable("Servers, messages a second: median (lowest..highest round)", servers));
  report.figures.receive = ratesJson(servers);
  report.acceptance.push(acceptRatio("receive", servers, "peer", 1, 1), acceptRatio("receive", servers, "peer", 64, 3));
}
if (parts.has("spam")) {
  const clients = await measureClients(program, effort, progress);
  print(rateTable("Clients, messages a second: median (lowest..highest round)", clients));
  report.figures.spam = ratesJson(clients);
  report.acceptance.push(
    acceptRatio("spam", clients, "peer", 1, 1),
    acceptRatio("spam", clients, "peer", 64, 3),
    acceptRatio("spam", clients, "bound", 64, 0.7),
  );
}
if (parts.has("load")) {
  const { runs, acceptance } = await loadFigures(program, progress);
  report.figures.load = runs;
  report.acceptance.push(...acceptance);
}
if (parts.has("held")) {
  const { acceptance, ...figures } = await heldFigures(program, progress);
  report.figures.held = figures;
  report.acceptance.push(...acceptance);
}
if (parts.has("line")) {
  const { acceptance, ...figures } = await lineFigures(program, effort.rounds, progress);
  report.figures.line = figures;
  report.acceptance.push(...acceptance);
}
if (parts.has("memory")) {
  const receive = await memoryOfReceive(program, progress);
  const spam = await memoryOfSpam(program, progress);
  report.figures.memory = { receive: receive.samples, spam: spam.samples };
  report.acceptance.push(...receive.acceptance, ...spam.acceptance);
}

if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else process.stdout.write(`${acceptanceTable(report.acceptance)}\n`);
process.exitCode = options.check && report.acceptance.some((line) => !line.pass && !line.isGoal) ? 1 : 0;
