/**
 * Runs the steps named on its command line and adds up their tests. The last line is `N passed, N failed`; a step that
 * breaks without a failed test counts as one. Exit status 1 when anything failed.
 *
 * Steps run one after the other, but for those of tests, which go in two lanes side by side: one runtime's unit tests leave
 * a core idle, and the binary's tests wait most of their time. Output comes as it is written, one step's at a time.
 *
 *     deno run -A test/run.ts install compile house test:deno test:bun test:doc test:e2e
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { filesBelow, ROOT, sourceFiles } from "./source.ts";

const DENO = process.execPath;
// Not through node_modules/.bin: this path is the same on every system.
const BUN = "./node_modules/bun/bin/bun.exe";

const HOUSE = "test/house_test.ts";
const testFiles = filesBelow("test", "_test.ts");
const endToEnd = testFiles.filter((path) => path.startsWith("test/e2e/"));
const unit = testFiles.filter((path) => path !== HOUSE && !endToEnd.includes(path));
const folders = ["mod.ts", "cli", "lib", "receiver", "release", "fuzz", "soak", "test", "bench"].filter((path) =>
  existsSync(join(ROOT, path))
);

/** The command of each step; `report` is where its tests are to be written as JUnit's XML. */
const STEPS: Readonly<Record<string, (report: string) => readonly string[]>> = {
  install: () => [DENO, "install", "--quiet"],
  fmt: () => [DENO, "fmt", "--check"],
  lint: () => [DENO, "lint"],
  check: () => [DENO, "check", ...folders],
  compile: () => [DENO, "task", "--quiet", "compile"],
  house: (report) => [DENO, "test", "-A", `--junit-path=${report}`, HOUSE],
  "test:deno": (report) => [DENO, "test", "-A", `--junit-path=${report}`, ...unit],
  "test:bun": (
    report,
  ) => [
    BUN,
    "test",
    // Bun's own limit of 5 s for a test is one of time, which says nothing on a busy machine.
    "--timeout=120000",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...unit.map((path) => `./${path}`),
  ],
  "test:doc": (report) => [
    DENO,
    "test",
    "--doc",
    "-A",
    `--junit-path=${report}`,
    ...sourceFiles().filter((path) => !path.startsWith("cli/")),
    ...filesBelow("docs", ".md"),
  ],
  "test:e2e": (report) => [DENO, "test", "-A", `--junit-path=${report}`, ...endToEnd],
};

/** What may go side by side: each lane's steps in their order. */
const LANES: readonly (readonly string[])[] = [["test:deno", "test:doc"], ["test:e2e", "test:bun"]];

/** No step may take longer; what hangs is killed and fails. In milliseconds: several times what the slowest takes. */
const STEP_LIMIT_MS = 15 * 60_000;

/** Steps that those after them cannot do without. */
const ESSENTIAL = ["install"];

/** How many tests of a JUnit report came out how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the tests in a JUnit report. Deno lists a `describe` among its tests, under a name that
 * those within it begin with: it counts only when it failed and none of them did.
 */
export function countTests(xml: string): Counts {
  const cases = Array.from(
    xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g),
    ([, head, body = ""]) => ({
      name: /\bname="([^"]*)"/.exec(head)?.[1] ?? "",
      failed: /<(failure|error)\b/.test(body),
      skipped: /<skipped\b/.test(body),
    }),
  );
  const within = (name: string) => cases.filter((other) => other.name.startsWith(`${name} &gt; `));
  const counted = cases.filter(({ name, failed }) => {
    const inner = within(name);
    return inner.length === 0 || (failed && !inner.some((one) => one.failed));
  });
  const failed = counted.filter((one) => one.failed).length;
  const skipped = counted.filter((one) => one.skipped && !one.failed).length;
  return { passed: counted.length - failed - skipped, failed, skipped };
}

/** Lets one step at a time write: who is first writes as it goes on, the others are kept until it is their turn. */
class Turns {
  readonly #waiting: { readonly name: string; readonly kept: Uint8Array[]; ended: boolean }[] = [];

  /** A step has begun; returns what takes its output, `null` for its end. */
  begin(name: string): (output: Uint8Array | null) => void {
    const own = { name, kept: [] as Uint8Array[], ended: false };
    this.#waiting.push(own);
    if (this.#waiting[0] === own) this.#head();
    return (output) => {
      if (output === null) own.ended = true;
      else if (this.#waiting[0] === own) process.stdout.write(output);
      else own.kept.push(output);
      while (this.#waiting[0]?.ended) {
        this.#waiting.shift();
        this.#head();
      }
    };
  }

  #head(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    process.stdout.write(`\n==> ${first.name}\n`);
    for (const output of first.kept.splice(0)) process.stdout.write(output);
  }
}

/** What a step came to. */
interface Done {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
}

/** Runs a step and counts its tests. */
async function runStep(name: string, folder: string, turns: Turns): Promise<Done> {
  const report = join(folder, `${name.replace(":", "-")}.xml`);
  const [program, ...args] = STEPS[name](report);
  const start = performance.now();
  const write = turns.begin(name);
  const passed = await new Promise<boolean>((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STEP_LIMIT_MS,
      killSignal: "SIGKILL",
    });
    child.stdout.on("data", write);
    child.stderr.on("data", write);
    child.once("error", (error) => {
      write(new TextEncoder().encode(`Cannot run the step ${name}: ${error.message}\n`));
      resolve(false);
    });
    child.once("close", (status) => resolve(status === 0));
  });
  write(null);
  const tests = existsSync(report) ? countTests(readFileSync(report, "utf8")) : { passed: 0, failed: 0, skipped: 0 };
  // Crashed, did not compile, or is no step of tests: what broke is one failure all the same.
  const counts = !passed && tests.failed === 0 ? { ...tests, failed: 1 } : tests;
  return { name, counts, seconds: (performance.now() - start) / 1000 };
}

/** Runs the steps, those in no lane first, and tells of each as it is done; stops where an essential one broke. */
async function runSteps(names: readonly string[], folder: string, done: Done[]): Promise<void> {
  const turns = new Turns();
  for (const name of names.filter((name) => !LANES.some((lane) => lane.includes(name)))) {
    const step = await runStep(name, folder, turns);
    done.push(step);
    if (step.counts.failed > 0 && ESSENTIAL.includes(name)) return;
  }
  await Promise.all(LANES.map(async (lane) => {
    for (const name of lane.filter((name) => names.includes(name))) done.push(await runStep(name, folder, turns));
  }));
}

/** Runs the steps and returns the exit status. */
async function run(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(STEPS, name));
  if (names.length === 0 || unknown.length > 0) {
    process.stdout.write(`Found ${unknown.join(", ") || "no step"}, wanted some of ${Object.keys(STEPS).join(", ")}\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "mllp-run-"));
  const done: Done[] = [];
  try {
    await runSteps(names, folder, done);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const sum = (of: keyof Counts) => done.reduce((total, { counts }) => total + counts[of], 0);
  process.stdout.write("\n");
  for (const { name, counts, seconds } of done) {
    const { passed, failed, skipped } = counts;
    const tests = passed + failed + skipped === 0 ? "ok" : `${passed} passed, ${failed} failed, ${skipped} skipped`;
    process.stdout.write(`${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${tests}\n`);
  }
  process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed\n`);
  return sum("failed") === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await run(process.argv.slice(2)));
