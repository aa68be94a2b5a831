/**
 * The soak: all commands of the compiled binary together for hours, with faults on and some of them killed, memory and
 * descriptors watched, and everything accounted for.
 *
 * Run: `npx -y deno@2.9.6 task soak`, or `./node_modules/.bin/bun soak/main.ts --help`. It needs Linux (/proc).
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freshSeed } from "../lib/random.ts";
import { plain } from "../lib/text.ts";
import { parsePositive, parseSeed } from "../lib/values.ts";
import { fail, optionsOr } from "../test/options.ts";
import { reportText } from "./report.ts";
import { Soak } from "./soak.ts";

const HELP = `The soak: all commands together for hours, faults on, memory and descriptors watched.

Usage: deno task soak [options]

  --minutes N   how long (default 240)
  --seed N      what is done when (default: another each time; it is printed)
  --rate N      messages a second of spam (default 40)
  --mllp PATH   the binary (default dist/mllp)
  --keep        leave the folder of the run, as it is left where there was a problem
  --json        one JSON document on standard output
  --help

Ctrl-C ends it in order: what was sent is accounted for; a second one ends it at once. Exit status: 0 passed, 1 a problem, 2 a wrong option.
`;

function readOptions() {
  return optionsOr(() => {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string", default: "240" },
        seed: { type: "string" },
        rate: { type: "string", default: "40" },
        mllp: { type: "string" },
        keep: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return {
      ...values,
      minutes: parsePositive(values.minutes),
      rate: parsePositive(values.rate),
      seed: values.seed === undefined ? freshSeed() : parseSeed(values.seed),
      mllp: values.mllp ?? fileURLToPath(new URL("../dist/mllp", import.meta.url)),
    };
  });
}

const options = readOptions();
if (options.help) process.stdout.write(HELP);
else {
  const { minutes, seed, rate, mllp, keep, json } = options;
  if (!existsSync(mllp)) fail(`There is no ${mllp}: run 'deno task compile' first`);
  if (!existsSync("/proc/self/status")) fail("Memory is watched through /proc, which this system has not");
  const folder = mkdtempSync(join(tmpdir(), "mllp-soak-"));
  const startedAt = performance.now();
  const say = (line: string) => {
    process.stderr.write(`${String(Math.round((performance.now() - startedAt) / 1000)).padStart(6)} s  ${line}\n`);
  };
  say(`${minutes} min, seed ${seed}, in ${folder}`);
  const soak = new Soak({ mllp, minutes, seed, rate, folder, say });
  let asked = 0;
  const stop = () => {
    if (++asked === 1) return soak.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const report = await soak.run();
  const text = reportText(report).join("\n");
  const shown = process.stdout.isTTY && process.env.NO_COLOR === undefined ? text : plain(text);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${shown}\n`);
  // What went wrong is evidence.
  if (keep || !report.pass) say(`kept: ${folder}`);
  else rmSync(folder, { recursive: true });
  process.exit(report.pass ? 0 : 1);
}
