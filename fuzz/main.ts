/**
 * The fuzzer: seeded cases for every part that reads what others wrote, for as long as it is told.
 *
 * Run: `npx -y deno@2.9.6 task fuzz`, or `./node_modules/.bin/bun fuzz/main.ts --help`.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { freshSeed } from "../lib/random.ts";
import { parsePositive, parseSeed } from "../lib/values.ts";
import { fail, optionsOr } from "../test/options.ts";
import { Fuzzing, type Standing } from "./fuzzing.ts";
import { failureText, type FuzzReport, passes, progressLine, reportText } from "./report.ts";
import { TARGETS } from "./targets.ts";
import { SharedPulse, Watch } from "./watch.ts";
import type { Order } from "./worker.ts";

const HELP = `The fuzzer: seeded cases for every part that reads what others wrote.

Usage: deno task fuzz [options]

  --seconds N        how long, all targets together (default 60)
  --seed N           what all cases are drawn from (default: another each time; it is printed)
  --only NAME,...    these targets and no others
  --replay CASE      one case again, as a failure has told it
  --list             the targets, and what must hold of each
  --json             one JSON document on standard output
  --help

Exit status: 0 nothing found, 1 a case failed or a target is blind, 2 a wrong option.
`;

const PROGRESS_MS = 5000;

function readOptions() {
  return optionsOr(() => {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "60" },
        seed: { type: "string" },
        only: { type: "string" },
        replay: { type: "string" },
        list: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return {
      ...values,
      seconds: parsePositive(values.seconds),
      seed: values.seed === undefined ? freshSeed() : parseSeed(values.seed),
      names: namesOf(values.only),
    };
  });
}

function namesOf(only: string | undefined): string[] {
  const all = TARGETS.map(({ name }) => name);
  if (only === undefined) return all;
  const names = only.split(",");
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new RangeError(`Unknown target '${unknown}', wanted ${all.join(", ")}`);
  return all.filter((name) => names.includes(name));
}

/** Runs one case again; the exit status. */
async function replay(text: string): Promise<number> {
  const [name, seed, ...path] = text.split(":");
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined || !/^\d+$/.test(seed ?? "")) {
    fail(`Cannot replay '${text}': wanted NAME:SEED:PATH, as a failure has told it`);
  }
  const fuzzing = new Fuzzing(target, 0);
  if (await fuzzing.repeat(Number(seed), path.join(":"))) {
    process.stdout.write("passed: the case holds now\n");
    return 0;
  }
  const { failure } = fuzzing.standing;
  if (failure !== null) process.stdout.write(`${failureText(failure).join("\n")}\n`);
  return 1;
}

/** Fuzzes in a thread of its own, and watches it. */
function run(order: Omit<Order, "memory">, onProgress: (line: string) => void): Promise<readonly Standing[]> {
  const pulse = new SharedPulse();
  const watch = new Watch(pulse);
  const targets = TARGETS.filter(({ name }) => order.names.includes(name));
  const startedAt = performance.now();
  let standings: readonly Standing[] = [];
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: { ...order, memory: pulse.memory } satisfies Order,
    });
    const finish = (all: readonly Standing[]) => {
      clearInterval(timer);
      process.off("SIGINT", stop);
      void worker.terminate();
      resolve(all);
    };
    const stop = () => pulse.stop();
    let toldAt = startedAt;
    const timer = setInterval(() => {
      const now = performance.now();
      if (watch.isStuck(now)) {
        const failure = watch.failure(targets);
        const none: Standing = { target: failure.target, cases: 0, ms: 0, met: {}, blind: [], failure: null };
        const others = standings.filter(({ target }) => target !== failure.target);
        const own = standings.find(({ target }) => target === failure.target) ?? none;
        return finish([...others, { ...own, failure }]);
      }
      if (now - toldAt < PROGRESS_MS || standings.length === 0) return;
      toldAt = now;
      onProgress(progressLine(standings, (now - startedAt) / 1000, order.seconds));
    }, 500);
    process.on("SIGINT", stop);
    worker.on("error", (error) => {
      clearInterval(timer);
      reject(error);
    });
    worker.on("message", (told: { readonly standings: readonly Standing[]; readonly over: boolean }) => {
      standings = told.standings;
      if (told.over) finish(standings);
    });
  });
}

const options = readOptions();
if (options.help) {
  process.stdout.write(HELP);
} else if (options.list) {
  for (const { name, about } of TARGETS) process.stdout.write(`${name.padEnd(14)} ${about}\n`);
} else if (options.replay !== undefined) {
  process.exitCode = await replay(options.replay);
} else {
  const { names, seed, seconds, json } = options;
  process.stderr.write(`seed ${seed}, ${seconds} s, ${names.length} targets\n`);
  const targets = await run({ names, seed, seconds }, (line) => process.stderr.write(`${line}\n`));
  const pass = passes(targets);
  const runtime = process.versions.bun === undefined ? `Deno ${process.versions.deno}` : `Bun ${process.versions.bun}`;
  const report: FuzzReport = { schema: "mllp.fuzz/1", seed, seconds, runtime, pass, targets };
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${reportText(report).join("\n")}\n`);
  process.exitCode = pass ? 0 : 1;
}
