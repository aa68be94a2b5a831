/**
 * The load engine at a rate, from the program as users run it: is the rate held, how late are
 * messages, is a known service time told as what it is. Each figure is the median of several runs.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunDocument } from "../lib/load/result.ts";
import { Child } from "./child.ts";
import type { Program } from "./commands.ts";
import { type Acceptance, median } from "./figures.ts";

const RUNS = 5;
const SECONDS = 5;
const LISTENING = /"endpoint":"tcp:\/\/127\.0\.0\.1:(\d+)"/;

/** What was measured at each rate, run by run. */
export interface LoadFigures {
  readonly runs: Readonly<Record<string, readonly { achieved: number; lagP99Us: number; verdict: string }[]>>;
  readonly acceptance: readonly Acceptance[];
}

/** Runs spam against a receiver of ours, which waits so long before each answer; the run documents. */
async function load(program: Program, receiver: readonly string[], spam: readonly string[], runs: number) {
  const listening = new Child([...program, "receive", "--listen", "127.0.0.1:0", "--json", "--quiet", ...receiver]);
  const folder = mkdtempSync(join(tmpdir(), "mllp-bench-"));
  try {
    const port = await listening.line(LISTENING);
    return Array.from({ length: runs }, (_, i): RunDocument => {
      const out = join(folder, `${i}.json`);
      const [command, ...first] = program;
      const { status } = spawnSync(command, [...first, "spam", `127.0.0.1:${port}`, ...spam, "--quiet", "--out", out]);
      if (status !== 0) throw new Error(`mllp spam ended with ${status}`);
      return JSON.parse(readFileSync(out, "utf8"));
    });
  } finally {
    rmSync(folder, { recursive: true });
    await listening.stop();
  }
}

/** Measures it all. */
export async function loadFigures(program: Program, progress: (text: string) => void): Promise<LoadFigures> {
  const runs: Record<string, { achieved: number; lagP99Us: number; verdict: string }[]> = {};
  const acceptance: Acceptance[] = [];
  for (const [rate, wanted] of [[10_000, true], [30_000, false]] as const) {
    progress(`load: ${rate}/s over 64 connections, ${RUNS} runs of ${SECONDS} s`);
    const args = ["--rate", `${rate}/s`, "--connections", "64", "--duration", `${SECONDS}s`, "--warmup", "2s"];
    const documents = await load(program, [], args, RUNS);
    const figures = documents.map((run) => ({
      achieved: run.rate.achieved / rate,
      lagP99Us: run.latency_us.lag!.p99,
      verdict: run.generator.verdict,
    }));
    runs[`${rate}/s`] = figures;
    acceptance.push(...acceptRate(rate, figures, wanted));
  }
  progress("load: the precise pacer against the tick, 1,000/s");
  const lag = async (pacer: string) => {
    const args = ["--rate", "1000/s", "--connections", "16", "--duration", "4s", "--pacer", pacer];
    return median((await load(program, [], args, 3)).map((run) => run.latency_us.lag!.p50));
  };
  const share = await lag("precise") / await lag("tick");
  acceptance.push({
    name: "lag p50 of --pacer precise against tick, 1,000/s",
    value: share,
    shown: `${share.toFixed(2)}x`,
    wanted: "at most 0.5x",
    pass: share <= 0.5,
  });
  progress("load: 10/s against answers after 50 ms");
  const [slow] = await load(program, ["--delay", "50ms"], ["--rate", "10/s", "--duration", "5s"], 1);
  acceptance.push(
    ...(["service", "response"] as const).map((series): Acceptance => {
      const value = slow.latency_us[series]!.p50 / 1000;
      return {
        name: `${series} p50 of answers after 50 ms`,
        value,
        shown: `${value.toFixed(1)} ms`,
        wanted: "50 to 60 ms",
        pass: value >= 50 && value <= 60,
      };
    }),
  );
  return { runs, acceptance };
}

function acceptRate(
  rate: number,
  figures: readonly { achieved: number; lagP99Us: number }[],
  wanted: boolean,
): Acceptance[] {
  const name = `${rate.toLocaleString("en-US")}/s over 64 connections`;
  const achieved = median(figures.map((figure) => figure.achieved));
  const lagMs = median(figures.map((figure) => figure.lagP99Us)) / 1000;
  return [
    {
      name: `${name}, achieved`,
      value: achieved,
      shown: `${(achieved * 100).toFixed(1)} %`,
      wanted: "at least 99 %",
      pass: achieved >= 0.99,
      isGoal: !wanted,
    },
    {
      name: `${name}, lag p99`,
      value: lagMs,
      shown: `${lagMs.toFixed(2)} ms`,
      wanted: "at most 5 ms",
      pass: lagMs <= 5,
      isGoal: !wanted,
    },
  ];
}
