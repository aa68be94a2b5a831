/**
 * Runs the steps named on its command line, one after the other, with their output as it comes,
 * and adds up their tests. The last line is `N passed, N failed`; a step that breaks without a
 * failed test counts as one. Exit status 1 when anything failed.
 *
 *     deno run -A test/run.ts install compile house test:deno test:bun test:doc test:e2e
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { filesBelow, ROOT, sourceFiles } from "./source.ts";

const DENO = process.execPath;
const BUN = "./node_modules/.bin/bun";

const HOUSE = "test/house_test.ts";
const testFiles = filesBelow("test", "_test.ts");
const endToEnd = testFiles.filter((path) => path.startsWith("test/e2e/"));
const unit = testFiles.filter((path) => path !== HOUSE && !endToEnd.includes(path));
const folders = ["mod.ts", "cli", "lib", "receiver", "test", "bench"].filter((path) => existsSync(join(ROOT, path)));

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
  ) => [BUN, "test", "--reporter=junit", `--reporter-outfile=${report}`, ...unit.map((path) => `./${path}`)],
  "test:doc": (report) => [
    DENO,
    "test",
    "--doc",
    "-A",
    `--junit-path=${report}`,
    ...sourceFiles().filter((path) => !path.startsWith("cli/")),
  ],
  "test:e2e": (report) => [DENO, "test", "-A", `--junit-path=${report}`, ...endToEnd],
};

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

/** Runs a step and counts its tests. */
function runStep(name: string, folder: string): Counts {
  const report = join(folder, `${name.replace(":", "-")}.xml`);
  const [program, ...args] = STEPS[name](report);
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: STEP_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  if (error) process.stdout.write(`Cannot run the step ${name}: ${error.message}\n`);
  const tests = existsSync(report) ? countTests(readFileSync(report, "utf8")) : { passed: 0, failed: 0, skipped: 0 };
  // Crashed, did not compile, or is no step of tests: what broke is one failure all the same.
  return status !== 0 && tests.failed === 0 ? { ...tests, failed: 1 } : tests;
}

/** Runs the steps and returns the exit status. */
function run(names: readonly string[]): number {
  const unknown = names.filter((name) => !Object.hasOwn(STEPS, name));
  if (names.length === 0 || unknown.length > 0) {
    process.stdout.write(`Found ${unknown.join(", ") || "no step"}, wanted some of ${Object.keys(STEPS).join(", ")}\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "mllp-run-"));
  const done: { name: string; counts: Counts; seconds: number }[] = [];
  try {
    for (const name of names) {
      process.stdout.write(`\n==> ${name}\n`);
      const start = performance.now();
      const counts = runStep(name, folder);
      done.push({ name, counts, seconds: (performance.now() - start) / 1000 });
      if (counts.failed > 0 && ESSENTIAL.includes(name)) break;
    }
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

if (import.meta.main) process.exit(run(process.argv.slice(2)));
