/**
 * Start-up: `mllp --version`, from the call to the exit.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import type { Program } from "./commands.ts";
import { type Acceptance, median } from "./figures.ts";

const RUNS = 20;
const WANTED_MS = 60;

/** The median of 20 runs, after one that warms the file cache. */
export function startUp(program: Program): Acceptance {
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const before = performance.now();
    const { status, stderr } = spawnSync(program[0], [...program.slice(1), "--version"], { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot measure start-up: --version ended with ${status}: ${stderr}`);
    if (run > 0) times.push(performance.now() - before);
  }
  const value = median(times);
  return {
    name: "mllp --version",
    value,
    shown: `${value.toFixed(1)} ms`,
    wanted: `at most ${WANTED_MS} ms, median of ${RUNS}`,
    pass: value <= WANTED_MS,
  };
}
